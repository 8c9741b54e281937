// Packets of a point, while they arrive: what its tcpdump or dumpcap writes comes down the connection and is kept here, as pcapng, so that a
// point keeps no file and every file can be read however this program ends.

import { Frame } from '../capture/frame.js';
import { captureFrom } from '../capture/from-chunks.js';
import type { Backend } from '../capture/live/backends.js';
import { Keeper, type Ring } from '../capture/live/keep.js';
import { numbered } from '../capture/live/ring.js';
import { whyUnwritable } from '../errors.js';
import type { PointChild } from '../points/child.js';

export interface RecordingPlan {
  readonly child: PointChild;
  /** Why the child ended, in words. */
  readonly whyEnded: (child: PointChild) => string;
  readonly backend: Backend;
  /** Where packets go. */
  readonly path: string;
  readonly ring: Ring | null;
  /** Bytes of packets after which it ends by itself, where there is no ring. */
  readonly maxBytes: number;
  /** pcap-filter(7) that the user has asked for, or null. */
  readonly filter: string | null;
  /** The name of an interface number; of a capture of one interface, its name. */
  readonly named: (index: number) => string | undefined;
  readonly startMs: number;
}

export type RecordingState =
  | 'starting'
  | 'running'
  /** As it was told to. */
  | 'ended'
  /** It has reached its size, and ended. */
  | 'full'
  /** It never began. */
  | 'failed'
  /** It ended before it was told to. */
  | 'lost';

export class Recording {
  state: RecordingState = 'starting';
  frames = 0;
  bytes = 0;
  /** Why it failed, or ended too early. */
  why: string | null = null;
  startedMs: number | null = null;
  /** Until when it captured for certain: until it was told to end, or until its last packets came. */
  endedMs: number | null = null;
  /** Files with packets of it. */
  files: readonly string[] = [];
  /** Packets that it had got when it was told to end; null before it has said so. */
  private due: number | null = null;
  private told = false;
  private arrivedMs: number | null = null;
  private reading: Promise<void> = Promise.resolve();
  private keeper: Keeper | null = null;
  private asking: NodeJS.Timeout | null = null;

  /** `onFrames`: told of frames that were kept. */
  constructor(
    private readonly plan: RecordingPlan,
    private readonly onFrames: (frames: number) => void = () => undefined,
  ) {}

  private get child(): PointChild {
    return this.plan.child;
  }

  /** What it said on standard error, the last of it. */
  get words(): string {
    return this.child.words;
  }

  /** Its first packets are no longer there: the ring has turned. */
  get isTrimmed(): boolean {
    const { ring, path } = this.plan;
    return ring !== null && this.files[0] !== undefined && this.files[0] !== numbered(path, 1);
  }

  /** Frames that its kernel dropped; null before it said so. */
  get dropped(): number | null {
    const [last] = [...this.words.matchAll(new RegExp(this.plan.backend.dropped, 'g'))].slice(-1);
    return last === undefined ? null : Number(last[1]);
  }

  /** Packets that had arrived when it was told to end and were never read: the capture ends before them. Its counts of dropped ones leave them out. */
  get unread(): number {
    const last = this.counts();
    if (last === null) return 0;
    return Math.max(0, (this.due ?? last.received - last.dropped) - last.captured);
  }

  /** Resolves when packets can come, or when it is clear that none will. */
  async started(signal: AbortSignal): Promise<void> {
    const { child, plan } = this;
    const deadline = performance.now() + plan.startMs;
    const isOver = () => child.end !== null || signal.aborted || performance.now() > deadline;
    while (!plan.backend.started.test(child.words) && !isOver()) await new Promise((resolve) => setTimeout(resolve, 10));
    if (child.end === null && plan.backend.started.test(child.words)) {
      try {
        this.keeper = new Keeper(plan.path, plan.ring, plan.named, plan.filter);
        this.files = this.keeper.paths;
        this.state = 'running';
        this.startedMs = Date.now();
        this.reading = this.read(this.keeper);
        this.asking = setInterval(() => this.askDrops(), ASK_MS);
        return;
      } catch (error) {
        this.why = whyUnwritable(error) ?? (error as Error).message;
      }
    }
    this.why ??= signal.aborted ? 'interrupted' : plan.whyEnded(child);
    this.state = 'failed';
    await child.stop(500);
  }

