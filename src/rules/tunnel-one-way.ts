// Tunnelled packets go one way only: the end of the tunnel at which they, or their answers, get lost.
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import { type Carried, type Link, stopsOnTheWay, tunnelName, unanswered, vniText } from '../facts/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import { atLeast, type EvidenceDraft, rule, type Say, seconds } from './rule.js';
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
      if (!lostInside(facts, link, limits, say)) nothingBack(facts, link, limits, say);
      notEncapsulated(facts, link, limits, say);
    }
  },
});

const subjectOf = (facts: Facts, link: Link, node: string | null) => ({
  src: String(link.src),
  dst: String(link.dst),
  proto: 'udp',
  dstPort: link.port,
  tunnel: link.kind,
  vni: link.vnis.size === 1 ? [...link.vnis][0] : null,
  node: node ?? facts.nodeAt(link.dst),
});

/** Between the ends: questions pass, and not a single packet comes back on the tunnel. */
function nothingBack(facts: Facts, link: Link, { within, packets }: Limits, say: Say): void {
  const t = facts.tracker.conversations;
  const back = facts.tunnels.back(link);
  const asked = link.carried.filter(
    (x) =>
      facts.causeOf(x.c) === null &&
      !stopsOnTheWay(facts, x) &&
      (unanswered(facts, x.c, x.way) || (back !== null && x.way === 1 && facts.delivered(x.c, 1) === false)),
  );
  if (asked.length === 0) return;
  // With traffic the other way, dead servers look alike. But who asks, and takes no answer, takes nothing.
  const arrives = ({ c, way }: Carried) =>
    back === null ? facts.packets(c, 1 - way) > 0 : way === 1 ? facts.delivered(c, way) === true : facts.packets(c, 1) > 0;
  if (link.carried.some(arrives) || (back !== null && !asked.some((x) => x.way === 1))) return;
  const count = asked.reduce((sum, { c, way }) => sum + facts.packets(c, way), 0);
  if (count < packets) return;
  const open = asked.every(({ c, way }) => facts.nowNs - t.firstNs[c * 2 + way] < within);
  const name = tunnelName(link.kind);
  const [first] = asked;
  const inside = facts.towards(first.c, first.way);
  const { source } = first.use.path.hops[first.hop];
  // A capture of one interface may see one direction only: then silence proves nothing.
  const visible = facts.forwards(source) || facts.tunnels.hears(link.dst);
  say({
    verdict: open || !visible ? 'inconclusive' : 'fail',
    absence: true,
    confidence: 'medium',
    key: `${link.src} ${link.dst} back`,
    title: `${name} from ${link.src} to ${link.dst} ${back === null ? 'is one-way: nothing comes back' : 'does not arrive: not even answers are taken'}`,
    message: `${count} packets from ${facts.named(link.src)} to ${facts.named(link.dst)} inside ${name} (${vniText(link.vnis, facts.topology)}), for ${facts.named(inside)}${asked.length > 1 ? ' and others' : ''}, ${back === null ? 'got no answer' : 'got no sign of having arrived'}. ${back === null ? `Not one tunnelled packet came back from ${link.dst}` : `${link.dst} asks the other way, and repeats itself although it is answered`}${visible ? '' : ', but then this capture has nothing else from there either'}.`,
    cause:
      back === null
        ? `${facts.named(link.dst)} does not take the packets, does not answer, or cannot send to ${facts.named(link.src)}.`
        : `${facts.named(link.dst)} drops what comes in from the tunnel, or something between the two does.`,
    subject: { ...subjectOf(facts, link, null), target: String(inside) },
    evidence: asked.slice(0, 4).map((x) => ({ mark: facts.hopMark(x.use, x.hop), field: 'ip.dst', note: 'no answer' })),
    count,
    about: new Set(asked.map((x) => facts.uid(x.c))),
  });
}

