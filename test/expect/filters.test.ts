// Many filters asked together must say of every frame what each says alone.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FilterSet } from '../../src/expect/filters.js';
import { compileFilter } from '../../src/filter/filter.js';
import { FileRun } from '../../src/main/file-run.js';
import { openLab } from '../../src/main/lab.js';

const ADDRESSES = ['172.20.0.96', '172.20.2.1', '192.168.10.100', '192.168.20.100', '192.168.10.211'];
const FILTERS: readonly string[] = [
  ...ADDRESSES.flatMap((a) => [
    `ip.src == ${a}`,
    `ip.dst == ${a} && hop.interface == eth2`,
    `inner.ip.addr == ${a}`,
    `outer.ip.dst == ${a}`,
  ]),
  ...['ip', 'ipv6', 'tcp', 'udp', 'icmp', 'arp', 'vxlan', 'geneve', 'vlan', 'dns', 'http', 'tls', 'data', 'icmpv6'],
  ...['fin', 'syn', 'reset', 'push', 'ack'].flatMap((flag) => [0, 1].map((n) => `tcp.flags.${flag} == ${n}`)),
  'inner.tcp.flags.syn == 1 && ip.src == 172.20.0.0/16',
  'tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst in {172.20.2.1, 192.168.10.211}',
  'tcp.flags.syn != 1',
  'not tcp.flags.syn == 1',
  'not ip.src == 172.20.0.96',
  'ip.src == 172.20.0.96 or ip.dst == 172.20.0.96',
  'ip.addr != 172.20.0.96',
  'all ip.src == 172.20.0.96',
  'ip.src in {172.20.0.0/24, 10.0.0.1}',
  'ip.src == ip.dst',
  'ip.src#2 == 172.20.0.96',
  'udp.dstport == 8472 && ip.dst == 172.20.2.1',
  'udp.port == 8472',
  'udp.dstport in {53, 6081}',
  'tcp.dstport == 80 && frame.len > 100',
  'tcp.port == 80 && http',
  'vxlan.vni == 8469',
  'geneve.vni > 100',
  'hop.direction == "in"',
  'hop.interface == "eth1" && tcp',
  'hop.point == router && icmp.type == 8',
  'sll.ifindex == 3 && ip.ttl > 62',
  'ip.ttl == 63',
  'vlan.id == 20 && ip.src == 172.20.0.96',
  'dns.flags.response == 1',
  'dns.qry.name contains "webpod"',
  'frame.protocols contains "vxlan"',
  'frame.time_delta > 0.1',
  'frame.number > 20 && ip.dst == 172.20.2.1',
  'icmp.type == 3 && ip.src == 172.20.0.96',
  'ipv6.src == fd00:172:20::96',
  'conversation == 3',
  'conversation in {1, 4..6} && tcp.flags.syn == 1',
  'conversation && hop.interface == eth1',
  '!conversation',
  '172.20.0.96 == ip.src',
  'ip.src in {172.20.0.96/32, 172.20.2.1}',
  'tcp.flags.syn in {1}',
  'hop.interface == "eth1" or ip.src == 172.20.0.96',
  'hop.interface matches "^eth[12]$" && ip.dst == 172.20.2.1',
];

const captures = readdirSync('captures').filter((name) => /\.pcap(ng)?$/.test(name));

describe('filters asked together', () => {
  it.each(captures)(
    'of %s',
    async (name) => {
      const options = {
        files: [{ point: 'router', path: `captures/${name}` }],
        topology: [],
        ifmap: '2=eth0,3=eth1,4=eth2',
        decodeAs: [],
        filter: null,
        at: null,
        rules: { only: [], except: [], settings: [] },
      };
      const lab = await openLab(options);
      const { registry } = lab;
      const run = new FileRun(lab, options);
      const extras = run.atHand.fields;
      const set = new FilterSet(registry, extras);
      const alone = FILTERS.map((text) => compileFilter(text, registry, extras));
      const got = FILTERS.map((): number[] => []);
      const wanted = FILTERS.map((): number[] => []);
      const has = FILTERS.map((): number[] => []);
      const ids = FILTERS.map((text) => set.add(text));
      const tallies = ids.map((id) => set.tally(id));
      ids.forEach((id, i) => {
        set.watch(id, ({ packet }) => got[i]!.push(packet.number));
      });
      run.ask(set.needs);
      await run.read((tracker) => {
        const { frame } = tracker.packet;
        set.observe(tracker);
        alone.forEach(({ matches }, i) => {
          if (matches(tracker.packet.layers)) wanted[i]!.push(frame.number);
          if (set.has(ids[i]!)) has[i]!.push(frame.number);
        });
      });
      FILTERS.forEach((text, i) => {
        expect(got[i], text).toEqual(wanted[i]);
        expect(has[i], text).toEqual(wanted[i]);
        expect(tallies[i]!().count, text).toBe(wanted[i]!.length);
      });
    },
    120_000,
  );

  it('that ask for no headers but the common ones', async () => {
    // Without a filter for others, plain packets are told by their records.
    const plain = FILTERS.filter((text) => !/vlan|dns|http|tls|data|arp|frame\.|sll\.|icmp\.type == 3/.test(text));
    expect(plain.length).toBeGreaterThan(40);
    for (const name of captures) {
      const files = [{ point: 'router', path: `captures/${name}` }];
      const rest = { topology: [], ifmap: '3=eth1,4=eth2', decodeAs: [], filter: null, at: null };
      const options = { files, ...rest, rules: { only: [], except: [], settings: [] } };
      const lab = await openLab(options);
      const { registry } = lab;
      const run = new FileRun(lab, options);
      const extras = run.atHand.fields;
      const set = new FilterSet(registry, extras);
      const alone = plain.map((text) => compileFilter(text, registry, extras));
      const ids = plain.map((text) => set.add(text));
      run.ask(set.needs);
      await run.read((tracker) => {
        const { frame } = tracker.packet;
        set.observe(tracker);
        alone.forEach(({ matches }, i) => {
          if (matches(tracker.packet.layers) !== set.has(ids[i]!))
            expect.fail(`${name}, frame ${frame.number}: ${plain[i]} is ${set.has(ids[i]!)} together`);
        });
      });
    }
  }, 120_000);
});
