// A screen of 40 columns: nothing is cut, and no line is broken by the terminal where it stands; commands stay whole, so that they can be pasted.
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { folded, foldedHelp } from '../../src/report/wrap.js';
import { loaded } from './loaded.js';

const WIDTH = 40;
const narrow = loaded(() => ({ env: { COLUMNS: String(WIDTH) } }));
const wide = loaded();
const words = (text: string): string[] => text.split(/\s+/);
const tooWide = (text: string): string[] => text.split('\n').filter((line) => displayWidth(line) > WIDTH);

describe('--help', () => {
  it.each(['', ...Object.keys(COMMANDS)])('%s', async (command) => {
    const args = command === '' ? ['--help'] : [command, '--help'];
    const { stdout } = await narrow(...args);
    expect(words(stdout)).toEqual(words((await wide(...args)).stdout));
    // Examples, names of options, and what has no place to break it.
    for (const line of tooWide(stdout)) expect(line).toMatch(/^ {2}\S.*$|^ *\S+$/);
  });
});

describe('lists', () => {
  it.each([
    ['info', 'captures/cooked-v1.pcapng'],
    ['info', 'captures/native-missing-route.pcap'],
    ['flows', 'captures/geneve-one-way.pcap'],
  ])('%s %s', async (...args) => {
    const { stdout } = await narrow(...args);
    expect(words(stdout)).toEqual(words((await wide(...args)).stdout));
    for (const line of tooWide(stdout)) expect(line).toMatch(/^ *\S+$/);
  });

  it('in a file and in a pipe are one line each', async () => {
    const { stdout } = await wide('flows', 'captures/geneve-one-way.pcap');
    expect(tooWide(stdout).length).toBeGreaterThan(3);
  });
});

it('what is folded goes on under its text', () => {
  expect(folded('  name  a few words of it\n', 16)).toBe('  name  a few\n        words of\n        it\n');
  expect(folded('a-long-name  words', 12)).toBe('a-long-name\n    words');
  expect(folded('written  no-room-beside', 16)).toBe('written\n    no-room-beside');
  expect(foldedHelp('\none two\nthree\n\n  run this --long-option  what it does\n', 10)).toBe(
    '\none two\nthree\n\n  run this --long-option\n      what\n      it\n      does\n',
  );
});