/** At the receiving end: the outer packets arrive, and nothing of them is seen on the tunnel device. */
function lostInside(facts: Facts, link: Link, { within }: Limits, say: Say): boolean {
  const t = facts.tracker.conversations;
  const stuck = link.carried.flatMap((x) => {
    if (facts.causeOf(x.c) !== null || !unanswered(facts, x.c, x.way)) return [];
    const hop = atEnd(facts, x.use, link);
    if (hop < 0) return [];
    const { source } = x.use.path.hops[hop];
    const outside = (use: PathUse): boolean =>
      facts.hopsAt(use, source).every((h) => use.path.hops[h].edge >= 0 && facts.directionAt(use, h) === DIRECTION.in);
    return facts.tunnels.showsBothSides(source) && facts.uses(x.c, x.way).every(outside) ? [{ ...x, hop }] : [];
  });
  if (stuck.length === 0) return false;
  const [first] = stuck;
  const { source } = first.use.path.hops[first.hop];
  const { point } = facts.captures[source];
  const name = tunnelName(link.kind);
  const where = facts.portName(first.use.path.hops[first.hop].port);
  const devices = devicesOf(facts, source);
  const open = stuck.every(({ c, way }) => facts.nowNs - t.firstNs[c * 2 + way] < within);
  const count = stuck.reduce((sum, { c, way }) => sum + facts.packets(c, way), 0);
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
      target: String(facts.towards(first.c, first.way)),
    },
    evidence: stuck
      .slice(0, 4)
      .map((x) => ({ mark: facts.hopMark(x.use, x.hop), field: `${link.kind}.vni`, note: 'not seen inside' })),
    count,
    about: new Set(stuck.map((x) => facts.uid(x.c))),
  });
  return true;
}

/** The hop by which the packets come into the far end of the tunnel, or -1. */
function atEnd(facts: Facts, use: PathUse, link: Link): number {
  const at = facts.travelled(use).find((h) => use.path.hops[h].edge >= 0 && facts.isOwn(use.path.hops[h].source, link.dst));
  return at ?? -1;
}

/** At the sending end: the answers are handed to the tunnel device, and never leave on the wire. */
function notEncapsulated(facts: Facts, link: Link, { packets }: Limits, say: Say): void {
  const evidence: EvidenceDraft[] = [];
  const about = new Set<number>();
  let count = 0;
  let example: { readonly c: number; readonly way: 0 | 1; readonly use: PathUse } | null = null;
  for (const { c, way, use } of link.carried) {
    const back = (1 - way) as 0 | 1;
    if (facts.causeOf(c) !== null || about.has(facts.uid(c)) || atEnd(facts, use, link) < 0) continue;
    if (facts.packets(c, back) === 0 || facts.delivered(c, back) === true) continue;
    const uses = facts.uses(c, back);
    const ends = uses.every((use) => {
      const { hop } = facts.lastNode(use);
      const last = use.path.hops[hop];
      return facts.directionAt(use, hop) === DIRECTION.out && last.edge < 0 && facts.tunnels.isDevice(last.port);
    });
    if (!ends) continue;
    about.add(facts.uid(c));
    count += facts.packets(c, back);
    example ??= { c, way: back, use: uses[0] };
    if (evidence.length < 4)
      evidence.push({ mark: facts.hopMark(uses[0], facts.lastNode(uses[0]).hop), note: 'not seen encapsulated' });
  }
  if (example === null || count < packets) return;
  const { source, hop } = facts.lastNode(example.use);
  const { point } = facts.captures[source];
  const name = tunnelName(link.kind);
  const device = facts.portName(example.use.path.hops[hop].port);
  const target = facts.towards(example.c, example.way);
  say({
    verdict: 'fail',
    absence: true,
    key: `${link.dst} ${link.src} outside`,
    title: `${point} answers into ${device}, and no ${name} packet leaves for ${link.src}`,
    message: `${count} answers to ${facts.named(target)}, whose packets came from ${facts.named(link.src)} inside ${name}, went out by ${device}. No encapsulated copy of them was seen on the wire.`,
    cause: `${point} drops them below the tunnel device: a firewall on outgoing UDP port ${link.port}, no route to ${link.src}, or no entry for ${target} in the tunnel map.`,
    hint: `On ${point}: look for rules on UDP port ${link.port} (nft list ruleset), ip route get ${link.src}, and the drop counters of ${device} (ip -s link).`,
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

function devicesOf(facts: Facts, source: number): string {
  const names = facts.tracker.ports.list
    .filter((port) => port.source === source && facts.tunnels.isDevice(port.id))
    .map((port) => port.name);
  return names.join(' or ');
}
