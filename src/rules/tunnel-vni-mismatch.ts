// The two ends of a tunnel use different network identifiers.

import type { Facts } from '../facts/facts.js';
import { type Carried, type Link, type Tunnels, tunnelName, vniText } from '../facts/tunnels.js';
import type { Neighbour } from '../flows/neighbour.js';
import { PROTO } from '../flows/packet.js';
import type { Confidence } from './finding.js';
import { entry, rule } from './rule.js';
import { tunnelSubject } from './subjects.js';
import page from './tunnel-vni-mismatch.md';

export default rule({
  id: 'tunnel-vni-mismatch',
  title: 'The ends of a tunnel use different VNIs',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 7348 section 4.1; RFC 8926 section 3.4',
  hint: 'Give the tunnel devices of both ends the same VNI: ip -d link show type vxlan (or geneve) prints it on each.',
  page,
  judge(facts, say) {
    const { tunnels } = facts;
    const done = new Set<Link>();
    const identities = new Map<string, boolean>();
    const byIdentity = (link: Link): boolean =>
      entry(identities, `${link.kind} ${link.port}`, () => isIdentity(tunnels, facts, link));
    for (const link of tunnels.links) {
      if (done.has(link)) continue;
      const back = tunnels.back(link);
      const found =
        byDevices(facts, link) ??
        turned(back === null ? null : byDevices(facts, back)) ??
        byTopology(facts, link, back) ??
        byCapture(facts, link, back, byIdentity);
      if (found === null) continue;
      done.add(link);
      if (back !== null) done.add(back);
      const { confidence, here, there, because } = found;
      const both = back === null ? [link] : [link, back];
      const lost = [...new Set([...both.flatMap((x) => questions(facts, x)), ...(found.lost ?? [])])];
      const asked = [...new Set(both.flatMap((x) => askedInVain(facts, x)))];
      const name = tunnelName(link.kind);
      const ends = [String(link.src), String(link.dst)].sort();
      say({
        verdict: 'fail',
        confidence,
        key: `${ends.join(' ')} ${[here, there].sort().join(' ')}`,
        title: `${name} between ${link.src} and ${link.dst}: one end uses ${here}, the other ${there}`,
        message: `${facts.named(link.src)} sends to ${facts.named(link.dst)} with ${here}${back === null ? '' : `, and ${link.dst} sends back with ${vniText(back.vnis)}`}. Each end drops what it does not know: ${unanswered(lost, asked)}.`,
        cause: because,
        subject: {
          ...tunnelSubject(link),
          target: lost.length === 0 && asked.length > 0 ? String(asked[0].target) : null,
          vni: [...link.vnis][0] ?? null,
          node: facts.ownership.nodeAt(link.src),
        },
        evidence: [
          ...[...new Set([...lost.slice(0, 2), ...lost.slice(-2)])].map((x) => ({
            mark: facts.paths.mark(x.use, x.hop),
            field: `${link.kind}.vni`,
            note: `VNI ${x.edge.vni}`,
          })),
          ...(lost.length > 0 ? [] : both.flatMap((x) => x.edges.slice(0, 1))).map((edge) => ({
            mark: edge.firstSeen,
            field: `${link.kind}.vni`,
            note: `VNI ${edge.vni}`,
          })),
        ],
        count: lost.reduce((sum, x) => sum + x.use.count, 0) + asked.reduce((sum, n) => sum + n.asked, 0),
        silent: asked.map((n) => n.target),
        about: new Set(lost.map((x) => x.direction.conversation.uid)),
      });
    }
  },
});

const count = (n: number, what: string): string => (n === 1 ? `one ${what}` : `${n} ${what}s`);

function unanswered(lost: readonly Carried[], asked: readonly Neighbour[]): string {
  const parts = [
    ...(lost.length > 0 ? [`${count(lost.length, 'conversation')} between them got no answer`] : []),
    ...(asked.length > 0 ? [`nobody answers inside for ${asked.map((n) => n.target).join(', ')}`] : []),
  ];
  return parts.join(', and ');
}

/** Addresses that are asked for inside by ARP or neighbour discovery, in vain. */
const askedInVain = (facts: Facts, link: Link): Neighbour[] => link.asked.filter((n) => facts.tunnels.isAskedInVain(n));

/** What is asked in `link` is answered in `back`, and asked again all the same: the answers are not taken. */
const answersInVain = (facts: Facts, link: Link, back: Link): boolean =>
  askedInVain(facts, link).some((n) => back.answering.some((other) => other.target.equals(n.target)));

const asksInVain = (facts: Facts, link: Link): boolean =>
  questions(facts, link).length > 0 || askedInVain(facts, link).length > 0;

/** Questions of a tunnel that are not answered, and that get as far as can be seen. */
const questions = (facts: Facts, link: Link): Carried[] =>
  link.carried.filter((x) => facts.delivery.isUnanswered(x.direction) && !facts.tunnels.stopsOnTheWay(x));

interface Mismatch {
  readonly confidence: Confidence;
  readonly here: string;
  readonly there: string;
  readonly because: string;
  /** What is lost of it beside questions: answers that are not accepted. */
  readonly lost?: readonly Carried[];
}

