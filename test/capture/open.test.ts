// By path: what the bytes are, compressed or not, and what is said about everything that is no capture.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { captureFrom } from '../../src/capture/from-chunks.js';
import { openCapture } from '../../src/capture/open.js';
import { CaptureError } from '../../src/errors.js';
import { infoOf, read, written } from './help.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-open-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const packets = Array.from({ length: 500 }, (_, i) => ({
  seconds: 1_754_667_411,
  nanoseconds: i * 1000,
  data: new Uint8Array(i % 97).fill(i),
  extra: 0,
  direction: 0 as const,
  interfaceId: 0,
}));
const capture = written(packets, infoOf([{}]), { format: 'pcap' });

// zstd frames made by hand (RFC 8878): blocks of type 0 (raw) and 1 (one byte, repeated).
const block = (last: boolean, type: number, size: number, content: Uint8Array) => {
  const header = (last ? 1 : 0) | (type << 1) | (size << 3);
  return Buffer.concat([Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), content]);
};
const zstdFrame = (data: Uint8Array, blockSize = 1000) => {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += blockSize) {
    const part = data.subarray(at, at + blockSize);
    blocks.push(block(at + blockSize >= data.length, 0, part.length, part));
  }
  return Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38), ...blocks]); // window of 128 KiB
};
const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

async function* each(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a compressed capture', () => {
  const half = capture.length >> 1;
  it.each([
    ['gzip', gzipSync(capture)],
    ['gzip', Buffer.concat([gzipSync(capture.subarray(0, half)), gzipSync(capture.subarray(half))])],
    ['zstd', zstdFrame(capture)],
    ['zstd', Buffer.concat([skippable, zstdFrame(capture.subarray(0, 5)), zstdFrame(capture.subarray(5)), skippable])],
  ])('is told by its bytes and read whole: %s', async (compression, bytes) => {
    const path = put('misnamed.txt', bytes);
    const source = openCapture(path);
    const { frames, error } = await read(source);
    expect(error).toBeNull();
    expect(frames.map((f) => f.caplen)).toEqual(packets.map((p) => p.data.length));
    expect(source.info).toMatchObject({ compression, size: bytes.length, format: 'pcap', variant: 'nanosecond' });
    expect(source.position).toBe(bytes.length);
    for (const size of [1, 3, 1000]) {
      const piped = await read(captureFrom(each(bytes, size), '-'));
      expect(piped.error).toBeNull();
      expect(piped.frames.length).toBe(packets.length);
    }
  });

  it.each([
    ['gzip', gzipSync(capture, { level: 0 })],
    ['zstd', zstdFrame(capture, 700)],
  ])('that breaks off yields the whole frames before: %s', async (name, bytes) => {
    const { frames, error } = await read(openCapture(put('cut', bytes.subarray(0, bytes.length >> 1))));
    expect(frames.length).toBeGreaterThan(100);
    expect(frames.length).toBeLessThan(400);
    expect(error).toMatchObject({ problem: 'cut', frame: frames.length + 1 });
    expect(error?.message).toContain(`the ${name} data breaks off`);
  });

  it.each([
    ['gzip', Buffer.concat([gzipSync(capture.subarray(0, 9000), { level: 0 }), gzipSync(capture).fill(0xee, 10)])],
    ['zstd', Buffer.concat([zstdFrame(capture.subarray(0, 9000)), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)])],
  ])('that is damaged says so: %s', async (name, bytes) => {
    const { frames, error } = await read(openCapture(put('bad', bytes)));
    expect(frames.length).toBeGreaterThan(0);
    expect(error?.problem).toBe('damaged');
    expect(error?.message).toContain(`the ${name} data is damaged`);
  });

  it('inside another is refused', async () => {
    const { error } = await read(openCapture(put('twice', gzipSync(zstdFrame(capture)))));
    expect(error).toMatchObject({ problem: 'unsupported' });
    expect(error?.message).toContain('zstd inside gzip');
  });

  it('that asks for a huge window is refused before memory is', async () => {
    const frame = zstdFrame(capture);
    frame[5] = 0xf8;
    expect((await read(openCapture(put('window', frame)))).error?.message).toContain('window above 128 MiB');
  });

  it('that is a bomb stays small in memory', async () => {
    const zeros = Array.from({ length: 801 }, (_, i) => block(i === 800, 1, 128 * 1024, Uint8Array.of(0)));
    const bomb = Buffer.concat([zstdFrame(capture), Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38), ...zeros]);
    const source = openCapture(put('bomb', bomb));
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const frame = new Frame();
    do {
      while (source.next(frame));
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    } while (await source.fill());
    expect(frame.fileOffset).toBeGreaterThan(100e6); // zero bytes are empty records
    // When the collector gives memory back is its own affair: a hundred megabytes are never there at once.
    expect(most).toBeLessThan(80e6);
  });
});

