// Frames cut so short that headers are missing.
import { FLAG } from '../../dissectors/tcp.js';
import { quantity } from '../bytes/units.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import page from './capture-clipped.md';
import { rule, type Say } from './rule.js';

export default rule({
  id: 'capture-clipped',
  title: 'Frames were cut inside their headers',
  group: 'capture',
  severity: 'warning',
  spec: 'pcap(3pcap), snapshot length',
  hint: 'Capture with -s 0, or with -s 200 at least when there are tunnels: outer, tunnel and inner headers are 100 to 150 bytes.',
  page,
  judge(facts, say) {
    facts.doubts.counted.forEach(({ clipped, headersCut, longestClipped, frames, firstClipped }, source) => {
      if (headersCut === 0) return;
      const { point } = facts.captures[source];
      say({
        verdict: 'inconclusive',
        key: point,
        title: `The capture at ${point} cuts frames at ${longestClipped} bytes, inside their headers`,
        message: `${clipped} of ${frames} frames were cut, ${headersCut} of them before the end of their headers. What those carried is not known.`,
        subject: { node: point },
        evidence: firstClipped === null ? [] : [{ mark: firstClipped, field: 'frame.cap_len' }],
        count: headersCut,
      });
    });
    facts.doubts.counted.forEach(({ unprinted }, source) => {
      if (unprinted.size === 0) return;
      const { point } = facts.captures[source];
      const names = [...unprinted.keys()].join(', ');
      const messages = [...unprinted].map(([name, { count }]) => quantity(count, `${name} message`)).join(', ');
      say({
        verdict: 'inconclusive',
        key: `${point} text`,
        title: `The text at ${point} does not print what its ${names} messages say`,
        message: `It shows that ${messages} passed, not what is in them: whether they are right was not judged.`,
        hint: 'Capture with -w FILE, or print the bytes (tcpdump -X).',
        subject: { node: point },
        evidence: [...unprinted.values()].map(({ first }) => ({ mark: first, field: 'frame.cap_len' })),
        count: [...unprinted.values()].reduce((sum, { count }) => sum + count, 0),
      });
    });
    untold(facts, say);
  },
});

/** A SYN that was sent once more may have been lost; this often it was refused. */
const LEAST_SYNS = 3;
/** A host whose peer has closed, and which has nothing more to send, closes before this. */
const CLOSES_NS = 5e9;

/** What went wrong without a sign of why, in a text that would not print it. */
function untold(facts: Facts, say: Say): void {
  const late: Conversation[] = [];
  const half: Conversation[] = [];
  if (!facts.captures.some(({ withUnknown }) => withUnknown === true)) return;
  const doubted = facts.conversationsThat((one) => {
    if (!one.isTcp || facts.captures[one.seenDirection.firstSource].withUnknown !== true) return false;
    return one.request.resets + one.reply.resets === 0 && one.reply.packets > 0;
  });
  for (const one of doubted) {
    if (facts.causes.of(one) !== null) continue;
    const { request, reply } = one;
    if (request.syns >= LEAST_SYNS && reply.syns === 1) late.push(one);
    else if (isHalfClosed(facts, request) || isHalfClosed(facts, reply)) half.push(one);
  }
  const tell = (all: readonly Conversation[], key: string, title: string, message: string, hint: string): void => {
    if (all.length === 0) return;
    const [{ request, initiator, responder, protoName, ports }] = all;
    const { point } = facts.captures[request.firstSource];
    say({
      verdict: 'inconclusive',
      key: `${point} ${key}`,
      title: `${title} ${responder} port ${ports.dstPort}`,
      message,
      hint,
      subject: { src: String(initiator), dst: String(responder), proto: protoName, ...ports, node: point },
      evidence: all.slice(0, 4).map((one) => ({ mark: one.request.first, field: 'tcp.flags.syn' })),
      count: all.length,
      about: new Set(all.map(({ uid }) => uid)),
    });
  };
  tell(
    late,
    'late',
    'The text does not say why SYNs went unanswered for a while, to',
    `${quantity(late.length, 'connection')} began only when the SYN had been sent ${LEAST_SYNS} times or more. Checksums, of tunnels too, are not printed: whether these packets were right was not judged.`,
    'Capture with -w FILE, or print the bytes (tcpdump -X).',
  );
  tell(
    half,
    'half',
    'The text does not say whether anything is missing of connections to',
    `${quantity(half.length, 'connection')} was closed by one side, and for ${CLOSES_NS / 1e9} s not by the other, which had sent data. The sequence numbers of its acknowledgments, which would show that more of it was lost, are not printed.`,
    'Capture with -w FILE, or print the bytes (tcpdump -X).',
  );
}

/** This side has closed and is acknowledged; the other has sent data, and does not close. */
function isHalfClosed(facts: Facts, direction: Direction): boolean {
  const { other } = direction;
  return (
    direction.sent(FLAG.fin) &&
    !other.sent(FLAG.fin) &&
    other.dataSegments > 0 &&
    direction.unacknowledged === 0 &&
    facts.nowNs - Math.max(direction.lastNs, other.lastNs) >= CLOSES_NS
  );
}
