// A BGP session that does not come up, or is ended by one side, with what the sides say.
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { OPEN_NS } from '../facts/sessions.js';
import type { BgpNotification, BgpPeering, BgpSpeaker } from '../flows/services/bgp.js';
import page from './bgp-session.md';
import { atLeast, rule, type Say } from './rule.js';

export default rule({
  id: 'bgp-session',
  title: 'A BGP session does not come up or is ended',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 4271 sections 4.5, 6; RFC 4486; RFC 2385; RFC 5082',
  hint: 'Compare both ends: AS numbers, addresses, password, hold time (show bgp summary, birdc show protocols all).',
  page,
  options: { ended: atLeast(3, 'times that a session was ended, from which on it is said although it came up again') },
  judge(facts, say, { ended }) {
    for (const peering of facts.services.bgp.list) {
      if (peering.notificationCount > 0) judgeNotification(facts, peering, ended, say);
      else judgeOpen(facts, peering, say);
      judgeSyn(facts, peering, say);
    }
  },
});

const name = ({ speakers: [a, b] }: BgpPeering): string =>
  a.address.compare(b.address) < 0 ? `${a.address} and ${b.address}` : `${b.address} and ${a.address}`;

const subjectOf = ({ speakers: [a, b] }: BgpPeering) => ({
  src: String(a.address),
  dst: String(b.address),
  proto: 'tcp',
  dstPort: 179,
});

const other = (peering: BgpPeering, one: BgpSpeaker | undefined): BgpSpeaker =>
  peering.speakers[0] === one ? peering.speakers[1] : peering.speakers[0];

function judgeNotification(facts: Facts, peering: BgpPeering, often: number, say: Say): void {
  const { notifications, notificationCount: count, isUp, speakers } = peering;
  // Of two connections that both sides open at once one is given up (RFC 4271 section 6.8): that is how it goes.
  const ends = notifications.filter(({ code, subcode }) => !(code === CEASE && subcode === COLLISION));
  if (ends.length === 0 || (isUp && count < often)) return;
  const last = ends[ends.length - 1];
  const sender = speakers.find(({ address }) => address.equals(last.from)) as BgpSpeaker;
  const peer = other(peering, sender);
  const reason = codeText(last);
  const isWanted = last.code === CEASE && ON_PURPOSE.has(last.subcode);
  const again = count > 1 ? `, ${count} times` : '';
  say({
    verdict: 'fail',
    severity: isWanted ? 'info' : isUp ? 'warning' : 'error',
    key: `${name(peering)} ${last.code} ${last.subcode}`,
    title: `BGP between ${name(peering)} is ended by ${last.from}: ${reason}${again}`,
    message: `${facts.named(last.from)} sent NOTIFICATION ${last.code}/${last.subcode} (${reason}) to ${facts.named(peer.address)}${again}.${openText(sender)}${openText(peer)} ${isUp ? 'The session came up again.' : peering.established > 0 ? 'It was up before, and did not come up again.' : 'It did not come up.'}`,
    cause: causeText(last, sender, peer),
    subject: subjectOf(peering),
    evidence: ends
      .slice(-4)
      .map((n) => ({ mark: n.mark, field: 'bgp.notify.major_error', note: `${n.code}/${n.subcode} ${codeText(n)}` })),
    count,
    about: new Set([...ends.map(({ uid }) => uid), ...(isUp ? [] : peering.conversations)]),
  });
}

const openText = ({ address, opens, as, holdTime }: BgpSpeaker): string =>
  opens === 0 ? '' : ` The OPEN of ${address} says AS ${as}, hold time ${holdTime} s.`;

function causeText({ code, subcode }: BgpNotification, sender: BgpSpeaker, peer: BgpSpeaker): string {
  if (code === OPEN_ERROR && subcode === BAD_AS)
    return `${sender.address} is configured for a peer of another AS${peer.opens > 0 ? ` than ${peer.as}` : ''}.`;
  if (code === HOLD_EXPIRED)
    return `${sender.address} heard nothing of ${peer.address} for its hold time${sender.holdTime > 0 ? ` (${sender.holdTime} s at most)` : ''}: its packets are lost, or it stopped.`;
  return '';
}

