// Frames made with the packet builder, written into a capture file, and expectations held against it.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { verify } from '../../src/main/verify.js';
import type { ReportExpectation, Run } from '../../src/report/run.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { encode, type TestFrame } from '../rules/lab.js';

/** In the folder of the run (vitest.config.ts): several test files of one worker write into it. */
const folder = mkdtempSync(join(process.env.XDG_CACHE_HOME!, 'expect-'));

const LINK = { sll2: 276, sll: 113, eth: 1 } as const;
const BASE_SECONDS = 1_754_667_411;
let files = 0;

/** Every frame with its time: a millisecond behind the one before when it has none. */
function timed(frames: readonly TestFrame[]): TestFrame[] {
  let ms = -1;
  return frames.map((frame) => {
    ms = frame.at === undefined ? ms + 1 : frame.at * 1000;
    return { ...frame, at: ms / 1000 };
  });
}

/** A classic pcap with nanoseconds; a frame without a time comes a millisecond behind the one before. */
export function pcap(given: readonly TestFrame[]): Buffer {
  const frames = timed(given);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(LINK[frames[0]?.link ?? 'sll2'], 20);
  const records = frames.map((frame) => {
    const ns = Math.round((frame.at ?? 0) * 1e9);
    const bytes = encode(frame);
    const kept = bytes.subarray(0, frame.snap ?? bytes.length);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(BASE_SECONDS + Math.floor(ns / 1e9), 0);
    record.writeUInt32LE(ns % 1e9, 4);
    record.writeUInt32LE(kept.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, kept]);
  });
  return Buffer.concat([header, ...records]);
}

export function file(name: string, content: string | Buffer): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

const kept = new Map<string, string>();

/** The same, once for each content: many cases are held against the same few packets. */
function keptFile(name: string, content: string | Buffer): string {
  const key = `${name} ${typeof content === 'string' ? content : content.toString('latin1')}`;
  const path = kept.get(key) ?? file(name, content);
  kept.set(key, path);
  return path;
}

/** As JSON, which takes a fifth of the time to read. */
const topologyFile = (yaml: string): string => keptFile('topology.json', JSON.stringify(parse(yaml)));

export interface HoldOptions {
  /** YAML text. */
  readonly topology?: string;
  readonly grep?: RegExp;
  readonly tags?: readonly string[];
  readonly uncovered?: boolean;
  readonly failFast?: boolean;
  /** Keys of the file beside `expect`. */
  readonly head?: string;
}

/** Holds expectations (YAML, the list's items) against frames, by the point they were captured at. */
export async function hold(expectations: string, frames: readonly TestFrame[], options: HoldOptions = {}): Promise<Run> {
  const points = [...new Set(frames.map((f) => f.point ?? 'router'))];
  const captures = points.map((point) => ({
    point,
    path: keptFile(`${point}.pcap`, pcap(timed(frames).filter((f) => (f.point ?? 'router') === point))),
  }));
  return verify({
    paths: [],
    texts: [
      {
        name: 'e.yaml',
        text: `version: 1\nname: test\n${options.head ?? ''}\nexpect:\n${expectations.replace(/^(?!\n)/gm, '  ')}\n`,
      },
    ],
    captures,
    topology: options.topology === undefined ? [] : [topologyFile(options.topology)],
    ifmap: '2=eth0,3=eth1,4=eth2',
    decodeAs: [],
    settings: [],
    grep: options.grep ?? null,
    tags: options.tags ?? [],
    failFast: options.failFast ?? false,
    uncovered: options.uncovered ?? false,
  });
}

export const results = (run: Run): readonly ReportExpectation[] => (run.suites ?? []).flatMap((suite) => suite.expectations);

/** `pass`, or `fail: what was seen`. */
export async function verdict(expectation: string, frames: readonly TestFrame[], options: HoldOptions = {}): Promise<string> {
  const [one] = results(await hold(expectation, frames, options));
  return one === undefined ? 'nothing' : one.verdict === 'pass' ? 'pass' : `${one.verdict}: ${one.seen}`;
}

/** Holds a file that names all it needs, among these files beside it. */
export async function heldFile(text: string, beside: Readonly<Record<string, string | Buffer>>): Promise<string[]> {
  const own = join(folder, `file-${files++}`);
  mkdirSync(own);
  for (const [name, content] of Object.entries({ ...beside, 'e.yaml': text })) writeFileSync(join(own, name), content);
  const run = await verify({
    ...PLAIN_VERIFY,
    paths: [join(own, 'e.yaml')],
  });
  return results(run).map((one) => (one.verdict === 'pass' ? 'pass' : `${one.verdict}: ${one.seen}`));
}
