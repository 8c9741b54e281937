// The forms of time in the packet list: what tshark says of the same packets, in one unit, decimals below each other.
import { spawnSync } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_COLUMNS } from '../../src/tui/columns/packet-columns.js';
import { TIMES, withTime } from '../../src/tui/columns/time-columns.js';
import { atFirst, Pty } from './pty.js';

const CAPTURE = 'captures/native-missing-route.pcap';

let pty: Pty;
afterEach(() => pty?.close());

/** Cells of the second column in the rows of packets 2 to 6. */
const cells = (): string[] =>
  pty
    .lines()
    .flatMap((line) => /^[!~· ] +([2-6]) +(.*?) (?:in|out) /.exec(line) ?? [])
    .filter((_, i) => i % 3 === 2);

/** What is to be seen of packets 2 to 6; `tshark -t FORM` prints the same. */
const FORMS: readonly (readonly [id: string, cells: readonly string[]])[] = [
  ['time', ['0.000007', '0.000014', '0.000020', '0.000027', '0.000029']],
  ['delta', ['0.000007', '0.000007', '0.000006', '0.000007', '0.000002']],
  ['delta-captured', ['0.000007', '0.000007', '0.000006', '0.000007', '0.000002']],
  ['clock', ['04:16:42.682095', '04:16:42.682102', '04:16:42.682108', '04:16:42.682115', '04:16:42.682117']],
  ['clock-local', ['09:46:42.682095', '09:46:42.682102', '09:46:42.682108', '09:46:42.682115', '09:46:42.682117']],
  ['date', [95, 102, 108, 115, 117].map((us) => `2026-11-21 04:16:42.682${String(us).padStart(3, '0')}`)],
  ['date-local', [95, 102, 108, 115, 117].map((us) => `2026-11-21 09:46:42.682${String(us).padStart(3, '0')}`)],
];

it.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('t turns from one form into the next at %ix%i', async (cols, rows) => {
  pty = Pty.show(atFirst([CAPTURE]), { cols, rows, env: { TZ: 'Asia/Kolkata' } });
  await pty.until(/No\. /);
  await pty.still();
  for (const [id, wanted] of FORMS) {
    await pty
      .until(() => JSON.stringify(cells()) === JSON.stringify(wanted), 10_000)
      .catch(() => expect(cells(), id).toEqual(wanted));
    await pty.press('t');
  }
  await pty.until(/1795234602\.682095/);
  await pty.press('t');
  await pty.press(':time date\r');
  await pty.until('2026-11-21 04:16:42.682117');
  await pty.press(':time never\r');
  expect(pty.lines().at(-1)).toContain('one of time, delta, delta-captured');
  expect(pty.clears).toBe(1);
});

it.skipIf(spawnSync('tshark', ['-v']).status !== 0)('are those of tshark', () => {
  for (const [form, id] of [
    ['r', 'time'],
    ['d', 'delta-captured'],
    ['u', 'clock'],
    ['ud', 'date'],
  ] as const) {
    const { stdout } = spawnSync('tshark', ['-r', CAPTURE, '-t', form, '-c', '6'], { encoding: 'utf8' });
    const wanted = FORMS.find(([name]) => name === id)![1];
    wanted.forEach((cell, i) => {
      expect(stdout.split('\n')[i + 1], form).toContain(` ${cell}`);
    });
  }
});

it('a title of the own stays, and columns without a time are left alone', () => {
  expect(withTime(DEFAULT_COLUMNS.filter(({ field }) => field !== 'time'))).toBeNull();
  expect(withTime(DEFAULT_COLUMNS, 'never')).toBeNull();
  const mine = DEFAULT_COLUMNS.map((one) => (one.field === 'time' ? { ...one, title: 'When' } : one));
  expect(withTime(mine)!.columns[1]).toMatchObject({ title: 'When', field: 'delta' });
  expect(withTime(DEFAULT_COLUMNS, 'epoch')!.columns[1]).toMatchObject({ title: 'Epoch', field: 'epoch' });
  let columns: ReturnType<typeof withTime> = { columns: DEFAULT_COLUMNS, now: TIMES[0] };
  for (const { id } of [...TIMES.slice(1), TIMES[0]]) {
    columns = withTime(columns!.columns);
    expect(columns!.now.id).toBe(id);
  }
});