/** Error codes of NOTIFICATION, RFC 4271 section 4.5. */
const HEADER_ERROR = 1;
const OPEN_ERROR = 2;
const UPDATE_ERROR = 3;
const HOLD_EXPIRED = 4;
const STATE_ERROR = 5;
const CEASE = 6;
const BAD_AS = 2;
const COLLISION = 7;
/** Administrative shutdown, peer deconfigured, administrative reset (RFC 4486 section 4). */
const ON_PURPOSE = new Set([2, 3, 4]);

const CODES: Readonly<Record<number, string>> = {
  [HEADER_ERROR]: 'Message Header Error',
  [OPEN_ERROR]: 'OPEN Message Error',
  [UPDATE_ERROR]: 'UPDATE Message Error',
  [HOLD_EXPIRED]: 'Hold Timer Expired',
  [STATE_ERROR]: 'Finite State Machine Error',
  [CEASE]: 'Cease',
};
/** Subcodes: RFC 4271 section 4.5, RFC 4486 section 3, RFC 5492 section 5, RFC 8538 section 3, RFC 9234 section 4.2. */
const SUBCODES: Readonly<Record<number, readonly string[]>> = {
  [HEADER_ERROR]: ['', 'Connection Not Synchronized', 'Bad Message Length', 'Bad Message Type'],
  [OPEN_ERROR]: [
    '',
    'Unsupported Version Number',
    'Bad Peer AS',
    'Bad BGP Identifier',
    'Unsupported Optional Parameter',
    'Authentication Failure',
    'Unacceptable Hold Time',
    'Unsupported Capability',
    '',
    '',
    '',
    'Role Mismatch',
  ],
  [UPDATE_ERROR]: [
    '',
    'Malformed Attribute List',
    'Unrecognized Well-known Attribute',
    'Missing Well-known Attribute',
    'Attribute Flags Error',
    'Attribute Length Error',
    'Invalid ORIGIN Attribute',
    'AS Routing Loop',
    'Invalid NEXT_HOP Attribute',
    'Optional Attribute Error',
    'Invalid Network Field',
    'Malformed AS_PATH',
  ],
  [CEASE]: [
    '',
    'Maximum Number of Prefixes Reached',
    'Administrative Shutdown',
    'Peer De-configured',
    'Administrative Reset',
    'Connection Rejected',
    'Other Configuration Change',
    'Connection Collision Resolution',
    'Out of Resources',
    'Hard Reset',
    'BFD Down',
  ],
};

function codeText({ code, subcode }: { readonly code: number; readonly subcode: number }): string {
  const text = SUBCODES[code]?.[subcode] ?? '';
  const main = CODES[code] ?? `code ${code}`;
  return text === '' ? main : `${main}, ${text}`;
}

/** One side said OPEN, and the other one never did. */
function judgeOpen(facts: Facts, peering: BgpPeering, say: Say): void {
  const [a, b] = peering.speakers;
  const asker = a.opens > 0 && b.opens + b.accepted === 0 ? a : b.opens > 0 && a.opens + a.accepted === 0 ? b : null;
  if (asker === null || asker.firstOpen === null) return;
  const silent = other(peering, asker);
  // A connection that ends, or goes on, without its OPEN.
  const asked: Conversation[] = [];
  for (const uid of peering.conversations) {
    const conversation = facts.conversation(uid);
    if (conversation === null || !conversation.isTcp) continue;
    const [from, to] = conversation.initiator.equals(asker.address)
      ? [conversation.request, conversation.reply]
      : [conversation.reply, conversation.request];
    // What was lost on the way is for others to say; and where nothing of it is seen it may pass elsewhere.
    if (from.dataSegments > 0 && to.packets > 0 && to.dataSegments === 0) asked.push(conversation);
  }
  if (asked.length === 0) return;
  const ended = asked.filter(({ request, reply }) => request.resets + reply.resets > 0 || request.sent(FIN) || reply.sent(FIN));
  const open = ended.length === 0 && facts.nowNs - asker.firstOpen.timeNs < OPEN_NS;
  if (open) return;
  say({
    verdict: 'fail',
    key: `${name(peering)} open`,
    absence: true,
    title: `${silent.address} does not answer the BGP OPEN of ${asker.address}`,
    message: `${facts.named(asker.address)} (AS ${asker.as}) sent ${asker.opens === 1 ? 'an OPEN' : `${asker.opens} OPENs`} to ${facts.named(silent.address)}, which accepted the TCP connection and sent no OPEN of its own${ended.length > 0 ? ' before the connection ended' : ''}.`,
    cause: `${silent.address} has no neighbour ${asker.address} in its configuration, waits for another address, or the session is shut down there.`,
    subject: subjectOf(peering),
    evidence: [{ mark: asker.firstOpen, field: 'bgp.type', note: `OPEN, AS ${asker.as}` }],
    count: asker.opens,
    about: asked.map(({ uid }) => uid),
  });
}

