// Progress of work that keeps the thread busy from its start to its end: one line on standard error, drawn over itself.
import { safeText } from '../bytes/text.js';

/** Work that ends sooner shows nothing. */
const PATIENCE_MS = 700;
const FRAME_MS = 120;

/** Where it is drawn. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line on a terminal, after a while; elsewhere nothing. `now` in milliseconds. */
export class LineProgress {
  private readonly started: number;
  private due: number;
  private isShown = false;

  constructor(
    private readonly screen: Screen,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
    this.due = this.started + PATIENCE_MS;
  }

  /** `part`: from 0 to 1. */
  show(what: string, part: number): void {
    if (this.screen.isTTY !== true) return;
    const at = this.now();
    if (at < this.due) return;
    this.due = at + FRAME_MS;
    this.isShown = true;
    const percent = Math.floor(Math.min(1, Math.max(0, part)) * 100);
    this.screen.write(`\r\x1b[K${safeText(what).slice(0, 60)}: ${percent} %, ${Math.round((at - this.started) / 1000)} s`);
  }

  /** Takes the line away. */
  stop(): void {
    if (this.isShown) this.screen.write('\r\x1b[K');
    this.isShown = false;
  }
}
