// How much was sent: `bytes` and `rate`.
import type { Facts } from '../facts/facts.js';
import { type Mark, mark } from '../flows/mark.js';
import type { Tracker } from '../flows/tracker.js';
import { doubt, type Sources } from './doubt.js';
import type { Shown } from './fault.js';
import { parseAmount } from './units.js';

type Limits = { readonly atLeast?: string | number | undefined; readonly atMost?: string | number | undefined };

export class Volume {
  bytes = 0;
  private firstNs = Number.POSITIVE_INFINITY;
  private lastNs = Number.NEGATIVE_INFINITY;
  readonly marks: Mark[] = [];

  /** `once`: a packet that is seen at several places counts where it was seen first. */
  constructor(private readonly once: boolean) {}

  take(t: Tracker): void {
    if (this.once && t.conversation >= 0 && !t.journeys.isNew) return;
    const { packet: p } = t;
    this.bytes += Math.max(p.wireLength, p.captured);
    if (p.timeNs < this.firstNs) this.firstNs = p.timeNs;
    if (p.timeNs > this.lastNs) this.lastNs = p.timeNs;
    if (this.marks.length === 0) this.marks.push(mark(p));
  }

  /** From the first packet to the last. */
  get seconds(): number {
    return (this.lastNs - this.firstNs) / 1e9;
  }

  clause({ atLeast, atMost }: Limits, show: (value: string | number) => string): string {
    const texts = [
      atLeast === undefined ? '' : `at least ${show(atLeast)}`,
      atMost === undefined ? '' : `at most ${show(atMost)}`,
    ];
    return texts.filter(Boolean).join(' and ');
  }

  /** What is wrong with an amount; null when it is within its limits. */
  beyond(facts: Facts, sources: Sources, limits: Limits, amount: number, show: (amount: number) => string): Shown | null {
    const { marks } = this;
    if (limits.atLeast !== undefined && amount < parseAmount(limits.atLeast))
      return { seen: show(amount), marks, about: [], absence: true };
    if (limits.atMost === undefined) return null;
    if (amount > parseAmount(limits.atMost)) return { seen: show(amount), marks, about: [], absence: false };
    const why = doubt(facts, sources);
    return why === null ? null : { seen: `${show(amount)}, but ${why}`, marks, about: [], absence: false, open: true };
  }
}
