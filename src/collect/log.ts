// Lines that a program at a point prints while the run lasts, in a file: Hubble's flows, the output of the command.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { PointChild } from '../points/child.js';

export class LogFile {
  bytes = 0;
  /** Why it is not whole; null where it is. */
  why: string | null = null;
  private readonly fd: number;

  constructor(
    path: string,
    private readonly maxBytes: number,
  ) {
    this.fd = openSync(path, 'w');
  }

  write(text: string | Uint8Array): void {
    const chunk = typeof text === 'string' ? Buffer.from(text) : text;
    if (this.bytes + chunk.length > this.maxBytes) this.why ??= `only its first ${Math.round(this.maxBytes / 1e6)} MB are kept`;
    if (this.why !== null) return;
    try {
      writeSync(this.fd, chunk);
      this.bytes += chunk.length;
    } catch (error) {
      this.why = (error as Error).message;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A program that prints until it is stopped. */
export class Follower {
  private readonly log: LogFile;

  constructor(
    private readonly child: PointChild,
    path: string,
    maxBytes: number,
  ) {
    this.log = new LogFile(path, maxBytes);
    child.output.on('data', (chunk: Buffer) => this.log.write(chunk));
  }

  /** Ends it; says why there is nothing, or not all, or null. `whyEnded`: of one that ended by itself. */
  async stop(whyEnded: (child: PointChild) => string): Promise<string | null> {
    const early = this.child.end !== null;
    await this.child.stop();
    this.log.close();
    return early ? whyEnded(this.child) : this.log.why;
  }
}
