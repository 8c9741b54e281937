// Tunnelled packets go one way only: the end of the tunnel at which they, or their answers, get lost.

import { shown } from '../bytes/command.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { type Carried, type Link, tunnelName, vniText } from '../facts/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import { atLeast, type EvidenceDraft, rule, type Say, seconds } from './rule.js';
import { tunnelSubject } from './subjects.js';
import { judgeAsked } from './tunnel-asked.js';
import page from './tunnel-one-way.md';

interface Limits {
  readonly within: number;
  readonly packets: number;
}

export default rule({
  id: 'tunnel-one-way',
  title: 'Tunnelled packets go one way only',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 7348 section 4',
  hint: 'Look on the node that stays silent: a firewall on the tunnel port, a tunnel device that is down, a VNI or tunnel map that differs (cilium-dbg monitor --type drop).',
  page,
  options: {
    within: seconds(1, 'how long an answer may take'),
    packets: atLeast(2, 'packets that must have gone unanswered'),
  },
  judge(facts, say, limits) {
    for (const link of facts.tunnels.links) {
      if (judgeAsked(facts, link, limits.within, say, subjectOf(facts, link, null))) continue;
      if (!lostInside(facts, link, limits, say)) nothingBack(facts, link, limits, say);
      notEncapsulated(facts, link, limits, say);
    }
  },
});

const subjectOf = (facts: Facts, link: Link, node: string | null) => ({
  ...tunnelSubject(link),
  node: node ?? facts.ownership.nodeAt(link.dst),
});

/** Between the ends: questions pass, and not a single packet comes back on the tunnel. */
function nothingBack(facts: Facts, link: Link, { within, packets }: Limits, say: Say): void {
  const back = facts.tunnels.back(link);
  const asked = link.carried.filter(
    (x) =>
      (facts.delivery.isUnanswered(x.direction) ||
        (back !== null && x.direction.isReply && facts.delivery.of(x.direction) === false)) &&
      facts.causes.of(x.direction.conversation) === null &&
      !facts.tunnels.stopsOnTheWay(x) &&
      !isTakenOff(facts, x, link),
  );
  if (asked.length === 0) return;
  // With traffic the other way, dead servers look alike. But an end that asks, and takes no answer, receives nothing.
  const arrives = ({ direction }: Carried) =>
    back === null
      ? direction.other.packets > 0 || facts.delivery.goesOn(direction)
      : direction.isReply
        ? facts.delivery.of(direction) === true
        : direction.other.packets > 0;
  if (link.carried.some(arrives) || (back !== null && !asked.some((x) => x.direction.isReply))) return;
  const count = asked.reduce((sum, { direction }) => sum + direction.packets, 0);
  if (count < packets) return;
  const open = asked.every(({ direction }) => facts.nowNs - direction.firstNs < within);
  const name = tunnelName(link.kind);
  const [first] = asked;
  const inside = first.direction.to;
  const { source } = first.use.path.hops[first.hop];
  // A capture of one interface may see one direction only: then silence proves nothing.
  const visible = facts.crossings.forwards(source) || facts.tunnels.hears(link.dst);
  const beside = besideOf(facts, link);
  const far = missedAt(facts, link);
  const arrived = far === null ? arrival(facts, asked, link) : null;
  const carrier = carrierOf(link);
  say({
    verdict: open || !visible ? 'inconclusive' : 'fail',
    absence: true,
    confidence: far === null ? 'medium' : 'high',
    key: `${link.src} ${link.dst} back`,
    title: `${name} from ${link.src} to ${link.dst} ${back === null ? 'is one-way: nothing comes back' : 'does not arrive: not even answers are taken'}`,
    message: `${count} packets from ${facts.named(link.src)} to ${facts.named(link.dst)} inside ${name}${link.vnis.size === 0 ? '' : ` (${vniText(link.vnis, facts.topology)})`}, for ${facts.named(inside)}${asked.length > 1 ? ' and others' : ''}, ${back === null ? 'got no answer' : 'got no sign of having arrived'}. ${back === null ? `Not one tunnelled packet came back from ${link.dst}` : `${link.dst} asks the other way, and repeats itself although it is answered`}${visible ? '' : ', but then this capture has nothing else from there either'}.`,
    cause:
      far !== null
        ? `They leave ${facts.captures[source].point} and none of them comes into ${far}: what lies between drops ${carrier} this way${beside === '' ? '' : ' and lets other packets pass'}.`
        : arrived !== null
          ? arrived
          : back === null
            ? `${facts.named(link.dst)} does not take the packets, does not answer, or cannot send to ${facts.named(link.src)}.`
            : `${facts.named(link.dst)} drops what comes in from the tunnel, or something between the two does.${disagreement(facts, link, back)}`,
    ...(beside === ''
      ? {}
      : {
          contrast: [
            `Outside of the tunnel packets between the two pass: ${beside}. So the way is there, and ${carrier} is what to look for.`,
          ],
        }),
    ...(link.port > 0
      ? {}
      : {
          hint: `Look for what drops ${carrier} on both ends and between them (security groups, nft list ruleset): a rule for ports never fits it. Is the tunnel device up on the silent end (ip -d link)?`,
        }),
    subject: { ...subjectOf(facts, link, null), target: String(inside) },
    evidence: asked.slice(0, 4).map((x) => ({ mark: facts.paths.mark(x.use, x.hop), field: 'ip.dst', note: 'no answer' })),
    count,
    about: new Set(asked.map((x) => x.direction.conversation.uid)),
  });
}

