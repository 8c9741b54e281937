// One of several things: typing narrows the list, arrows choose, Enter takes, Esc leaves all as it was.
import { afterEach, expect, it } from 'vitest';
import { atFirst, Pty } from './pty.js';

let pty: Pty;
afterEach(() => pty?.close());
const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const DOWN = '\x1b[B';

it.each([
  [80, 24],
  [120, 40],
])('lists of themes, times, fields, protocols and conversations at %ix%i', async (cols, rows) => {
  pty = Pty.show(atFirst(ROUTER), { cols, rows });
  await pty.until('1 fault');
  await pty.still();
  const paper = pty.style(0, 0).bg;
  // Narrowed to one, which is taken.
  await pty.press(':theme\r');
  expect(pty.text()).toContain('colour-blind');
  expect(pty.line('auto')).toContain('now');
  await pty.press('lig');
  expect(pty.text()).not.toContain('colour-blind');
  await pty.press('\r');
  expect(pty.style(0, 0).bg).not.toBe(paper);
  // By the arrows; the letters j and q are typed here, and mean nothing else.
  await pty.press(':time\r');
  await pty.press(`time of day${DOWN}`);
  expect(pty.line('›clock-local')).toContain('time of day, local');
  await pty.press('\x7f'.repeat(11));
  await pty.press('jq');
  expect(pty.text()).toContain('nothing in the list is like this');
  await pty.press('\r');
  expect(pty.text()).toContain('Form of the time');
  await pty.press('\x1b');
  expect(pty.text()).not.toContain('Form of the time');
  expect(pty.line(/No\. .*Hop/)).toContain('Time');
  // A protocol for a port, by its title.
  await pty.press('21Gd');
  await pty.press('a');
  await pty.press('name system');
  expect(pty.line(/tcp\.port==10250,dns/)).toContain('Domain Name System');
  await pty.press('\x1b\x1b');
  await pty.press('\x1b');
  // A column.
  await pty.press(':columns\r');
  await pty.press('a');
  await pty.press('ip.tt');
  await pty.press(`${DOWN}\r`);
  await pty.press('\x1b');
  expect(pty.line(/No\. .*Hop/)).toContain('ip.ttl');
  // A conversation to follow.
  await pty.press(':follow\r');
  await pty.until(/TCP 192\.168\.10\.100:51294 ↔ 192\.168\.20\.100:10250 +\d+ packets/);
  await pty.press('10250\r');
  await pty.until('→ GET / HTTP/1.1');
  expect(pty.text()).toContain('192.168.10.100:51294 → 192.168.20.100:10250');
});
