import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, safeText } from '../../../src/bytes/text.js';
import type { StreamChunk } from '../../../src/tui/session.js';
import { FORMS, rowStarts, StreamRows, textOf } from '../../../src/tui/stream/lines.js';
import { findIn, patternOf } from '../../../src/tui/stream/search.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const chunk = (text: string, isClient = true, missing = 0): StreamChunk => ({ isClient, packet: 1, bytes: bytes(text), missing });
/** Every row of the chunks, spelled out. */
const texts = (rows: StreamRows) => {
  rows.goOn(1000);
  return Array.from({ length: rows.count }, (_, i) => {
    const row = rows.row(i)!;
    return row.remark !== '' ? row.remark : textOf(rows.chunks[row.chunk]!.bytes, row.from, row.to);
  });
};

describe('a stream as rows', () => {
  it('breaks at line ends and at the width', () => {
    const rows = new StreamRows([chunk('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), chunk('abcdef', false, 3)], 'both', 'text', 10);
    expect(texts(rows)).toEqual(['GET / HTTP', '/1.1', 'Host: a', '', '× 3 bytes are missing in the capture', 'abcdef']);
    expect(rows.isWhole).toBe(true);
    expect(rows.rowOf(1, 0)).toBe(5);
    expect(rows.rowOf(0, 12)).toBe(1);
    expect([0, 3, 4, 5].map((row) => rows.chunkAt(row))).toEqual([0, 0, 1, 1]);
  });

  it('shows one side', () => {
    const chunks = [chunk('ask'), chunk('answer', false)];
    expect(texts(new StreamRows(chunks, 'client', 'text', 80))).toEqual(['ask']);
    expect(texts(new StreamRows(chunks, 'server', 'text', 80))).toEqual(['answer']);
  });

  it('shows wide letters whole, and nothing a terminal acts on', () => {
    const hostile = bytes('이름 \x1b[2J\u202e한');
    expect(textOf(hostile, 0, hostile.length)).toBe('이름 ·[2J·한');
    expect(texts(new StreamRows([chunk('가나다라')], 'both', 'text', 5))).toEqual(['가나', '다라']);
    expect(textOf(Uint8Array.of(0xff, 0xc3, 0x28, 0x09), 0, 4)).toBe('··(→   ');
  });

  it('loses no byte, keeps to its width, and is safe, whatever the bytes', () => {
    const any = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 100 }).map(bytes));
    fc.assert(
      fc.property(any, fc.integer({ min: 4, max: 60 }), fc.constantFrom(...FORMS), (data, width, form) => {
        const starts = rowStarts(data, form, width);
        expect(starts[0]).toBe(0);
        expect(starts.every((at, i) => i === 0 || at > starts[i - 1]!)).toBe(true);
        expect(starts.every((at) => at < Math.max(1, data.length))).toBe(true);
        if (form !== 'text') return;
        starts.forEach((from, i) => {
          const text = textOf(data, from, starts[i + 1] ?? data.length);
          expect(displayWidth(text)).toBeLessThanOrEqual(width);
          expect(safeText(text)).toBe(text);
        });
      }),
    );
  });

  it('counts 16 MB in slices', () => {
    const large = { ...chunk(''), bytes: new Uint8Array(16_384).fill(0x61) };
    const rows = new StreamRows(
      Array.from({ length: 1000 }, () => large),
      'both',
      'text',
      80,
    );
    rows.goOn(0);
    expect(rows.isWhole).toBe(false);
    rows.goOn(10_000);
    expect(rows.count).toBe(1000 * Math.ceil(16_384 / 80));
  });
});

describe('search in a stream', () => {
  const chunks = [chunk('GET /이름 HTTP/1.1\r\nUser-Agent: curl'), chunk('user-agent: none', false)];
  const find = (text: string, from: { chunk: number; offset: number }, backwards = false) =>
    findIn(chunks, patternOf(text)!, from, backwards);

  it('finds text in either case, patterns, and what is no ASCII', () => {
    expect(find('user-AGENT', { chunk: 0, offset: -1 })).toEqual({ chunk: 0, from: 22, to: 32 });
    expect(find('user-AGENT', { chunk: 0, offset: 22 })).toEqual({ chunk: 1, from: 0, to: 10 });
    expect(find('/user-agent/', { chunk: 0, offset: -1 })).toEqual({ chunk: 1, from: 0, to: 10 });
    expect(find('/H[T]+P/i', { chunk: 0, offset: -1 })?.from).toBe(12);
    expect(find('이름', { chunk: 0, offset: -1 })).toEqual({ chunk: 0, from: 5, to: 11 });
    expect(find('nobody', { chunk: 0, offset: -1 })).toBeNull();
  });
  it('goes back', () => {
    expect(find('agent', { chunk: 1, offset: 5 }, true)).toEqual({ chunk: 0, from: 27, to: 32 });
    expect(find('agent', { chunk: 0, offset: 27 }, true)).toBeNull();
  });
  it('says what is no pattern', () => {
    expect(patternOf('/(/')).toBeNull();
    expect(patternOf('(')).not.toBeNull();
  });
});