/** Each direction has one VNI, and not the same: it may be why. With a space before it. */
function disagreement(facts: Facts, link: Link, back: Link): string {
  if (link.vnis.size !== 1 || back.vnis.size !== 1 || facts.topology?.tunnel?.vni === 'identity') return '';
  const [[here], [there]] = [[...link.vnis], [...back.vnis]];
  return here === there
    ? ''
    : ` It carries VNI ${here}, what comes the other way VNI ${there}: unless these are identities of senders (Cilium), the ends disagree, and each drops what it does not know (ip -d link show on both).`;
}

/** What a filter sees of a tunnel: its port, or its IP protocol number (IANA: IPv4 in IP 4, IPv6 in IP 41, GRE 47). */
function carrierOf({ kind, port, carried }: Link): string {
  if (port > 0) return `UDP port ${port}`;
  return `IP protocol ${kind === 'ip' ? (carried[0].direction.to.family === 6 ? 41 : 4) : 47}`;
}

/** What the ends say to each other outside of the tunnel, and is answered: pings, TCP. */
function besideOf(facts: Facts, { src, dst }: Link): string {
  const found = new Set<string>();
  for (const { isTcp, isEcho, initiator, responder, responderPort, reply, request } of facts.conversations()) {
    const isPair = (initiator.equals(src) && responder.equals(dst)) || (initiator.equals(dst) && responder.equals(src));
    if (!isPair || reply.packets === 0 || request.packets === 0) continue;
    if (isEcho) found.add('pings');
    else if (isTcp && reply.resets === 0) found.add(`TCP port ${responderPort}`);
  }
  return [...found].slice(0, 3).join(', ');
}

/** The captured node that is the far end, where not one of the tunnelled packets is seen; null where some are, or it was not captured. */
function missedAt(facts: Facts, { src, dst, carried }: Link): string | null {
  const at = facts.captures.findIndex((_, source) => facts.ownership.isOwn(source, dst) && !facts.ownership.isOwn(source, src));
  const isSeen = carried.some(({ use }) => use.path.hops.some(({ source, edge }) => source === at && edge >= 0));
  return at < 0 || isSeen ? null : facts.captures[at].point;
}

/** At the far end the packets inside were seen on their own: the tunnel has done its work, and what is lost is lost behind it. */
const isTakenOff = (facts: Facts, { direction }: Carried, link: Link): boolean =>
  direction.paths.some(({ path }) => path.hops.some((h) => h.edge < 0 && facts.ownership.isOwn(h.source, link.dst)));

/** The far end was captured on all interfaces, the packets come into it, and what is inside shows on none; null where that is not so. */
function arrival(facts: Facts, asked: readonly Carried[], link: Link): string | null {
  const [at] = asked.flatMap(({ use }) => {
    const hop = atEnd(facts, use, link);
    return hop < 0 ? [] : [use.path.hops[hop]];
  });
  if (at === undefined || !facts.captures[at.source].everyInterface) return null;
  const { point } = facts.captures[at.source];
  return `They come into ${point} on ${facts.interfaces.name(at.port)}, and what is inside shows on no interface of ${point}: it does not take the tunnel off (no tunnel device for this port or VNI, another routing mode than its peer's), or drops the packets there (filter, checksum).`;
}

