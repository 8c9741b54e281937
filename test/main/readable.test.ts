// What was said over HTTP/1, in a form for reading. What packs the bodies here is node:zlib, as senders do.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Piece } from '../../src/dump/http-bodies.js';
import { jsonSetOut, protobufSetOut } from '../../src/dump/set-out.js';
import { readablePieces } from '../../src/main/readable.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const join = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytes(part) : part)));
let packet = 0;
const said = (isClient: boolean, data: string | Uint8Array, missing = 0): Piece => ({
  ...{ isClient, packet: ++packet, missing },
  bytes: typeof data === 'string' ? bytes(data) : data,
});
const asked = (line = 'GET / HTTP/1.1') => said(true, `${line}\r\nHost: a\r\n\r\n`);
const answer = (headers: readonly string[], body: string | Uint8Array): Uint8Array =>
  join(['HTTP/1.1 200 OK', ...headers, '', ''].join('\r\n'), body);
/** What stands in the pieces, each after its note. */
const read = async (pieces: readonly Piece[]): Promise<string[] | null> =>
  (await readablePieces(pieces))?.map((one) => `${one.note === undefined ? '' : `[${one.note}]`}${Buffer.from(one.bytes)}`) ??
  null;
const whole = async (pieces: readonly Piece[]) => (await read(pieces))?.join('') ?? '';
const TEXT = 'the pods are well. '.repeat(20);

