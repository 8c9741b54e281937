// Translation where none should be, or an answer that missed the translation it needed.
import { FLAG } from '../../dissectors/tcp.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { exitPort } from './egress.js';
import page from './nat-unexpected.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { type Crossing, guessedNetwork, type World } from './world.js';

export default rule({
  id: 'nat-unexpected',
  title: 'Addresses are translated where they should not be, or not translated back',
  group: 'path',
  severity: 'warning',
  spec: 'RFC 3022 section 2.1',
  hint: 'Answers must come back by the node that translated the question: let it masquerade the source too, or make its peers route through it.',
  page,
  judge(world, say) {
    judgeAnswers(world, say);
    judgeSources(world, say);
  },
});

/** A SYN to one address is acknowledged by another one: the answer did not pass the node that had translated the SYN. */
function judgeAnswers(world: World, say: Say): void {
  const t = world.tracker.conversations;
  const tcp = world.conversationsThat((c) => t.proto[c] === PROTO.tcp);
  // Where the SYN is seen translated as well, the client's reset tells that it knows nothing of the connection.
  const orphans = tcp.filter(
    (c) => (t.flags[c * 2 + 1] & FLAG.syn) !== 0 && ((t.flags[c * 2] & FLAG.syn) === 0 || t.resets[c * 2] > 0),
  );
  if (orphans.length === 0) return;
  const asked = new Map<string, number>();
  for (const c of tcp)
    if ((t.flags[c * 2] & FLAG.syn) !== 0 && t.packets[c * 2 + 1] === 0)
      asked.set(`${world.ip(c, 0)} ${t.srcPort[c]} ${t.nextSeq[c * 2]}`, c);
  const groups = new Map<string, { c: number; a: number; about: Set<number>; evidence: EvidenceDraft[]; resets: number }>();
  for (const c of orphans) {
    const a = asked.get(`${world.ip(c, 0)} ${t.srcPort[c]} ${t.ack[c * 2 + 1]}`);
    if (a === undefined || a === c || world.causeOf(a) !== null) continue;
    const key = `${world.ip(a, 1)} ${t.dstPort[a]} ${world.ip(c, 1)} ${t.dstPort[c]}`;
    const group = entry(groups, key, () => ({ c, a, about: new Set<number>(), evidence: [], resets: 0 }));
    group.about.add(world.uid(a)).add(world.uid(c));
    group.resets += t.resets[c * 2];
    if (group.evidence.length < 4)
      group.evidence.push(
        { mark: world.firstMark(a, 0), field: 'tcp.seq_raw', note: `SYN to ${world.ip(a, 1)}` },
        { mark: world.firstMark(c, 1), field: 'tcp.ack_raw', note: `acknowledged by ${world.ip(c, 1)}` },
      );
  }
  for (const [key, { c, a, about, evidence, resets }] of groups) {
    const asker = world.ip(a, 0);
    const target = world.ip(a, 1);
    const from = world.ip(c, 1);
    const { source } = world.firstMark(a, 0);
    say({
      verdict: 'fail',
      severity: 'error',
      key,
      title: `Answers for ${target} port ${t.dstPort[a]} come from ${from} port ${t.dstPort[c]}`,
      message: `${world.named(asker)} asks ${world.named(target)} port ${t.dstPort[a]}, and ${world.named(from)} port ${t.dstPort[c]} acknowledges that very SYN. ${resets > 0 ? 'The client does not know this connection and resets it.' : 'The client does not know this connection.'}`,
      cause: `The request was translated on its way, and the answer took a way that does not lead through the node that translates it back.`,
      subject: {
        src: String(asker),
        dst: String(target),
        proto: 'tcp',
        srcPort: about.size === 2 ? t.srcPort[a] : null,
        dstPort: t.dstPort[a],
        target: String(from),
        node: world.captures[source].point,
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
function judgeSources(world: World, say: Say): void {
  const { topology } = world;
  if (topology === null) return;
  const groups = new Map<string, Translated>();
  for (const c of world.conversations())
    for (const way of [0, 1] as const) {
      if (world.delivered(c, way) !== false) continue;
      for (const x of world.crossings(c, way)) {
        const { origin } = x;
        if (origin === null) continue;
        const src = world.ip(origin.c, 0);
        if (!world.ip(origin.c, 1).equals(x.dst) || src.equals(x.src)) continue;
        if (!topology.isInside(src) || !topology.isInside(x.dst) || topology.masqueraded(src, x.dst) !== false) continue;
        const under = world.causeOf(c) ?? world.causeOf(origin.c);
        const group = entry(
          groups,
          `${x.source} ${exitPort(x)} ${guessedNetwork(src)} ${guessedNetwork(x.dst)} ${under}`,
          (): Translated => ({ c, x, src, under, about: new Set(), evidence: [], count: 0 }),
        );
        group.count += x.use.count;
        group.about.add(world.uid(c)).add(world.uid(origin.c));
        if (group.evidence.length < 4)
          group.evidence.push(
            { mark: world.hopMark(origin.use, origin.hop), field: 'ip.src' },
            { mark: world.hopMark(x.use, x.exits[x.exits.length - 1]), field: 'ip.src', note: 'translated' },
          );
      }
    }
  for (const { c, x, src, under, about, evidence, count } of groups.values()) {
    const out = world.portName(exitPort(x));
    const { point } = world.captures[x.source];
    say({
      verdict: 'fail',
      key: `${point} ${out} ${guessedNetwork(src)} ${guessedNetwork(x.dst)}`,
      title: `${point} translates ${src} to ${x.src} on the way to ${guessedNetwork(x.dst)}`,
      message: `Packets from ${world.named(src)} to ${world.named(x.dst)} leave ${point} by ${out} with the source ${x.src}. Both ends are inside, where nothing should be translated; no answer was seen.`,
      subject: {
        src: String(src),
        dst: String(x.dst),
        proto: world.protoName(c),
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
