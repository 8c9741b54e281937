// What is known of a packet only when its last copy was seen (hop.path), known when its first copy is looked at: frames are held back
// until their journey has ended, for about a second of capture time at most, and as many as fit into memory. The frames come out
// in the order in which they went in.
import { Frame } from '../capture/frame.js';
import type { PathTexts } from './path-text.js';
import type { Tracker } from './tracker.js';

/** A journey is over after this time, whatever comes: somewhat more than the tracker waits for a copy. */
export const PATIENCE_NS = 1.25e9;
/** Frames and bytes held back: at a million packets a second that is 60 ms, far longer than a router needs. */
const MAX_FRAMES = 1 << 16;
const MAX_BYTES = 64 * 1024 * 1024;

/** What follows the frames ahead of whoever is given them: a run that is used for nothing else. */
export interface Following {
  readonly tracker: Tracker;
  observe(frame: Frame, capture: number): unknown;
  paths(): PathTexts;
}

/** A frame that was held back, in memory of its own. */
export interface Held {
  readonly frame: Frame;
  /** Index of its capture. */
  capture: number;
  /** The path of its packet; '' where the capture tells no interfaces and directions, null while the journey goes on. */
  path: string | null;
  /** Number of its conversation; -1 where it has none. */
  conversation: number;
  /** On the clock of the run. */
  timeNs: number;
  bytes: Uint8Array;
  /** Place in the order in which frames went in, from 1. */
  order: number;
}

export class LookAhead {
  /** Held frames, oldest first, from `first` on. */
  private queue: Held[] = [];
  private first = 0;
  private heldBytes = 0;
  private readonly byOrder = new Map<number, Held>();
  private readonly spare: Held[] = [];
  private given: Held | null = null;
  private held = 0;
  private ended = false;

  private readonly tracker: Tracker;
  private readonly paths: PathTexts;

  /** `waits`: for journeys to end; else only the numbers of conversations are wanted, and no frame is held back. */
  constructor(
    private readonly run: Following,
    private readonly waits: boolean,
  ) {
    this.tracker = run.tracker;
    this.paths = run.paths();
    this.tracker.journeys.ended = ({ hops, frame, path }) => {
      const text = (path === null ? null : this.paths.of(path)) ?? '';
      for (let h = 0; h < hops; h++) {
        const one = this.byOrder.get(frame[h]);
        if (one !== undefined) one.path = text;
      }
    };
  }

  /** Takes a copy of a frame. */
  hold(frame: Frame, capture: number): void {
    const { tracker } = this;
    const length = frame.end - frame.start;
    const one = this.spare.pop() ?? {
      frame: new Frame(),
      bytes: new Uint8Array(2048),
      capture: 0,
      path: null,
      conversation: -1,
      timeNs: 0,
      order: 0,
    };
    if (one.bytes.length < length) one.bytes = new Uint8Array(length);
    one.bytes.set(frame.bytes.subarray(frame.start, frame.end));
    Object.assign(one.frame, frame, { bytes: one.bytes, start: 0, end: length });
    one.capture = capture;
    one.path = null;
    // Numbers of frames begin anew with each capture: the tracker is told others.
    one.order = this.held = (this.held + 1) >>> 0;
    this.queue.push(one);
    this.heldBytes += length;
    this.byOrder.set(one.order, one);
    const { number } = one.frame;
    one.frame.number = one.order;
    this.run.observe(one.frame, capture);
    one.frame.number = number;
    one.timeNs = tracker.packet.timeNs;
    const { conversation: c } = tracker;
    one.conversation = c < 0 ? -1 : tracker.conversations.uid[c];
    // What is no IP packet, and what is the same sight once more, has no journey to wait for.
    if (!this.waits || c < 0 || tracker.journeys.isDuplicate) one.path = this.here() ?? '';
  }

  /** The oldest frame, once its journey is known; null while others have to be held first. Valid until the next call. */
  next(): Held | null {
    if (this.given !== null) this.spare.push(this.given);
    this.given = null;
    const oldest = this.queue[this.first];
    if (oldest === undefined || !this.mayGo(oldest)) return null;
    this.queue[this.first++] = undefined as unknown as Held;
    if (this.first > 1024 && this.first * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.first);
      this.first = 0;
    }
    this.heldBytes -= oldest.frame.end;
    this.byOrder.delete(oldest.order);
    this.given = oldest;
    return oldest;
  }

  /** Time goes on though no frame comes. */
  advance(nowNs: number): void {
    this.tracker.advance(nowNs);
  }

  /** No frame comes any more: all that are held may go. */
  end(): void {
    this.ended = true;
    this.tracker.finish();
  }

  get isEmpty(): boolean {
    return this.first === this.queue.length;
  }

  private mayGo(held: Held): boolean {
    return (
      held.path !== null ||
      this.ended ||
      this.tracker.nowNs - held.timeNs > PATIENCE_NS ||
      this.queue.length - this.first > MAX_FRAMES ||
      this.heldBytes > MAX_BYTES
    );
  }

  /** The sight of the frame just observed, alone. */
  private here(): string | null {
    const { port, direction } = this.tracker.packet;
    return this.paths.hop(port, direction);
  }
}
