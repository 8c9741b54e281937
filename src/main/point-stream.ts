// The packets of one point while they arrive: from a program that captures there, started again when it or the connection ends.

import type { CaptureSource } from '../capture/frame.js';
import { captureFrom } from '../capture/from-chunks.js';
import type { CapturePlan } from '../capture/live/backends.js';
import { damageOf, type Tell } from '../capture/live/feed.js';
import { CLOCK_SCRIPT, type ClockOffset, measureClock } from '../collect/clock.js';
import { joinedFilter, ownTrafficOf, PROBE_SCRIPT, type Probed, readProbe } from '../collect/probe.js';
import type { PointChild } from '../points/child.js';
import type { Point } from '../points/point.js';
import { isReached, type Reached, reach } from '../points/reach.js';
import { noTools, whyNot } from '../points/refusal.js';

export interface StreamAsked {
  /** pcap-filter(7) of points that have none of their own, or null. */
  readonly filter: string | null;
  readonly snapLength: number;
  readonly bufferMiB: number;
}

/** Programs that do not begin to capture within this time never will. */
const START_MS = 20_000;
const PROBE = { timeoutMs: 30_000, maxBytes: 4 << 20 };
/** Between two questions for drops, which show that the point is still there; and how long it may leave them without an answer. */
const ASK_MS = 1000;
const DEAF_MS = 8000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** What was not captured casts doubt on what is missing for so long after the point has come back. */
const DOUBT_MS = 60_000;

export class PointStream {
  readonly path: string;
  probed: Probed | null = null;
  clock: ClockOffset | null = null;
  /** Why nothing comes from it; null while it captures. */
  away: string | null = 'not reached yet';
  /** When it came back last, in milliseconds since 1970. */
  private backMs = Number.NEGATIVE_INFINITY;
  private lastAway = '';
  private reached: Reached | null = null;
  private child: PointChild | null = null;
  /** Drops of children that have ended; null before one said so. */
  private droppedBefore: number | null = null;
  private readonly stopping = new AbortController();
  /** The filter for our own connections, that are not to be captured. */
  private own: string | null = null;

  constructor(
    readonly point: Point,
    private readonly asked: StreamAsked,
    private readonly tell: Tell,
  ) {
    this.path = point.name;
  }

  get filter(): string | null {
    return this.point.filter ?? this.asked.filter;
  }

  /** The name of an interface number. */
  nameOf(index: number): string | undefined {
    return this.probed?.interfaces.get(index);
  }

  /** Why packets may have passed unseen of late; null where it captured all the time. */
  blind(nowMs: number): string | null {
    if (this.away !== null) return this.away;
    return nowMs < this.backMs + DOUBT_MS ? this.lastAway : null;
  }

  /** Finds out what is there, and compares the clocks. Why not, else null. */
  async prepare(): Promise<string | null> {
    const { signal } = this.stopping;
    await this.reached?.close();
    const reached = await reach(this.point, signal);
    this.reached = isReached(reached) ? reached : null;
    if (!isReached(reached)) return reached.why;
    const { filter } = this;
    const { end, text, words } = await reached.run(['sh', '-c', PROBE_SCRIPT, 'sh', ...(filter === null ? [] : [filter])], PROBE);
    const probed = readProbe(text);
    if (probed === null) return end === 0 ? 'what it answers cannot be read' : whyNot(this.point, end, words);
    if (probed.backend === null) return noTools(this.point, 'tcpdump');
    if (probed.filterError !== null) return `its tcpdump does not take the filter: ${probed.filterError}`;
    const unknown = this.devices.filter((name) => name !== 'any' && ![...probed.interfaces.values()].includes(name));
    if (unknown.length > 0)
      return `there is no interface ${unknown.join(', ')}; it has ${[...probed.interfaces.values()].join(', ')}`;
    this.probed = probed;
    this.clock = await measureClock(reached.start(['sh', '-c', CLOCK_SCRIPT]), signal);
    return null;
  }

