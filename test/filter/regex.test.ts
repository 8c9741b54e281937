import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pattern } from '../../src/filter/regex.js';
import { times } from '../thorough.js';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const pattern = (text: string): Pattern => new Pattern(latin1(text), (what) => new Error(what));
const found = (p: string, subject: string): boolean => pattern(p).test(latin1(subject));

describe('patterns', () => {
  it.each([
    ['abc', 'xxABCxx', true],
    ['(?-i)abc', 'xxABCxx', false],
    ['a(?i:B)c', 'aBc', true],
    ['(?-i)a(?i:b)c', 'aBc', true],
    ['(?-i)a(?i:b)c', 'ABc', false],
    ['^get', 'GET /', true],
    ['^get', ' GET /', false],
    ['end$', 'the end', true],
    ['end$', 'the end\n', true],
    ['end$', 'the end\n\n', false],
    ['end\\z', 'the end\n', false],
    ['^b', 'a\nb', false],
    ['(?m)^b', 'a\nb', true],
    ['(?m)a$', 'a\nb', true],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['\\bget\\b', 'to get it', true],
    ['\\bget\\b', 'together', false],
    ['to\\Bget', 'together', true],
    ['[^a-c]', 'ABC', false],
    ['[[:digit:]]{3}', 'a123', true],
    ['[]x]', ']', true],
    ['[a\\-z]', '-', true],
    ['a{2,3}b', 'aab', true],
    ['^a{2,3}b', 'ab', false],
    ['a{,3}', 'a{,3}', true],
    ['x*', '', true],
    ['', '', true],
    ['a|b|', 'zzz', true],
    ['\\x00\\xff', '\u0000\u00ff', true],
    ['(?<name>a)+?b', 'aab', true],
    ['\\d+\\.\\d+', '10.5', true],
    ['\\w\\W\\s', 'a- ', true],
  ])('%s in %j: %s', (p, subject, expected) => {
    expect(found(p, subject)).toBe(expected);
  });

  it('agree with the engine of the language where both know the syntax', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\s',
      '\\b',
      '^',
      '$',
      '(a|b)',
      '(?:ab|c)',
      'x',
      '\\n',
      ' ',
      '1',
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '*?'))
      .map(([a, q]) => (/^(?:\\b|\^|\$)$/.test(a) ? a : a + q));
    const text = fc.array(piece, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    const either = fc.array(text, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
    const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', 'A', '1', ' ', '\n', '_'), maxLength: 24 });
    fc.assert(
      fc.property(either, fc.array(subject, { minLength: 1, maxLength: 5 }), (p, subjects) => {
        const ours = pattern(p);
        // $ is also before a newline that ends the subject.
        const theirs = new RegExp(p.replaceAll('$', '(?=\\n?$)'), 'i');
        for (const s of subjects)
          expect(`${p} in ${JSON.stringify(s)}: ${ours.test(latin1(s))}`).toBe(`${p} in ${JSON.stringify(s)}: ${theirs.test(s)}`);
      }),
      { numRuns: times(1000, 4000) },
    );
  });

  it('take time linear in the subject, whatever they are', () => {
    const subject = latin1('a'.repeat(60_000));
    const before = process.cpuUsage();
    for (const p of ['(a*)*b', '(a|a)*b', 'a*a*a*a*a*b', '(a+)+$b', '(.*)(.*)(.*)(.*)x', '(a|aa)+c', '(?:a{1,30}){1,30}b'])
      expect(pattern(p).test(subject)).toBe(false);
    // Sets of states that never come twice.
    let seed = 1;
    const noise = Uint8Array.from({ length: 60_000 }, () => {
      seed = (seed * 48271) % 0x7fffffff;
      return seed & 1 ? 97 : 98;
    });
    expect(pattern('a[ab]{60}c').test(noise)).toBe(false);
    // Of CPU: a loaded machine makes it wait, and does not make it work more.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
  });
});
