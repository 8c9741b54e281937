// Two captures as two ladders: `:diff GOOD`.
import { afterEach, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { Pty } from './pty.js';

const BAD = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const GOOD = 'captures/native-healthy.pcap';

let pty: Pty;
afterEach(() => pty?.close());

async function open(cols: number, rows: number): Promise<void> {
  pty = Pty.show(['tui', ...BAD], { cols, rows });
  await pty.until(/1 fault/);
  await pty.still();
}

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
])('at %ix%i', (cols, rows) => {
  it('shows the good and the bad ladder of a difference', async () => {
    await open(cols, rows);
    await pty.press(`:diff ${GOOD}\r`);
    await pty.until('5 differences to');
    expect(pty.text()).toContain('takes another path');
    // Both are there, if only further down.
    let seen = '';
    for (let i = 0; i < 8; i++) {
      seen += pty.text();
      await pty.press(' ');
    }
    expect(seen).toMatch(/ Good/);
    expect(seen).toMatch(/ Bad/);
    expect(seen).toMatch(/─ttl 6.*▶|─ttl …─▶/);
    expect(seen).toMatch(/✗/);
    expect(seen).toMatch(/╌expected╌+▷/);
    expect(pty.lines().every((line) => displayWidth(line) <= cols)).toBe(true);
    await pty.press('\r');
    await pty.until(/No\. /);
    await pty.press('\x7f');
    await pty.until('5 differences to');
  });
});

it('puts them beside each other where there is room', async () => {
  await open(200, 50);
  await pty.press(`:diff ${GOOD}\r`);
  await pty.until('5 differences to');
  await pty.until(/ Good .* Bad/);
});

it('says what is wrong with the other capture, and what it needs', async () => {
  await open(80, 24);
  await pty.press(':diff\r');
  expect(pty.text()).toContain(':diff needs a good capture');
  await pty.press(':diff nowhere.pcap\r');
  await pty.until('there is no such file');
  await pty.press(`:diff ${BAD[0]}\r`);
  await pty.until(/0 differences to .* alike/);
});
