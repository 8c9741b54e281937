// Expectation files as hostile or clumsy input: nothing but an ExpectationError, with a place on every line.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpectationError, HopscopeError, UsageError } from '../../src/errors.js';
import { parseHop, takesPath } from '../../src/expect/hops.js';
import { inBounds, parseBounds, parseShare } from '../../src/expect/units.js';
import { verify } from '../../src/main/verify.js';
import { readSheets } from '../../src/main/verify-files.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { times } from '../thorough.js';

const options = (text: string) => ({
  ...PLAIN_VERIFY,
  paths: [],
  texts: [{ name: 'e.yaml', text }],
  captures: [{ point: 'router', path: 'captures/lb-announced.pcap' }],
  topology: ['captures/lab.topology.yaml'],
});

const errors = (text: string): string[] => {
  try {
    readSheets(options(text));
    return [];
  } catch (error) {
    if (!(error instanceof ExpectationError) && !(error instanceof UsageError)) throw error;
    return error.message.split('\n');
  }
};

describe('reading', () => {
  const good = readFileSync('expectations/lb-address.yaml', 'utf8').replace(/^(topology|captures):.*\n/gm, '');

  it('of any text gives expectations or an error with places', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        for (const line of errors(text)) expect(line).toMatch(/^(e\.yaml:\d+:\d+: |and \d+ more)/);
      }),
      { numRuns: times(60, 200) },
    );
  });

  it('of a file with one piece changed likewise, and checking it never ends in anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.nat(12), fc.string({ maxLength: 8 }), async (at, cut, put) => {
        const text = good.slice(0, at) + put + good.slice(at + cut);
        try {
          await verify(options(text));
        } catch (error) {
          if (!(error instanceof HopscopeError)) throw error;
        }
      }),
      { numRuns: times(40, 120) },
    );
  });

  it('names keys that do not go together, and values of each that do not fit', async () => {
    expect(errors('version: 1\nexpect: [{ where: tcp, never: udp }]')).toEqual([
      'e.yaml:2:24: where and never are two expectations; write them one below the other',
    ]);
    expect(errors('version: 1\nexpect: [{ nat: none }]')[0]).toMatch(/nat without flow needs original/);
    expect(errors('version: 2\nexpect: [{ where: tcp }]')[0]).toMatch(/^e\.yaml:1:10: version: this must be 1/);
    expect(errors('version: 1\nexpect: [{ where: "$' + '{no}" }]')[0]).toMatch(/no variable is called 'no'/);
    const each =
      'version: 1\nexpect: [{ flow: { src: router }, path: ["in $' + '{if}"], each: { if: [eth1, "eth1 eth2 eth3"] } }]';
    await expect(verify(options(each))).rejects.toThrow(/with 'eth1 eth2 eth3' for if, path\.0 is wrong/);
  });
});

describe('units', () => {
  it('shares and ranges', () => {
    expect([parseShare('2%'), parseShare(0.5)]).toEqual([0.02, 0.5]);
    expect(parseBounds('3-5')).toEqual({ least: 3, most: 5 });
    expect(['5-3', 'x', '3-'].map(parseBounds)).toEqual([null, null, null]);
    expect(inBounds(4, parseBounds('> 3')!)).toBe(true);
    expect(inBounds(3, parseBounds('< 3')!)).toBe(false);
  });

  it('hops and paths', () => {
    expect(parseHop('eth1')).toMatchObject({ interface: 'eth1', direction: null });
    expect(parseHop('in')).toBe(null);
    expect(['in eth1 out', 'a b c d', ''].map(parseHop).map((hop) => hop?.interface ?? null)).toEqual([null, null, null]);
    const seen = ['in eth1', 'out eth2', 'in eth3'].map((text) => {
      const { direction, interface: name } = parseHop(text)!;
      return { point: 'r', direction: direction!, interface: name, carrier: 'bare' as const };
    });
    const path = (...hops: string[]) => hops.map((hop) => parseHop(hop)!);
    expect(takesPath(path('in eth1', '...', 'in eth3'), seen)).toBe(true);
    expect(takesPath(path('in eth1', '...', 'in eth4'), seen)).toBe(false);
    expect(takesPath(path('...', 'out eth2', '...'), seen)).toBe(true);
    expect(takesPath(path('other in eth1'), seen)).toBe(false);
  });
});
