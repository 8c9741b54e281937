// Packets with a wrong checksum: their receiver drops them without a word.
import { DIRECTION } from '../capture/frame.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { type Carried, type Link, tunnelName } from '../facts/tunnels.js';
import type { WrongChecksums } from '../flows/checksums.js';
import type { Mark } from '../flows/mark.js';
import page from './checksum-bad.md';
import { atLeast, rule, type Say } from './rule.js';
import { tunnelSubject } from './subjects.js';

const FIELD: Readonly<Record<string, string>> = {
  ip: 'ip.checksum',
  tcp: 'tcp.checksum',
  udp: 'udp.checksum',
  icmp: 'icmp.checksum',
  icmpv6: 'icmpv6.checksum',
};

const NAME: Readonly<Record<string, string>> = { ip: 'IPv4 header', tcp: 'TCP', udp: 'UDP', icmp: 'ICMP', icmpv6: 'ICMPv6' };

export default rule({
  id: 'checksum-bad',
  title: 'Packets have wrong checksums',
  group: 'capture',
  severity: 'warning',
  spec: 'RFC 1071; RFC 9293 section 3.1; RFC 1624; RFC 1122 section 4.1.3.4; RFC 7348 section 5',
  hint: 'Compare with a capture one hop earlier: who changes the packet without its checksum (a translation, a driver, bad memory)?',
  page,
  options: { packets: atLeast(2, 'wrong packets at one interface; a single one can be a bit error') },
  judge(facts, say, { packets }) {
    for (const link of facts.tunnels.links) judgeOuter(facts, link, packets, say);
    for (const wrong of facts.checksums.list) {
      // What the capturing host sends is handed to its card unfinished, and some drivers leave anything in the field.
      if (wrong.direction === DIRECTION.out || wrong.count < packets || wrong.marks.length === 0) continue;
      report(wrong);
    }
    function report({ port, what, count, marks, uids }: WrongChecksums): void {
      const { point } = facts.captures[marks[0].source];
      const known = [...uids].flatMap((uid) => facts.conversation(uid) ?? []);
      const [conversation] = known;
      const isTaken = known.length > 0 && known.every((one) => isAnswered(facts, one));
      say({
        verdict: 'fail',
        severity: isTaken ? 'info' : undefined,
        key: `${point} ${facts.interfaces.name(port)} ${what}`,
        title: `Packets arrive at ${point} with a wrong ${NAME[what]} checksum`,
        message: `${count} packets on ${facts.interfaces.name(port)}${conversation === undefined ? '' : `, the first from ${facts.named(conversation.initiator)} to ${facts.named(conversation.responder)},`} have a wrong ${NAME[what]} checksum. They are not merely unfinished (checksum offload): ${isTaken ? 'yet they are answered, and nothing is sent again. They were changed after the capture, as tools do that replace addresses, or their receiver does not check.' : 'their receiver drops them.'}`,
        subject: {
          src: conversation === undefined ? null : String(conversation.initiator),
          dst: conversation === undefined ? null : String(conversation.responder),
          proto: conversation === undefined ? null : conversation.protoName,
          interfaceIn: facts.interfaces.name(port),
          node: point,
        },
        evidence: marks.map((mark) => ({ mark, field: FIELD[what] })),
        count,
        about: uids,
      });
    }
  },
});

/** All that it asked was answered, the first time. */
const isAnswered = (facts: Facts, { request, reply, isTcp }: Conversation): boolean =>
  request.packets > 0 &&
  reply.packets > 0 &&
  request.retransmissions + reply.retransmissions === 0 &&
  facts.delivery.of(request) !== false &&
  facts.delivery.of(reply) !== false &&
  (!isTcp || reply.resets < reply.packets);

/**
 * Outer headers of a tunnel. A receiver takes a datagram without a checksum (RFC 7348 section 5, RFC 6935), and drops one whose checksum is
 * there and wrong (RFC 1122 section 4.1.3.4).
 */