/** The far end has tunnel devices of this kind, and none with the VNI in which something is lost: it drops such packets unread. */
function byDevices(facts: Facts, link: Link): Mismatch | null {
  const node = facts.ownership.nodeAt(link.dst);
  const devices = (node === null ? [] : (facts.topology?.node(node)?.interfaces ?? [])).filter(
    ({ tunnel }) => tunnel?.type === link.kind && (tunnel.port === null || tunnel.port === link.port),
  );
  const ids = new Set(devices.map(({ tunnel }) => tunnel?.id ?? null));
  // A device that takes every VNI (`external`) has none of its own.
  if (devices.length === 0 || ids.has(null)) return null;
  const isUnknown = (vni: number) => vni >= 0 && !ids.has(vni);
  const lost = facts.tunnels.lost(link).filter(({ edge }) => isUnknown(edge.vni));
  const asked = askedInVain(facts, link).flatMap(({ askedIn }) => askedIn.map((id) => facts.tunnels.edge(id)));
  const [vni] = [...lost.map(({ edge }) => edge), ...asked].filter((edge) => isUnknown(edge.vni)).map((edge) => edge.vni);
  if (vni === undefined) return null;
  const there = vniText(new Set([...ids].filter((id) => id !== null)));
  return {
    confidence: 'high',
    here: `VNI ${vni}`,
    there,
    lost,
    because: `${facts.named(link.src)} sends with VNI ${vni}; ${devices.map(({ name }) => name).join(', ')} of ${node} ${devices.length === 1 ? 'has' : 'have'} ${there}.`,
  };
}

/** The same as the other end sees it. */
const turned = (found: Mismatch | null): Mismatch | null =>
  found === null ? null : { ...found, here: found.there, there: found.here };

function byTopology(facts: Facts, link: Link, back: Link | null): Mismatch | null {
  const tunnel = facts.topology?.tunnel ?? null;
  if (tunnel === null || tunnel.type !== link.kind || tunnel.port !== link.port) return null;
  if (tunnel.vni === 'identity') return byIdentities(facts, link, back);
  if (typeof tunnel.vni !== 'number') return null;
  const wrong = (x: Link) => [...x.vnis].filter((vni) => vni !== tunnel.vni);
  const guilty = [link, back].find((x) => x !== null && wrong(x).length > 0 && asksInVain(facts, x));
  if (guilty === null || guilty === undefined) return null;
  const here = vniText(link.vnis);
  const other = back === null || back.vnis.size === 0 ? `VNI ${tunnel.vni}` : vniText(back.vnis);
  return {
    confidence: 'high',
    here,
    there: here === other ? `VNI ${tunnel.vni}` : other,
    because: `The topology gives this tunnel VNI ${tunnel.vni}; ${facts.named(guilty.src)} sends with ${vniText(wrong(guilty))}.`,
  };
}

/** Cilium sends what is of the node itself as 6, and never as 1 (bpf/lib/encap.h); flannel has VNI 1 on the same port. */
function byIdentities(facts: Facts, link: Link, back: Link | null): Mismatch | null {
  const isForeign = (x: Link | null): x is Link => x !== null && x.vnis.size === 1 && x.vnis.has(1) && asksInVain(facts, x);
  const guilty = isForeign(link) ? link : isForeign(back) ? back : null;
  if (guilty === null || (back !== null && [link, back].every((x) => x.vnis.size === 1 && x.vnis.has(1)))) return null;
  const identities = 'identities of senders (Cilium)';
  return {
    confidence: 'high',
    here: guilty === link ? 'VNI 1' : identities,
    there: guilty === link ? identities : 'VNI 1',
    because: `By the topology VNIs are the identities of senders, and VNI 1 is none that Cilium sends. ${facts.named(guilty.src)} has another tunnel on this port: flannel, by its VNI.`,
  };
}

/** Each end keeps to one VNI of its own, both ask, and neither is ever answered. */
function byCapture(facts: Facts, link: Link, back: Link | null, byIdentity: (link: Link) => boolean): Mismatch | null {
  if (back === null || link.vnis.size !== 1 || back.vnis.size !== 1) return null;
  const [here] = link.vnis;
  const [there] = back.vnis;
  if (here === there || byIdentity(link)) return null;
  const bothAsk = asksInVain(facts, link) && asksInVain(facts, back);
  if (!bothAsk && !answersInVain(facts, link, back) && !answersInVain(facts, back, link)) return null;
  const alive = (x: Link) =>
    x.answering.some((n) => n.answeredIn.length > 0 && n.asked > 0) ||
    x.carried.some((f) => facts.delivery.of(f.direction) === true || f.direction.other.packets > 0);
  if (alive(link) || alive(back)) return null;
  return {
    confidence: 'medium',
    here: `VNI ${here}`,
    there: `VNI ${there}`,
    because:
      'Each end uses one VNI for all it sends, so these are no identities of senders (Cilium), and the two do not agree. This is inferred from the packets.',
  };
}

/** VNIs are the identities of senders, which differ by direction: some end uses several, or an answer came with another one. */
function isIdentity(tunnels: Tunnels, facts: Facts, like: Link): boolean {
  // Cilium answers ARP on the pod's own node: a tunnel that carries it is a network with a VNI of its own.
  for (const link of tunnels.links)
    if (link.kind === like.kind && link.port === like.port && link.asked.some((n) => n.kind === 'arp')) return false;
  const tunnel = facts.topology?.tunnel ?? null;
  if (tunnel !== null && tunnel.type === like.kind && tunnel.port === like.port && tunnel.vni === 'identity') return true;
  const sent = new Map<string, number>();
  for (const link of tunnels.links) {
    if (link.kind !== like.kind || link.port !== like.port) continue;
    for (const vni of link.vnis) {
      const known = sent.get(String(link.src));
      if (known !== undefined && known !== vni) return true;
      sent.set(String(link.src), vni);
    }
    const back = tunnels.back(link);
    if (back === null) continue;
    const answers = new Map(back.carried.map((x) => [x.direction, x.edge.vni]));
    for (const { direction, edge } of link.carried) {
      const vni = answers.get(direction.other);
      if (vni !== undefined && vni !== edge.vni && direction.conversation.proto !== PROTO.udp) return true;
    }
  }
  return false;
}
