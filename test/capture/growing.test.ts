import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { followCapture } from '../../src/capture/growing.js';
import { infoOf, read, written } from './help.js';

const packets = [1, 2, 3].map((n) => ({
  seconds: n,
  nanoseconds: 0,
  data: new Uint8Array(n),
  extra: 0,
  direction: 0 as const,
  interfaceId: 0,
}));
const capture = written(packets, infoOf([{}]), { format: 'pcap' });
const second = 24 + 16 + 1;

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-follow-'));
  path = join(folder, 'growing');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('waits for the rest of a record, and ends cleanly when it is told to stop', async () => {
  writeFileSync(path, '');
  const stop = new AbortController();
  const source = followCapture(path, { signal: stop.signal, pollMs: 5 });
  const lengths: number[] = [];
  const frame = new Frame();
  const parts = [
    capture.subarray(0, 10),
    capture.subarray(10, second + 5),
    capture.subarray(second + 5),
    capture.subarray(24, 30),
  ];
  for (;;) {
    while (source.next(frame)) lengths.push(frame.end - frame.start);
    const more = source.fill();
    if (typeof more !== 'boolean') {
      // It waits: nothing is left to read.
      const part = parts.shift();
      if (part === undefined) stop.abort();
      else appendFileSync(path, part);
    }
    if (!(await more)) break;
  }
  expect(lengths).toEqual([1, 2, 3]);
  expect(source.error).toBeNull();
  source.close();
});

it('says that the file was cut down', async () => {
  writeFileSync(path, capture);
  const source = followCapture(path, { pollMs: 5 });
  const reading = read(source);
  truncateSync(path, 30);
  const { frames, error } = await reading;
  expect(frames.length).toBe(3);
  expect(error?.problem).toBe('io');
  expect(error?.message).toContain('became shorter');
});

it('reads a replaced file to its end and says so', async () => {
  writeFileSync(path, capture.subarray(0, second));
  const source = followCapture(path, { pollMs: 5 });
  const reading = read(source);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, capture.subarray(second));
  writeFileSync(path, capture);
  const { frames, error } = await reading;
  expect(frames.length).toBe(3);
  expect(error?.message).toContain('was replaced');
});

it('ends when it is closed while it waits', async () => {
  writeFileSync(path, capture);
  const source = followCapture(path, { pollMs: 5 });
  const reading = read(source);
  await new Promise((resolve) => setTimeout(resolve, 15));
  source.close();
  expect((await reading).error).toBeNull();
});
