// What a conversation said: the payload of one TCP or UDP conversation, in order, each byte once.
import { FLAG } from '../../dissectors/tcp.js';
import type { Frame } from '../capture/frame.js';
import { MergedSource } from '../capture/merge.js';
import type { ExtraField } from '../dissect/extra.js';
import type { FollowSink } from '../dump/follow-output.js';
import { UsageError } from '../errors.js';
import { compileFilter } from '../filter/filter.js';
import { type FrameTimes, frameFields } from '../filter/frame-fields.js';
import { type Packet, PROTO, word } from '../flows/packet.js';
import { Ports } from '../flows/ports.js';
import { StreamOrder } from '../flows/reassembly.js';
import { hopFields, Sight } from '../flows/sight.js';
import { Tracker } from '../flows/tracker.js';
import { Ip } from '../topology/ip.js';
import { type LabCapture, openLab } from './lab.js';
import type { AnalyzeOptions } from './options.js';

/** As many as `flows` keeps, so that the numbers are the same. */
const MAX_CONVERSATIONS = 250_000;

export interface Followed {
  /** Number of the conversation; null when none was found. */
  readonly id: number | null;
  readonly errors: readonly string[];
}

/**
 * `which`: the number of a conversation as `flows` gives it, or a display filter; then the first TCP or UDP conversation that
 * matches is followed, as a whole from a file, from its first matching frame on from a pipe. Throws UsageError, FilterError,
 * TopologyError, CaptureError (a file that cannot be opened).
 */
export async function follow(options: AnalyzeOptions, which: string, sink: FollowSink): Promise<Followed> {
  const number = /^#?\d+$/.test(which) ? Number(which.replace('#', '')) : null;
  if (number !== null) return run(options, number, null, sink);
  const isPipe = options.files.some(({ path }) => path === '-' || path.startsWith('/dev/'));
  if (isPipe) return run(options, null, which, sink);
  const found = await run(options, null, which, null);
  return found.id === null ? found : run(options, found.id, null, sink);
}

/** One pass; without a sink it only looks for the conversation. */
async function run(
  options: AnalyzeOptions,
  id: number | null,
  filter: string | null,
  sink: FollowSink | null,
): Promise<Followed> {
  const lab = await openLab(options);
  const { captures, registry } = lab;
  try {
    const ports = new Ports(
      captures.map((c) => c.point),
      (capture, index) => captures[capture].names.of(index),
    );
    const tracker = new Tracker(
      registry,
      ports,
      captures.map((c) => c.ownMacs),
      { maxConversations: MAX_CONVERSATIONS },
    );
    const matches = filter === null ? null : compileFilter(filter, registry, extraFields(captures[0])).matches;
    const chosen = new Chosen(tracker, sink);
    const merged = new MergedSource(captures.map((c) => c.source));
    let baseSeconds = Number.NaN;
    let wanted = id;
    const observe = (frame: Frame, capture: number): void => {
      if (Number.isNaN(baseSeconds) && frame.hasTime) baseSeconds = frame.seconds;
      const timeNs = frame.hasTime ? (frame.seconds - baseSeconds) * 1e9 + frame.nanoseconds : tracker.nowNs;
      tracker.observe(frame, capture, timeNs);
      const c = tracker.conversation;
      if (c < 0) return;
      if (wanted === null && isStream(tracker.packet) && matches?.(tracker.packet.layers)) wanted = tracker.conversations.uid[c];
      if (wanted === tracker.conversations.uid[c]) chosen.take();
    };
    const { signal } = options;
    for (;;) {
      let going = true;
      for (let i = merged.next(); i >= 0 && going; i = merged.next()) {
        observe(merged.heads[i], i);
        if (chosen.said) {
          chosen.said = false;
          going = sink === null ? false : await sink.drain();
        }
      }
      if (!going || signal?.aborted) break;
      const more = merged.fill();
      if (!(typeof more === 'boolean' ? more : await more)) break;
    }
    chosen.finish();
    if (sink !== null) await sink.drain();
    return {
      id: chosen.begun ? wanted : null,
      errors: captures.flatMap((c) => (c.source.error === null ? [] : [c.source.error.message])),
    };
  } finally {
    for (const capture of captures) capture.source.close();
  }
}

function extraFields({ source, names, ownMacs }: LabCapture): ExtraField[] {
  const times: FrameTimes = {
    firstSeconds: 0,
    firstNanoseconds: 0,
    previousSeconds: 0,
    previousNanoseconds: 0,
    info: source.info,
  };
  const timeless = frameFields(times).filter(({ def }) => !def.name.startsWith('frame.time_'));
  return [...timeless, ...hopFields(new Sight(names, ownMacs))];
}

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
    const seq = word(p.bytes, p.l4At + 4);
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
