// From a known-good capture to a draft of its expectations.
import { basename, dirname, relative } from 'node:path';
import { safeText } from '../bytes/text.js';
import { InterruptedError, UsageError } from '../errors.js';
import { draft, draftText, type Lines } from '../expect/draft.js';
import type { ReportExpectation } from '../report/run.js';
import { chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { withPath } from './capture-input.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import { verify } from './verify.js';

/** Expectations that are told one by one. */
const MAX_TOLD = 20;
const WHY = { fail: 'does not hold', inconclusive: 'is undecided', skipped: 'is not checked', pass: 'holds' } as const;

export interface Recording {
  readonly text: string;
  /** What the capture shows and the text does not say, a sentence each. */
  readonly omitted: readonly string[];
  /** Not the whole of the capture could be read. */
  readonly isDamaged: boolean;
}

/** `output`: where the file will lie, so that its paths are right; null for the current folder. */
export async function record(options: AnalyzeOptions, output: string | null): Promise<Recording> {
  // What was drafted is held against the capture itself.
  if (options.files.some((file) => file.path === '-'))
    throw new UsageError('a draft needs a capture that can be read twice; write standard input to a file first');
  const run = await FileRun.open(options);
  await run.read();
  // Half a capture makes expectations of half a lab.
  if (run.interrupted) throw new InterruptedError();
  const { lab } = run;
  const errors = lab.captures.flatMap(({ source }) => source.error ?? []);
  const world = run.facts(true);
  const { findings } = assess(world, chooseRules(catalogue, options.rules), run.time);
  const faults = findings.filter((f) => f.verdict === 'fail' && f.severity === 'error');
  const placed = (file: string): string => (output === null ? file : relative(dirname(output), file));
  const path = (file: string): string => JSON.stringify(placed(file));
  const captures = [...new Set(lab.captures.map(({ point }) => point))].map((point) => {
    const files = lab.captures.filter((capture) => capture.point === point).map((capture) => path(capture.path));
    return `${JSON.stringify(point)}: ${files.length === 1 ? files[0] : `[${files.join(', ')}]`}`;
  });
  const head = [
    'version: 1',
    `name: ${JSON.stringify(lab.captures.map(({ path: file }) => basename(file).replace(/(\.(pcap|pcapng|cap|gz|zst))+$/i, '')).join(', '))}`,
    ...(options.topology.length > 0
      ? [`topology: [${options.topology.map((one) => JSON.stringify(withPath(one, placed))).join(', ')}]`]
      : []),
    `captures: { ${captures.join(', ')} }`,
    ...(options.ifmap === null ? [] : [`ifmap: ${JSON.stringify(options.ifmap)}`]),
    ...(options.decodeAs.length > 0 ? [`decodeAs: [${options.decodeAs.map((rule) => JSON.stringify(rule)).join(', ')}]`] : []),
  ];
  const { expectations, omitted } = draft(world, faults.length === 0);
  const held = await holding(head, expectations, options);
  if (options.signal?.aborted) throw new InterruptedError();
  const kept = expectations.filter((_, i) => held[i]?.verdict === 'pass');
  if (kept.length === 0)
    throw (
      errors[0] ??
      new UsageError(
        'nothing can be expected of this capture: it holds no conversation that was answered, and no address that was',
      )
    );
  // An expectation that its own capture does not meet, by its name, and what is in its way.
  const unheld = held.filter(({ verdict }) => verdict !== 'pass');
  const remarks = [
    ...omitted,
    ...Array.from(world.doubts.givenUp(), ({ text }) => `without ${text}, given up to stay within memory`),
    ...unheld
      .slice(0, MAX_TOLD)
      .map(({ name, verdict, seen }) => `without '${name}', which ${WHY[verdict]} on the capture itself: ${seen}`),
    ...(unheld.length > MAX_TOLD ? [`and ${unheld.length - MAX_TOLD} more like these`] : []),
    ...errors.map(({ message }) => `not the whole capture: ${message}`),
    ...faults.slice(0, 3).map((f) => `not a good capture: ${f.rule}: ${f.title}`),
  ].map(safeText);
  return {
    text: draftText(head, kept, remarks),
    omitted: remarks,
    isDamaged: errors.length > 0,
  };
}

/** What becomes of each expectation of the draft on the capture it was made from. */
async function holding(head: Lines, drafted: readonly Lines[], options: AnalyzeOptions): Promise<readonly ReportExpectation[]> {
  if (drafted.length === 0) return [];
  // Read from here, whatever folder the file is going to lie in.
  const here = head.filter((line) => !/^(topology|captures):/.test(line));
  const run = await verify({
    paths: [],
    texts: [{ name: 'draft.yaml', text: draftText(here, drafted) }],
    captures: options.files,
    topology: options.topology,
    ifmap: options.ifmap,
    decodeAs: [],
    settings: [],
    grep: null,
    failFast: false,
    uncovered: false,
  });
  return run.suites?.[0]?.expectations ?? [];
}
