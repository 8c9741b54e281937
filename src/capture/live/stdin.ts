// A capture that comes down a pipe.
import type { CaptureSource } from '../frame.js';
import { openCapture } from '../open.js';
import { LookedAhead } from './ahead.js';
import type { Feed, Looking } from './feed.js';

/** Frames of this time are kept back to find out where they were captured. */
const LOOK_MS = 1000;

export class PipeFeed implements Feed {
  /** tcpdump gets its packets from the kernel in blocks that are closed once a second (packet(7), TPACKET_V3). */
  readonly lateMs = 1000;
  /** Whoever writes into the pipe may be anywhere. */
  readonly here = null;
  private source: CaptureSource | null = null;
  private isStopped = false;

  constructor(readonly path: string) {}

  async start(): Promise<void> {
    this.source ??= openCapture(this.path);
  }

  /** A pipe cannot be read twice: its first frames are kept back. */
  async lookAhead(begin: Looking, signal: AbortSignal): Promise<void> {
    this.source ??= openCapture(this.path);
    const ahead = new LookedAhead(this.source);
    this.source = ahead;
    await ahead.look(begin(ahead), LOOK_MS, signal);
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    if (this.source !== null) yield this.source;
  }

  /** There is no other source after this one: whatever ends it early is a fault, unless it was stopped. */
  faultOf({ error }: CaptureSource): string | null {
    return error === null || (this.isStopped && error.problem === 'io') ? null : error.message;
  }

  dropped(): null {
    return null;
  }

  stop(): void {
    this.isStopped = true;
    this.source?.close();
  }
}
