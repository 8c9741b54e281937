// Expectations held against a capture that has no end yet. They see every packet from the first on, in tables of their own: what the
// live rules let go of, because it is settled or over, still counts here, as it would in a file.
import { quantity } from '../bytes/units.js';
import type { Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import type { FrameContext } from '../dump/frame-context.js';
import { ExpectationError } from '../errors.js';
import { AddressBook } from '../expect/names.js';
import type { Outcome } from '../expect/outcome.js';
import { packetFields } from '../expect/packet-fields.js';
import type { Sheet } from '../expect/read.js';
import { type Judged, Suite } from '../expect/suite.js';
import { type CapturePoint, Facts } from '../facts/facts.js';
import type { Ports } from '../flows/ports.js';
import { Tracker } from '../flows/tracker.js';
import type { ReportCapture, Run } from '../report/run.js';
import { type Assessment, assess, type ChosenRule, type Clock } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { catalogue } from '../rules/index.js';
import { Problems } from '../topology/document.js';
import type { Topology } from '../topology/model.js';
import { report, reportSuites } from './verify.js';

/** Conversations kept at once, as when files are read. */
const MAX_CONVERSATIONS = 120_000;
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

interface Surroundings {
  readonly registry: Registry;
  readonly ports: Ports;
  readonly ownMacs: ReadonlySet<number>;
  readonly topology: Topology | null;
  readonly point: string;
  readonly rules: readonly ChosenRule[];
  /** The times that frames are compared with; asked for when there are frames. */
  readonly context: () => FrameContext;
}

export class LiveExpectations {
  readonly tracker: Tracker;
  private readonly suite: Suite;
  private readonly startMs = performance.now();
  /** Failed before the end, and by which expectation: what was told stays so. */
  private readonly failed = new Map<string, Outcome>();
  /** Faults that came up, settled or not. */
  private readonly told = new Map<string, Finding>();

  /** Throws ExpectationError. */
  constructor(
    private readonly sheets: readonly Sheet[],
    private readonly around: Surroundings,
    maxConversations = MAX_CONVERSATIONS,
  ) {
    const { registry, ports, ownMacs, topology, point, context } = around;
    const forget = (c: number) => this.suite.forget(this.tracker.conversations.uid[c]);
    this.tracker = new Tracker(registry, ports, [ownMacs], { maxConversations }, forget);
    const problems = new Problems();
    const times = {
      get info() {
        return context().info;
      },
      get firstSeconds() {
        return context().firstSeconds;
      },
      get firstNanoseconds() {
        return context().firstNanoseconds;
      },
      get previousSeconds() {
        return context().previousSeconds;
      },
      get previousNanoseconds() {
        return context().previousNanoseconds;
      },
    };
    this.suite = new Suite(
      sheets,
      [point],
      registry,
      (tracker) => packetFields(tracker, times),
      new AddressBook(topology),
      catalogue.map(({ id }) => id),
      problems,
    );
    if (problems.any) throw new ExpectationError(problems.text());
  }

  observe(frame: Frame, timeNs: number): void {
    this.tracker.observe(frame, 0, timeNs);
    this.suite.observe(this.tracker);
  }

  /** Takes the faults that are to be told, and says which expectations they or the packets have failed for good. */
  step(raised: readonly Finding[], capture: CapturePoint, nowNs: number): ExpectationEvent[] {
    for (const finding of raised)
      if (finding.verdict === 'fail' && (this.told.has(finding.id) || this.told.size < MAX_TOLD))
        this.told.set(finding.id, finding);
    this.tracker.advance(nowNs);
    const findings = [...this.told.values()];
    const known = { findings, numbered: findings, passed: 0, timing: new Map(), origins: new Map() };
    // Only one that has failed is looked at, so what else it says so early does not matter.
    const judged = this.suite.judge(this.world(capture, false), () => known, { early: true });
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
  finish(capture: CapturePoint, shown: ReportCapture, time: Clock): Run {
    const { sheets, suite, told, tracker, around } = this;
    tracker.finish();
    const world = this.world(capture, true);
    let last: Assessment | null = null;
    const assessed = () => {
      if (last !== null) return last;
      const own = assess(world, around.rules, time);
      const ids = new Set(own.findings.map((f) => f.id));
      const before = [...told.values()].filter((f) => !ids.has(f.id));
      last = { ...own, findings: [...own.findings, ...before] };
      return last;
    };
    const judged = suite.judge(world, assessed).map((one) => this.afterwards(one));
    const seconds = (performance.now() - this.startMs) / 1000;
    const results = reportSuites(sheets, judged, { world, time, points: [shown.point], seconds, uncovered: false });
    return report([{ captures: [shown], ...results }]);
  }

  /** What was told as failed has failed; what conversations would have to show that had to be forgotten is undecided. */
  private afterwards(one: Judged): Judged {
    const { outcome, written } = one;
    const early = this.failed.get(idOf(one));
    if (early !== undefined && outcome.verdict !== 'fail') return { ...one, outcome: early };
    const { forgotten } = this.tracker.conversations;
    if (forgotten === 0 || outcome.verdict !== 'pass' || written.subject.about !== 'conversations') return one;
    const seen = `${outcome.seen}; ${quantity(forgotten, 'conversation')} had to be forgotten to stay within memory`;
    return { ...one, outcome: { ...outcome, verdict: 'inconclusive', seen } };
  }

  private world(capture: CapturePoint, ended: boolean): Facts {
    return new Facts(this.tracker, [capture], this.around.topology, ended);
  }
}

const idOf = ({ sheet, written }: Judged): string => `${sheet.path}:${written.place.line}:${written.place.column}`;
