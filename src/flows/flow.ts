// Conversations as records: who with whom, in which state, over which path, how much.

import type { Words } from '../bytes/words.js';
import { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import { PROTO } from './packet.js';
import { edgeText, type PathTexts } from './path-text.js';
import { PROTO_NAMES } from './proto.js';
import { connState, historyOf } from './tcp.js';
import type { Tracker } from './tracker.js';

/** What another tool has printed of a conversation. */
export interface FlowQuote {
  /** `Hubble: dropped at k8s-w0, Policy denied`. */
  readonly says: string;
  readonly file: string;
  readonly line: number;
  /** How often it says so. */
  readonly count: number;
}

/** One direction of a conversation. Each packet is counted once, however often it was seen. */
export interface FlowWay {
  readonly packets: number;
  /** Frames: every sight of every packet. */
  readonly frames: number;
  /** Bytes of IP packets. */
  readonly bytes: number;
  readonly retransmissions: number;
  /** The path that most packets took, `in eth1 > out eth2`; null where the capture does not tell. */
  readonly path: string | null;
  /** Other paths that were taken. */
  readonly otherPaths: number;
  /** What carried the packets on that path, outermost first: `vxlan 63446 192.168.10.100>192.168.20.100`. */
  readonly tunnels: readonly string[];
  /** Names of the security identities in their VNIs, where the topology has them. */
  readonly identities: readonly string[];
}

export interface Flow {
  /** Number of the conversation in the run, from 0: what `hopscope follow` is given. */
  readonly id: number;
  readonly proto: string;
  /** Who asked first, and whom. Ports of ICMP echoes are their identifiers. */
  readonly src: string;
  readonly srcPort: number | null;
  readonly dst: string;
  readonly dstPort: number | null;
  /** The word of a printed text that the address stands for; else pod, service or node by the topology; null where it has no name, or there is none. */
  readonly srcName: string | null;
  readonly dstName: string | null;
  /** Zeek's conn_state; of what is no TCP: SF answered, S0 not answered. */
  readonly state: string;
  /** Zeek's history letters; '' for what is no TCP. */
  readonly history: string;
  /** Nanoseconds since the start of the run. */
  readonly startNs: number;
  readonly durationNs: number;
  /** From the one who asked, and back. */
  readonly forth: FlowWay;
  readonly back: FlowWay;
  /** Number of the conversation that a NAT makes of this one, else of the one that a NAT made it of; or null. */
  readonly translated: number | null;
  /** Number of the conversation that a NAT made this one of, or null. */
  readonly translatedFrom: number | null;
  /** What texts beside the captures say of it; absent where there are none. */
  readonly quotes?: readonly FlowQuote[];
}

export interface FlowList {
  readonly flows: readonly Flow[];
  /** Conversations that had to be forgotten to make room. */
  readonly forgotten: number;
  /** The reading was interrupted. */
  readonly interrupted?: boolean;
  /** Seconds since 1970 of the start of the run. */
  readonly baseSeconds: number;
  /** Why captures could not be read to their end. */
  readonly errors: readonly string[];
  /** The words of printed texts that addresses stand for. */
  readonly words?: Words;
}

const address = (words: Uint32Array, c: number): Ip => new Ip(words[c * 4], words[c * 4 + 1], words[c * 4 + 2], words[c * 4 + 3]);

/** The record of conversation `c`. */
export function flowOf(
  tracker: Tracker,
  c: number,
  paths: PathTexts,
  topology: Topology | null = null,
  words: Words | null = null,
): Flow {
  const t = tracker.conversations;
  const proto = t.proto[c];
  const seen = [0, 1].filter((way) => t.packets[c * 2 + way] > 0);
  const startNs = Math.min(...seen.map((way) => t.firstNs[c * 2 + way]));
  const endNs = Math.max(...seen.map((way) => t.lastNs[c * 2 + way]));
  const src = address(t.src, c);
  const dst = address(t.dst, c);
  const hasPorts = proto in PROTO_NAMES;
  const isAnswered = seen.length === 2;
  const [asked, answers] = [0, 1].map((way) => tracker.journeys.usesOf(c, way));
  // What the question becomes is what the answer comes from.
  const linked = (forth: number[], back: number[]): number | null => [...forth, ...back].find((uid) => uid >= 0) ?? null;
  const to = linked(
    asked.map((use) => use.translatedTo),
    answers.map((use) => use.translatedFrom),
  );
  const from = linked(
    asked.map((use) => use.translatedFrom),
    answers.map((use) => use.translatedTo),
  );
  return {
    id: t.uid[c],
    proto: PROTO_NAMES[proto] ?? `ip-${proto}`,
    src: String(src),
    srcPort: hasPorts ? t.srcPort[c] : null,
    dst: String(dst),
    dstPort: hasPorts ? t.dstPort[c] : null,
    srcName: words?.of(String(src)) ?? topology?.nameOf(src) ?? null,
    dstName: words?.of(String(dst)) ?? topology?.nameOf(dst) ?? null,
    state: proto === PROTO.tcp ? connState(t, c) : isAnswered ? 'SF' : seen[0] === 1 ? 'SHR' : 'S0',
    history: proto === PROTO.tcp ? historyOf(t, c) : '',
    startNs: Number.isFinite(startNs) ? startNs : 0,
    durationNs: Number.isFinite(startNs) ? endNs - startNs : 0,
    forth: wayOf(tracker, c, 0, paths, topology),
    back: wayOf(tracker, c, 1, paths, topology),
    translated: to ?? from,
    translatedFrom: from,
  };
}

function wayOf(tracker: Tracker, c: number, way: number, paths: PathTexts, topology: Topology | null): FlowWay {
  const t = tracker.conversations;
  const i = c * 2 + way;
  const uses = tracker.journeys.usesOf(c, way).sort((a, b) => b.count - a.count);
  const main = uses[0];
  const edges = main?.path.hops.flatMap(({ edge }) => (edge < 0 ? [] : [tracker.tunnels.list[edge]])) ?? [];
  return {
    packets: t.packets[i],
    frames: t.frames[i],
    bytes: t.bytes[i],
    retransmissions: t.retransmissions[i],
    path: main === undefined ? null : paths.of(main.path),
    otherPaths: Math.max(0, uses.length - 1),
    tunnels: [...new Set(edges.map(edgeText))],
    identities: [...new Set(edges.flatMap(({ vni }) => topology?.identityName(vni) ?? []))],
  };
}