/** At the receiving end: the outer packets arrive, and nothing of them is seen on the tunnel device. */
function lostInside(facts: Facts, link: Link, { within }: Limits, say: Say): boolean {
  const stuck = link.carried.flatMap((x) => {
    if (!facts.delivery.isUnanswered(x.direction) || facts.causes.of(x.direction.conversation) !== null) return [];
    const hop = atEnd(facts, x.use, link);
    if (hop < 0) return [];
    const { source } = x.use.path.hops[hop];
    const outside = (use: PathUse): boolean =>
      facts.paths
        .hopsAt(use, source)
        .every((h) => use.path.hops[h].edge >= 0 && facts.paths.directionAt(use, h) === DIRECTION.in);
    // Seen bare, if only as a frame to another host: then the tunnel's end has taken it off.
    const isSeen = x.direction.paths.some(({ path }) => path.hops.some((h) => h.source === source && h.edge < 0));
    return !isSeen && facts.tunnels.showsBothSides(source) && x.direction.paths.every(outside) ? [{ ...x, hop }] : [];
  });
  if (stuck.length === 0) return false;
  const [first] = stuck;
  const { source } = first.use.path.hops[first.hop];
  const { point } = facts.captures[source];
  const name = tunnelName(link.kind);
  const where = facts.interfaces.name(first.use.path.hops[first.hop].port);
  const devices = facts.tunnels.devicesOf(source);
  const open = stuck.every(({ direction }) => facts.nowNs - direction.firstNs < within);
  const count = stuck.reduce((sum, { direction }) => sum + direction.packets, 0);
  say({
    verdict: open ? 'inconclusive' : 'fail',
    absence: true,
    key: `${link.src} ${link.dst} inside`,
    title: `${point} takes ${name} from ${link.src} off the wire and loses what is inside`,
    message: `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(link.src)} came in on ${where} inside ${name} (${vniText(link.vnis, facts.topology)}). None of them was seen on ${devices}, where the inner packets should come out.`,
    cause: `${point} drops them at the end of the tunnel: an unknown VNI, a checksum or source it does not accept, or a firewall on the port.`,
    subject: {
      ...subjectOf(facts, link, point),
      interfaceIn: where,
      interfaceExpected: devices,
      target: String(first.direction.to),
    },
    evidence: stuck
      .slice(0, 4)
      .map((x) => ({ mark: facts.paths.mark(x.use, x.hop), field: `${link.kind}.vni`, note: 'not seen inside' })),
    count,
    about: new Set(stuck.map((x) => x.direction.conversation.uid)),
  });
  return true;
}

/** The hop by which the packets come into the far end of the tunnel, or -1. */
function atEnd(facts: Facts, use: PathUse, link: Link): number {
  const at = facts.paths
    .travelled(use)
    .find((h) => use.path.hops[h].edge >= 0 && facts.ownership.isOwn(use.path.hops[h].source, link.dst));
  return at ?? -1;
}

/** At the sending end: the answers are handed to the tunnel device, and never leave on the wire. */
function notEncapsulated(facts: Facts, link: Link, { packets }: Limits, say: Say): void {
  const evidence: EvidenceDraft[] = [];
  const about = new Set<number>();
  let count = 0;
  let example: { readonly direction: Direction; readonly use: PathUse } | null = null;
  for (const { direction, use } of link.carried) {
    const { conversation, other: back } = direction;
    if (back.packets === 0 || facts.delivery.of(back) === true) continue;
    if (facts.causes.of(conversation) !== null || about.has(conversation.uid) || atEnd(facts, use, link) < 0) continue;
    const uses = back.paths;
    const ends = uses.every((use) => {
      const { hop } = facts.paths.lastNode(use);
      const last = use.path.hops[hop];
      return facts.paths.directionAt(use, hop) === DIRECTION.out && last.edge < 0 && facts.tunnels.isDevice(last.port);
    });
    if (!ends) continue;
    about.add(conversation.uid);
    count += back.packets;
    example ??= { direction: back, use: uses[0] };
    if (evidence.length < 4)
      evidence.push({ mark: facts.paths.mark(uses[0], facts.paths.lastNode(uses[0]).hop), note: 'not seen encapsulated' });
  }
  if (example === null || count < packets) return;
  const { source, hop } = facts.paths.lastNode(example.use);
  const { point } = facts.captures[source];
  const name = tunnelName(link.kind);
  const device = facts.interfaces.name(example.use.path.hops[hop].port);
  const target = example.direction.to;
  say({
    verdict: 'fail',
    absence: true,
    key: `${link.dst} ${link.src} outside`,
    title: `${point} answers into ${device}, and no ${name} packet leaves for ${link.src}`,
    message: `${count} answers to ${facts.named(target)}, whose packets came from ${facts.named(link.src)} inside ${name}, went out by ${device}. No encapsulated copy of them was seen on the wire.`,
    cause: `${point} drops them below the tunnel device: a firewall on outgoing UDP port ${link.port}, no route to ${link.src}, or no entry for ${target} in the tunnel map.`,
    hint: `On ${point}: look for rules on UDP port ${link.port} (nft list ruleset), ${shown`ip route get ${link.src}`}, and the drop counters of ${device} (ip -s link).`,
    subject: {
      src: String(link.dst),
      dst: String(link.src),
      proto: 'udp',
      dstPort: link.port,
      tunnel: link.kind,
      interfaceOut: device,
      target: String(target),
      node: point,
    },
    evidence,
    count,
    about,
  });
}
