// What a conversation said: the payload of one TCP or UDP conversation, in order, each byte once.

import { FLAG } from '../../dissectors/tcp.js';
import { u32 } from '../bytes/read.js';
import type { FollowSink } from '../dump/follow-output.js';
import { UsageError } from '../errors.js';
import { type Packet, PROTO } from '../flows/packet.js';
import { StreamOrder } from '../flows/reassembly.js';
import type { Tracker } from '../flows/tracker.js';
import { Ip } from '../topology/ip.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import { runFilter } from './run-filter.js';

export interface Followed {
  /** Number of the conversation; null when none was found. */
  readonly id: number | null;
  readonly errors: readonly string[];
  /** Somebody ended the reading early. */
  readonly interrupted: boolean;
}

/**
 * `which`: the number of a conversation as `flows` gives it, or a display filter; then the first TCP or UDP conversation that
 * matches is followed, as a whole from a file, from its first matching frame on from a pipe. Throws UsageError, FilterError,
 * TopologyError, CaptureError (a file that cannot be opened).
 */
export async function follow(options: AnalyzeOptions, which: string, sink: FollowSink): Promise<Followed> {
  const number = /^#?\d+$/.test(which) ? Number(which.replace('#', '')) : null;
  if (number !== null) return pass(options, number, null, sink);
  const isPipe = options.files.some(({ path }) => path === '-' || path.startsWith('/dev/'));
  if (isPipe) return pass(options, null, which, sink);
  const found = await pass(options, null, which, null);
  return found.id === null || found.interrupted ? found : pass(options, found.id, null, sink);
}

/** One pass; without a sink it only looks for the conversation. */
async function pass(
  options: AnalyzeOptions,
  id: number | null,
  filter: string | null,
  sink: FollowSink | null,
): Promise<Followed> {
  const run = await FileRun.open(options);
  const matches = filter === null ? null : runFilter(filter, run);
  const chosen = new Chosen(run.tracker, sink);
  let wanted = id;
  await run.read((tracker) => {
    const { packet, conversation: c, conversations: t } = tracker;
    const number = c < 0 ? -1 : t.uid[c];
    if (wanted === null && isStream(packet) && matches?.(packet.layers)) wanted = number;
    if (c < 0 || wanted !== number) return;
    chosen.take();
    if (!chosen.said) return;
    chosen.said = false;
    return sink === null ? STOP : sink.drain();
  });
  chosen.finish();
  if (sink !== null) await sink.drain();
  return { id: chosen.begun ? wanted : null, errors: run.errors, interrupted: run.interrupted };
}

const STOP = Promise.resolve(false);

const isStream = (p: Packet): boolean => p.hasL4 && (p.proto === PROTO.tcp || p.proto === PROTO.udp);

/** The conversation that is followed. */
class Chosen {
  /** Something was found or said. */
  said = false;
  /** A frame of it was seen. */
  begun = false;
  private readonly ways: readonly StreamOrder[];

  constructor(
    private readonly tracker: Tracker,
    private readonly sink: FollowSink | null,
  ) {
    this.ways = [0, 1].map(
      (way) =>
        new StreamOrder({
          data: (bytes) => sink?.data(way, bytes),
          gap: (missing) => sink?.gap(way, missing),
        }),
    );
  }

  /** Takes the frame that the tracker has just observed. */
  take(): void {
    const { tracker, sink } = this;
    const { packet: p, way } = tracker;
    if (!isStream(p)) {
      if (sink !== null) throw new UsageError('only TCP and UDP conversations can be followed; hopscope flows lists them');
      return;
    }
    if (!this.begun) {
      this.begun = true;
      this.said = true;
      const { conversations: t, conversation: c } = tracker;
      sink?.begin(ends(t.src, t.srcPort, c), ends(t.dst, t.dstPort, c));
    }
    const captured = Math.max(0, Math.min(p.payloadLength, p.l4End - p.payloadAt));
    const bytes = p.bytes.subarray(p.payloadAt, p.payloadAt + captured);
    if (p.proto === PROTO.udp) {
      // Copies of a datagram are told by its journey; there is nothing else that could.
      if (!tracker.journeys.isNew || p.payloadLength === 0) return;
      sink?.data(way, bytes);
      if (captured < p.payloadLength) sink?.gap(way, p.payloadLength - captured);
      this.said = true;
      return;
    }
    const flags = p.bytes[p.l4At + 13];
    const seq = u32(p.bytes, p.l4At + 4);
    if ((flags & FLAG.syn) !== 0) this.ways[way].begin(seq);
    if (p.payloadLength === 0 || (flags & FLAG.reset) !== 0) return;
    const from = (flags & FLAG.syn) !== 0 ? (seq + 1) >>> 0 : seq;
    this.ways[way].add(from, bytes, p.payloadLength);
    this.said = true;
  }

  finish(): void {
    for (const way of this.ways) way.finish();
  }
}

function ends(addresses: Uint32Array, ports: Uint16Array, c: number): string {
  const ip = new Ip(addresses[c * 4], addresses[c * 4 + 1], addresses[c * 4 + 2], addresses[c * 4 + 3]);
  return ip.family === 6 ? `[${ip}]:${ports[c]}` : `${ip}:${ports[c]}`;
}
