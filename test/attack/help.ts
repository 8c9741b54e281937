// The command line under attack: a child with a time limit and a look at its peak memory, and files that lie.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect } from 'vitest';

export const ROOT = resolve(import.meta.dirname, '../..');
export const CLI = process.env['HOPSCOPE_CLI'] ?? join(ROOT, 'dist/cli.js');
/** What docs/limits.md promises of any one input. */
export const MAX_SECONDS = 10;
export const MAX_MB = 300;

/** A folder for the files of one test file; gone behind its last test. */
export const folder = mkdtempSync(join(tmpdir(), 'hopscope-attack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const inFolder = (name: string): string => join(folder, name);

export function file(name: string, content: Uint8Array | string): string {
  const path = inFolder(name);
  writeFileSync(path, content);
  return path;
}

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  readonly peakMb: number;
}

/** How node is started so that it tells its peak memory (KiB) and its CPU time (µs) when it ends. */
export function nodeArguments(args: readonly string[], peakFile: string): string[] {
  const tell = `import { writeFileSync } from 'node:fs'; process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); writeFileSync(${JSON.stringify(peakFile)}, maxRSS + ' ' + (userCPUTime + systemCPUTime)); });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, CLI, ...args];
}

/** Runs hopscope. It must end by itself, in time, within its memory, and without an error of its own. */
export function hopscope(
  args: readonly string[],
  options: {
    input?: Uint8Array;
    env?: Record<string, string>;
    cwd?: string;
    stdio?: ('pipe' | number)[];
    maxMb?: number;
    maxCpuSeconds?: number;
  } = {},
): Ran {
  const peakFile = inFolder('peak');
  const run: SpawnSyncReturns<string> = spawnSync(process.execPath, nodeArguments(args, peakFile), {
    encoding: 'utf8',
    timeout: 5 * MAX_SECONDS * 1000,
    maxBuffer: 1 << 29,
    cwd: options.cwd ?? folder,
    env: { ...process.env, ...options.env },
    input: options.input,
    stdio: options.stdio,
  });
  return settled(run, readFileSync(peakFile, 'utf8'), options.maxMb ?? MAX_MB, options.maxCpuSeconds);
}

function settled(run: SpawnSyncReturns<string>, peak: string, maxMb: number, maxCpuSeconds = 2 * MAX_SECONDS): Ran {
  const out = run.stdout ?? '';
  const err = run.stderr ?? '';
  expect(run.error?.message, 'it hangs').toBeUndefined();
  expect(run.signal, err).toBeNull();
  expect(err).not.toMatch(/internal error|at file:\/\/|node:internal|heap out of memory/);
  expect(run.status, err).not.toBe(70);
  const [peakKb, cpuUs] = peak.split(' ').map(Number);
  const peakMb = peakKb! / 1024;
  expect(peakMb).toBeLessThan(maxMb);
  // CPU time, not time on the wall: a loaded machine makes it wait, and does not make it work more.
  expect(cpuUs! / 1e6, 'seconds of CPU').toBeLessThan(maxCpuSeconds);
  return { status: run.status, out, err, peakMb };
}

/** One line of complaint, that names what is to be done behind a semicolon or in brackets. */
export function expectOneLine(err: string): void {
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(/^hopscope: .+/);
}

// Files.

export const u16 = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff];
export const u32 = (n: number): number[] => [...u16(n), ...u16(n >>> 16)];
export const be16 = (n: number): number[] => [(n >>> 8) & 0xff, n & 0xff];

/** Little-endian, microseconds. */
export function pcap(frames: readonly Uint8Array[], linkType = 1, snapLength = 262_144): Buffer {
  const parts: Uint8Array[] = [
    Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, ...u32(0), ...u32(0), ...u32(snapLength), ...u32(linkType)),
  ];
  frames.forEach((bytes, i) => {
    parts.push(Uint8Array.of(...u32(1_754_667_411 + i), ...u32(0), ...u32(bytes.length), ...u32(bytes.length)), bytes);
  });
  return Buffer.concat(parts);
}

/** A pcapng block; `length` where it is to lie about itself. */
export function block(type: number, body: Uint8Array | number[], length?: number): Buffer {
  const padded = Buffer.concat([Uint8Array.from(body), new Uint8Array(-body.length & 3)]);
  const size = u32(length ?? padded.length + 12);
  return Buffer.concat([Uint8Array.of(...u32(type), ...size), padded, Uint8Array.of(...size)]);
}

export const section = (options: number[] = []): Buffer =>
  block(0x0a0d0d0a, [...u32(0x1a2b3c4d), 1, 0, 0, 0, ...u32(0xffffffff), ...u32(0xffffffff), ...options]);
export const interfaceBlock = (options: number[] = [], linkType = 1): Buffer =>
  block(1, [...u16(linkType), 0, 0, ...u32(262_144), ...options]);
export const option = (code: number, value: string | Uint8Array): number[] => {
  const bytes = Buffer.from(value);
  return [...u16(code), ...u16(bytes.length), ...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
};
export const packetBlock = (bytes: Uint8Array, options: number[] = [], interfaceId = 0): Buffer =>
  block(6, [
    ...[...u32(interfaceId), ...u32(0x63beb), ...u32(0x1000), ...u32(bytes.length), ...u32(bytes.length)],
    ...[...bytes, ...new Array<number>(-bytes.length & 3).fill(0), ...options],
  ]);

// Frames.

const MACS = [2, 0, 0, 0, 0, 0x0b, 2, 0, 0, 0, 0, 0x0a];
export const ethernet = (type: number, body: Uint8Array | number[]): Uint8Array => Buffer.from([...MACS, ...be16(type), ...body]);

/** IPv4 without a checksum; its length is what it is, or 0 where it is too long for the field. */
export function ipv4(protocol: number, body: Uint8Array, source = [10, 0, 1, 5], target = [10, 0, 2, 5]): Buffer {
  const length = body.length + 20;
  const head = [0x45, 0, ...be16(length > 0xffff ? 0 : length), 0, 1, 0, 0, 64, protocol, 0, 0, ...source, ...target];
  return Buffer.concat([Uint8Array.from(head), body]);
}

export function udp(source: number, target: number, body: Uint8Array): Buffer {
  const length = body.length + 8;
  return Buffer.concat([Uint8Array.from([...be16(source), ...be16(target), ...be16(length > 0xffff ? 0 : length), 0, 0]), body]);
}

/** A DNS message in IP over Ethernet. */
export const dns = (message: Uint8Array | number[], answer = false): Uint8Array =>
  ethernet(0x0800, ipv4(17, answer ? udp(53, 40_000, Uint8Array.from(message)) : udp(40_000, 53, Uint8Array.from(message))));

/** A DNS query for a name made of these labels. */
export const query = (labels: readonly (string | Uint8Array)[]): Uint8Array =>
  dns([
    ...[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...labels.flatMap((label) => [Buffer.from(label).length, ...Buffer.from(label)]),
    ...[0, 0, 1, 0, 1],
  ]);
