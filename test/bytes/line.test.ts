import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Line } from '../../src/bytes/line.js';
import { hex, ipv4, ipv6, mac } from '../../src/bytes/show.js';
import { stampOf, writeHex, writePlain, writeSeconds } from '../../src/bytes/stamp.js';

/** What `write` puts into a line; small, so that it has to grow. */
function written(write: (line: Line) => void): string {
  const line = new Line(80);
  write(line);
  return line.toString();
}

describe('a line', () => {
  it('writes numbers as JavaScript does', () => {
    const edges = [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999_999, 100_000_000, 0xffff_ffff, 2 ** 32, 2 ** 53 - 1];
    for (const n of edges) expect(written((line) => line.dec(n))).toBe(String(n));
    fc.assert(fc.property(fc.maxSafeNat(), (n) => written((line) => line.dec(n)) === String(n)));
    fc.assert(fc.property(fc.nat(0xffffffff), (n) => written((line) => line.dec(n)) === String(n)));
  });

  it('pads numbers', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.nat(12), (n, width) => {
        expect(written((line) => line.decPadded(n, width))).toBe(String(n).padStart(width));
        expect(written((line) => line.decPadded(n, width, 0x30))).toBe(String(n).padStart(width, '0'));
      }),
    );
  });

  it('writes hexadecimal numbers, addresses and MACs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(0xffffffff), (b, n) => {
        expect(written((line) => line.hex(n, 8))).toBe(n.toString(16).padStart(8, '0'));
        expect(written((line) => line.ipv4(b, 3))).toBe(ipv4(((b[3] << 24) | (b[4] << 16) | (b[5] << 8) | b[6]) >>> 0));
        expect(written((line) => line.ipv6(b, 0))).toBe(ipv6(b, 0));
        expect(written((line) => line.mac(b, 5))).toBe(mac(b, 5));
      }),
    );
  });

  it('writes any text, one piece after the other', () => {
    const piece = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = written((line) => {
          for (const p of pieces) line.text(p);
        });
        expect(text).toBe(pieces.join(''));
      }),
    );
    expect(written((line) => line.arrow())).toBe(' \u2192 ');
  });

  it('writes stamps, bytes in hexadecimal and seconds, one after the other', () => {
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)), maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text), fc.uint8Array({ maxLength: 40 }), fc.nat(999_999_999), (texts, b, ns) => {
        const made = written((line) => {
          for (const one of texts) stampOf(`${one}\u2026`).write(line);
          for (const one of texts) expect(writePlain(line, one)).toBe(true);
          expect(writePlain(line, 'a\tb')).toBe(false);
          writeHex(line, b, 0, b.length);
          writeSeconds(line, 7, ns);
        });
        const stamps = texts.map((one) => `${one}\u2026`).join('');
        expect(made).toBe(`${stamps}${texts.join('')}${hex(b)}7.${String(ns).padStart(9, '0')}`);
      }),
    );
  });

  it('lets nothing of a packet through that a terminal would obey', () => {
    expect(written((line) => line.safe('a\u001b[2Jb\u202ec'))).toBe('a\\x1b[2Jb\\u{202e}c');
    expect(written((line) => line.safe('x'.repeat(300), 10))).toBe(`${'x'.repeat(10)}\u2026`);
  });

  it('aligns', () => {
    const aligned = (text: string, width: number) =>
      written((line) => {
        line.text('<');
        const from = line.at;
        line.text(text);
        line.alignRight(from, width);
        line.text('>');
      });
    expect(aligned('ab', 5)).toBe('<   ab>');
    expect(aligned('abcdef', 5)).toBe('<abcdef>');
    const padded = written((line) => {
      line.text('ab');
      line.padFrom(0, 4);
      line.text('|');
      line.padFrom(0, 2);
    });
    expect(padded).toBe('ab  |');
  });
});
