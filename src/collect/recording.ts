// Packets of a point, while they arrive: what its tcpdump or dumpcap writes comes down the connection and is kept here, as pcapng, so that a
// point keeps no file and every file can be read however this program ends.

import { Frame } from '../capture/frame.js';
import type { Backend } from '../capture/live/backends.js';
import { Keeper, type Ring } from '../capture/live/keep.js';
import { numbered } from '../capture/live/ring.js';
import { captureFrom } from '../capture/open.js';
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

  /** Packets that the kernel had and tcpdump had not read when it ended: the capture ends before them. Its counts of dropped ones leave them out. */
  get unread(): number {
    const [last] = [
      ...this.words.matchAll(/(\d+) packets? captured\s+(\d+) packets? received by filter\s+(\d+) packets? dropped/g),
    ].slice(-1);
    return last === undefined ? 0 : Math.max(0, Number(last[2]) - Number(last[1]) - Number(last[3]));
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
    this.tell();
    await this.child.stop(STOP_MS);
    await this.reading;
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

/** Bytes that may still come after a point was told to end. */
const MAX_REST = 64 << 20;
/** Between two questions for drops. */
const ASK_MS = 1000;
/** How long a point may take to hand over the rest. */
const STOP_MS = 15_000;
