import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/bytes/text.js';
import { rulePicks, ruleStart } from '../../../src/tui/decode-as.js';
import { bar } from '../../../src/tui/tables/views.js';
import { plotRows, roundUp, timeText } from '../../../src/tui/traffic/plot.js';
import { placeColumns } from '../../../src/tui/widgets/columns.js';

const LOOKS = { shown: 1, all: 2, text: 3, chosen: 4 };
const textOf = (rows: ReturnType<typeof plotRows>) => rows.map((row) => row.map(({ text }) => text).join(''));

describe('a plot', () => {
  it('stands what is shown in front of all there is', () => {
    expect(textOf(plotRows([4, 2, 0], [2, 2, 0], 4, 4, 1, -1, LOOKS))).toEqual(['░  ', '░  ', '██ ', '██ ']);
    expect(textOf(plotRows([8], [5], 8, 1, 3, -1, LOOKS))).toEqual(['▅▅▅']);
  });
  it('shows one packet among a million', () => {
    expect(textOf(plotRows([1_000_000, 1], [1_000_000, 1], 1_000_000, 2, 1, -1, LOOKS))).toEqual(['█ ', '█▁']);
  });
  it('has a readable scale', () => {
    expect([0, 1, 3, 27, 51, 999, 1000, 1001].map(roundUp)).toEqual([1, 1, 5, 50, 100, 1000, 1000, 2000]);
    expect(timeText(1.5e9, 500e6)).toBe('1.5 s');
    expect(timeText(90e9, 1e9)).toBe('90 s');
    expect(timeText(5400e9, 600e9)).toBe('1:30 h');
    expect(timeText(2e6, 1e6)).toBe('0.002 s');
  });
  it('fills bars by eighths', () => {
    expect([1, 0.5, 0.0001, 0].map((part) => bar(part, 4))).toEqual(['████', '██', '▏', '']);
    expect(displayWidth(bar(0.34, 10))).toBeLessThanOrEqual(10);
  });
});

describe('columns of a table', () => {
  const spec = (weight: number, width: number, more: object = {}) => ({ weight, width, isElastic: false, ...more });
  it('drops the least important, never an address', () => {
    const specs = [spec(9, 20), spec(2, 10), spec(9, 20), spec(5, 10)];
    expect(placeColumns(specs, 80).map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(placeColumns(specs, 55).map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(placeColumns(specs, 41)).toEqual([
      { index: 0, width: 20 },
      { index: 2, width: 20 },
    ]);
  });
  it('cuts the name behind an address before it drops what is worth it', () => {
    const named = spec(9, 40, { least: 15 });
    expect(placeColumns([named, named, spec(8, 8)], 60)).toEqual([
      { index: 0, width: 35 },
      { index: 1, width: 15 },
      { index: 2, width: 8 },
    ]);
    expect(placeColumns([named, named, spec(3, 8)], 60).map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe('decode as', () => {
  it('completes tables and protocols', () => {
    const first = (text: string) => rulePicks(text)[0];
    expect(first('udp.p')).toEqual({ text: 'udp.port==', isPart: true });
    expect(first('udp.port==4790,vx')).toMatchObject({ text: 'udp.port==4790,vxlan', note: expect.stringContaining('Virtual') });
    expect(first('udp.port==1-2, gen')!.text).toBe('udp.port==1-2, geneve');
    // By its title as well; and nothing while a number is typed.
    expect(rulePicks('udp.port==1,name system').map(({ text }) => text)).toContain('udp.port==1,dns');
    expect(rulePicks('udp.port==1')).toEqual([]);
    expect(rulePicks('nothing')).toEqual([]);
  });
  it('starts without a port as an empty line', () => {
    expect(ruleStart([])).toBe('');
  });
});
