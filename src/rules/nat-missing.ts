// An inside address leaves the network untranslated: no router outside has a route back to it.

import type { Command } from '../bytes/command.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { type Crossing, exitPort, lastExit } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import { wrongEgress } from './egress.js';
import { masquerade } from './masquerade.js';
import { type NatContrast, NatContrasts } from './nat-contrast.js';
import page from './nat-missing.md';
import { type EvidenceDraft, entry, rule, sentence } from './rule.js';
import { packetsSubject } from './subjects.js';

type Kind = 'source' | 'service' | 'stray';

interface Group {
  readonly kind: Kind;
  readonly conversation: Conversation;
  readonly crossing: Crossing;
  readonly because: string;
  readonly commands: readonly Command[];
  readonly contrast: NatContrast | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'nat-missing',
  title: 'An inside address leaves untranslated',
  group: 'path',
  severity: 'error',
  spec: 'RFC 3022 section 2.1',
  hint: 'Is there a masquerading rule for this source, destination and interface (iptables -t nat -S, nft list ruleset, enable-ipv4-masquerade of Cilium)?',
  page,
  judge(facts, say) {
    const contrasts = new NatContrasts(facts);
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      const delivered = facts.delivery.of(direction);
      if (delivered === true) continue;
      for (const { x, found, contrast, key } of untranslated(facts, direction, contrasts)) {
        // Answers (of a ping, say) that are not confirmed are lost too when they stray; else it takes a packet known to be lost.
        if (delivered === null && found.kind !== 'stray') continue;
        const { conversation } = direction;
        const flow =
          contrast === null
            ? ''
            : contrast.kind === 'stale'
              ? conversation.uid
              : contrast.kind === 'protocol'
                ? conversation.proto
                : '';
        const group = entry(
          groups,
          contrast === null ? key : `${key} ${contrast.kind} ${flow}`,
          (): Group => ({ ...found, contrast, conversation, crossing: x, about: new Set(), evidence: [], count: 0 }),
        );
        group.count += x.use.count;
        group.about.add(conversation.uid);
        if (group.evidence.length < 6) {
          const field = found.kind === 'service' ? 'ip.dst' : 'ip.src';
          if (x.entry >= 0) group.evidence.push({ mark: facts.paths.mark(x.use, x.entry), field });
          group.evidence.push({ mark: facts.paths.mark(x.use, lastExit(x)), field, note: 'not translated' });
        }
      }
    }
    // Others leave as they are and are answered: a node further on translates them, or has a route back.
    for (const direction of groups.size === 0 ? [] : facts.directions())
      if (facts.delivery.of(direction) === true)
        for (const { key } of untranslated(facts, direction, contrasts)) groups.delete(key);
    for (const { kind, conversation, crossing: x, because, commands, contrast, about, evidence, count } of groups.values()) {
      const out = facts.interfaces.name(exitPort(x));
      const from = facts.crossings.entryPort(x);
      const { point } = facts.captures[x.source];
      const inside = kind === 'service' ? x.dst : x.src;
      const whose = whoseIs(facts, kind, x, contrast);
      const proto = contrast?.kind === 'protocol' ? `${conversation.protoName} ` : '';
      const port = contrast?.kind === 'stale' && conversation.ports.srcPort !== null ? ` port ${conversation.initiatorPort}` : '';
      say({
        verdict: 'fail',
        key: `${point} ${out} ${kind} ${whose}${proto}`,
        title:
          kind === 'service'
            ? `Packets to the service address ${whose} leave ${point} by ${out} untranslated`
            : `${proto === '' ? 'Packets' : `${proto}packets`} from ${whose}${port} leave ${point} by ${out} untranslated`,
        message:
          kind === 'service'
            ? `Packets from ${facts.named(x.src)} to the service address ${whose} leave by ${out} as they are: no backend was chosen for them, and no router outside knows the address. No answer was seen.`
            : `${proto === '' ? 'Packets' : `${proto}packets`} from ${facts.named(x.src)}${port} to ${facts.named(x.dst)} leave by ${out} with the inside address as their source. No answer was seen: outside, no router knows a return path to it.`,
        cause: because === '' ? '' : sentence(because),
        commands,
        ...(contrast?.kind === 'stale' ? { hint: STALE_HINT, alternatives: [`The rule does not cover ${x.src}.`] } : {}),
        subject: {
          ...packetsSubject(conversation, x.src, x.dst),
          interfaceIn: from === null ? null : facts.interfaces.name(from),
          interfaceOut: out,
          target: String(inside),
          node: point,
        },
        evidence:
          contrast === null
            ? evidence
            : [
                ...evidence.slice(0, 4),
                {
                  mark: facts.paths.mark(contrast.witness.x.use, lastExit(contrast.witness.x)),
                  field: 'ip.src',
                  note: witnessText(contrast),
                },
              ],
        count,
        about,
      });
    }
  },
});

interface Untranslated {
  readonly x: Crossing;
  readonly found: Pick<Group, 'kind' | 'because' | 'commands'>;
  readonly contrast: NatContrast | null;
  /** Node, exit, and whose packets they are. */
  readonly key: string;
}

