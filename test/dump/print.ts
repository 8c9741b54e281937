// Shared by the tests of this folder: prints a capture in memory, as the command does.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dissectors } from '../../dissectors/index.js';
import type { CaptureSource } from '../../src/capture/frame.js';
import { captureFrom } from '../../src/capture/from-chunks.js';
import { openCapture } from '../../src/capture/open.js';
import { Past } from '../../src/dissect/past.js';
import { parseDecodeAs, Registry } from '../../src/dissect/registry.js';
import { dump } from '../../src/dump/dump.js';
import { AheadSource } from '../../src/dump/look-ahead.js';
import { type OutputChoice, openOutput, wantsPast } from '../../src/dump/output.js';
import { Unclaimed } from '../../src/dump/unclaimed.js';
import type { CaptureError } from '../../src/errors.js';
import { needOf } from '../../src/filter/dictionary.js';
import { compileFilter } from '../../src/filter/filter.js';
import { AtHand } from '../../src/main/at-hand.js';
import { inputOf, Run } from '../../src/main/run.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';

export interface PrintOptions extends OutputChoice {
  /** Names of interfaces by number. */
  readonly ifmap?: Readonly<Record<number, string>>;
  readonly filter?: string;
  /** Where it was captured. */
  readonly at?: string;
  readonly decodeAs?: readonly string[];
  readonly count?: number;
}

export interface Printed {
  readonly text: string;
  readonly error: CaptureError | null;
  readonly hints: readonly string[];
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** `capture`: a path, or the bytes of a capture file. */
export async function printed(capture: string | Uint8Array, options: PrintOptions = {}): Promise<Printed> {
  const registry = new Registry(dissectors, (options.decodeAs ?? []).map(parseDecodeAs));
  const source: CaptureSource = typeof capture === 'string' ? openCapture(capture) : captureFrom(once(capture), 'memory');
  try {
    const names = new InterfaceNames({
      ifmap: new Map(Object.entries(options.ifmap ?? {}).map(([index, name]) => [Number(index), name])),
      capture: { get: (index: number) => source.info.interfaces[index]?.name ?? undefined } as ReadonlyMap<number, string>,
    });
    const input = {
      path: 'memory',
      point: options.at ?? 'here',
      label: 'here',
      node: null,
      names,
      ownMacs: new Set<number>(),
      source,
    };
    const atHand = new AtHand([inputOf(input)]);
    const { fields } = atHand;
    const filter = options.filter === undefined ? null : compileFilter(options.filter, registry, fields);
    const needs = new Set([...(filter?.needs ?? []), ...(options.field ?? []).flatMap((name) => needOf(name) ?? [])]);
    const isAhead = needs.has('journey') || needs.has('conversation');
    const run = new Run({ inputs: [inputOf(input)], topology: null, registry });
    const output = await openOutput(options, { registry, fields, sight: atHand.sight(0), context: atHand.context(0) });
    const unclaimed = new Unclaimed(registry);
    const wanted = wantsPast(options, needs, registry);
    const parts: Buffer[] = [];
    const error = await dump(
      isAhead ? new AheadSource(source, run, atHand, needs.has('journey')) : source,
      registry,
      (frame) => atHand.begin(frame, 0),
      unclaimed.watching(output.print),
      async (bytes) => {
        parts.push(Buffer.from(bytes));
      },
      {
        limit: options.count ?? Number.POSITIVE_INFINITY,
        filter: filter?.matches ?? null,
        signal: new AbortController().signal,
        past: wanted === null ? null : new Past(registry, null, wanted === 'remarks'),
        shown: (frame) => atHand.context(0).displayed(frame),
      },
    );
    const text = output.begin + Buffer.concat([...parts, Buffer.from(output.end())]).toString();
    return { text, error, hints: unclaimed.hints() };
  } finally {
    source.close();
  }
}

/** Folder of captures with reference answers, or null where it is not there. */
export function corpusFolder(name: string): string | null {
  const corpus = process.env['HOPSCOPE_CORPUS'] ?? resolve(import.meta.dirname, '../../../shared/corpus');
  const folder = join(corpus, name);
  if (existsSync(folder)) return folder;
  console.log(`tests are left out: no ${folder} (set HOPSCOPE_CORPUS)`);
  return null;
}
