// What is found does not depend on how the frames are read: in which thread, in pieces of which size, from which kind of file.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import type { InputSource } from '../../src/capture/source.js';
import { createCapture } from '../../src/capture/write.js';
import { flowsJson } from '../../src/dump/flows-output.js';
import { analyze } from '../../src/main/analyze.js';
import { FileRun } from '../../src/main/file-run.js';
import { flowsOf } from '../../src/main/flows.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { remotePackets } from '../../src/main/remote-packets.js';
import { verify } from '../../src/main/verify.js';
import { workerUrl } from '../../src/main/worker-url.js';
import { json } from '../../src/report/json.js';
import { some, times } from '../thorough.js';
import { PLAIN, PLAIN_VERIFY } from './options.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-workers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (paths: readonly string[], more: Partial<AnalyzeOptions> = {}): AnalyzeOptions => ({
  ...PLAIN,
  files: paths.map((path, i) => ({ point: paths.length > 1 ? `p${i}` : 'p', path })),
  ...more,
});

const opened = vi.spyOn(FileRun, 'open');

/** The report and the flows of one run, without the name of the file. */
async function found(paths: readonly string[], more: Partial<AnalyzeOptions> = {}): Promise<string> {
  const run = json(await analyze(options(paths, more)));
  const flows = flowsJson(flowsOf(await opened.mock.results.at(-1)!.value));
  return paths.reduce((text, path) => text.replaceAll(JSON.stringify(path), '"FILE"').replaceAll(path, 'FILE'), run + flows);
}

/** Where two texts begin to differ: what a failure has to show of megabytes. */
function difference(a: string, b: string): string {
  if (a === b) return '';
  let at = 0;
  while (a[at] === b[at]) at++;
  return `${a.slice(at - 80, at + 80)}\n-- but --\n${b.slice(at - 80, at + 80)}`;
}

/** Other ways than in one go by the calling thread. */
const WAYS: readonly Partial<AnalyzeOptions>[] = [
  { workers: 0, chunkBytes: 64 },
  { workers: 1 },
  { workers: 2, chunkBytes: 1000 },
];

/** A capture that generate-capture.mjs makes. */
function generated(frames: number, shape = 'vxlan'): string {
  const path = join(folder, `${shape}-${frames}.pcap`);
  const made = spawnSync(process.execPath, ['scripts/generate-capture.mjs', path, '--frames', String(frames), '--shape', shape]);
  expect(made.status).toBe(0);
  return path;
}

/** The same frames as pcapng. */
function asPcapng(path: string): string {
  const source = openCapture(path);
  const file = createCapture(`${path}ng`);
  const frame = new Frame();
  do while (source.next(frame)) file.write(frame, source.info);
  while (source.fill() === true);
  source.close();
  file.finish();
  return `${path}ng`;
}

/** RFC 8878: raw blocks, no window but the frame's own size. */
function zstd(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(0xfd2fb528);
  head[4] = 0xa0;
  head.writeUInt32LE(data.length, 5);
  const blocks = [];
  for (let at = 0; at < data.length; at += 100_000) {
    const size = Math.min(100_000, data.length - at);
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (at + size === data.length ? 1 : 0), 0, 3);
    blocks.push(header, data.subarray(at, at + size));
  }
  return Buffer.concat([head, ...blocks]);
}

it('the reader was built', () => {
  expect(workerUrl('reader'), 'npm run build makes dist/reader.js').not.toBeNull();
});

