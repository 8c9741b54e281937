// What the words of a record say is what the layers say, read field by field: for frames of all kinds, whole, cut and damaged, each
// written over the record of the one before.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arp } from '../../dissectors/arp.js';
import { eth, header as ethHeader } from '../../dissectors/eth.js';
import { geneve, header as geneveHeader } from '../../dissectors/geneve.js';
import { icmp, header as icmpHeader } from '../../dissectors/icmp.js';
import { icmpv6 } from '../../dissectors/icmpv6.js';
import { dissectors } from '../../dissectors/index.js';
import { ip, header as ipHeader } from '../../dissectors/ip.js';
import { header as ipv6Header } from '../../dissectors/ipv6.js';
import { sll, sll2, header2 as sll2Header, header as sllHeader } from '../../dissectors/sll.js';
import { tcp, header as tcpHeader } from '../../dissectors/tcp.js';
import { udp, header as udpHeader } from '../../dissectors/udp.js';
import { vlan, header as vlanHeader } from '../../dissectors/vlan.js';
import { vxlan, header as vxlanHeader } from '../../dissectors/vxlan.js';
import { DIRECTION, Frame } from '../../src/capture/frame.js';
import { Registry, ROLE } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { KIND, Packet } from '../../src/flows/packet.js';
import type { Input } from '../fuzz/input.js';
import { FrameMutator } from '../fuzz/mutate-frame.js';
import { Random } from '../fuzz/random.js';
import { session } from '../fuzz/seeds.js';

const registry = new Registry(dissectors);
const layers = new Layers(registry);
const packet = new Packet(registry);
const frame = new Frame();
const MINE = 0x02_42_0a_00_00_02;

function put({ bytes, linkType, wireLength }: Input): Frame {
  frame.bytes = bytes;
  frame.start = 0;
  frame.end = bytes.length;
  frame.wireLength = wireLength;
  frame.linkType = linkType;
  frame.number = 1;
  frame.direction = DIRECTION.unknown;
  return frame;
}

/** The words of four bytes of an address, in the order of a record. */
const address = (at: number, isV4: boolean): number[] => {
  const word = (o: number): number => new DataView(layers.bytes.buffer, layers.bytes.byteOffset).getUint32(o);
  return isV4 ? [0, 0, 0xffff, word(at)] : [0, 4, 8, 12].map((o) => word(at + o));
};

