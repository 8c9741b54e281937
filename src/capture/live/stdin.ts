// A capture that comes down a pipe.
import type { CaptureSource, Frame } from '../frame.js';
import { openCapture } from '../open.js';
import { LookedAhead } from './ahead.js';
import type { Feed } from './feed.js';

/** Frames of this time are kept back to find out where they were captured. */
const LOOK_MS = 1000;

export class PipeFeed implements Feed {
  /** tcpdump gets its packets from the kernel in blocks that are closed once a second (packet(7), TPACKET_V3). */
  readonly lateMs = 1000;
  private source: CaptureSource | null = null;

  constructor(readonly path: string) {}

  async start(): Promise<void> {
    this.source = openCapture(this.path);
  }

  async lookAhead(begin: (source: CaptureSource) => (frame: Frame) => boolean, signal: AbortSignal): Promise<void> {
    if (this.source === null) return;
    const ahead = new LookedAhead(this.source);
    this.source = ahead;
    await ahead.look(begin(ahead), LOOK_MS, signal);
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    if (this.source !== null) yield this.source;
  }

  dropped(): null {
    return null;
  }

  stop(): void {
    this.source?.close();
  }
}