const FIN = 1;

/** SYNs that die on the way (TTL 1), or are signed and not answered. */
function judgeSyn(facts: Facts, peering: BgpPeering, say: Say): void {
  const silent: Conversation[] = [];
  for (const uid of peering.conversations) {
    const conversation = facts.conversation(uid);
    if (conversation !== null && conversation.request.syns > 0 && conversation.reply.packets === 0) silent.push(conversation);
  }
  const expired = silent.filter(({ request }) => request.firstTtl === 1 && facts.errors.expires(request));
  if (expired.length > 0) {
    const [{ request }] = expired;
    say({
      verdict: 'fail',
      key: `${request.from} ${request.to} ttl`,
      title: `BGP of ${request.from} to ${request.to} has TTL 1, and the peer is further than one hop`,
      message: `${expired.length === 1 ? 'A connection attempt' : `${expired.length} connection attempts`} of ${facts.named(request.from)} to ${facts.named(request.to)} port 179 left with TTL 1 and were dropped by a router on the way (ICMP time exceeded).`,
      cause: 'An external session expects its peer on the same link, and sends with TTL 1.',
      hint: `Set ebgp-multihop (or ttl-security hops) for ${request.to} on ${request.from}, or peer with the address on the link.`,
      subject: { src: String(request.from), dst: String(request.to), proto: 'tcp', dstPort: 179 },
      evidence: expired.slice(0, 3).map((one) => ({ mark: one.request.first, field: 'ip.ttl', note: 'TTL 1' })),
      count: expired.reduce((sum, one) => sum + one.request.syns, 0),
      about: expired.map(({ uid }) => uid),
    });
  }
  for (const { address, signedSyns } of peering.speakers) {
    const repeated = silent.filter((one) => !expired.includes(one) && one.request.syns > 1 && one.request.from.equals(address));
    if (signedSyns > 0 && repeated.length > 0) saySigned(facts, repeated, say);
  }
}

function saySigned(facts: Facts, repeated: readonly Conversation[], say: Say): void {
  const [{ request }] = repeated;
  say({
    verdict: 'fail',
    key: `${request.from} ${request.to} signed`,
    absence: true,
    confidence: 'medium',
    title: `${request.to} does not answer the signed BGP connection attempts of ${request.from}`,
    message: `${facts.named(request.from)} sent ${request.syns} SYNs to ${facts.named(request.to)} port 179 with a TCP signature (MD5, RFC 2385, or TCP-AO, RFC 5925) and got no answer. A host drops a SYN whose signature is not the one that it expects, and says nothing.`,
    cause: 'The passwords of the two ends differ, only one end has one, or a NAT between them changes what is signed.',
    subject: { src: String(request.from), dst: String(request.to), proto: 'tcp', dstPort: 179 },
    evidence: repeated.slice(0, 3).map((one) => ({ mark: one.request.first, field: 'tcp.options.md5', note: 'signed SYN' })),
    count: repeated.reduce((sum, one) => sum + one.request.syns, 0),
    about: repeated.map(({ uid }) => uid),
  });
}
