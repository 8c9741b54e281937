// What leaves a node translated beside what leaves it as it is: the difference tells which part of the translation is missing. It needs no
// topology: that others are translated and answered shows that this exit translates.
import { type Command, command, words } from '../bytes/command.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { entry } from './rule.js';

/**
 * `protocol`: of this source, another protocol is translated. `stale`: one flow that is older than the flows beside it that are translated.
 * `source`: other sources are translated. `own`: what the node itself sends to the same address is answered.
 */
export type ContrastKind = 'protocol' | 'stale' | 'source' | 'own';

export interface NatContrast {
  readonly kind: ContrastKind;
  /** What is said of the others, a sentence. */
  readonly text: string;
  /** What the missing rule says beside its source; null where a rule is not what is missing: then `commands`. */
  readonly rule: { readonly proto: string | null } | null;
  readonly commands: readonly Command[];
  /** A frame of one that is translated, or of the node's own. */
  readonly witness: Peer;
}

export interface Peer {
  readonly conversation: Conversation;
  readonly x: Crossing;
  /** Source before and after the translation; the same for what the node itself sends. */
  readonly inside: Ip;
  readonly outside: Ip;
  readonly firstNs: number;
  readonly isAnswered: boolean;
}

export class NatContrasts {
  constructor(private readonly facts: Facts) {}

  /** Translated sources, by node and exit. */
  private readonly translated = lazy(() => {
    const found = new Map<string, Peer[]>();
    for (const direction of this.facts.ailingDirections())
      for (const x of this.exits(direction)) {
        const inside = sourceBefore(x, direction);
        if (inside !== null) entry(found, placeOf(x), () => [] as Peer[]).push(peerOf(x, direction, inside));
      }
    return found;
  });

  /** What the node itself sends and was answered, likewise. */
  private readonly own = lazy(() => {
    const found = new Map<string, Peer[]>();
    for (const direction of this.facts.directions())
      for (const x of this.exits(direction))
        if (x.origin === null && direction.other.packets > 0 && this.facts.ownership.isOwn(x.source, x.src))
          entry(found, placeOf(x), () => [] as Peer[]).push(peerOf(x, direction, x.src));
    return found;
  });

  /** Exits by which private sources of others leave untranslated to public addresses, and are answered. */
  private readonly bare = lazy(() => {
    const found = new Set<string>();
    for (const direction of this.facts.exampleDirections())
      if (direction.other.packets > 0 && isPrivate(direction.from) && !isPrivate(direction.to))
        for (const x of this.facts.crossings.of(direction)) if (x.entry >= 0 && x.edge < 0) found.add(placeOf(x));
    return found;
  });

  /** Bare packets that were not seen coming into the node they leave. */
  private exits(direction: Direction): Crossing[] {
    return this.facts.crossings.of(direction).filter(({ entry, edge }) => entry < 0 && edge < 0);
  }

  /** What sets this packet, which left as it had come and was not answered, apart from those that were; null: nothing does. */
  of(direction: Direction, x: Crossing): NatContrast | null {
    const { facts } = this;
    const { src, dst } = x;
    const { conversation } = direction;
    if (x.entry < 0 || x.edge >= 0 || direction.isReply || direction.other.packets > 0 || !isPrivate(src)) return null;
    if (dst.isMulticast || dst.isLinkLocal || facts.ownership.isOwn(x.source, src) || facts.ownership.isOwn(x.source, dst))
      return null;
    const at = placeOf(x);
    const network = guessedNetwork(dst);
    // A private destination may have routes back to some networks and not need translation of all: compare with what goes to the same place.
    const beside = (this.translated().get(at) ?? []).filter(
      (peer) => peer.inside.family === src.family && (guessedNetwork(peer.x.dst) === network || !isPrivate(dst)),
    );
    const out = facts.interfaces.name(exitPort(x));
    const answered = beside.filter(({ isAnswered }) => isAnswered);
    const same = answered.filter(({ inside }) => inside.equals(src));
    const proto = conversation.protoName;
    const otherwise = same.find((peer) => peer.conversation.proto !== conversation.proto);
    if (otherwise !== undefined && same.every((peer) => peer.conversation.proto !== conversation.proto))
      return {
        kind: 'protocol',
        text: `${otherwise.conversation.protoName} of ${src} leaves by ${out} translated to ${otherwise.outside} and is answered: the translation leaves out ${proto}`,
        rule: { proto },
        commands: [],
        witness: otherwise,
      };
    const near = beside.filter(
      ({ inside, conversation: other }) => guessedNetwork(inside) === guessedNetwork(src) && other.proto === conversation.proto,
    );
    const [witness] = near;
    if (witness !== undefined && this.isOld(direction) && near.every((peer) => peer.firstNs > direction.firstNs)) {
      const { srcPort, dstPort } = conversation.ports;
      return {
        kind: 'stale',
        text: `${near.length === 1 ? 'another flow' : `${near.length} other flows`} of ${guessedNetwork(src)} that began later leave${near.length === 1 ? 's' : ''} by ${out} translated to ${witness.outside}${witness.isAnswered ? ` and ${near.length === 1 ? 'is' : 'are'} answered` : ''}, so the rule is there; the nat table is asked only for the first packet of a flow, and this flow seems to be older than the rule: its entry of connection tracking is stale`,
        rule: null,
        commands: [
          command`conntrack -D -p ${proto} --orig-src ${src} --orig-dst ${dst} ${srcPort === null ? words`` : words`--orig-port-src ${srcPort}`} ${dstPort === null ? words`` : words`--orig-port-dst ${dstPort}`}`,
        ],
        witness,
      };
    }
    // To a public address no private source has a way back, of whatever network it is; unless a node further on translates some.
    const isFar = !isPrivate(dst) && !this.bare().has(at);
    const [another] =
      same.length > 0 ? [] : answered.filter(({ inside }) => isFar || guessedNetwork(inside) === guessedNetwork(src));
    if (another !== undefined)
      return {
        kind: 'source',
        text: `packets from ${another.inside} leave by ${out} translated to ${another.outside} and are answered: the translation leaves out ${src}`,
        rule: { proto: null },
        commands: [],
        witness: another,
      };
    if (isPrivate(dst)) return null;
    const owns = (this.own().get(at) ?? []).filter((peer) => peer.x.dst.equals(dst));
    const mine = owns.find((peer) => peer.conversation.proto !== PROTO.icmp) ?? owns[0];
    if (mine === undefined) return null;
    return {
      kind: 'own',
      text: `the node's own packets to ${dst}, from ${mine.outside}, leave by ${out} and are answered: it is the source that makes the difference`,
      rule: { proto: null },
      commands: [],
      witness: mine,
    };
  }

  /** A flow that goes on with what was decided for its first packet: one of UDP, or a connection whose beginning was not seen. */
  private isOld(direction: Direction): boolean {
    const { conversation } = direction;
    if (conversation.proto === PROTO.udp) return direction.packets > 1;
    return conversation.isTcp && direction.syns === 0;
  }
}

const placeOf = (x: Crossing): string => `${x.source} ${exitPort(x)}`;

const peerOf = (x: Crossing, direction: Direction, inside: Ip): Peer => ({
  conversation: direction.conversation,
  x,
  inside,
  outside: x.src,
  firstNs: (x.origin?.direction ?? direction).firstNs,
  isAnswered: direction.other.packets > 0,
});

/** The source that a translated packet had when it came in; null where not the source was translated. */
function sourceBefore({ origin }: Crossing, { from, to }: Direction): Ip | null {
  if (origin === null || origin.direction.from.equals(from) || !origin.direction.to.equals(to)) return null;
  return origin.direction.from;
}
