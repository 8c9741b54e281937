// Translation where none should be, or an answer that missed the translation it needed.
import { FLAG } from '../../dissectors/tcp.js';
import { type Crossing, type Facts, guessedNetwork } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { exitPort } from './egress.js';
import page from './nat-unexpected.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';

export default rule({
  id: 'nat-unexpected',
  title: 'Addresses are translated where they should not be, or not translated back',
  group: 'path',
  severity: 'warning',
  spec: 'RFC 3022 section 2.1',
  hint: 'Answers must come back by the node that translated the question: let it masquerade the source too, or make its peers route through it.',
  page,
  judge(facts, say) {
    judgeAnswers(facts, say);
    judgeSources(facts, say);
  },
});

/** A SYN to one address is acknowledged by another one: the answer did not pass the node that had translated the SYN. */
function judgeAnswers(facts: Facts, say: Say): void {
  const t = facts.tracker.conversations;
  const tcp = facts.conversationsThat((c) => t.proto[c] === PROTO.tcp);
  // Where the SYN is seen translated as well, the client's reset tells that it knows nothing of the connection.
  const orphans = tcp.filter(
    (c) => (t.flags[c * 2 + 1] & FLAG.syn) !== 0 && ((t.flags[c * 2] & FLAG.syn) === 0 || t.resets[c * 2] > 0),
  );
  if (orphans.length === 0) return;
  const asked = new Map<string, number>();
  for (const c of tcp)
    if ((t.flags[c * 2] & FLAG.syn) !== 0 && t.packets[c * 2 + 1] === 0)
      asked.set(`${facts.ip(c, 0)} ${t.srcPort[c]} ${t.nextSeq[c * 2]}`, c);
  const groups = new Map<string, { c: number; a: number; about: Set<number>; evidence: EvidenceDraft[]; resets: number }>();
  for (const c of orphans) {
    const a = asked.get(`${facts.ip(c, 0)} ${t.srcPort[c]} ${t.ack[c * 2 + 1]}`);
    if (a === undefined || a === c || facts.causeOf(a) !== null) continue;
    const key = `${facts.ip(a, 1)} ${t.dstPort[a]} ${facts.ip(c, 1)} ${t.dstPort[c]}`;
    const group = entry(groups, key, () => ({ c, a, about: new Set<number>(), evidence: [], resets: 0 }));
    group.about.add(facts.uid(a)).add(facts.uid(c));
    group.resets += t.resets[c * 2];
    if (group.evidence.length < 4)
      group.evidence.push(
        { mark: facts.firstMark(a, 0), field: 'tcp.seq_raw', note: `SYN to ${facts.ip(a, 1)}` },
        { mark: facts.firstMark(c, 1), field: 'tcp.ack_raw', note: `acknowledged by ${facts.ip(c, 1)}` },
      );
  }
  for (const [key, { c, a, about, evidence, resets }] of groups) {
    const asker = facts.ip(a, 0);
    const target = facts.ip(a, 1);
    const from = facts.ip(c, 1);
    const { source } = facts.firstMark(a, 0);
    say({
      verdict: 'fail',
      severity: 'error',
      key,
      title: `Answers for ${target} port ${t.dstPort[a]} come from ${from} port ${t.dstPort[c]}`,
      message: `${facts.named(asker)} asks ${facts.named(target)} port ${t.dstPort[a]}, and ${facts.named(from)} port ${t.dstPort[c]} acknowledges that very SYN. ${resets > 0 ? 'The client does not know this connection and resets it.' : 'The client does not know this connection.'}`,
      cause: `The request was translated on its way, and the answer took a way that does not lead through the node that translates it back.`,
      subject: {
        src: String(asker),
        dst: String(target),
        proto: 'tcp',
        srcPort: about.size === 2 ? t.srcPort[a] : null,
        dstPort: t.dstPort[a],
        target: String(from),
        node: facts.captures[source].point,
      },
      evidence,
      count: about.size / 2,
      about,
    });
  }
}

interface Translated {
  readonly c: number;
  readonly x: Crossing;
  readonly src: Ip;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

/** The source of packets within the lab is translated, and nothing comes back. */
function judgeSources(facts: Facts, say: Say): void {
  const { topology } = facts;
  if (topology === null) return;
  const groups = new Map<string, Translated>();
  for (const c of facts.conversations())
    for (const way of [0, 1] as const) {
      if (facts.delivered(c, way) !== false) continue;
      for (const x of facts.crossings(c, way)) {
        const { origin } = x;
        if (origin === null) continue;
        const src = facts.ip(origin.c, 0);
        if (!facts.ip(origin.c, 1).equals(x.dst) || src.equals(x.src)) continue;
        if (!topology.isInside(src) || !topology.isInside(x.dst) || topology.masqueraded(src, x.dst) !== false) continue;
        const under = facts.causeOf(c) ?? facts.causeOf(origin.c);
        const group = entry(
          groups,
          `${x.source} ${exitPort(x)} ${guessedNetwork(src)} ${guessedNetwork(x.dst)} ${under}`,
          (): Translated => ({ c, x, src, under, about: new Set(), evidence: [], count: 0 }),
        );
        group.count += x.use.count;
        group.about.add(facts.uid(c)).add(facts.uid(origin.c));
        if (group.evidence.length < 4)
          group.evidence.push(
            { mark: facts.hopMark(origin.use, origin.hop), field: 'ip.src' },
            { mark: facts.hopMark(x.use, x.exits[x.exits.length - 1]), field: 'ip.src', note: 'translated' },
          );
      }
    }
  for (const { c, x, src, under, about, evidence, count } of groups.values()) {
    const out = facts.portName(exitPort(x));
    const { point } = facts.captures[x.source];
    say({
      verdict: 'fail',
      key: `${point} ${out} ${guessedNetwork(src)} ${guessedNetwork(x.dst)}`,
      title: `${point} translates ${src} to ${x.src} on the way to ${guessedNetwork(x.dst)}`,
      message: `Packets from ${facts.named(src)} to ${facts.named(x.dst)} leave ${point} by ${out} with the source ${x.src}. Both ends are inside, where nothing should be translated; no answer was seen.`,
      subject: {
        src: String(src),
        dst: String(x.dst),
        proto: facts.protoName(c),
        interfaceOut: out,
        node: point,
        target: String(x.src),
      },
      evidence,
      count,
      about,
      under,
    });
  }
}
