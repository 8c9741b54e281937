// What was asked and not answered, and no rule before this one could explain.
import type { Unsettled } from '../facts/ledger.js';
import type { QuestionKind } from '../facts/questions.js';
import { hopText } from '../flows/ports.js';
import { entry, rule } from './rule.js';
import page from './unanswered.md';

/** What is said of each kind, and the field that shows it. */
export const QUESTIONS: Readonly<Record<QuestionKind, { readonly one: string; readonly many: string; readonly field: string }>> =
  {
    connection: { one: 'connection attempt', many: 'connection attempts', field: 'tcp.flags.syn' },
    data: { one: 'stream of data', many: 'streams of data', field: 'tcp.seq' },
    echo: { one: 'ping', many: 'pings', field: 'icmp.type' },
    dns: { one: 'DNS question', many: 'DNS questions', field: 'dns.qry.name' },
    service: { one: 'datagram to a service', many: 'datagrams to a service', field: 'udp.dstport' },
    dhcp: { one: 'DHCP question', many: 'DHCP questions', field: 'dhcp.option.dhcp' },
    arp: { one: 'ARP request', many: 'ARP requests', field: 'arp.dst.proto_ipv4' },
    session: { one: 'attempt at a session', many: 'attempts at a session', field: 'frame.protocols' },
    rest: { one: 'fragmented datagram', many: 'fragmented datagrams', field: 'ip.flags.mf' },
    nd: { one: 'neighbour solicitation', many: 'neighbour solicitations', field: 'icmpv6.nd.ns.target_address' },
  };

export const quantityOf = (kind: QuestionKind, count: number): string =>
  `${count} ${count === 1 ? QUESTIONS[kind].one : QUESTIONS[kind].many}`;

export default rule({
  id: 'unanswered',
  title: 'Something was asked again and again and not answered',
  group: 'transport',
  severity: 'warning',
  hint: 'Capture nearer to the target as well: do the packets arrive there, and does an answer leave it?',
  page,
  judge(facts, say) {
    const groups = new Map<string, Unsettled[]>();
    const asked = new Set<number>();
    for (const one of facts.ledger.unsettled) {
      if (one.outcome !== 'repeated' || facts.ledger.isExplained(one)) continue;
      const conversation = one.direction?.conversation ?? null;
      if (conversation !== null) {
        // Before and after a translation it is one question.
        if (facts.translation.of(conversation).some(({ uid }) => asked.has(uid))) continue;
        asked.add(conversation.uid);
      }
      entry(groups, `${one.kind} ${one.first.port} ${one.dst}`, () => [] as Unsettled[]).push(one);
    }
    for (const all of groups.values()) {
      const [first] = all;
      const { kind, src, dst } = first;
      const count = all.reduce((sum, one) => sum + one.count, 0);
      const askers = new Set(all.map((one) => String(one.src)));
      const { point } = facts.captures[first.first.source];
      const what = quantityOf(kind, count);
      const whom = `from ${askers.size === 1 ? facts.named(src) : `${askers.size} hosts`} to ${facts.named(dst)} (${hopText(first.first.direction, facts.interfaces.name(first.first.port))})`;
      const isRest = kind === 'rest';
      say({
        verdict: 'fail',
        absence: true,
        confidence: 'medium',
        key: `${kind} ${point} ${dst}`,
        title: isRest
          ? `Only the first fragments of ${what} to ${dst} are seen`
          : `${what} to ${dst} ${count === 1 ? 'was' : 'were'} repeated and not answered`,
        message: isRest
          ? `Only the first fragment of ${what} ${whom} was seen, none of the fragments that follow. None was answered.`
          : `${what} ${whom} got no answer, and the sender repeated ${count === 1 ? 'it' : 'them'} as one does who heard nothing.`,
        ...(isRest && {
          severity: 'error' as const,
          cause:
            'Fragments but the first have no ports (RFC 791 section 3.2): a filter on the way that wants a port drops them, and without them the receiver can put nothing together.',
          hint: 'Let fragments pass on the way (compare with a capture nearer to the sender), or send smaller datagrams.',
        }),
        subject: { src: String(src), dst: String(dst), target: String(dst), node: point },
        evidence: all.slice(0, 4).map((one) => ({ mark: one.first, field: QUESTIONS[kind].field, note: 'not answered' })),
        count,
        about: all.flatMap(({ direction }) => (direction === null ? [] : [direction.conversation.uid])),
      });
    }
  },
});
