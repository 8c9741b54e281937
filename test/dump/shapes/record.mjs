// Writes recorded.json: packets of captures of the project as `tshark -T json` prints them.
//   node test/dump/shapes/record.mjs
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { leaves } from './leaves.mjs';

const ASKED = [
  ['arp-flap.pcap', 'frame.number == 1'],
  ['icmp-ttl-exceeded.pcap', 'frame.number in {1, 2}'],
  ['http-bad-gateway.pcap', 'http'],
  ['ipv6-healthy.pcap', 'frame.number in {1, 3}'],
  ['vxlan-router.pcap', 'frame.number == 3'],
  ['dns-healthy.pcap', 'dns and frame.number < 10'],
  ['tcp-zero-window.pcap', 'tcp.analysis.flags'],
  ['dhcp-refused.pcap', 'frame.number == 1'],
];
/** At most that many packets of each. */
const MOST = 4;

const CHECKED = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
const APART = ['-o', 'tcp.desegment_tcp_streams:FALSE'];
const answers = ASKED.map(([capture, filter]) => {
  const args = ['-n', '-r', capture, '-Y', filter, '-T', 'json', '-d', 'udp.port==8472,vxlan', ...CHECKED, ...APART];
  const { stdout } = spawnSync('tshark', args, {
    cwd: resolve(import.meta.dirname, '../../../captures'),
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { capture, filter, packets: leaves(stdout).slice(0, MOST) };
});
writeFileSync(join(import.meta.dirname, 'recorded.json'), `${JSON.stringify(answers, null, 1)}\n`);
