import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, EMOJI_SIGN, pad, plainWidth, safeLines, safeText, truncate } from '../../src/bytes/text.js';

describe('safe text', () => {
  it.each([
    ['plain ~text!', 'plain ~text!'],
    ['grün 漢字 é', 'grün 漢字 é'],
    ['\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['a\r\n\tb', 'a\\r\\n\\tb'],
    ['\x7f\x9b31m', '\\x7f\\x9b31m'],
    ['user\u202egpj.exe', 'user\\u{202e}gpj.exe'],
    ['a\u200bb\u2066c\ufeff\u00ad', 'a\\u{200b}b\\u{2066}c\\u{feff}\\xad'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half\ud800', 'half\\u{d800}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
  ])('%j', (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it('leaves nothing that moves a cursor or the direction of writing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (s) => {
        expect(safeText(s)).not.toMatch(/[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/);
        expect(safeText(safeText(s))).toBe(safeText(s));
      }),
    );
  });

  it('keeps lines where lines are meant', () => {
    expect(safeLines('é\n\x1b[2J')).toBe('é\n\\x1b[2J');
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['漢字', 4],
    ['한', 2],
    ['e\u0301', 1],
    ['…', 1],
    [EMOJI_SIGN, 1],
  ])('%s takes %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('emoji become one sign', () => {
    expect(plainWidth('a😀b👍🏽')).toBe(`a${EMOJI_SIGN}b${EMOJI_SIGN}${EMOJI_SIGN}`);
  });

  it('truncates and pads to columns, never through a character', () => {
    expect(truncate('漢字漢字', 5)).toBe('漢字…');
    expect(truncate('漢字漢字', 4)).toBe('漢…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abc', 0)).toBe('');
    expect(pad('7', 3, 'left')).toBe('  7');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '漢', 'é', 'e\u0301', ' ') }), fc.nat(20), (s, width) => {
        expect(displayWidth(pad(s, width))).toBe(width);
        expect(displayWidth(truncate(s, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
