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

it('stand in journeys too: where a packet is translated, and in the table', async () => {
  pty = Pty.show(atFirst(['captures/masquerade-healthy.pcap', '-t', 'captures/masquerade-missing.topology.yaml']), {
    cols: 120,
    rows: 40,
  });
  await pty.until(/no fault/);
  // tshark: in eth1 192.168.10.100 > 203.0.113.10, out eth0 10.0.2.15 > 203.0.113.10.
  await pty.press(':9\r');
  await pty.until('in eth1 ttl 63 → out eth0 ttl 62, src 10.0.2.15');
  await pty.press('A');
  await pty.until('in eth1 ttl 63 → out eth0 ttl 62, src router');
  await pty.press('3');
  await pty.until(/^ +9 .* k8s-ctr +203\.0\.113\.10 .* in eth1 > out eth0, src router /m);
  await pty.press('A');
  await pty.until(/^ +9 .* 192\.168\.10\.100 +203\.0\.113\.10 .* in eth1 > out eth0, src 10\.0\.2\.15 /m);
});

it('a filter takes the value of a field of the chosen packet', async () => {
  pty = Pty.show(atFirst(ARGS), { cols: 120, rows: 40 });
  await pty.until(/1 fault/);
  await pty.press(':3\r');
  await pty.until('◀ this frame');
  // tshark -Y 'ip.src == 172.20.0.96 && ip.dst == 172.20.2.1': 22 frames, 3 among them.
  await pty.press(`/ip.src == \${ip.src} && ip.dst == \${ ip.dst }`);
  await pty.press('\r');
  await pty.until('ip.src == 172.20.0.96 && ip.dst == 172.20.2.1');
  await pty.until(/= 22 of 61/);
  // The packet has no such field.
  await pty.press(`/\x15udp.port == \${udp.port}\r`);
  await pty.until(/no frame is selected whose udp\.port/);
});
