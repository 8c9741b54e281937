// Which conversations a `flow` is about.
import { PROTO } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import { Ip, type Prefix } from '../topology/ip.js';
import { within } from './names.js';
import type { Uids } from './uid-set.js';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface Who {
  readonly src: readonly Prefix[] | null;
  readonly dst: readonly Prefix[] | null;
  readonly srcPort: readonly PortRange[] | null;
  readonly dstPort: readonly PortRange[] | null;
}

export interface FlowSelector extends Who {
  readonly either: readonly Prefix[] | null;
  readonly proto: number | null;
  /** Number of a filter that one of the frames matches, or -1. */
  readonly where: number;
  /** Conversations that the filter marked, by uid. */
  readonly marked: Uids;
}

export const PROTOCOLS: Readonly<Record<string, number>> = { ...PROTO, sctp: 132 };

export const inPorts = (ranges: readonly PortRange[] | null, port: number): boolean =>
  ranges === null || ranges.some(({ from, to }) => port >= from && port <= to);

const a = new Ip();
const b = new Ip();

const load = (ip: Ip, words: Uint32Array, at: number): void => {
  ip.a = words[at];
  ip.b = words[at + 1];
  ip.c = words[at + 2];
  ip.d = words[at + 3];
};

/** Whether the one who asks and the one who is asked are these. */
export function isWho({ src, dst, srcPort, dstPort }: Who, t: Tracker, c: number): boolean {
  const { conversations: table } = t;
  load(a, table.src, c * 4);
  load(b, table.dst, c * 4);
  return (
    (src === null || within(src, a)) &&
    (dst === null || within(dst, b)) &&
    inPorts(srcPort, table.srcPort[c]) &&
    inPorts(dstPort, table.dstPort[c])
  );
}

/** Without the filter: that takes all frames. */
export function selects(selector: FlowSelector, t: Tracker, c: number): boolean {
  if (selector.proto !== null && t.conversations.proto[c] !== selector.proto) return false;
  if (!isWho(selector, t, c)) return false;
  return selector.either === null || within(selector.either, a) || within(selector.either, b);
}

/** IPv4 addresses of which such a conversation has one; null where it may have others. */
export function hostsOf({ src, dst, either }: FlowSelector): number[] | null {
  const end = [dst, src, either].find((list) => list?.every((p) => p.isHost && p.address.family === 4));
  return end == null ? null : end.map((p) => p.address.d);
}
