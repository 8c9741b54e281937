// hop.path: the whole journey of a packet is known only when its last copy was seen, and a line is printed with the first. So
// frames are held back until their journey has ended: for a second of capture time at most, and as many as fit into memory.
import { type CaptureInfo, type CaptureSource, Frame } from '../capture/frame.js';
import type { ExtraField } from '../dissect/extra.js';
import type { CaptureError } from '../errors.js';
import { HOP } from '../filter/dictionary.js';
import type { PathTexts } from '../flows/path-text.js';

import type { Tracker } from '../flows/tracker.js';

/** A journey is over after this time, whatever comes: somewhat more than the tracker waits for a copy. */
const PATIENCE_NS = 1.25e9;
/** Frames and bytes held back: at a million packets a second that is 60 ms, far longer than a router needs. */
const MAX_FRAMES = 1 << 16;
const MAX_BYTES = 64 * 1024 * 1024;

interface Held {
  readonly frame: Frame;
  bytes: Uint8Array;
  /** What its journey was; null while it goes on. */
  path: string | null;
  timeNs: number;
}

/** What follows the packets: the run of one capture. */
interface Following {
  readonly tracker: Tracker;
  observe(frame: Frame, capture: number): boolean;
  paths(): PathTexts;
}

/** A capture source that knows the path of each frame it hands out. */
export class LookAhead implements CaptureSource {
  /** The path of the frame handed out last; null where the capture tells no interfaces and directions. */
  path: string | null = null;
  readonly field: ExtraField = { def: HOP.path, read: () => this.path };

  private readonly tracker: Tracker;
  private readonly incoming = new Frame();
  /** Held frames, oldest first, from `first` on. */
  private queue: Held[] = [];
  private first = 0;
  private heldBytes = 0;
  private readonly byNumber = new Map<number, Held>();
  private readonly spare: Held[] = [];
  private given: Held | null = null;
  private readonly paths: PathTexts;
  private ended = false;

  constructor(
    private readonly source: CaptureSource,
    private readonly run: Following,
  ) {
    this.tracker = run.tracker;
    this.paths = run.paths();
    this.tracker.journeys.ended = ({ hops, frame, path }) => {
      const text = (path === null ? null : this.paths.of(path)) ?? '';
      for (let h = 0; h < hops; h++) {
        const held = this.byNumber.get(frame[h]);
        if (held !== undefined) held.path = text;
      }
    };
  }

  get info(): CaptureInfo {
    return this.source.info;
  }
  get error(): CaptureError | null {
    return this.source.error;
  }
  get position(): number {
    return this.source.position;
  }

  next(frame: Frame): boolean {
    if (this.given !== null) {
      this.spare.push(this.given);
      this.given = null;
    }
    for (;;) {
      const oldest = this.queue[this.first];
      if (oldest !== undefined && this.mayGo(oldest)) {
        this.give(oldest, frame);
        return true;
      }
      if (this.ended || !this.source.next(this.incoming)) return false;
      this.hold(this.incoming);
    }
  }

  fill(): boolean | Promise<boolean> {
    if (this.ended) return false;
    const more = this.source.fill();
    return typeof more === 'boolean' ? this.filled(more) : more.then((got) => this.filled(got));
  }

  close(): void {
    this.source.close();
  }

  private filled(more: boolean): boolean {
    if (more) return true;
    this.ended = true;
    this.tracker.finish();
    return this.first < this.queue.length;
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

  private hold(frame: Frame): void {
    const length = frame.end - frame.start;
    const held = this.spare.pop() ?? { frame: new Frame(), bytes: new Uint8Array(2048), path: null, timeNs: 0 };
    if (held.bytes.length < length) held.bytes = new Uint8Array(length);
    held.bytes.set(frame.bytes.subarray(frame.start, frame.end));
    Object.assign(held.frame, frame, { bytes: held.bytes, start: 0, end: length });
    held.path = null;
    this.queue.push(held);
    this.heldBytes += length;
    this.byNumber.set(frame.number, held);
    const { tracker, run } = this;
    run.observe(held.frame, 0);
    held.timeNs = tracker.packet.timeNs;
    // What is no IP packet, and what is the same sight once more, has no journey to wait for.
    if (tracker.conversation < 0 || tracker.journeys.isDuplicate) held.path = this.here() ?? '';
  }

  private give(held: Held, frame: Frame): void {
    this.queue[this.first++] = undefined as unknown as Held;
    if (this.first > 1024 && this.first * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.first);
      this.first = 0;
    }
    this.heldBytes -= held.frame.end;
    this.byNumber.delete(held.frame.number);
    this.path = held.path === '' ? null : held.path;
    Object.assign(frame, held.frame);
    this.given = held;
  }

  /** The sight of the frame just observed, alone. */
  private here(): string | null {
    const { port, direction } = this.tracker.packet;
    return this.paths.hop(port, direction);
  }
}