describe('a thread of its own finds what the calling one finds', () => {
  const names = some(
    readdirSync('captures').filter((name) => /\.pcap(ng)?$/.test(name)),
    4,
  );
  // A thread takes as long to start as all the rest: each fourth of these captures has two.
  it.each(names.map((name, i) => [name, i % times(4, 1) === 0] as const))('%s', async (name, inThreads) => {
    const path = join('captures', name);
    const expected = await found([path], { workers: 0 });
    for (const way of inThreads ? [WAYS[0], WAYS[2]] : [WAYS[0]])
      expect(difference(await found([path], way), expected), JSON.stringify(way)).toBe('');
  });

  it.each(some(['vxlan', 'short', 'large'], 2))('a large capture (%s)', async (shape) => {
    const frames = times(8000, 20_000);
    const path = generated(frames, shape);
    const expected = await found([path], { workers: 0 });
    expect(expected).toContain(String(frames));
    for (const way of some(WAYS, 2)) expect(difference(await found([path], way), expected), JSON.stringify(way)).toBe('');
  });

  it('several captures, in the order of time', async () => {
    const paths = [generated(3000), generated(2500, 'native'), 'captures/native-missing-route.pcap'];
    const expected = await found(paths, { workers: 0 });
    for (const way of some([{ workers: 3 }, ...WAYS], 2))
      expect(difference(await found(paths, way), expected), JSON.stringify(way)).toBe('');
  });

  it('the expectations that come with hopscope', async () => {
    const held = async (workers: number): Promise<string> => {
      const run = await verify({ ...PLAIN_VERIFY, uncovered: true, paths: ['expectations'], workers });
      return json(run).replace(/"seconds": [^,\n]*/g, '');
    };
    const expected = await held(0);
    expect(expected).toContain('"verdict": "pass"');
    expect(difference(await held(2), expected)).toBe('');
  });

  it('a display filter, with the times between frames', async () => {
    const more = { filter: 'tcp.flags.syn == 1 || frame.time_delta > 0.000001' };
    const path = generated(3000);
    const expected = await found([path], { ...more, workers: 0 });
    for (const way of some(WAYS, 2))
      expect(difference(await found([path], { ...more, ...way }), expected), JSON.stringify(way)).toBe('');
  });
});

describe('the kind of file makes no difference', () => {
  it('gzip, zstd and a pipe', async () => {
    const path = generated(3000);
    const data = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(data));
    writeFileSync(`${path}.zst`, zstd(data));
    const expected = await found([path], { workers: 0 });
    for (const packed of [`${path}.gz`, `${path}.zst`])
      for (const way of some([{ workers: 0 }, ...WAYS], 2))
        expect(difference(await found([packed], way), expected), `${packed} ${JSON.stringify(way)}`).toBe('');
    const piped = spawnSync(process.execPath, ['dist/cli.js', 'diagnose', 'p=-', '-f', 'json'], {
      input: data,
      encoding: 'utf8',
    });
    expect(expected.startsWith(piped.stdout.replace('"file": "-"', '"file": "FILE"'))).toBe(true);
  });

  it('pcapng, but for places in the file', async () => {
    const path = generated(3000);
    const placeless = (text: string) =>
      text.replace(/"(fileOffset|length|format|id|nameFrom)": [^\n]*/g, '').replace(/"explains": [^\]]*/g, '');
    const expected = placeless(await found([path], { workers: 0 }));
    const other = asPcapng(path);
    for (const way of [{ workers: 0 }, ...WAYS])
      expect(difference(placeless(await found([other], way)), expected), JSON.stringify(way)).toBe('');
  });
});

describe('what goes wrong', () => {
  it('a file that breaks off is read to the break', async () => {
    const path = join(folder, 'cut.pcap');
    const data = readFileSync(generated(3000));
    writeFileSync(path, data.subarray(0, data.length - 100));
    const expected = await found([path], { workers: 0 });
    expect(expected).toContain('breaks off');
    for (const way of WAYS) expect(difference(await found([path], way), expected), JSON.stringify(way)).toBe('');
  });

  it('a file that is no capture', async () => {
    const path = join(folder, 'text.pcap');
    writeFileSync(path, 'hello, this is no capture '.repeat(100));
    const expected = await found([path], { workers: 0 });
    expect(expected).toContain('not a pcap');
    expect(await found([path], { workers: 1 })).toBe(expected);
  });

  it('a thread that dies is an error, not a wait without end', async () => {
    const path = join(folder, 'gone.pcap');
    copyFileSync('captures/native-healthy.pcap', path);
    const source = openCapture(path) as InputSource;
    unlinkSync(path);
    const packets = remotePackets(source, path, options([path]), new Set(), true);
    while (await packets.fill());
    packets.close();
    source.close();
    expect(source.error?.message).toMatch(/gone\.pcap: the thread that reads it died \(.*no such file.*\); HOPSCOPE_WORKERS=0/);
  });

  it('an abort ends the thread, and what was read is judged', async () => {
    const path = generated(200_000, 'native');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const run = await analyze(options([path], { workers: 1, chunkBytes: 500, signal: abort.signal }));
    expect(run.captures[0].frames).toBeLessThan(200_000);
    expect(run.captures[0].error).toBeNull();
  });
});
