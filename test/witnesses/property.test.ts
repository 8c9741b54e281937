// Whatever a text holds: it is read to its end, each line is counted once, and nothing of it reaches a terminal as it is.
import { createReadStream } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOffset } from '../../src/facts/witness-clock.js';
import { text } from '../../src/report/text.js';
import { readTestimony, TestimonyReader } from '../../src/witnesses/read.js';
import { Testimony } from '../../src/witnesses/testimony.js';
import { times } from '../thorough.js';
import { diagnose, file, haveSamples, sample, told } from './help.js';
import { SEEDS } from './seeds.js';

const HOSTILE = [
  '\x1b]0;owned\x07',
  '\x1b[2J',
  '\u202e',
  '\0',
  '\r',
  '\ufffd',
  ' -> ',
  '{',
  '}',
  '[',
  '"',
  ':',
  '(',
  ')',
  '=',
  '99999999999999999999',
  'constructor',
  '-1',
  '٣',
  '한글',
  'a'.repeat(5000),
  '\t',
];

/** A seed with something put in, taken out, doubled or cut off. */
const changed = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...HOSTILE, '')), { maxLength: 4 }))
  .map(([seed, changes]) =>
    changes.reduce((line, [at, length, put]) => {
      const from = at % (line.length + 1);
      return line.slice(0, from) + put + line.slice(from + length);
    }, seed),
  );
const paste = fc.array(changed, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('\n'));

/** As a file is read, in pieces. */
async function readWhole(text: string, nearMs: number): Promise<Testimony> {
  const reader = new TestimonyReader(new Testimony(nearMs));
  await readTestimony(createReadStream(file(text)), reader);
  return reader.end(false);
}

describe('any text', () => {
  it('has every line counted once, and quotes lines that it has', () => {
    fc.assert(
      fc.property(paste, (text) => {
        const { info, groups } = told(text);
        expect(info.used + info.noise + info.unread).toBe(info.lines);
        expect(info.lines).toBe(text.split('\n').length);
        expect(groups.reduce((sum, { count }) => sum + count, 0) + info.forgotten).toBe(info.events);
        for (const { place, event } of groups) {
          expect(place.line).toBeGreaterThanOrEqual(1);
          expect(place.line).toBeLessThanOrEqual(info.lines);
          for (const { port } of [event.src, event.dst]) expect(port >= 0 && port <= 65535 && Number.isInteger(port)).toBe(true);
        }
      }),
      { numRuns: times(150, 400) },
    );
  });

  it('is read the same in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(paste, async (text) => {
        // What a file holds is UTF-8.
        const whole = Buffer.from(text).toString('utf8');
        const read = await readWhole(whole, Date.UTC(2026, 10, 30));
        const { lines: _, noise: __, ...rest } = told(whole).info;
        expect(read.info).toMatchObject(rest);
      }),
      { numRuns: times(25, 60) },
    );
  });

  it('comes through all rules, and nothing of it acts on a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(paste, async (paste) => {
        const run = await diagnose(file(`${SEEDS[0]}\n${SEEDS[10]}\n${paste}`));
        expect(run.findings.map(({ title }) => title).filter((title) => title.includes('stopped with an error'))).toEqual([]);
        expect(text(run, { color: false, verbose: true, width: 100 })).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
      }),
      { numRuns: times(25, 60) },
    );
  });

  it.skipIf(!haveSamples)('cut off anywhere tells no more than it has', () => {
    for (const name of ['p17-hubble-compact.txt', 'p18-hubble-dict.txt', 'p21-cilium-monitor-v.txt', 'p23-conntrack.txt']) {
      const whole = sample(name);
      const { events } = told(whole).info;
      for (let length = 0; length < whole.length; length += 7)
        expect(told(whole.slice(0, length)).info.events).toBeLessThanOrEqual(events);
    }
  });
});

describe('bounds', () => {
  it('more flows than are kept: counted, without the ports of clients first', () => {
    const testimony = new Testimony(0);
    const lines = 70_000;
    for (let i = 0; i < lines; i++)
      testimony.line(
        `Nov 29 14:09:53.307: 10.0.${i >> 14}.1:${1024 + (i & 16383)} (ID:1) -> 10.${i & 127}.${(i >> 7) & 127}.1:80 (ID:2) to-stack FORWARDED (TCP Flags: SYN)`,
      );
    testimony.end();
    expect(testimony.all.length).toBeLessThanOrEqual(40_000);
    expect(testimony.all.reduce((sum, { count }) => sum + count, 0) + testimony.info.forgotten).toBe(lines);
    expect(testimony.info.forgotten).toBeGreaterThan(0);
  });

  it('a line without an end is one that is not understood', async () => {
    const read = await readWhole(`${SEEDS[0]}\n${'x'.repeat(3 << 20)}\n${SEEDS[1]}\n`, 0);
    expect(read.info).toMatchObject({ lines: 3, used: 2, unread: 1 });
  });
});

describe('clocks', () => {
  const HOUR = 3_600_000;
  it('quarter hours that most agree on, then what is left', () => {
    expect(clockOffset([], false)).toBeNull();
    expect(clockOffset([12, -80, 3], false)).toEqual({ aheadMs: 0, flows: 3 });
    expect(clockOffset([9 * HOUR + 20, 9 * HOUR - 30, 5 * HOUR], false)).toEqual({ aheadMs: 9 * HOUR, flows: 2 });
    expect(clockOffset([5.75 * HOUR + 42_000], false)).toEqual({ aheadMs: 5.75 * HOUR + 42_000, flows: 1 });
    // Another day, or no time zone that there is.
    expect(clockOffset([72 * HOUR], false)).toBeNull();
    expect(clockOffset([7 * 60_000], false)).toBeNull();
    expect(clockOffset([400 * 24 * HOUR + 9 * HOUR], true)).toEqual({ aheadMs: 9 * HOUR, flows: 1 });
  });
});