/** The same facts by the readers of the layouts. */
function slowly(ownMacs: ReadonlySet<number>): Record<string, unknown> {
  const { bytes, proto, start } = layers;
  const own = Math.min(layers.count, layers.quotedFrom);
  const all = Array.from({ length: own }, (_, i) => i);
  const nets = all.filter((i) => registry.roles[proto[i]] === ROLE.network).slice(0, 8);
  const first = layers.count > 0 ? proto[0] : -1;
  const tag = all.find((i) => proto[i] === vlan.ref.id);
  const facts: Record<string, unknown> = {
    levels: nets.length,
    isArp: all.some((i) => proto[i] === arp.ref.id),
    vlan: tag === undefined ? -1 : vlanHeader.get.id(bytes, start[tag]),
    sourceMac: -1,
    destinationMac: -1,
    kind: KIND.unknown,
    innerSourceMac: -1,
    innerDestinationMac: -1,
    outerChecksum: -1,
    dscp: -1,
    outerDscp: -1,
    dontFragment: false,
  };
  if (first === eth.ref.id) {
    const to = ethHeader.get.dst(bytes, start[0]);
    facts.sourceMac = ethHeader.get.src(bytes, start[0]);
    facts.destinationMac = to;
    const isGroup = ((to / 2 ** 40) & 1) === 1;
    facts.kind = ownMacs.has(facts.sourceMac as number)
      ? KIND.outgoing
      : isGroup
        ? to === 2 ** 48 - 1
          ? KIND.broadcast
          : KIND.multicast
        : ownMacs.size === 0
          ? KIND.unknown
          : ownMacs.has(to)
            ? KIND.toUs
            : KIND.other;
  } else if (first === sll.ref.id || first === sll2.ref.id) {
    const header = first === sll.ref.id ? sllHeader : sll2Header;
    const type = header.get.pkttype(bytes, start[0]);
    facts.kind = [KIND.toUs, KIND.broadcast, KIND.multicast, KIND.other, KIND.outgoing][type] ?? KIND.unknown;
    // The walk knows that a length of two bytes is no longer than one of them says.
    if ((header.get.halen(bytes, start[0]) & 0xff) === 6)
      facts.sourceMac = ethHeader.get.dst(bytes, header.get.addr(bytes, start[0]));
  }
  const inner = all.filter((i) => proto[i] === eth.ref.id && i > 0).at(-1);
  if (inner !== undefined) {
    facts.innerSourceMac = ethHeader.get.src(bytes, start[inner]);
    facts.innerDestinationMac = ethHeader.get.dst(bytes, start[inner]);
  }
  const net = nets.at(-1);
  if (net === undefined) return facts;
  const transports = (level: number): number => {
    const end = nets[level + 1] ?? own;
    return all.filter((i) => i > nets[level] && i < end && registry.roles[proto[i]] === ROLE.transport).at(-1) ?? -1;
  };
  const isV4 = proto[net] === ip.ref.id;
  const at = start[net];
  const dscp = (i: number): number =>
    proto[i] === ip.ref.id ? ipHeader.get['dsfield.dscp'](bytes, start[i]) : ipv6Header.get['tclass.dscp'](bytes, start[i]);
  const ttl = (i: number): number =>
    proto[i] === ip.ref.id ? ipHeader.get.ttl(bytes, start[i]) : ipv6Header.get.hlim(bytes, start[i]);
  facts.family = isV4 ? 4 : 6;
  facts.address = isV4
    ? [...address(at + ipHeader.place.src.offset, true), ...address(at + ipHeader.place.dst.offset, true)]
    : [...address(ipv6Header.get.src(bytes, at), false), ...address(ipv6Header.get.dst(bytes, at), false)];
  facts.ttl = ttl(net);
  facts.outermostTtl = ttl(nets[0]);
  facts.dscp = dscp(net);
  facts.outerDscp = dscp(nets[0]);
  facts.netAt = at;
  if (isV4) {
    facts.ipId = ipHeader.get.id(bytes, at);
    facts.dontFragment = ipHeader.get['flags.df'](bytes, at) === 1;
    facts.laterFragment = ipHeader.get.frag_offset(bytes, at) > 0;
    facts.fragmented = facts.laterFragment || ipHeader.get['flags.mf'](bytes, at) === 1;
  }
  const l4 = transports(nets.length - 1);
  facts.hasL4 = l4 >= 0;
  if (l4 >= 0) {
    const l4At = start[l4];
    facts.l4At = l4At;
    facts.payloadAt = layers.body[l4];
    if (proto[l4] === tcp.ref.id) {
      facts.proto = 6;
      facts.srcPort = tcpHeader.get.srcport(bytes, l4At);
      facts.dstPort = tcpHeader.get.dstport(bytes, l4At);
      facts.seq = tcpHeader.get.seq_raw(bytes, l4At);
      facts.ack = tcpHeader.get.ack_raw(bytes, l4At);
      facts.window = tcpHeader.get.window_size_value(bytes, l4At);
      facts.flags = tcpHeader.get.flags(bytes, l4At) & 0xff;
    } else if (proto[l4] === udp.ref.id) {
      facts.proto = 17;
      facts.srcPort = udpHeader.get.srcport(bytes, l4At);
      facts.dstPort = udpHeader.get.dstport(bytes, l4At);
    } else if (proto[l4] === icmp.ref.id || proto[l4] === icmpv6.ref.id) facts.flags = icmpHeader.get.type(bytes, l4At);
  }
  const tunnels = (before: number): number =>
    all.filter((i) => i < before && registry.roles[proto[i]] === ROLE.tunnel).at(-1) ?? -1;
  const carrier = nets.length > 1 ? nets.length - 2 : 0;
  const arpAt = all.find((i) => proto[i] === arp.ref.id);
  if (nets.length > 1 || (arpAt !== undefined && tunnels(arpAt) > net)) {
    const outer = transports(carrier);
    if (outer >= 0 && proto[outer] === udp.ref.id) facts.outerChecksum = udpHeader.get.checksum(bytes, start[outer]);
  }
  if (nets.length > 1) {
    const outer = nets[carrier];
    const isOuterV4 = proto[outer] === ip.ref.id;
    facts.outerLength = isOuterV4
      ? ipHeader.get.len(bytes, start[outer])
      : ipv6Header.get.plen(bytes, start[outer]) + ipv6Header.size;
    facts.outerDontFragment = isOuterV4 && ipHeader.get['flags.df'](bytes, start[outer]) === 1;
    const tunnel = tunnels(net);
    if (tunnel > outer && proto[tunnel] === vxlan.ref.id) facts.vni = vxlanHeader.get.vni(bytes, start[tunnel]);
    if (tunnel > outer && proto[tunnel] === geneve.ref.id) facts.vni = geneveHeader.get.vni(bytes, start[tunnel]);
  }
  return facts;
}

