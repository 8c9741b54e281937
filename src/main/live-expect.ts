// Expectations held against a capture that has no end yet. They see every packet from the first on, in tables of their own: what the
// live rules let go of, because it is settled or over, still counts here, as it would in a file.

import { quantity } from '../bytes/units.js';
import type { Frame } from '../capture/frame.js';
import { ExpectationError } from '../errors.js';
import { AddressBook } from '../expect/names.js';
import type { Outcome } from '../expect/outcome.js';
import type { Sheet } from '../expect/read.js';
import { type Judged, Suite } from '../expect/suite.js';
import { NO_QUESTIONS } from '../facts/ledger.js';
import type { Run as RunReport } from '../report/run.js';
import type { ChosenRule } from '../rules/choose.js';
import { type Assessment, assess } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { catalogue } from '../rules/index.js';
import { Problems } from '../topology/document.js';
import { settleRetries } from './retries.js';
import type { Run } from './run.js';
import { fileTitles } from './suite-titles.js';
import { report, reportSuites } from './verify-report.js';

/** Findings of the past that are kept for `findings`. */
const MAX_TOLD = 2000;

export interface ExpectationEvent {
  readonly event: 'expectation';
  /** `SHEET: NAME`, and where it is written. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly verdict: 'fail';
  readonly expected: string;
  readonly seen: string;
}

export class LiveExpectations {
  private readonly suite: Suite;
  private readonly startMs = performance.now();
  /** Failed before the end, and by which expectation: what was told stays so. */
  private readonly failed = new Map<string, Outcome>();
  /** Faults that came up, settled or not. */
  private readonly told = new Map<string, Finding>();

  /** `run`: of its own, beside that of the live rules. Throws ExpectationError. */
  constructor(
    private readonly sheets: readonly Sheet[],
    private readonly run: Run,
    private readonly rules: readonly ChosenRule[],
  ) {
    const { tracker, registry, topology } = run;
    tracker.evicted = (c) => this.suite.forget(tracker.conversations.uid[c]);
    const problems = new Problems();
    this.suite = new Suite(
      sheets,
      run.inputs.map(({ point }) => point),
      registry,
      run.atHand.fields,
      new AddressBook(topology),
      catalogue.map(({ id }) => id),
      problems,
    );
    if (problems.any) throw new ExpectationError(problems.text());
    run.ask(this.suite.needs);
    this.suite.timedBy(() => run.baseSeconds);
  }

  observe(frame: Frame, capture: number): void {
    this.run.observe(frame, capture);
    this.suite.observe(this.run.tracker);
  }

  /** Takes the faults that are to be told, and says which expectations they or the packets have failed for good. */
  step(raised: readonly Finding[], nowNs: number): ExpectationEvent[] {
    for (const finding of raised)
      if (finding.verdict === 'fail' && (this.told.has(finding.id) || this.told.size < MAX_TOLD))
        this.told.set(finding.id, finding);
    this.run.tracker.advance(nowNs);
    const findings = [...this.told.values()];
    const known = { findings, numbered: findings, passed: 0, timing: new Map(), origins: new Map(), ledger: NO_QUESTIONS };
    // Only one that has failed is looked at, so what else it says so early does not matter.
    const judged = this.suite.judge(this.run.facts(false), () => known, { early: true });
    return judged.flatMap((one): ExpectationEvent[] => {
      const { sheet, written, outcome } = one;
      const id = idOf(one);
      // What fails for want of something may still come; of `each` and `some` not all members need have failed.
      if (outcome.verdict !== 'fail' || outcome.count === 0 || written.family !== null || this.failed.has(id)) return [];
      this.failed.set(id, outcome);
      const { expected, seen } = outcome;
      const name = `${sheet.name}: ${written.name}`;
      return [{ event: 'expectation', name, file: sheet.path, line: written.place.line, verdict: 'fail', expected, seen }];
    });
  }

  /** What became of them, as `verify` reports it. */
  finish(): RunReport {
    const { sheets, suite, told, run, rules } = this;
    run.tracker.finish();
    const world = run.facts(true);
    let last: Assessment | null = null;
    const assessed = () => {
      if (last !== null) return last;
      const own = assess(world, rules, run.time);
      const ids = new Set(own.findings.map((f) => f.id));
      const before = [...told.values()].filter((f) => !ids.has(f.id));
      last = { ...own, findings: [...own.findings, ...before] };
      return last;
    };
    const judged = suite.judge(world, assessed).map((one) => this.afterwards(one));
    const seconds = (performance.now() - this.startMs) / 1000;
    const titles = fileTitles(sheets.map(({ path: file, name }) => ({ file, name })));
    const titleOf = ({ path, name }: Sheet) => titles.get(path) ?? name;
    const results = reportSuites(sheets, judged, { run, world, seconds, uncovered: false, titleOf });
    return report(settleRetries([{ captures: run.captures(), ...results }]));
  }

  /** What was told as failed has failed; what conversations would have to show that had to be forgotten is undecided. */
  private afterwards(one: Judged): Judged {
    const { outcome, written } = one;
    const early = this.failed.get(idOf(one));
    if (early !== undefined && outcome.verdict !== 'fail') return { ...one, outcome: early };
    const { forgotten } = this.run.tracker.conversations;
    if (forgotten === 0 || outcome.verdict !== 'pass' || written.subject.about !== 'conversations') return one;
    const seen = `${outcome.seen}; ${quantity(forgotten, 'conversation')} had to be forgotten to stay within memory`;
    return { ...one, outcome: { ...outcome, verdict: 'inconclusive', seen } };
  }
}

const idOf = ({ sheet, written }: Judged): string =>
  `${sheet.path}:${written.place.line}:${written.place.column}:${written.name}`;
