// Questions that wait for an answer, each with the frame it was last seen in on each interface: the answer on an interface is to the
// question on that one, so that the copies of a forwarded packet have times of their own.
import type { Past } from '../../src/dissect/past.js';

export interface Asked {
  readonly frame: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Questions {
  private readonly asked = new Map<string, Asked>();

  /** `most`: remembered at once; the oldest is forgotten for a new one. */
  constructor(private readonly most: number) {}

  put(key: number, where: number, frame: number, { seconds, nanoseconds }: Past): void {
    const text = `${key} ${where}`;
    this.asked.delete(text);
    if (this.asked.size >= this.most) for (const [oldest] of this.asked) if (this.asked.delete(oldest)) break;
    this.asked.set(text, { frame, seconds, nanoseconds });
  }

  get(key: number, where: number): Asked | null {
    return this.asked.get(`${key} ${where}`) ?? null;
  }
}

export const since = ({ seconds, nanoseconds }: Asked, past: Past): number =>
  (past.seconds - seconds) * 1e9 + past.nanoseconds - nanoseconds;
