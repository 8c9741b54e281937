// The log of a whole session on a lab, as script(1) wrote it, and the capture that was taken in it.
//
//   client 10.244.1.23 - kx-w1 10.77.1.11 --- enp2s0 edge1 enp3s0 --- 10.77.2.12 kx-w2 - 10.244.2.40 echo
//               kx-cp 10.77.1.10 ---/            | enp1s0 --- 203.0.113.1, the internet
//
// Network namespaces with real kernels, ip, ping, curl and tcpdump; what kubectl prints is written by hand, with the titles, colours and
// brackets of a terminal around all of it. edge1 has routes for the pods of kx-cp and kx-w2, and none for those of kx-w1: what echo answers
// leaves by the default route.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeOptions } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import { importTopology } from '../../src/topology/import/import.js';
import { plainLines } from '../../src/topology/import/lines.js';

const LOGS = resolve(import.meta.dirname, '../logs');
const log = readFileSync(join(LOGS, 'edge-lab.txt'), 'utf8');
const shapes: readonly (readonly [string, string])[] = [
  ['as script(1) wrote it', log],
  ['without colours', plainLines(log).join('\n')],
  [
    'quoted in a mail',
    plainLines(log)
      .map((line) => `> ${line}`)
      .join('\n'),
  ],
  ['in a page', `\`\`\`console\n${plainLines(log).join('\n')}\n\`\`\``],
  ['with the line ends of Windows', plainLines(log).join('\r\n')],
];

describe('the log of a session', () => {
  it.each(shapes)('%s gives the topology of the lab', (_, text) => {
    const { topology, conflicts, unread } = importTopology([{ name: 'log', text }]);
    expect(conflicts).toEqual([]);
    expect(unread).toEqual([]);
    expect(Object.keys(topology.nodes ?? {})).toEqual(['edge1', 'kx-cp', 'kx-w1', 'kx-w2']);
    expect(topology.nodes?.['edge1']?.interfaces).toMatchObject({
      enp1s0: { index: 20, mtu: 1500, addresses: ['203.0.113.18/24', expect.stringMatching(/^fe80::/)] },
      enp2s0: { index: 22, addresses: ['10.77.1.1/24', expect.stringMatching(/^fe80::/)] },
      enp3s0: { index: 24, addresses: ['10.77.2.1/24', expect.stringMatching(/^fe80::/)] },
    });
    expect(topology.nodes?.['edge1']?.routes).toEqual([
      'default via 203.0.113.1 dev enp1s0',
      '10.77.1.0/24 dev enp2s0 proto kernel scope link src 10.77.1.1',
      '10.77.2.0/24 dev enp3s0 proto kernel scope link src 10.77.2.1',
      '10.244.0.0/24 via 10.77.1.10 dev enp2s0 proto static',
      '10.244.2.0/24 via 10.77.2.12 dev enp3s0 proto static',
      '203.0.113.0/24 dev enp1s0 proto kernel scope link src 203.0.113.18',
    ]);
    const own = Object.entries(topology.nodes ?? {}).map(([name, node]) => [
      name,
      node.podCIDRs?.join() ?? null,
      Object.values(node.interfaces ?? {})
        .flatMap(({ addresses = [] }) => addresses)
        .concat(node.addresses ?? [])
        .filter((address) => address.startsWith('10.')),
    ]);
    expect(own).toEqual([
      ['edge1', null, ['10.77.1.1/24', '10.77.2.1/24']],
      ['kx-cp', '10.244.0.0/24', ['10.77.1.10']],
      ['kx-w1', '10.244.1.0/24', ['10.77.1.11/24']],
      ['kx-w2', '10.244.2.0/24', ['10.77.2.12/24']],
    ]);
    expect(topology.pods).toEqual({
      '10.244.1.23': { name: 'default/client', node: 'kx-w1', interface: 'cali4f2a' },
      '10.244.2.40': { name: 'default/echo', node: 'kx-w2', interface: 'cali77c1' },
    });
  });
});

describe('with the capture beside it', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hopscope-log-'));
    copyFileSync(join(LOGS, 'edge.pcap'), join(folder, 'edge.pcap'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(shapes)('%s names the cause and the command', async (_, text) => {
    writeFileSync(join(folder, 'session.log'), text);
    const { captures, findings } = await analyze({ ...(await analyzeOptions([folder], {})), workers: 0 });
    expect(captures.map(({ point }) => point)).toEqual(['edge1']);
    const faults = findings.filter(({ verdict, foldedUnder }) => verdict === 'fail' && foldedUnder === null);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({
      rule: 'egress-wrong-interface',
      confidence: 'high',
      commands: ['ip route add 10.244.1.0/24 via 10.77.1.11 dev enp2s0'],
      subject: { node: 'edge1', interfaceIn: 'enp3s0', interfaceOut: 'enp1s0', interfaceExpected: 'enp2s0' },
    });
  });
});
