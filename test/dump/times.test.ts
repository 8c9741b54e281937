// `-t` and `-u`: the column of times as tshark 4.0.17 prints it, and tcpdump's.
import { describe, expect, it } from 'vitest';
import { type SpanForm, TIME_FORMS, type TimeForm, timeForm } from '../../src/dump/times.js';
import { printed } from './print.js';

/** Seconds and fractions (in units of the clock) of frames whose times step forward and back. */
const TIMES: readonly (readonly [number, number])[] = [
  [1700000000, 123456],
  [1700000000, 5],
  [1700000061, 7],
  [1700003661, 7],
  [1700090061, 7],
  [1699999999, 1],
  [1690000000, 1],
  [1800000000, 3],
  [1800000000, 3],
];

function capture(isNano: boolean): Uint8Array {
  const records = TIMES.map(([seconds, us]) => {
    const record = new Uint8Array(76);
    const view = new DataView(record.buffer);
    for (const [i, value] of [seconds, isNano ? us * 1000 + 7 : us, 60, 60].entries()) view.setUint32(4 * i, value, true);
    return record;
  });
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, isNano ? 0xa1b23c4d : 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65535, true);
  view.setUint32(20, 1, true);
  return Buffer.concat([header, ...records]);
}

/** What stands between the number and the addresses; the zone of the test run is UTC. */
async function column(isNano: boolean, time: TimeForm, seconds?: SpanForm, filter?: string): Promise<string[]> {
  const { text } = await printed(capture(isNano), { time, ...(seconds && { seconds }), ...(filter && { filter }) });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(6, line.indexOf(' 00:00:00:00:00:00')));
}

describe('-t', () => {
  it.each([
    ['r', ['  0.000000', ' -0.123451', ' 60.876551', '3660.876551', '90060.876551', ' -1.123455', '-10000000.123455']],
    ['d', ['  0.000000', ' -0.123451', ' 61.000002', '3600.000000', '86400.000000', '-90062.000006', '-9999999.000000']],
    ['dd', ['  0.000000', ' -0.123451', ' 61.000002', '3600.000000', '86400.000000', '-90062.000006', '-9999999.000000']],
    ['e', ['1700000000.123456', '1700000000.000005', '1700000061.000007', '1700003661.000007', '1700090061.000007']],
    ['u', ['22:13:20.123456', '22:13:20.000005', '22:14:21.000007', '23:14:21.000007', '23:14:21.000007', '22:13:19.000001']],
    ['ud', ['2023-11-14 22:13:20.123456', '2023-11-14 22:13:20.000005', '2023-11-14 22:14:21.000007']],
    ['udoy', ['2023/318 22:13:20.123456', '2023/318 22:13:20.000005', '2023/318 22:14:21.000007', '2023/318 23:14:21.000007']],
  ] as const)('%s', async (form, times) => {
    expect((await column(false, form)).slice(0, times.length)).toEqual(times);
  });

  it('has as many digits as the clock of the capture', async () => {
    expect((await column(true, 'r')).slice(0, 3)).toEqual(['0.000000000', '-0.123451000', '60.876551000']);
    expect((await column(true, 'e')).at(-1)).toBe('1800000000.000003007');
  });

  it('counts from the frame before, or from the one printed before', async () => {
    const later = 'frame.number > 3';
    expect((await column(false, 'd', 's', later))[0]).toBe('3600.000000');
    expect((await column(false, 'dd', 's', later)).slice(0, 2)).toEqual(['  0.000000', '86400.000000']);
  });

  it('writes local times in the zone of the reader', async () => {
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'America/St_Johns';
      expect((await column(false, 'ad'))[0]).toBe('2023-11-14 18:43:20.123456');
      expect((await column(false, 'adoy'))[7]).toBe('2027/015 04:30:00.000003');
      expect((await column(false, 'a'))[0]).toBe('18:43:20.123456');
      expect((await column(false, 'u'))[0]).toBe('22:13:20.123456');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it("is known by tshark's words and by tcpdump's", () => {
    expect(TIME_FORMS.map(timeForm)).toEqual(TIME_FORMS);
    expect(['t', 'tt', 'ttt', 'tttt', 'lab.yaml'].map(timeForm)).toEqual(['e', 'dd', 'ad', 'r', null]);
  });
});

it('-u hms writes hours and minutes where there are any', async () => {
  expect(await column(false, 'r', 'hms')).toEqual([
    ' 0.000000s',
    '- 0.123451s',
    '1m  0.876551s',
    '1h  1m  0.876551s',
    '25h  1m  0.876551s',
    '- 1.123455s',
    '- 2777h 46m 40.123455s',
    '27777h 46m 39.876547s',
    '27777h 46m 39.876547s',
  ]);
});

it.each([
  [
    'dd',
    [' 00:00:00.000000', '-00:00:00.123451', ' 00:01:01.000002', ' 01:00:00.000000', ' 00:00:00.000000', '-01:01:02.000006'],
  ],
  ['r', [' 00:00:00.000000', '-00:00:00.123451', ' 00:01:00.876551', ' 01:01:00.876551', ' 01:01:00.876551', '-00:00:01.123455']],
  ['ud', ['2023-11-14 22:13:20.123456', '2023-11-14 22:13:20.000005']],
  ['e', ['1700000000.123456', '1700000000.000005']],
] as const)('in the style of tcpdump, %s is a clock of its own', async (time, times) => {
  const { text } = await printed(capture(false), { style: 'tcpdump', time });
  const lines = text.split('\n').slice(0, times.length);
  expect(lines.map((line, i) => line.slice(0, times[i].length + 1))).toEqual(times.map((time) => `${time} `));
});