describe('bodies of HTTP', () => {
  it.each([
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['deflate, gzip', gzipSync(deflateSync(TEXT))],
  ])('are unpacked: %s', async (coding, body) => {
    const said1 = await whole([
      asked(),
      said(false, answer([`Content-Encoding: ${coding}`, `Content-Length: ${body.length}`], body)),
    ]);
    expect(said1).toContain(TEXT);
    expect(said1).toContain(`unpacked to ${TEXT.length}`);
  });

  it('are put together from chunks that lie in several packets, and the next message is found', async () => {
    const packed = gzipSync('{"pods":[1,2]}');
    const chunks = join(
      '5;x=y\r\n',
      packed.subarray(0, 5),
      `\r\n${(packed.length - 5).toString(16)}\r\n`,
      packed.subarray(5),
      '\r\n0\r\nTrailer: t\r\n\r\n',
    );
    const all = join(
      answer(['Transfer-Encoding: chunked', 'Content-Encoding: gzip'], chunks),
      answer(['Content-Length: 2'], 'ok'),
    );
    const pieces = [
      asked(),
      asked(),
      said(false, all.subarray(0, 60)),
      said(false, all.subarray(60, 100)),
      said(false, all.subarray(100)),
    ];
    const text = await whole(pieces);
    expect(text).toContain('{\n  "pods": [\n    1,\n    2\n  ]\n}\n');
    expect(text).toContain(`[2 chunks; gzip, ${packed.length} bytes unpacked to 14; JSON, set out]`);
    expect(text).toMatch(/HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n\r\nok$/);
  });

  it('that need nothing done stay with their packets', async () => {
    expect(await readablePieces([asked(), said(false, answer(['Content-Length: 4'], 'well'))])).toBeNull();
    const pieces = [
      asked(),
      said(false, answer(['Transfer-Encoding: chunked'], '3\r\nwel\r\n')),
      said(false, '1\r\nl\r\n0\r\n\r\n'),
    ];
    const out = (await readablePieces(pieces))!;
    expect(out.map((one) => [one.packet - packet, Buffer.from(one.bytes).toString().slice(-4)])).toEqual([
      [-2, '\r\n\r\n'],
      [-1, '\r\n\r\n'],
      [-1, 'wel'],
      [0, 'l'],
    ]);
  });

  it('are none after HEAD, 204 and 304, and none of HTTP after an upgrade', async () => {
    const gz = gzipSync('{"a":1}');
    const pieces = [
      asked('HEAD /a HTTP/1.1'),
      said(false, answer(['Content-Encoding: gzip', 'Content-Length: 500'], '')),
      asked(),
      said(false, answer(['Content-Encoding: gzip', `Content-Length: ${gz.length}`], gz)),
      asked(),
      said(false, 'HTTP/1.1 101 Switching Protocols\r\n\r\nGET is no request here {"a":1}'),
    ];
    const out = (await read(pieces))!;
    expect(out.filter((one) => one.includes('"a": 1'))).toHaveLength(1);
    expect(out.at(-1)).toContain('GET is no request here {"a":1}');
  });

  it('say what is missing, cut, damaged or too much', async () => {
    const gz = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i * 7919} `).join('')));
    const headers = ['Content-Encoding: gzip', `Content-Length: ${gz.length}`];
    const cut = await whole([asked(), said(false, answer(headers, gz.subarray(0, 3000)))]);
    expect(cut).toMatch(/\[its end is missing; gzip, 3000 bytes unpacked to [1-9]/);
    expect(cut).toContain('0 7919 15838 ');
    const damaged = gzipSync(TEXT).fill(0xff, 10, 11);
    expect(await whole([asked(), said(false, answer(['Content-Encoding: gzip'], damaged))])).toContain('the data is damaged');
    expect(await whole([asked(), said(false, answer(['Content-Encoding: compress'], 'x'))])).toContain(
      'compress is not unpacked here',
    );
    const bomb = gzipSync(new Uint8Array(40 << 20));
    const out = (await readablePieces([
      asked(),
      said(false, answer(['Content-Encoding: gzip', `Content-Length: ${bomb.length}`], bomb)),
    ]))!;
    expect(out.at(-1)!.bytes.length).toBe(16 << 20);
    expect(out.at(-1)!.note).toContain('the rest is left out');
  });

  it('are found again after a gap', async () => {
    const gz = gzipSync('{"a":1}');
    const pieces = [
      asked(),
      said(false, 'the end of a body', 100),
      said(false, answer(['Content-Encoding: gzip', `Content-Length: ${gz.length}`], gz)),
    ];
    const out = (await readablePieces(pieces))!;
    expect(out.find(({ missing }) => missing > 0)!.missing).toBe(100);
    expect(Buffer.from(out.at(-1)!.bytes).toString()).toBe('{\n  "a": 1\n}\n');
  });

  it('whatever comes: nothing throws, and bytes outside bodies are kept', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(
          'GET / HTTP/1.1\r\n',
          'HTTP/1.1 200 OK\r\n',
          'Transfer-Encoding: chunked\r\n',
          'Content-Encoding: gzip\r\n',
          'Content-Length: 9\r\n',
          '\r\n',
          '5\r\n',
          'ffffffff\r\n',
          '0\r\n\r\n',
          '{"a":[',
          '{}',
        )
        .map(bytes),
    );
    const piece = fc.record({ isClient: fc.boolean(), bytes: part, missing: fc.constantFrom(0, 0, 0, 5), packet: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const out = await readablePieces(pieces);
        const missing = (all: readonly Piece[]) => all.reduce((sum, one) => sum + one.missing, 0);
        if (out !== null) expect(missing(out)).toBeLessThanOrEqual(missing(pieces));
      }),
    );
  });
});

describe('JSON set out', () => {
  it('says the same, and keeps what a number or a key looked like', () => {
    expect(jsonSetOut('{"a":12345678901234567890,"a":1.0,"b":{},"c":[ ],"d":"\\u00e9{,"}')).toBe(
      '{\n  "a": 12345678901234567890,\n  "a": 1.0,\n  "b": {},\n  "c": [],\n  "d": "\\u00e9{,"\n}\n',
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        const text = jsonSetOut(json);
        if (/^\s*[[{]/.test(json)) expect(JSON.parse(text!)).toEqual(JSON.parse(json));
        else expect(text).toBeNull();
      }),
    );
  });
  it('takes a value a line, and nothing that is none', () => {
    expect(jsonSetOut('{"a":1}\n{"a":2}\n')).toBe('{\n  "a": 1\n}\n{\n  "a": 2\n}\n');
    expect(jsonSetOut('{"a":1}\nno')).toBeNull();
    expect(jsonSetOut('{"a":')).toBeNull();
  });
  it('is bounded in time and size', () => {
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const start = performance.now();
    expect(jsonSetOut(deep)?.length ?? 0).toBeLessThan(10 << 20);
    jsonSetOut(`["${'\\"'.repeat(400_000)}"]`);
    jsonSetOut(`[${' '.repeat(500_000)}1${' '.repeat(500_000)}]`);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('protobuf set out', () => {
  it('by the numbers of its fields', () => {
    // 1: 150, 2: "testing" (protobuf.dev/programming-guides/encoding), 3: a message of field 1: 150, fixed32 and fixed64.
    const message = Uint8Array.from([
      8,
      0x96,
      1,
      0x12,
      7,
      ...bytes('testing'),
      0x1a,
      3,
      8,
      0x96,
      1,
      0x25,
      0,
      0,
      0x80,
      0x3f,
      0x29,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0x32,
      2,
      0xff,
      0xfe,
    ]);
    expect(protobufSetOut(message)).toBe(
      '1: 150\n2: "testing"\n3 {\n  1: 150\n}\n4: 0x3f800000\n5: 0x0000000000000001\n6: fffe\n',
    );
    expect(protobufSetOut(join(Uint8Array.of(0x6b, 0x38, 0x73, 0), message))).toContain('2: "testing"');
    expect(protobufSetOut(message.subarray(0, -1))).toBeNull();
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (data) => void protobufSetOut(data)));
  });
});
