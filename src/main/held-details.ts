// The frames of the evidence of expectations, found again when a report shows them: by then their captures have been closed, or were read
// by another thread or in an earlier run. What says how is plain data.
import { HopscopeError } from '../errors.js';
import type { Details, ShownFrame } from '../report/details.js';
import type { Evidence } from '../rules/finding.js';
import { openedAt, RunDetails, reopening } from './details.js';
import { openLab, type PlaceOptions } from './lab.js';

/** What opens the captures of one run again, and what findings call them. */
export interface DetailsOf {
  readonly open: Pick<PlaceOptions, 'files' | 'topology' | 'known' | 'ifmap' | 'decodeAs' | 'at'>;
  readonly captures: readonly {
    readonly path: string;
    readonly point: string;
    readonly label: string;
    readonly aheadNs: number;
  }[];
}

export class HeldDetails implements Details {
  constructor(private readonly runs: readonly DetailsOf[]) {}

  async frames(wanted: readonly Evidence[]): Promise<ReadonlyMap<string, ShownFrame>> {
    const shown = new Map<string, ShownFrame>();
    for (const { open, captures } of this.runs) {
      const own = wanted.filter(({ point }) => captures.some(({ label }) => label === point));
      if (own.length === 0) continue;
      try {
        const { captures: opened, registry } = await openLab(open);
        for (const { source } of opened) source.close();
        const told = opened.map((one, i) => ({ ...one, label: captures[i].label, registry, reopen: null, aheadNs: 0 }));
        for (const [key, frame] of await new RunDetails(told).frames(own)) shown.set(key, frame);
      } catch (error) {
        if (!(error instanceof HopscopeError)) throw error;
        // What was read once may be gone by now: the report is made without it.
      }
    }
    return shown;
  }

  page(rule: string): string | null {
    return new RunDetails([]).page(rule);
  }

  clockAheadNs(label: string): number {
    return this.runs.flatMap(({ captures }) => captures).find((one) => one.label === label)?.aheadNs ?? 0;
  }

  tui(at: Pick<Evidence, 'point' | 'frame'>): string | null {
    const run = this.runs.find(({ captures }) => captures.some(({ label }) => label === at.point));
    if (run === undefined) return null;
    const reopen = reopening(run.captures, run.open);
    return openedAt(
      run.captures.map((one) => ({ ...one, reopen })),
      at,
    );
  }
}
