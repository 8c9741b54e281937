// Texts made to be slow: one part repeated for as long as a line, or a text, may be. Whatever it is, each reader takes a time that
// grows with the length, not with its square.
import { describe, expect, it } from 'vitest';
import { printed } from '../../src/texts/input.js';
import { isPrinted, LOOK, timesOf } from '../../src/texts/recognise.js';
import { importTopology } from '../../src/topology/import/import.js';
import { Testimony, witnessesIn } from '../../src/witnesses/testimony.js';
import { some } from '../thorough.js';
import { SEEDS } from '../witnesses/seeds.js';

const PARTS = [
  ...' \t\r>-=:.,;([{"\'/\\|#$@%&*+<aA0٣',
  '\x1b[',
  '\x1b]',
  '> ',
  '0:',
  '00:',
  'a:b',
  '0.',
  '1.2.3.4 ',
  '1.2.3.4:1 -> ',
  'IP ',
  'IP a > ',
  'IP a > b: ',
  'IP6 a > b: Flags [',
  'options [',
  '12:00:00.000000 ',
  '12:00:00.000000 eth0 ',
  'via ',
  'dev ',
  'nexthop ',
  'inet ',
  'src=',
  'identity ',
  'kernel: ',
  'a=b ',
  '"a":',
  '{"a":',
  '[[',
  'ssh ',
  'exec -- ',
  '0x',
  'aa:bb:cc:dd:ee:ff ',
  '- ',
  'a\n',
  ' \n',
  '\r\n',
  '>\n',
];

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'is it printed': (text) => isPrinted(text.slice(0, LOOK)) || timesOf(text.slice(0, LOOK)),
  'is it a witness': witnessesIn,
  packets: async (text) => {
    const pieces = (async function* () {
      yield Buffer.from(text);
    })();
    for await (const _ of printed(pieces, { only: null, differences: null }, () => undefined));
  },
  witness: (text) => {
    const testimony = new Testimony(0);
    for (const line of text.split('\n')) testimony.line(line);
    testimony.end();
  },
  topology: (text) => importTopology([{ name: 'a.txt', text }]),
};

const MOST_MS = 400;

/** What a reading takes of the processor. */
async function cpuMs(read: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  try {
    await read();
  } catch {
    // What is no topology is refused.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe.each(Object.entries(READERS))('%s', (_, read) => {
  it('is in time whatever is repeated', { timeout: 120_000 }, async () => {
    const slow: string[] = [];
    for (const part of some(PARTS, 3))
      for (const start of [
        '',
        ...SEEDS.slice(0, 3),
        '12:00:00.000000 IP ',
        '12:00:00.000000 IP 1.2.3.4.5 > 1.2.3.5.6: Flags [S], ',
      ]) {
        const text = start + part.repeat(Math.ceil(LOOK / part.length));
        // What the process collects meanwhile is counted, too: the second time there is less of it.
        let ms = await cpuMs(() => read(text));
        if (ms > MOST_MS) ms = Math.min(ms, await cpuMs(() => read(text)));
        if (ms > MOST_MS) slow.push(`${JSON.stringify(start.slice(0, 30) + part)}: ${Math.round(ms)} ms`);
      }
    expect(slow).toEqual([]);
  });
});
