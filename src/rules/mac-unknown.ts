// Packets are sent to a MAC that does not belong to whom they are for.

import { command } from '../bytes/command.js';
import { macNumber as macText } from '../bytes/show.js';
import { isVirtual } from '../facts/claims.js';
import type { Facts } from '../facts/facts.js';
import type { Delivered, Receiver } from '../facts/stations.js';
import { judgeCooked } from './mac-cooked.js';
import page from './mac-unknown.md';
import { type EvidenceDraft, entry, rule } from './rule.js';

const LEAST = 2;

interface Group {
  readonly sent: Delivered;
  readonly right: Receiver;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  readonly from: string;
  count: number;
}

export default rule({
  id: 'mac-unknown',
  title: 'Packets are sent to a MAC that is not the receiver’s',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 826, RFC 4861 section 7.2',
  hint: 'Look at the neighbour table of the sender (ip neigh show): a permanent entry is never asked for anew; delete it, and the next packet asks.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      if (direction.lost === 0 || direction.to.isMulticast || facts.causes.of(direction.conversation) !== null) continue;
      for (const use of direction.paths) {
        if (use.lost === 0 || use.answered > 0) continue;
        const sent = facts.stations.lastDelivery(direction, use);
        if (sent === null || isVirtual(sent.mac)) continue;
        const asked = facts.stations.receiver(direction, sent, use);
        // Nobody has to announce that an address has moved.
        const right =
          asked === null || (asked.claimed && asked.macs.has(sent.mac)) ? facts.stations.speaker(direction, sent, use) : asked;
        if (right === null || right.macs.size === 0 || right.macs.has(sent.mac)) continue;
        // Another machine than the topology has, alive: the topology is older than the capture.
        const { topology } = facts;
        if (!right.claimed && facts.stations.isHeard(sent.mac) && topology?.nodeByMac(sent.mac) == null) continue;
        // The node has the MAC on an interface that the topology does not tell of the network.
        const holder = topology?.nodeByMac(sent.mac) ?? null;
        if (right.node !== null && holder === right.node) continue;
        // Of the routers on a link several may lead there: which of them is taken is a matter of routes.
        if (holder !== null && !right.ip.equals(sent.dst) && mayRoute(facts, holder, sent.dst.family)) continue;
        const group = entry(
          groups,
          `${sent.source} ${sent.mac} ${right.ip}`,
          (): Group => ({ sent, right, about: new Set(), evidence: [], from: String(direction.from), count: 0 }),
        );
        group.count += use.lost;
        group.about.add(direction.conversation.uid);
        if (group.evidence.length < 4) group.evidence.push({ mark: facts.paths.mark(use, sent.hop), field: 'eth.dst' });
      }
    }
    for (const { sent, right, about, evidence, from, count } of groups.values()) {
      // A single frame may be broken.
      if (count < LEAST) continue;
      const { topology } = facts;
      const mac = macText(sent.mac);
      const rights = [...right.macs].map(macText).join(' or ');
      const holder = topology?.nodeByMac(sent.mac) ?? null;
      const isHeard = facts.stations.isHeard(sent.mac);
      const theirs = facts.stations.addressesOf(sent.mac).filter((ip) => !ip.equals(right.ip));
      const whose =
        holder !== null
          ? `which is ${holder}’s`
          : !isHeard
            ? 'which nobody has'
            : theirs.length > 0
              ? `which has ${theirs.join(', ')}`
              : 'which does not have it';
      const isGateway = !right.ip.equals(sent.dst);
      const fixed = fixedEntry(facts, sent, right);
      const name = facts.interfaces.name(sent.port);
      say({
        verdict: 'fail',
        confidence: right.claimed && isHeard ? 'medium' : 'high',
        key: `${right.ip} ${mac}`,
        title: `Packets to ${right.ip} are sent to ${mac}, ${whose}`,
        message: `${count === 1 ? 'A packet' : `${count} packets`} ${isGateway ? `that should go by ${facts.named(right.ip)}` : `for ${facts.named(right.ip)}`} on ${name} ${count === 1 ? 'has' : 'have'} the destination MAC ${mac}, and none is answered. ${right.ip} is at ${rights}${right.node === null ? '' : ` (${right.node})`}${right.claimed ? ', as it says itself' : ''}.`,
        cause:
          fixed !== null
            ? `${fixed.node} has a permanent neighbour entry that gives ${right.ip} this MAC.`
            : right.claimed && isHeard
              ? 'The sender goes on with an entry that is out of date, or that somebody wrote.'
              : 'A neighbour entry that somebody wrote, or one that is out of date: the sender does not ask.',
        commands: fixed === null ? [] : [command`ip neigh del ${right.ip} dev ${fixed.dev}`],
        subject: { src: from, dst: String(sent.dst), target: String(right.ip), macs: [mac], interfaceOut: name },
        evidence,
        count,
        about,
        // Two claim the address, or one announced it in vain.
        under: facts.causes.ofAny(about),
      });
    }
    judgeCooked(facts, say);
  },
});

/** The node passes packets on, as it was seen or by its settings; where neither tells: it is connected to several networks. */
function mayRoute(facts: Facts, node: string, family: 4 | 6): boolean {
  if (facts.captures.some((_, source) => facts.node(source) === node && facts.crossings.forwards(source))) return true;
  const told = facts.topology?.forwards(node, family) ?? null;
  if (told !== null) return told;
  const networks = (facts.topology?.node(node)?.interfaces ?? [])
    .flatMap(({ addresses }) => addresses)
    .filter(({ address, isHost }) => address.family === family && !isHost && !address.isLinkLocal && !address.isLoopback);
  return networks.some((prefix) => !prefix.sameNetwork(networks[0]));
}

/** The entry in the sender's neighbour table that was written by hand, with the node and the interface. */
function fixedEntry(facts: Facts, { mac, port, source }: Delivered, { ip }: Receiver): { node: string; dev: string } | null {
  const { topology } = facts;
  const node = facts.node(source);
  for (const name of node === null ? (topology?.nodeNames ?? []) : [node])
    for (const written of topology?.node(name)?.neighbours ?? [])
      if (written.mac === mac && written.ip.equals(ip)) return { node: name, dev: written.dev ?? facts.interfaces.name(port) };
  return null;
}