function judgeOuter(facts: Facts, link: Link, packets: number, say: Say): void {
  const wrongAt = new Map<string, Mark>();
  let [wrong, right, none] = [0, 0, 0];
  for (const { sums } of link.edges) {
    wrong += sums.wrong;
    right += sums.right;
    none += sums.none;
    for (const [key, mark] of sums.wrongAt) wrongAt.set(key, mark);
  }
  if (wrong < packets) return;
  // Of several points only those that it comes into are looked at: the sender leaves the field to its card.
  const isWrong = ({ use }: Carried): boolean => use.hops.some(({ capture, frame }) => wrongAt.has(`${capture} ${frame}`));
  const carried = everyPath(facts, link);
  const bad = carried.filter(isWrong);
  // It is taken all the same: a receiver that does not check, or a capture that shows the field before the card filled it in.
  if (bad.some((x) => comesOut(facts, x) || (x.use.answered > 0 && x.use.lost === 0))) return;
  const lost = bad.filter((x) => x.use.lost > 0 || facts.delivery.of(x.direction) === false || endsHere(facts, x));
  const arrives = carried.some((x) => !isWrong(x) && (comesOut(facts, x) || facts.delivery.of(x.direction) === true));
  const [first] = wrongAt.values();
  const { point } = facts.captures[first.source];
  const where = facts.interfaces.name(first.port);
  // Seen at several places, a packet is counted at each.
  const what = new Set([...wrongAt.values()].map(({ port }) => port)).size > 1 ? 'frames with ' : '';
  const name = tunnelName(link.kind);
  const others = [...(none > 0 ? [`${none} with none`] : []), ...(right > 0 ? [`${right} with a right one`] : [])].join(' and ');
  const inside = lost.length === 0 ? null : lost[0].direction;
  const devices = lost.length > 0 && lost.every((x) => endsHere(facts, x)) ? facts.tunnels.devicesOf(first.source) : '';
  say({
    verdict: 'fail',
    severity: lost.length > 0 ? 'error' : 'warning',
    key: `${link.src} ${link.dst} outer`,
    title: `${name} packets from ${link.src} arrive with a wrong outer UDP checksum`,
    message: `${wrong} ${what}${name} packets from ${facts.named(link.src)} to ${facts.named(link.dst)} (UDP port ${link.port}) came in on ${where} with an outer UDP checksum that is neither right nor zero${others === '' ? '' : `; ${others} came too`}. A receiver drops such a datagram without a word.${inside === null ? '' : ` Inside are packets from ${facts.named(inside.from)} to ${facts.named(inside.to)}${devices === '' ? ', which are not answered' : `, of which nothing was seen on ${devices}`}.`}`,
    cause: `${facts.named(link.src)} or its card writes a wrong checksum (checksum offload of tunnelled packets), or something on the way changes the packets without it.`,
    hint: `On ${facts.ownership.nodeAt(link.src) ?? link.src}: ethtool -K DEVICE tx-checksum-ip-generic off for the tunnel device, or make the device without outer checksums (noudpcsum); then look for a newer driver or kernel.`,
    subject: {
      ...tunnelSubject(link, 'ends'),
      target: inside === null ? null : String(inside.to),
      interfaceIn: where,
      node: facts.ownership.nodeAt(link.src) ?? point,
    },
    evidence: [...wrongAt.values()].slice(0, 4).map((mark) => ({ mark, field: 'udp.checksum', note: 'wrong outer checksum' })),
    contrast:
      lost.length > 0 && arrives && others !== ''
        ? [`the ${wrong} with a wrong outer UDP checksum are lost, while of ${others} packets arrive`]
        : [],
    count: wrong,
    about: new Set(lost.map((x) => x.direction.conversation.uid)),
  });
}

/** Each path that packets took in this tunnel, where `carried` has one of each direction; as far as they are seen in it. */
function everyPath(facts: Facts, link: Link): Carried[] {
  const edges = new Map(link.edges.map((edge) => [edge.id, edge]));
  return link.carried.flatMap(({ direction }) =>
    direction.paths.flatMap((use) => {
      const hop = facts.paths.travelled(use).findLast((h) => edges.has(use.path.hops[h].edge)) ?? -1;
      const edge = hop < 0 ? undefined : edges.get(use.path.hops[hop].edge);
      return edge === undefined ? [] : [{ direction, use, hop, edge }];
    }),
  );
}

/** The packet inside was seen bare at the node after it came in. */
const comesOut = (facts: Facts, { use, hop }: Carried): boolean => {
  const { hops } = use.path;
  return (
    facts.paths.directionAt(use, hop) === DIRECTION.in &&
    hops.some((h, n) => n > hop && h.source === hops[hop].source && h.edge < 0)
  );
};

/** Nothing of it was seen on the tunnel device, where packets of this tunnel are seen. */
const endsHere = (facts: Facts, x: Carried): boolean =>
  !comesOut(facts, x) && facts.tunnels.showsBothSides(x.use.path.hops[x.hop].source);
