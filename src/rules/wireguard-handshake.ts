// A WireGuard handshake is begun again and again, and the peer does not go on with it.
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import type { HandshakeAttempts } from '../flows/services/wireguard.js';
import { atLeast, rule } from './rule.js';
import page from './wireguard-handshake.md';

export default rule({
  id: 'wireguard-handshake',
  title: 'A WireGuard peer does not answer',
  group: 'tunnel',
  severity: 'error',
  spec: 'WireGuard (www.wireguard.com/papers/wireguard.pdf) sections 5.1, 5.4, 6.1',
  hint: 'On both ends: wg show (endpoint, latest handshake, allowed keys). Capture at the peer: do the initiations arrive there?',
  page,
  options: {
    initiations: atLeast(2, 'initiations in a row without a response (WireGuard begins anew after 5 seconds, REKEY_TIMEOUT)'),
  },
  judge(facts, say, { initiations }) {
    for (const one of facts.services.handshakes.list) {
      const isOpen = one.open >= initiations;
      // A peer that takes its time to start is asked twice or three times.
      const late = isOpen || one.late === null || one.late.count <= SLOW ? null : one.late;
      if (!isOpen && late === null) continue;
      const { from, to, uid, port } = one;
      const count = isOpen ? one.open : (late?.count ?? 0);
      const marks = isOpen ? one.marks : (late?.marks ?? []);
      const last = late?.end ?? one.last;
      const heard = lastFrom(facts, one, marks[0].timeNs);
      say({
        verdict: 'fail',
        severity: isOpen ? 'error' : 'warning',
        absence: true,
        key: `${from} ${to}`,
        title: isOpen
          ? `${to} answers no WireGuard handshake of ${from}`
          : `${to} answered no WireGuard handshake of ${from} for ${seconds(last.timeNs - marks[0].timeNs)}`,
        message: `${facts.named(from)} began a handshake with ${facts.named(to)} port ${port} ${count} times, and ${isOpen ? 'no response came' : `a response came after ${seconds(last.timeNs - marks[0].timeNs)}`}. Nothing can pass the tunnel meanwhile.${heard === null ? '' : ` Before, packets of ${to} came, the last one ${seconds(marks[0].timeNs - heard)} before the first of these.`}`,
        cause: why(facts, one, heard),
        subject: { src: String(from), dst: String(to), proto: 'udp', dstPort: port, target: String(to) },
        evidence: [
          ...marks.map((mark) => ({ mark, field: 'udp.dstport', note: 'handshake initiation' })),
          ...(count > marks.length && isOpen ? [{ mark: last, field: 'udp.dstport', note: 'the last one' }] : []),
          ...(late === null ? [] : [{ mark: last, field: 'udp.srcport', note: 'handshake response' }]),
        ],
        count,
        about: [uid],
        under: facts.causes.ofAny([uid]),
        ...(isOpen && {
          phases: [{ outcome: 'lost' as const, fromNs: marks[0].timeNs, toNs: last.timeNs, count, first: marks[0], last }],
        }),
      });
    }
  },
});

/** So many initiations before the first response are a peer that was started later. */
const SLOW = 3;

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;

/** When the peer was heard last before this, or null. */
function lastFrom(facts: Facts, { uid, to }: HandshakeAttempts, beforeNs: number): number | null {
  const conversation = facts.conversation(uid);
  if (conversation === null) return null;
  const { request, reply } = conversation;
  const theirs = request.from.equals(to) ? request : reply;
  return theirs.packets > 0 && theirs.firstNs < beforeNs ? Math.min(theirs.lastNs, beforeNs) : null;
}

function why(facts: Facts, one: HandshakeAttempts, heard: number | null): string {
  const { from, to, port, marks } = one;
  const isPeer =
    marks[0]?.direction === DIRECTION.in && facts.conversation(one.uid)?.seenDirection.first.direction === DIRECTION.in;
  const pinged = facts
    .conversationsThat(({ isEcho, reply, responder }) => isEcho && reply.packets > 0 && responder.equals(to))
    .some(({ lastNs }) => lastNs >= (marks[0]?.timeNs ?? 0));
  const silent = `WireGuard says nothing to a key that it does not know, and nothing to what is not a valid initiation: keys that do not match look like a port that is filtered.`;
  if (heard !== null)
    return `It worked before, so the keys match: ${to} is gone from this address (a new address of a line, NAT that has forgotten it, a host that is down), or the way to it is broken. ${from} goes on to the last address that it has heard the peer from (section 2.1); a peer behind NAT needs PersistentKeepalive.`;
  if (isPeer && facts.node(marks[0].source) !== null) return `The initiations came in here. ${silent}`;
  return pinged
    ? `${to} itself answers pings: WireGuard does not listen on port ${port} there, the port is filtered, or the keys do not match. ${silent}`
    : silent;
}
