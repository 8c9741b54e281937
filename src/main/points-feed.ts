// Several points at once, as one feed: the frames of all in the order of time, each with the point that it is from. A point that is silent
// holds the others up no longer than a packet of it may be under way; one that is gone does not.

import type { CaptureInfo, CaptureSource, Frame as FrameRecord } from '../capture/frame.js';
import { Frame } from '../capture/frame.js';
import type { Feed, Several, Tell } from '../capture/live/feed.js';
import { emptyInfo } from '../capture/records.js';
import { ownTraffic } from '../collect/probe.js';
import { CaptureError } from '../errors.js';
import type { Point } from '../points/point.js';
import { PointStream, type StreamAsked } from './point-stream.js';

/** tcpdump hands its packets over once a second (packet(7), TPACKET_V3), and the connection takes its time. */
const LATE_MS = 1500;
/** A difference of clocks that is worth a word. */
const TELL_MS = 1000;

/** One point: what it sends now, and the frame of it that is next. */
class Head {
  source: CaptureSource | null = null;
  readonly frame = new Frame();
  isReady = false;
  hasEnded = false;
  isFilling = false;

  constructor(readonly stream: PointStream) {}
}

export class PointsFeed implements Feed, Several {
  readonly here = null;
  readonly several: Several = this;
  readonly lateMs = LATE_MS;
  readonly path: string;
  readonly members: readonly PointStream[];
  from = 0;
  /** How far the clock of each point is ahead of ours, in nanoseconds. A clock is compared again when its point has come back. */
  readonly aheadNs: number[];
  private readonly heads: readonly Head[];
  private wake: () => void = () => {};
  private isStopped = false;
  private listener: Parameters<Several['listen']>[0] = { begin: () => {}, end: () => {} };

  constructor(
    points: readonly Point[],
    asked: StreamAsked,
    private readonly tell: Tell,
  ) {
    this.members = points.map((point) => new PointStream(point, asked, tell));
    this.heads = this.members.map((stream) => new Head(stream));
    this.aheadNs = points.map(() => 0);
    this.path = points.map(({ name }) => name).join(',');
  }

  /** Reaches the points. Throws CaptureError where none can be captured; the others are told, and tried again. */
  async prepare(): Promise<void> {
    const failed = await Promise.all(this.members.map((stream) => stream.prepare()));
    this.leave(failed);
    for (const i of this.members.keys()) this.compareClock(i);
  }

  async start(): Promise<void> {
    const own = ownTraffic(this.members);
    const failed = await Promise.all(this.members.map((stream) => (stream.probed === null ? stream.away : stream.begin(own))));
    this.leave(failed.map((why, i) => (this.members[i].probed === null ? null : why)));
    if (this.members.every(({ away }) => away !== null)) throw this.nothing(failed);
  }

  async lookAhead(): Promise<void> {}

  listen(listener: Parameters<Several['listen']>[0]): void {
    this.listener = listener;
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    const pumps = this.heads.map((head, i) => this.pump(head, i));
    yield new JointSource(this);
    this.stop();
    await Promise.all(pumps);
  }

  faultOf(): null {
    return null;
  }

  dropped(): number | null {
    const counts = this.members.flatMap((stream) => stream.dropped() ?? []);
    return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
  }

  stop(): void {
    this.isStopped = true;
    for (const stream of this.members) stream.stop();
    this.wake();
  }

  /** The next frame of all; false where it cannot be known yet. */
  next(into: FrameRecord): boolean {
    const { heads } = this;
    let first = -1;
    let waitsMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i];
      if (!head.isReady) this.advance(head);
      if (head.isReady) {
        if (first < 0 || this.timeMs(i) < this.timeMs(first)) first = i;
      } else if (head.source !== null && !this.isStopped) waitsMs = Date.now() - LATE_MS;
    }
    if (first < 0 || this.timeMs(first) > waitsMs) return false;
    Object.assign(into, heads[first].frame);
    heads[first].isReady = false;
    this.from = first;
    return true;
  }

  /** Resolves when there may be more; to false when all have ended. */
  async fill(): Promise<boolean> {
    if (this.heads.every(({ hasEnded, isReady }) => hasEnded && !isReady)) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LATE_MS / 10);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return true;
  }

  private advance(head: Head): void {
    const { source } = head;
    if (source === null || head.isFilling) return;
    while (!source.next(head.frame)) {
      const more = source.fill();
      if (more === true) continue;
      head.isFilling = true;
      void Promise.resolve(more).then((got) => {
        head.isFilling = false;
        if (!got) head.source = null;
        this.wake();
        if (!got) this.over.get(head)?.();
      });
      return;
    }
    head.isReady = true;
  }

  private readonly over = new Map<Head, () => void>();

  private async pump(head: Head, i: number): Promise<void> {
    for await (const source of head.stream.sources()) {
      this.compareClock(i);
      this.listener.begin(i, source);
      const ended = new Promise<void>((resolve) => this.over.set(head, resolve));
      head.source = source;
      this.wake();
      await ended;
      this.listener.end(i, source);
    }
    head.hasEnded = true;
    this.wake();
  }

  /** By our clock, in milliseconds since 1970. */
  private timeMs(i: number): number {
    const { seconds, nanoseconds, hasTime } = this.heads[i].frame;
    return hasTime ? seconds * 1e3 + (nanoseconds - this.aheadNs[i]) / 1e6 : 0;
  }

  /** What differs by no more than the measurement is taken for the same. */
  private compareClock(i: number): void {
    const { clock, path } = this.members[i];
    if (clock === null) return;
    const ms = Math.abs(clock.aheadMs) <= clock.doubtMs ? 0 : clock.aheadMs;
    const isNew = Math.abs(ms - this.aheadNs[i] / 1e6) > TELL_MS;
    this.aheadNs[i] = Math.round(ms * 1e6);
    if (!isNew) return;
    const [by, how] = ms > 0 ? [ms, 'ahead of'] : [-ms, 'behind'];
    this.tell(
      `${path}: its clock is ${(by / 1000).toFixed(1)} s ${how} ours (${clock.doubtMs.toFixed(0)} ms more or less); times are brought together`,
    );
  }

  private leave(failed: readonly (string | null)[]): void {
    if (failed.every((why) => why !== null)) throw this.nothing(failed);
    failed.forEach((why, i) => {
      if (why !== null) this.members[i].leave(why);
    });
  }

  private nothing(failed: readonly (string | null)[]): CaptureError {
    this.stop();
    const lines = failed.map((why, i) => `${this.members[i].path}: ${why}`);
    return new CaptureError('io', lines.join('\n'), this.path);
  }
}

/** The frames of all points as a source, without an end of its own. */
class JointSource implements CaptureSource {
  readonly info: CaptureInfo;
  readonly error = null;
  readonly position = 0;

  constructor(private readonly feed: PointsFeed) {
    this.info = emptyInfo(feed.path, null);
  }

  next(frame: FrameRecord): boolean {
    return this.feed.next(frame);
  }

  fill(): Promise<boolean> {
    return this.feed.fill();
  }

  close(): void {}
}