const quickly = (names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.map((name) => {
      const value = packet[name as keyof Packet];
      if (typeof value === 'function') return [name, (value as () => number).call(packet)];
      return [name, value instanceof Uint32Array ? [...value] : value];
    }),
  );

describe('a record', () => {
  const inputs: Input[] = [];
  beforeAll(async () => {
    for (const name of readdirSync('captures').filter((file) => /\.pcap(ng)?$/.test(file)))
      inputs.push(...(await session(`captures/${name}`, 40)).frames);
  }, 120_000);

  const seen = new Map<string, Set<unknown>>();
  const compare = (input: Input, ownMacs: ReadonlySet<number>): void => {
    put(input);
    layers.walk(frame);
    packet.read(frame, ownMacs);
    const slow = slowly(ownMacs);
    const quick = quickly(Object.keys(slow));
    // Quicker than a deep comparison: this runs many thousand times.
    if (JSON.stringify(quick) !== JSON.stringify(slow))
      expect(quick, `link type ${input.linkType}: ${Buffer.from(input.bytes).toString('hex')}`).toEqual(slow);
    for (const [name, value] of Object.entries(slow)) seen.set(name, (seen.get(name) ?? new Set()).add(JSON.stringify(value)));
  };

  it('says what the layers say', () => {
    expect(inputs.length).toBeGreaterThan(500);
    const macs = new Set(
      inputs.filter(({ linkType, bytes }) => linkType === 1 && bytes.length > 14).map(({ bytes }) => ethHeader.get.dst(bytes, 0)),
    );
    for (const ownMacs of [new Set<number>(), new Set([MINE]), new Set([...macs].filter((mac) => mac % 2 === 0))])
      for (const input of inputs) compare(input, ownMacs);
  });

  it('of frames that are damaged too', () => {
    const random = new Random(20_261_129);
    const mutator = new FrameMutator(registry, random);
    for (let n = 0; n < 20_000; n++) compare(mutator.mutate(random.of(inputs), random.of(inputs)), new Set());
    // Every fact took more than one value: none was compared with itself.
    expect([...seen].filter(([, values]) => values.size < 2).map(([name]) => name)).toEqual([]);
  }, 120_000);

  it('tells a checksum that is stated from none, and all kinds of frames apart', () => {
    expect(seen.get('outerChecksum')).toContain('0');
    expect(seen.get('outerChecksum')?.size).toBeGreaterThan(2);
    expect(seen.get('kind')?.size).toBe(6);
  });
});

it('the generated files are what is declared', () => {
  const run = spawnSync(process.execPath, ['scripts/generate-records.mjs', '--check'], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
});
