// What the fuzzer starts from: the frames and files of captures/, the filters of the tests, the YAML that the project ships.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaptureInfo, DIRECTION, Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import * as makers from '../attack/floods.js';
import { type BlankFrame, type Input, MAX_FRAME } from './input.js';

const texts = (folder: string, wanted: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => wanted.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));

export interface Session {
  readonly name: string;
  readonly frames: readonly (Input & BlankFrame)[];
}

/** Every frame of a capture, copied. */
export async function session(path: string, most = 400): Promise<Session & { readonly info: CaptureInfo }> {
  const source = openCapture(path);
  const frame = new Frame();
  const frames: (Input & BlankFrame)[] = [];
  do {
    while (frames.length < most && source.next(frame))
      frames.push({
        linkType: frame.linkType,
        bytes: frame.bytes.slice(frame.start, Math.min(frame.end, frame.start + MAX_FRAME)),
        wireLength: frame.wireLength,
        timeNs: frame.timeNs,
        interfaceId: frame.interfaceId,
        direction: frame.direction,
      });
  } while (frames.length < most && (await source.fill()));
  source.close();
  return { name: path, frames, info: source.info };
}

export interface Seeds {
  readonly sessions: readonly Session[];
  /** Inputs that earlier runs found interesting. */
  readonly corpus: readonly Input[];
  readonly files: readonly Uint8Array[];
  readonly filters: readonly string[];
  readonly topologies: readonly string[];
  readonly expectations: readonly string[];
  readonly imports: readonly string[];
  /** Packets as tcpdump prints them. */
  readonly packets: readonly string[];
}

/** The packets that the tests of the dissectors are made of: every protocol has some. */
function vectors(root: string): Input[] {
  const found: Input[] = [];
  for (const text of texts(join(root, 'test/dissectors'), /\.test\.ts$/))
    for (const [block] of text.matchAll(/\{[^{}]*\bhex:[^{}]*/g)) {
      const link = /\blink: (\d+)/.exec(block)?.[1] ?? '1';
      const hex = /\bhex:\s*((?:'[0-9a-f]*'[\s+]*)+)/.exec(block)?.[1] ?? '';
      const bytes = Uint8Array.from(Buffer.from(hex.replace(/[^0-9a-f]/g, ''), 'hex'));
      if (bytes.length > 0) found.push({ linkType: Number(link), bytes, wireLength: bytes.length });
    }
  return found;
}

/** Makers of Ethernet frames, by the number of what they are made of. */
const FLOODS = {
  answered: makers.answered,
  datagrams: makers.datagrams,
  dnsQuestions: makers.dnsQuestions,
  fragments: makers.fragments,
  icmpErrors: makers.icmpErrors,
  manyMacs: makers.manyMacs,
  silentForMany: makers.silentForMany,
  silentServers: makers.silentServers,
  stream: makers.stream,
  sweepOnLink: makers.sweepOnLink,
  tunnels: makers.tunnels,
};

/** Floods, as many frames of each as are played at once: made, not stored. */
const floods = (): Session[] =>
  Object.entries(FLOODS).map(([name, make]) => ({
    name: `flood: ${name}`,
    frames: make(400)
      .slice(0, 400)
      .map(({ us, bytes }) => ({
        linkType: 1,
        bytes,
        wireLength: bytes.length,
        timeNs: us * 1000,
        interfaceId: 0,
        direction: DIRECTION.unknown,
      })),
  }));

/** `root`: the project's folder. */
export async function loadSeeds(root: string): Promise<Seeds> {
  const captures = join(root, 'captures');
  const names = readdirSync(captures)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort();
  const sessions: Session[] = [];
  for (const name of names) {
    const one = await session(join(captures, name));
    // A capture without frames cannot be played.
    if (one.frames.length > 0) sessions.push(one);
  }
  sessions.push(...floods());
  const corpus: Input[] = vectors(root);
  const kept = join(root, 'test/fuzz/corpus');
  for (const name of readdirSync(kept).sort())
    if (name.endsWith('.pcapng')) corpus.push(...(await session(join(kept, name), 1e6)).frames);
  const filters = readFileSync(join(root, 'test/filter/filters.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return {
    sessions,
    corpus,
    files: names.map((name) => new Uint8Array(readFileSync(join(captures, name))).subarray(0, 8192)),
    filters,
    topologies: texts(captures, /\.topology\.yaml$/),
    expectations: texts(join(root, 'expectations'), /\.ya?ml$/),
    imports: texts(kept, /^import-/),
    packets: texts(kept, /^packets-/),
  };
}