  /** Starts to capture. Why not, else null. */
  async begin(own: string | null): Promise<string | null> {
    const { reached, probed, point } = this;
    if (reached === null || probed?.backend == null) return this.away ?? 'not reached';
    this.own = own;
    const { backend } = probed;
    const child = reached.start([probed.program ?? backend.name, ...backend.arguments(this.plan(probed))]);
    this.child = child;
    const deadline = performance.now() + START_MS;
    while (
      !backend.started.test(child.words) &&
      child.end === null &&
      performance.now() < deadline &&
      !this.stopping.signal.aborted
    )
      await new Promise((resolve) => setTimeout(resolve, 10));
    if (child.end === null && backend.started.test(child.words)) {
      this.away = null;
      return null;
    }
    await child.stop(500);
    return whyNot(point, child.end, child.words);
  }

  /** Each is read to its end before the next comes: when the point has come back. */
  async *sources(): AsyncGenerator<CaptureSource> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const { child } = this;
      if (child !== null && this.away === null) {
        pause = FIRST_PAUSE_MS;
        const source = captureFrom(child.output, this.path, { unfinished: true });
        const watching = this.watch(child);
        yield source;
        clearInterval(watching);
        source.close();
        await child.stop();
        this.droppedBefore = sum(this.droppedBefore, this.droppedBy(child));
        this.child = null;
        if (this.stopping.signal.aborted) break;
        this.leave(whyNot(this.point, child.end, child.words));
      }
      await this.sleep(pause);
      if (this.stopping.signal.aborted) break;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      const why = (await this.prepare()) ?? (await this.begin(this.own));
      if (why !== null) continue;
      this.backMs = Date.now();
      this.tell(`${this.path}: capturing again; what it could have seen meanwhile stays undecided`);
    }
    await this.reached?.close();
  }

  /** The point is gone, or was not there to begin with. */
  leave(why: string): void {
    this.away = this.lastAway = why;
    this.tell(`${this.path}: ${why}; trying again, and what it could have seen is undecided until then`);
  }

  dropped(): number | null {
    return sum(this.droppedBefore, this.child === null ? null : this.droppedBy(this.child));
  }

  faultOf(source: CaptureSource): string | null {
    return damageOf(source);
  }

  stop(): void {
    this.stopping.abort();
    void this.child?.stop();
  }

  /** Asks for drops. Whoever does not answer is cut off: a dead connection must not read as silence of the network. */
  private watch(child: PointChild): NodeJS.Timeout {
    const tells = this.probed?.backend?.askDrops != null;
    let [heard, heardMs] = [child.words, performance.now()];
    return setInterval(() => {
      if (!tells) return;
      const now = performance.now();
      if (child.words !== heard) [heard, heardMs] = [child.words, now];
      else if (now - heardMs > DEAF_MS) void child.stop(0);
      child.askDrops();
    }, ASK_MS);
  }

  private droppedBy({ words }: PointChild): number | null {
    const pattern = this.probed?.backend?.dropped;
    const last = pattern === undefined ? undefined : [...words.matchAll(new RegExp(pattern, 'g'))].at(-1);
    return last === undefined ? null : Number(last[1]);
  }

  private get devices(): readonly string[] {
    return this.point.interfaces === 'any' ? ['any'] : this.point.interfaces;
  }

  private plan({ interfaces }: Probed): CapturePlan {
    const { devices, asked } = this;
    const named = devices.includes('any') ? [] : devices;
    return {
      // Cooked in any case: frames have their interface and direction then.
      devices: ['any'],
      numbers: [...interfaces].filter(([, name]) => named.includes(name)).map(([number]) => number),
      all: [],
      filter: joinedFilter(this.filter, ownTrafficOf(this.point, this.own)),
      snapLength: asked.snapLength,
      bufferMiB: asked.bufferMiB,
      promiscuous: false,
    };
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stopping.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const sum = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);
