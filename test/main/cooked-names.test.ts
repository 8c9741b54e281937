// Interfaces of a cooked capture whose numbers the topology does not have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { arp, captureFile, ipv4, sll2, type TestFrame, tcp } from '../rules/lab.js';
import { PLAIN } from './options.js';

const folder = mkdtempSync(join(tmpdir(), 'cooked-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAC = { eth0: '02:00:00:00:00:01', eth1: '02:00:00:00:00:02', eth2: '02:00:00:00:00:03' };
const topology = (withMacs: boolean) => ({
  nodes: {
    gw: {
      interfaces: Object.fromEntries(
        ['10.9.8.15/24', '192.168.77.200/24', '192.168.88.200/24'].map((address, n) => {
          const name = `eth${n}` as keyof typeof MAC;
          return [name, { addresses: [address], ...(withMacs ? { mac: MAC[name] } : {}) }];
        }),
      ),
      routes: ['default via 10.9.8.2 dev eth0'],
    },
    a: { interfaces: { eth0: { addresses: ['192.168.77.100/24'] } }, podCIDRs: ['10.50.0.0/24'] },
    c: { interfaces: { eth0: { addresses: ['192.168.88.100/24'] } }, podCIDRs: ['10.50.2.0/24'] },
  },
});

/** SYNs in by interface 7 and out by interface 5. */
const syns = (): TestFrame[] =>
  [0, 1, 3, 7].flatMap((at) =>
    (['in', 'out'] as const).map((dir) =>
      sll2(
        {
          at: dir === 'in' ? at : at + 0.0001,
          dir,
          if: dir === 'in' ? 7 : 5,
          mac: dir === 'in' ? '02:00:00:00:00:0a' : MAC.eth0,
        },
        ipv4(
          { src: '10.50.0.96', dst: '10.50.2.1', ttl: dir === 'in' ? 63 : 62, id: 50 + at },
          tcp({ src: 1, dst: 80, flags: 'S', seq: 1 }),
        ),
      ),
    ),
  );

async function findings(frames: readonly TestFrame[], lab: object) {
  writeFileSync(join(folder, 'gw.pcap'), captureFile(frames));
  writeFileSync(join(folder, 'lab.json'), JSON.stringify(lab));
  const run = await analyze({
    ...PLAIN,
    files: [{ point: 'gw', path: join(folder, 'gw.pcap') }],
    topology: [join(folder, 'lab.json')],
    rules: { only: ['egress-wrong-interface'], except: [], settings: [] },
  });
  return run.findings;
}

it('names them by the MACs of what is sent', async () => {
  expect(await findings(syns(), topology(true))).toMatchObject([
    {
      confidence: 'high',
      title: 'Packets to 10.50.2.0/24 leave gw by eth0 instead of eth2',
      commands: ['ip route add 10.50.2.0/24 via 192.168.88.100 dev eth2'],
    },
  ]);
});

it('names them by the addresses in ARP messages of the node', async () => {
  const asks = sll2(
    { if: 5, dir: 'out', at: 0, mac: MAC.eth0 },
    arp({ sender: '10.9.8.15', senderMac: MAC.eth0, target: '10.9.8.2' }),
  );
  const own = await findings([asks, ...syns()], topology(false));
  expect(own).toMatchObject([{ confidence: 'high', subject: { interfaceOut: 'eth0' } }]);
  // An address of another link says nothing of this one.
  const foreign = sll2(
    { if: 5, dir: 'out', at: 0, mac: MAC.eth0 },
    arp({ sender: '192.168.77.200', senderMac: MAC.eth0, target: '10.9.8.2' }),
  );
  expect(await findings([foreign, ...syns()], topology(false))).toMatchObject([{ confidence: 'medium' }]);
});

it('takes the only route there is for the way of what was lost, and says nothing where that route is right', async () => {
  expect(await findings(syns(), topology(false))).toMatchObject([
    { confidence: 'medium', title: 'Packets to 10.50.2.0/24 leave gw by eth0 instead of eth2' },
  ]);
  const right = topology(false);
  const routes = ['default via 10.9.8.2 dev eth0', '10.50.2.0/24 via 192.168.88.100 dev eth2'];
  const nodes = { ...right.nodes, gw: { ...right.nodes.gw, routes } };
  expect(await findings(syns(), { nodes })).toEqual([]);
});

it('gives no name to two numbers that send with one MAC: a bridge and its port', async () => {
  const both = syns().flatMap((frame) => (frame.dir === 'out' ? [frame, { ...frame, if: 6 }] : [frame]));
  expect(await findings(both, topology(true))).toMatchObject([{ confidence: 'medium' }]);
});
