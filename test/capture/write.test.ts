import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { createCapture } from '../../src/capture/write.js';
import { infoOf, read } from './help.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-write-'));
  path = join(folder, 'out.pcapng');
});
afterEach(() => rmSync(folder, { recursive: true }));

const info = infoOf([{ name: 'eth1' }, { name: 'any', linkType: 276 }]);
info.frameComments.set(7, 'the first\nfault');
const frame = (size: number, interfaceId = 0): Frame =>
  Object.assign(new Frame(), {
    bytes: new Uint8Array(size),
    end: size,
    wireLength: size,
    number: 7,
    interfaceId,
    linkType: info.interfaces[interfaceId].linkType,
  });

it('is whole or not there', async () => {
  writeFileSync(path, 'before');
  const kept = createCapture(path);
  kept.write(frame(10), info);
  kept.flush();
  expect(readFileSync(path, 'utf8')).toBe('before');
  kept.abort();
  expect(readdirSync(folder)).toEqual(['out.pcapng']);

  const file = createCapture(path);
  for (const size of [0, 60, 1_000_000, 60]) file.write(frame(size), info);
  file.finish();
  const source = openCapture(path);
  const { frames, error } = await read(source);
  expect(error).toMatchObject({ problem: 'damaged', frame: 3 }); // 1 MB is more than Ethernet can be
  expect(frames.map((f) => f.caplen)).toEqual([0, 60]);
  expect(source.info.frameComments.get(1)).toBe('the first\nfault');
  expect(readdirSync(folder)).toEqual(['out.pcapng']);
});

it('in place, can be read after each flush', async () => {
  const file = createCapture(path, { format: 'pcap', atomic: false });
  for (let n = 1; n <= 3; n++) {
    file.write(frame(60), info);
    file.flush();
    expect((await read(openCapture(path))).frames.length).toBe(n);
  }
  file.abort();
  expect((await read(openCapture(path))).frames.length).toBe(3);
});

it('without a frame is still a capture', async () => {
  for (const format of ['pcap', 'pcapng'] as const) {
    createCapture(path, { format }).finish(276);
    expect(await read(openCapture(path))).toEqual({ frames: [], error: null });
  }
});

it('refuses a second link type in pcap, and a directory that is not there', () => {
  const file = createCapture(path, { format: 'pcap' });
  file.write(frame(1), info);
  expect(() => file.write(frame(1, 1), info)).toThrow(/one link type only; write pcapng/);
  file.abort();
  expect(() => createCapture(join(folder, 'none', 'x.pcap'))).toThrow(/its directory does not exist/);
});