describe('what cannot be opened', () => {
  const thrown = (path: string): CaptureError => {
    try {
      openCapture(path).close();
    } catch (error) {
      if (error instanceof CaptureError) return error;
    }
    throw new Error('a CaptureError was expected');
  };

  it('is thrown when the path is at fault', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    expect(thrown(join(folder, 'sub')).problem).toBe('not-a-file');
    expect(thrown(join(folder, 'none.pcap')).problem).toBe('missing');
    expect(thrown(join(put('plain', ''), 'below.pcap')).problem).toBe('missing');
  });

  it.skipIf(process.getuid?.() === 0)('is thrown when rights are missing', () => {
    const path = put('secret', capture);
    chmodSync(path, 0);
    expect(thrown(path).problem).toBe('no-rights');
  });

  it.each([
    ['', 'empty', /the file is empty/],
    ['hello, world\n', 'not-a-capture', /like text without packets.*beside them.*hopscope topology import/],
    ['default via 10.0.0.1 dev eth0\n', 'not-a-capture', /like text.*topology import/],
    ['[root@pc ~]# uptime\n', 'not-a-capture', /like text/],
    ['[    1.203] eth0: renamed\n', 'not-a-capture', /like text/],
    ['[{"a": 1}]', 'not-a-capture', /JSON/],
    ['[1, 2]', 'not-a-capture', /JSON/],
    ['<!DOCTYPE html><html>', 'not-a-capture', /HTML page/],
    ['{"a": 1}', 'not-a-capture', /JSON/],
    ['\x7fELF\x02\x01\x01\0\0\0\0\0', 'not-a-capture', /ELF/],
    ['snoop\0\0\0\0\0\0\x02', 'not-a-capture', /snoop/],
    ['GMBU\0\x02', 'not-a-capture', /Network Monitor/],
    ['version https://git-lfs.github.com/spec/v1\n', 'not-a-capture', /git lfs pull/],
    ['\x01\x02\x03', 'not-a-capture', /data that starts with 01 02 03/],
  ])('says what it looks like: %j', async (content, problem, message) => {
    const { frames, error } = await read(openCapture(put('other.pcap', Buffer.from(content, 'latin1'))));
    expect(frames).toEqual([]);
    expect(error).toMatchObject({ problem, frame: 0, offset: 0 });
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
  });
});

it('reads a named pipe', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const source = openCapture(path);
  const reading = read(source);
  const { open } = await import('node:fs/promises');
  const writer = await open(path, 'w');
  await writer.write(capture);
  await writer.close();
  expect((await reading).frames.length).toBe(packets.length);
});

it('what is closed while it unpacks takes no byte of the file that is opened next', async () => {
  const path = put('closed.pcap.gz', gzipSync(capture));
  const first = openCapture(path);
  // Nobody waits for it: so it is with a look at the first frames.
  void first.fill();
  first.close();
  const { frames, error } = await read(openCapture(path));
  expect(error).toBeNull();
  expect(frames).toHaveLength(packets.length);
});
