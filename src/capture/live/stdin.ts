// A capture that comes down a pipe.
import type { CaptureSource } from '../frame.js';
import { openCapture } from '../open.js';
import type { Feed } from './feed.js';

export class PipeFeed implements Feed {
  /** tcpdump gets its packets from the kernel in blocks that are closed once a second (packet(7), TPACKET_V3). */
  readonly lateMs = 1000;
  private source: CaptureSource | null = null;

  constructor(readonly path: string) {}

  async start(): Promise<void> {
    this.source = openCapture(this.path);
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
