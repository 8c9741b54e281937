// The first frames of a pipe, looked at before they are taken: they show on which node it was captured, and a pipe cannot be read twice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureSource } from '../frame.js';
import { Frame } from '../frame.js';

/** Bytes of frames that are kept. */
const MAX_BYTES = 8 << 20;

export class LookedAhead implements CaptureSource {
  private readonly kept: Frame[] = [];
  private taken = 0;
  private keptBytes = 0;
  /** A fill that was asked for and has not been waited for. */
  private filling: boolean | Promise<boolean> | null = null;

  constructor(private readonly source: CaptureSource) {}

  get info() {
    return this.source.info;
  }

  get error() {
    return this.source.error;
  }

  get position() {
    return this.source.position;
  }

  /**
   * Shows frames until `see` says that they are enough, the input ends, or time is up: `msFrames` after the first of them. Waits as long as there is
   * none, unless `signal` ends it.
   */
  async look(see: (frame: Frame) => boolean, msFrames: number, signal: AbortSignal): Promise<void> {
    const frame = new Frame();
    const timeUp = new AbortController();
    const over = AbortSignal.any([timeUp.signal, signal]);
    const ended = new Promise<false>((resolve) => over.addEventListener('abort', () => resolve(false), { once: true }));
    if (signal.aborted) return;
    try {
      for (;;) {
        while (this.source.next(frame)) {
          if (this.kept.length === 0)
            sleep(msFrames, undefined, { signal: over }).then(
              () => timeUp.abort(),
              () => undefined,
            );
          this.keep(frame);
          if (see(frame) || this.keptBytes > MAX_BYTES) return;
        }
        this.filling = this.source.fill();
        if (!(await Promise.race([this.filling, ended]))) return;
        this.filling = null;
      }
    } finally {
      timeUp.abort();
    }
  }

  next(frame: Frame): boolean {
    const kept = this.kept[this.taken];
    if (kept === undefined) return this.filling === null && this.source.next(frame);
    Object.assign(frame, kept);
    this.taken++;
    return true;
  }

  fill(): boolean | Promise<boolean> {
    this.kept.length = this.taken = 0;
    const { filling } = this;
    this.filling = null;
    return filling ?? this.source.fill();
  }

  close(): void {
    this.source.close();
  }

  private keep(frame: Frame): void {
    const bytes = frame.bytes.slice(frame.start, frame.end);
    this.kept.push(Object.assign(new Frame(), frame, { bytes, start: 0, end: bytes.length }));
    this.keptBytes += bytes.length;
  }
}