  /** Ends it, and waits until all that it has captured is kept. */
  async stop(): Promise<void> {
    const isRunning = !this.told && this.state === 'running';
    this.tell();
    if (isRunning) await this.drain();
    await this.child.stop(STOP_MS);
    await this.reading;
  }

  /** tcpdump ends without reading what its kernel has for it: waits until it has read all that it had got by now. */
  private async drain(): Promise<void> {
    const { child, plan } = this;
    if (plan.backend.askDrops === null) return;
    const endMs = performance.now() + MAX_DRAIN_MS;
    let from = child.said;
    let [answers, captured, movedMs] = [0, -1, performance.now()];
    while (child.end === null && performance.now() < Math.min(endMs, movedMs + STUCK_MS)) {
      child.askDrops();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
      const counts = this.counts(from);
      if (counts === null) continue;
      from = child.said;
      // The first answer may be to a question that was asked before.
      if (++answers === 2) this.due = counts.received - counts.dropped;
      if (this.due !== null && counts.captured >= this.due) return;
      if (counts.captured > captured) [captured, movedMs] = [counts.captured, performance.now()];
    }
  }

  /** What tcpdump has counted, as it said last; null where it has not, since it had said `from` characters. */
  private counts(from = 0): { captured: number; received: number; dropped: number } | null {
    const { words, said } = this.child;
    const news = words.slice(Math.max(0, words.length - (said - from)));
    const [last] = [...news.matchAll(COUNTS)].slice(-1);
    return last === undefined ? null : { captured: Number(last[1]), received: Number(last[2]), dropped: Number(last[3]) };
  }

  private end(state: RecordingState): void {
    if (this.told) return;
    this.tell();
    this.state = state;
    void this.child.stop(STOP_MS);
  }

  private arrived(frames: number): void {
    if (!this.told) this.arrivedMs = Date.now();
    this.onFrames(frames);
  }

  private tell(): void {
    if (!this.told && this.state === 'running') this.endedMs = Date.now();
    this.told = true;
  }

  private askDrops(): void {
    if (this.plan.backend.askDrops !== null) this.child.askDrops();
  }

  private async read(keeper: Keeper): Promise<void> {
    const { child, plan } = this;
    const source = captureFrom(child.output, plan.path, { unfinished: true });
    const frame = new Frame();
    try {
      do {
        const before = this.frames;
        while (source.next(frame)) {
          keeper.write(frame, source.info);
          this.frames++;
          this.bytes += frame.end - frame.start;
        }
        keeper.flush();
        if (this.frames > before) this.arrived(this.frames - before);
        if (plan.ring === null && this.bytes > plan.maxBytes) this.end('full');
        // One that goes on all the same is cut off.
        if (plan.ring === null && this.bytes > plan.maxBytes + MAX_REST) void child.stop(0);
      } while (await source.fill());
      if (source.error !== null && source.error.problem !== 'io' && source.error.problem !== 'empty') {
        // What comes is no capture, or no longer one: what was one is kept, and nothing more is asked of the point.
        const { problem, message } = source.error;
        const where = problem === 'not-a-capture' ? '' : `: ${message.replace(`${plan.path}: `, '')}`;
        this.why = `what it sends is no capture${where}`;
        this.state = 'lost';
      }
    } catch (error) {
      this.why = whyUnwritable(error) ?? (error as Error).message;
      this.state = 'lost';
    }
    if (this.state === 'lost') void child.stop(0);
    source.close();
    await child.ended;
    if (this.asking !== null) clearInterval(this.asking);
    if (!this.told) this.endedMs = this.arrivedMs ?? this.startedMs;
    if (this.state === 'running') {
      this.state = this.told ? 'ended' : 'lost';
      if (!this.told) this.why = plan.whyEnded(child);
    }
    try {
      keeper.finish(this.dropped);
    } catch (error) {
      this.why ??= whyUnwritable(error) ?? (error as Error).message;
      this.state = 'lost';
    }
  }
}

/** Its counters, as it says them while it runs, and at its end. */
const COUNTS = /(\d+) packets? captured,?\s+(\d+) packets? received by filter,?\s+(\d+) packets? dropped/g;
/** Between two questions whether all is read, how long that may take, and how long without a packet. */
const DRAIN_MS = 100;
const MAX_DRAIN_MS = 60_000;
const STUCK_MS = 3000;
/** Bytes that may still come after a point was told to end. */
const MAX_REST = 64 << 20;
/** Between two questions for drops. */
const ASK_MS = 1000;
/** How long a point may take to hand over the rest. */
const STOP_MS = 15_000;
