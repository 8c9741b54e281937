// Names of the topology in place of addresses: in the packet list by one key, and in filters.
import { afterEach, expect, it } from 'vitest';
import { atFirst, Pty } from './pty.js';

const ARGS = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];

let pty: Pty;
afterEach(() => pty?.close());

it.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('at %ix%i', async (cols, rows) => {
  pty = Pty.show(atFirst(ARGS), { cols, rows });
  await pty.until(/1 fault/);
  await pty.press('A');
  await pty.until(/^! +3 .*in eth1 +default\/curl-pod +default\/webpod /m);
  // What has no name keeps its address.
  expect(pty.line(/^ +2 /)).toContain('08:00:27:a4:11:c8');
  await pty.press('A');
  await pty.until(/^! +3 .*in eth1 +172\.20\.0\.96 +172\.20\.2\.1 /m);
  // tshark -Y 'ip.src == 172.20.0.96': 22 frames.
  await pty.press('/ip.src == curl-pod\r');
  await pty.until(/= 22 of 61/);
  await pty.press('/\x15ip.src == default/curl-pod && icmp\r');
  await pty.until(/= \d+ of 61/);
  await pty.press('/\x15ipv6.src == curl-pod');
  await pty.until('curl-pod has no IPv6 address in the topology');
  expect(pty.clears).toBe(1);
});
