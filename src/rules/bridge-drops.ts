// A node bridges two of its interfaces, passes some frames between them, and keeps others.

import type { Kept, Passed } from '../facts/bridges.js';
import type { Facts } from '../facts/facts.js';
import page from './bridge-drops.md';
import { entry, rule } from './rule.js';

export default rule({
  id: 'bridge-drops',
  title: 'A bridge passes some frames and keeps others',
  group: 'path',
  severity: 'error',
  spec: 'IEEE 802.1Q section 8.6',
  hint: 'Look at what filters bridged frames on this host: sysctl net.bridge.bridge-nf-call-iptables (and -ip6tables) with the FORWARD chain, nft list table bridge, ebtables -L, the VLANs of both ports (bridge vlan show).',
  page,
  judge(facts, say) {
    const groups = new Map<string, Kept[]>();
    for (const one of facts.bridges.kept()) {
      // What came back by the port that it had left by taught the bridge a wrong port: `uplink-loop` says it.
      if (one.resolution !== null && facts.causes.ofAddress(one.resolution.isAnswer ? one.src : one.dst) !== null) continue;
      const ports = one.from < one.to ? `${one.from} ${one.to}` : `${one.to} ${one.from}`;
      entry(groups, `${one.source} ${ports}`, () => [] as Kept[]).push(one);
    }
    for (const all of groups.values()) {
      const [first] = all;
      const passed = facts.bridges.passed(first.from, first.to) as Passed;
      const { point } = facts.captures[first.source];
      const [a, b] = [first.from, first.to].map((port) => facts.interfaces.name(port));
      const count = all.reduce((sum, one) => sum + one.count, 0);
      const what = [...new Set(all.map(kindOf))];
      const through = passedText(passed);
      say({
        verdict: 'fail',
        absence: true,
        confidence: facts.captures[first.source].everyInterface ? 'high' : 'medium',
        key: `${point} ${[a, b].sort().join(' ')}`,
        title: `${point === '' ? 'The bridge' : point} does not pass ${listed(what)} between ${a} and ${b}, which it bridges`,
        message: `${routes(facts, all)}; no copy left by the other port, behind which the receiver is. What does pass between ${a} and ${b}: ${through}.`,
        cause: `The hosts are not to blame: the frames stop in the bridge. ${causeOf(all, passed)}`,
        subject: {
          src: String(first.src),
          dst: String(first.dst),
          proto: first.direction?.conversation.protoName ?? first.resolution?.kind ?? null,
          target: first.resolution?.isAnswer === false ? String(first.dst) : null,
          interfaceIn: a,
          interfaceOut: b,
          node: point,
        },
        evidence: [
          ...all.slice(0, 5).map((one) => ({ mark: one.first, note: `never leaves by ${facts.interfaces.name(one.to)}` })),
          { mark: passed.first, note: `${through.split(',')[0]}: this one passed` },
        ],
        count,
        about: all.flatMap(({ direction }) => (direction === null ? [] : [direction.conversation.uid])),
        // Who was asked did not hear it; whose answer was kept did answer.
        silent: all.flatMap(({ resolution, src, dst }) => (resolution === null ? [] : [resolution.isAnswer ? src : dst])),
      });
    }
  },
});

function kindOf({ resolution, direction, src }: Kept): string {
  if (resolution !== null) return resolution.kind === 'arp' ? 'ARP' : 'neighbour discovery (IPv6)';
  return direction !== null && src.family === 6 ? 'IPv6' : 'IPv4';
}

/** `6 packets from 10.0.0.9 to 10.0.0.30 came in on eno1`, for the first few pairs of hosts. */
function routes(facts: Facts, all: readonly Kept[]): string {
  const pairs = new Map<string, number>();
  for (const one of all) {
    const key = `from ${facts.named(one.src)} ${one.resolution?.isAnswer === false ? 'for' : 'to'} ${facts.named(one.dst)} came in on ${facts.interfaces.name(one.from)}`;
    pairs.set(key, (pairs.get(key) ?? 0) + one.count);
  }
  const texts = [...pairs].map(([key, count]) => `${count === 1 ? '1 packet' : `${count} packets`} ${key}`);
  const more = texts.length - SHOWN;
  return `${texts.slice(0, SHOWN).join(', ')}${more > 0 ? `, and so did those of ${more} other pairs` : ''}`;
}
const SHOWN = 4;

const passedText = ({ arp, ipv4, ipv6 }: Passed): string =>
  [
    ['ARP', arp],
    ['IPv4', ipv4],
    ['IPv6', ipv6],
  ]
    .filter(([, count]) => Number(count) > 0)
    .map(([what, count]) => `${what} (${count} ${count === 1 ? 'frame' : 'frames'})`)
    .join(', ');

function causeOf(all: readonly Kept[], passed: Passed): string {
  const keepsIpv4 = all.some(({ src, resolution }) => resolution === null && src.family === 4);
  const keepsIpv6 = all.some(({ src }) => src.family === 6);
  if (keepsIpv4 && passed.ipv4 === 0)
    return 'With net.bridge.bridge-nf-call-iptables=1 the FORWARD chain of the firewall judges bridged IPv4 and lets ARP pass.';
  if (keepsIpv6 && !keepsIpv4 && passed.ipv6 === 0)
    return 'With net.bridge.bridge-nf-call-ip6tables=1 the FORWARD chain of ip6tables judges bridged IPv6 and lets IPv4 pass.';
  return 'A filter on the bridge, or the VLANs of its ports, keep these frames and let others pass.';
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
