// Writes recorded.json: what tshark answers to filters.txt over some of the bundled captures.
//   node test/filter/record.mjs
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CAPTURES = [
  'native-missing-route.pcap',
  'vxlan-healthy.pcap',
  'vxlan-port-unreachable.pcap',
  'geneve-options.pcap',
  'vxlan-over-ipv6.pcap',
  'vlan-uplink.pcap',
  'dns-healthy.pcap',
  'cooked-v1.pcapng',
];
const here = import.meta.dirname;
const filters = readFileSync(join(here, 'filters.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** `1-4 7 9-12`. */
function ranges(numbers) {
  const parts = [];
  for (let i = 0; i < numbers.length; ) {
    let last = i;
    while (numbers[last + 1] === numbers[last] + 1) last++;
    parts.push(last > i ? `${numbers[i]}-${numbers[last]}` : `${numbers[i]}`);
    i = last + 1;
  }
  return parts.join(' ');
}

async function answer(capture, filter) {
  const options = ['-n', '-d', 'udp.port==8472,vxlan', '-r', join(here, '../../captures', capture)];
  const { stdout } = await promisify(execFile)('tshark', [...options, '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
    env: { ...process.env, TZ: 'UTC' },
    maxBuffer: 1 << 28,
  });
  return ranges(stdout.split('\n').filter(Boolean).map(Number));
}

const recorded = {};
for (const capture of CAPTURES) {
  const answers = {};
  for (let i = 0; i < filters.length; i += 2) {
    const pair = filters.slice(i, i + 2);
    const found = await Promise.all(pair.map((filter) => answer(capture, filter)));
    pair.forEach((filter, k) => {
      answers[filter] = found[k];
    });
  }
  recorded[capture] = answers;
  process.stderr.write(`${capture}\n`);
}
writeFileSync(join(here, 'recorded.json'), `${JSON.stringify(recorded, null, 1)}\n`);