/** Where packets of this direction leave as they are though they should be translated: of the nodes on a path the one nearest to the outside. */
function untranslated(facts: Facts, direction: Direction, contrasts: NatContrasts): Untranslated[] {
  if (direction.packets === 0 || facts.causes.of(direction.conversation) !== null) return [];
  const isLost = facts.delivery.of(direction) === false;
  const all = facts.crossings.of(direction).flatMap((x): Untranslated[] => {
    const contrast = isLost ? contrasts.of(direction, x) : null;
    // The nat table is asked for the first packet of a connection only, and an answer is none.
    if (direction.isReply && direction.conversation.isTcp && direction.other.packets > 0 && contrast === null) {
      const stray = judgeCrossing(facts, direction, x);
      if (stray === null || stray.kind === 'source') return [];
    }
    const found =
      contrast === null ? judgeCrossing(facts, direction, x) : { kind: 'source' as const, ...said(facts, x, contrast) };
    if (found === null) return [];
    return [{ x, found, contrast, key: `${x.source} ${exitPort(x)} ${found.kind} ${whoseIs(facts, found.kind, x, contrast)}` }];
  });
  return all.filter(({ x }, i) => !all.some((later, j) => j > i && later.x.use === x.use));
}

const STALE_HINT =
  'Delete the entry, then the next packet of the flow is looked up anew; a program that adds NAT rules should do so after it adds them.';

const witnessText = ({ kind, witness }: NatContrast): string =>
  kind === 'own'
    ? 'sent by the node, and answered'
    : `translated from ${witness.inside}${witness.isAnswered ? ', and answered' : ''}`;

const said = (facts: Facts, x: Crossing, contrast: NatContrast) => ({
  because: contrast.text,
  commands:
    contrast.rule === null
      ? contrast.commands
      : masquerade(facts, exitPort(x), {
          family: x.src.family,
          from: whoseIs(facts, 'source', x, contrast),
          proto: contrast.rule.proto,
        }),
});

/** Whose packets leave untranslated: where others of the network are translated, it is not the network. */
const whoseIs = (facts: Facts, kind: Kind, x: Crossing, contrast: NatContrast | null): string =>
  kind === 'service'
    ? String(x.dst)
    : contrast === null || (contrast.kind === 'own' && facts.topology?.isInside(x.src) === true)
      ? networkOf(facts, x.src)
      : String(x.src);

function judgeCrossing(facts: Facts, direction: Direction, x: Crossing): Pick<Group, 'kind' | 'because' | 'commands'> | null {
  const { topology } = facts;
  const node = facts.node(x.source);
  // An overlay packet carries the inside address inside, where it belongs; a host or pod does not translate what it sends.
  if (topology === null || node === null || x.edge >= 0 || facts.ownership.isOwn(x.source, x.src)) return null;
  const { src, dst } = x;
  if (dst.isMulticast || dst.isLinkLocal || facts.ownership.isOwn(x.source, dst)) return null;
  const route = topology.route(node, dst);
  const outwards = route === null || route.prefix.isDefault;
  // A network that the topology knows outside of the pods' may be on a link of the node: where it says that they are translated, they are.
  const asked =
    topology.masqueraded(src, dst) === true &&
    topology.isInside(src) &&
    topology.ownerOf(dst).every(({ what }) => what === 'network');
  if (!outwards && !asked) return null;
  if (topology.isInside(dst)) {
    if (topology.ownerOf(dst).length === 0 && !knowsPods(topology)) return null;
    if (topology.ownerOf(dst).length === 0)
      return {
        kind: 'service',
        because: `no node owns ${dst}, so it is a service address, and it took the default route`,
        commands: [],
      };
    // On its way to a pod by the wrong interface. Where the packet came in tells that story better; here only its exit was seen.
    const wrong = !isEntrySeen(facts, direction, x) && topology.isInside(src) ? wrongEgress(facts, direction, x) : null;
    return wrong === null
      ? null
      : { kind: 'stray', because: wrong.because, commands: wrong.command === null ? [] : [wrong.command] };
  }
  if (!topology.isInside(src) || wrongEgress(facts, direction, x) !== null) return null;
  if (!(topology.masqueraded(src, dst) ?? !isPrivate(dst))) return null;
  return {
    kind: 'source',
    because: '',
    commands: masquerade(facts, exitPort(x), { family: src.family, from: networkOf(facts, src) }),
  };
}

/** Packets of this direction that leave as this one did were seen coming in: the capture lacks a frame where one of them was not. */
const isEntrySeen = (facts: Facts, direction: Direction, x: Crossing): boolean =>
  facts.crossings
    .of(direction)
    .some((one) => one.source === x.source && exitPort(one) === exitPort(x) && facts.crossings.entryPort(one) !== null);

/** Whose the pods' networks are is known: what is in none of them is no pod's. */
const knowsPods = (topology: Topology): boolean =>
  topology.nodeNames.some((name) => (topology.node(name)?.podCIDRs.length ?? 0) > 0);

/** The pod CIDR of an inside address, else the network it is guessed to be of. */
function networkOf(facts: Facts, ip: Ip): string {
  const node = facts.ownership.nodeAt(ip);
  const cidr = node === null ? undefined : facts.topology?.node(node)?.podCIDRs.find((prefix) => prefix.contains(ip));
  return cidr === undefined ? guessedNetwork(ip) : String(cidr);
}
