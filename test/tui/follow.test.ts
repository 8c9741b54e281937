// Following what was said over HTTP: bodies unpacked, saved, and the way to the packets and back.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, it } from 'vitest';
import { captureFile } from '../rules/lab.js';
import { atFirst, Pty } from './pty.js';
import { conversation, text } from './talk.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-follow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let pty: Pty;
afterEach(() => pty?.close());

const PACKED = gzipSync('{"pods":[{"name":"webpod","ready":true}]}');
const ANSWER = Buffer.concat([
  text('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n'),
  text(`${PACKED.length.toString(16)}\r\n`),
  PACKED,
  text('\r\n0\r\n\r\n'),
]);
const capture = join(folder, 'pods.pcapng');
writeFileSync(
  capture,
  captureFile(conversation([text('GET /pods HTTP/1.1\r\nHost: api\r\n\r\n')], [ANSWER.subarray(0, 90), ANSWER.subarray(90)])),
);

it.each([
  [80, 24],
  [120, 40],
])('a packed answer is read, saved and found again in its packets at %ix%i', async (cols, rows) => {
  pty = Pty.show(atFirst([capture]), { cols, rows });
  await pty.until('no fault found');
  await pty.press('s');
  // Decoded at once: the body over lines, and what was done to it.
  await pty.until('[decoded]');
  expect(pty.text()).toContain('"name": "webpod",');
  expect(pty.text()).toContain(`[one chunk; gzip, ${PACKED.length} bytes unpacked to 41; JSON, set out]`);
  // As it was sent, in hex, raw, and decoded again.
  await pty.press('x');
  expect(pty.text()).not.toContain('webpod');
  expect(pty.line('[text]')).not.toBe('');
  await pty.press('x');
  expect(pty.line('[hex]')).not.toBe('');
  await pty.press('xx');
  // Search, from the match to its packet, and back to the same line.
  await pty.press('/ready\r');
  await pty.until("'ready' in packet 5");
  await pty.press('\r');
  await pty.until(/^ +5 .*8080|^ +5 .*10\.9\.0\.2/m);
  await pty.press('\x7f');
  await pty.until('[decoded]');
  expect(pty.text()).toContain('"ready": true');
  // From another packet its own words: the second of the answer.
  await pty.press('\x1b1');
  await pty.press('6Gs');
  await pty.until('[decoded]');
  await pty.press('s');
  await pty.press('w');
  await pty.until('Save what the server said, as decoded');
  const saved = join(folder, `${cols}.txt`);
  await pty.press(`${saved}\r`);
  await pty.until(`written to ${saved.slice(0, 20)}`);
  expect(readFileSync(saved, 'utf8')).toContain('--- 10.9.0.2:8080 → 10.9.0.1:40000\nHTTP/1.1 200 OK');
  expect(readFileSync(saved, 'utf8')).toContain('      "name": "webpod",\n');
  expect(readFileSync(saved, 'utf8')).not.toContain('GET /pods');
  // A file that is there is written over only after a question; as raw it has the bytes.
  await pty.press('xxx');
  await pty.press(`w${saved}\r`);
  await pty.until('is there already');
  await pty.press('n');
  expect(readFileSync(saved, 'utf8')).toContain('webpod');
  await pty.press(`w${saved}\r`);
  await pty.until('is there already');
  await pty.press('y');
  await pty.until(/\d+ B written to/);
  expect(readFileSync(saved)).toEqual(ANSWER);
  // Never what is shown.
  await pty.press(`w${capture}\r`);
  await pty.until('is what is shown');
  expect(existsSync(capture)).toBe(true);
  // Copy mode: the row, the chunk, all that is shown.
  await pty.press('x');
  await pty.press('C');
  await pty.until(/Copy 1 of \d/);
});

/** A pcap whose frames are cut after so many bytes. */
function cutAfter(whole: Buffer, bytes: number): Buffer {
  const parts = [whole.subarray(0, 24)];
  for (let at = 24; at < whole.length; ) {
    const length = whole.readUInt32LE(at + 8);
    const head = Buffer.from(whole.subarray(at, at + 16));
    head.writeUInt32LE(Math.min(length, bytes), 8);
    parts.push(head, whole.subarray(at + 16, at + 16 + Math.min(length, bytes)));
    at += 16 + length;
  }
  return Buffer.concat(parts);
}

it('a capture that cuts its frames before the payload does not say that nothing was said', async () => {
  const path = join(folder, 'cut.pcap');
  const talk = conversation([text('GET / HTTP/1.1\r\n\r\n')], [text('HTTP/1.1 204 No Content\r\n\r\n')]);
  writeFileSync(path, cutAfter(Buffer.from(captureFile(talk)), 60));
  pty = Pty.show(atFirst([path]), { cols: 80, rows: 24 });
  await pty.until(/fault|undecided/);
  await pty.press('s');
  await pty.until('no payload was captured in this stream');
});
