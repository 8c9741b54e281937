// The same engine and rules while packets arrive. Reading comes first: an assessment is a pass over the tables, made when it is due
// and never more often than its own cost allows.
import { type CaptureSource, DIRECTION, Frame } from '../capture/frame.js';
import { Arrivals } from '../capture/live/arrivals.js';
import type { Feed, Several } from '../capture/live/feed.js';
import { Keeper, type Ring } from '../capture/live/keep.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import type { FrameContext } from '../dump/frame-context.js';
import { AheadSource } from '../dump/look-ahead.js';
import { HopscopeError, UsageError } from '../errors.js';
import { forgetWhatIsOver } from '../flows/ageing.js';
import { PATIENCE_NS } from '../flows/look-ahead.js';
import type { Sight } from '../flows/sight.js';
import { RunPictures } from '../picture/pictures.js';
import type { Run as RunReport } from '../report/run.js';
import { type ChosenRule, chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { registryOf, withTunnel } from './lab.js';
import { type FindingEvent, Life, type Resolved } from './life.js';
import { CONVERSATIONS } from './limits.js';
import { type OpenQuestion, openQuestions } from './live-asked.js';
import type { ExpectationEvent, LiveExpectations } from './live-expect.js';
import { type LiveInput, liveInput, memberInput } from './live-place.js';
import { checkPoint } from './named.js';
import type { AnalyzeOptions } from './options.js';
import { Run } from './run.js';
import { topologyOf } from './topology-of.js';

/** Frames between two looks at the clock. */
const SLICE = 4096;
/** Milliseconds between two assessments, at least; and how many times its own cost must pass. */
const ASSESS_MS = 250;
const ASSESS_SHARE = 8;
const FORGET_MS = 1000;
const BEAT_MS = 100;
/** Without packets time alone settles what is open, and after a while nothing is. */
const STILL_MS = 150_000;
/** What a stopped capture still has in its pipes is read for at most this long. */
const DRAIN_MS = 2500;

export type LiveEvent = FindingEvent | ExpectationEvent | { readonly event: 'notice'; readonly text: string };

export interface LiveStatus {
  readonly frames: number;
  /** Frames and bytes a second, over the last second. */
  readonly frameRate: number;
  readonly byteRate: number;
  readonly dropped: number | null;
  readonly conversations: number;
  readonly asked: readonly OpenQuestion[];
  readonly errors: number;
  readonly warnings: number;
  readonly resolved: number;
  readonly elapsedMs: number;
}

export interface TailTools {
  readonly registry: Registry;
  readonly sight: Sight;
  readonly context: FrameContext;
}

export interface LiveOptions {
  readonly feed: Feed;
  readonly lab: Pick<AnalyzeOptions, 'topology' | 'ifmap' | 'decodeAs' | 'filter' | 'at' | 'rules' | 'maxConversations'>;
  /** pcap-filter(7) in force, or null. */
  readonly captureFilter: string | null;
  readonly keep: { readonly path: string; readonly ring: Ring | null } | null;
  readonly durationMs: number | null;
  /** Frames to take. */
  readonly count: number | null;
  /** End at the first finding of severity error, and at the first expectation that has failed for good. */
  readonly untilFinding: boolean;
  /** Expectation files, folders, patterns. */
  readonly expect: readonly string[];
  readonly signal: AbortSignal;
  readonly onEvent: (event: LiveEvent, atMs: number) => void;
  /** Makes what is to be done with each frame; `flush` is called before each wait. */
  readonly tail: ((tools: TailTools) => { readonly print: (layers: Layers) => void; readonly flush: () => void }) | null;
  /** Asked for every now and then. */
  readonly onStatus?: (status: LiveStatus) => void;
}

export interface LiveResult {
  /** Of the rules; of the expectations where there are some. */
  readonly run: RunReport;
  /** Latest last; `resolvedCount` counts those that are no longer kept, too. */
  readonly resolved: readonly Resolved[];
  readonly resolvedCount: number;
  readonly forgotten: number;
  readonly ended: 'input' | 'signal' | 'duration' | 'count' | 'finding';
  readonly kept: readonly string[];
  /** Why packets were no longer kept from some moment on; null where all were, or none were to be. */
  readonly notKept: string | null;
}

/** Throws UsageError, FilterError, TopologyError, ExpectationError, CaptureError before anything is captured. */
export async function runLive(options: LiveOptions): Promise<LiveResult> {
  const { feed } = options;
  const startMs = Date.now();
  const expected = options.expect.length === 0 ? null : await sheetsOf(options);
  const lab = expected?.lab ?? options.lab;
  const rules = chooseRules(catalogue, lab.rules);
  const topology = await topologyOf(lab);
  if (lab.at !== null) checkPoint(topology, lab.at);
  const registry = registryOf(withTunnel(lab.decodeAs, topology));
  const limits = { maxConversations: lab.maxConversations };
  const signals = options.durationMs === null ? [options.signal] : [options.signal, AbortSignal.timeout(options.durationMs)];
  const { several } = feed;
  await several?.prepare();
  const frame = new Frame();
  const inputs =
    several === undefined
      ? [await liveInput({ ...options, lab }, topology, registry, AbortSignal.any(signals))]
      : several.members.map((member) => memberInput(member, lab, topology, frame));
  const run = new Run(
    { inputs, topology, registry, displayFilter: lab.filter, ...(several !== undefined && { aheadNs: several.aheadNs }) },
    { maxConversations: limits.maxConversations ?? CONVERSATIONS.live },
  );
  const live = new Live({ ...options, lab }, run, inputs, rules, startMs);
  if (expected !== null) live.expectations = new expected.LiveExpectations(expected.sheets, run.beside(limits), rules);
  await feed.start();
  return live.read();
}

/** Expectation files, and what they say of their surroundings added to what the command line says. */
async function sheetsOf({ expect, lab, feed }: LiveOptions) {
  const [{ readSheets, job }, { LiveExpectations }] = await Promise.all([
    import('./verify-files.js'),
    import('./live-expect.js'),
  ]);
  const sheets = readSheets({ paths: expect, grep: null });
  const jobs = sheets.map((sheet) => job(sheet, { topology: [], ifmap: null, decodeAs: [] }));
  return {
    sheets,
    LiveExpectations,
    lab: {
      ...lab,
      topology: [...new Set([...jobs.flatMap((j) => j.topology), ...lab.topology])],
      decodeAs: [...new Set([...jobs.flatMap((j) => j.decodeAs), ...lab.decodeAs])],
      // Numbers of interfaces are those of the system that captures; this one's are known.
      ifmap: lab.ifmap ?? (feed.here !== null ? null : (jobs.find((j) => j.ifmap !== null)?.ifmap ?? null)),
    },
  };
}

class Live {
  private readonly life = new Life();
  expectations: LiveExpectations | null = null;
  private keeper: Keeper | null = null;
  private readonly arrivals: Arrivals;
  private readonly several: Several | undefined;
  /** The frame at hand; of a feed of several captures they share it. */
  private readonly frame: Frame;
  private frames = 0;
  private ending: LiveResult['ended'] | null = null;
  private assessAtMs = 0;
  private forgetAtMs = 0;
  private rate = { atMs: Date.now(), frames: 0, bytes: 0, frameRate: 0, byteRate: 0 };

  constructor(
    private readonly options: LiveOptions,
    private readonly run: Run,
    private readonly inputs: readonly LiveInput[],
    private readonly rules: readonly ChosenRule[],
    private readonly startMs: number,
  ) {
    this.arrivals = new Arrivals(options.feed);
    this.frame = inputs[0].frame;
    this.several = options.feed.several;
    this.several?.listen({ begin: (i, source) => inputs[i].begin(source), end: (i, source) => inputs[i].end(source) });
  }

  /** The capture that the frame at hand is from; of a feed of several, which one is known with each frame. */
  private get input(): LiveInput {
    return this.inputs[this.several === undefined ? 0 : this.several.from];
  }

  /** Frames lost so far; null where nobody counts. */
  private get lost(): number | null {
    const counts = this.inputs.flatMap(({ losses }) => losses.total ?? []);
    return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
  }

  /** Those of each capture that what is missing now may be among. */
  private lostOfLate(nowMs: number): (number | null)[] {
    return this.inputs.map(({ losses }) => losses.ofLate(nowMs));
  }

  /** The name of an interface number; undefined where nobody knows one. */
  private knownName(index: number): string | undefined {
    const { name, nameFrom } = this.input.names.of(index);
    return nameFrom === 'none' ? undefined : name;
  }

  async read(): Promise<LiveResult> {
    const { feed, signal, durationMs, keep } = this.options;
    const { frame } = this;
    // Not before the packets are sure to come: it may take the place of an older file.
    if (keep !== null) this.keeper = new Keeper(keep.path, keep.ring, (index) => this.knownName(index));
    let beat = deferred();
    const pulse = () => {
      const old = beat;
      beat = deferred();
      old.resolve();
    };
    const beating = setInterval(pulse, BEAT_MS);
    const stop = (why: LiveResult['ended']) => {
      if (this.ending !== null) return;
      this.ending = why;
      feed.stop();
      pulse();
    };
    const onAbort = () => stop('signal');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) stop('signal');
    const timer =
      durationMs === null ? null : setTimeout(() => stop('duration'), Math.max(0, this.startMs + durationMs - Date.now()));
    try {
      for await (const raw of feed.sources()) {
        const source = this.begin(raw);
        let endAtMs = Number.POSITIVE_INFINITY;
        reading: for (;;) {
          let turnAt = performance.now() + BEAT_MS;
          while (source.next(frame)) {
            this.take(source);
            if (this.frames === this.options.count) {
              stop('count');
              break reading;
            }
            if (this.frames % SLICE === 0 && performance.now() > turnAt) {
              this.settle();
              if (this.step()) stop('finding');
              await new Promise(setImmediate);
              turnAt = performance.now() + BEAT_MS;
            }
          }
          this.settle();
          if (this.step()) stop('finding');
          const more = source.fill();
          let got: boolean | null = typeof more === 'boolean' ? more : null;
          while (got === null) {
            got = await Promise.race([more, beat.promise]);
            if (got !== null) break;
            this.release(source);
            if (this.step()) stop('finding');
            if (this.ending !== null) endAtMs = Math.min(endAtMs, performance.now() + DRAIN_MS);
            if (performance.now() > endAtMs) break reading;
          }
          if (got === false) break;
        }
        if (this.several === undefined) this.input.end(raw);
        if (this.ending !== null) break;
      }
      // What was counted is printed, also where a count or the time ended it.
      this.tail?.flush();
    } finally {
      clearInterval(beating);
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.keeping((keeper) => keeper.finish(this.lost));
    }
    return this.result();
  }

  private tail: ReturnType<NonNullable<LiveOptions['tail']>> | null = null;
  private hasBegun = false;
  /** Where some filter asks for the paths of packets: what holds frames back until they are known. */
  private ahead: AheadSource | null = null;
  private aheadRun: Run | null = null;

  private begin(source: CaptureSource): CaptureSource {
    const { input, run } = this;
    if (this.several === undefined) input.begin(source);
    if (!this.hasBegun) {
      this.hasBegun = true;
      const { tail } = this.options;
      const { atHand, registry } = run;
      // Lines are printed with the time since the first frame.
      if (tail !== null) run.ask(['capture']);
      this.tail = tail?.({ registry, sight: atHand.sight(0), context: atHand.context(0) }) ?? null;
      run.filterFrames();
    }
    if (run.looksAhead && this.several !== undefined)
      throw new UsageError(
        'filters that ask for the path of a packet (hop.path, journeys) are for a single capture; leave it out',
      );
    this.aheadRun = run.looksAhead ? run.ahead() : null;
    this.ahead = this.aheadRun === null ? null : new AheadSource(source, this.aheadRun, run.atHand, true);
    return this.ahead ?? source;
  }

  private take(source: CaptureSource): void {
    const { run, input, frame, several } = this;
    const from = several === undefined ? 0 : several.from;
    this.frames++;
    // Numbers go on from one source to the next.
    frame.number = ++input.frames;
    if (run.observe(frame, from)) {
      const { packet } = run.tracker;
      this.expectations?.observe(frame, from);
      this.tail?.print(packet.layers);
      // Ethernet does not tell directions; the MACs of the interfaces do, and who reads the file may not know them.
      if (frame.direction === DIRECTION.unknown) frame.direction = packet.direction;
    }
    if (this.keeper !== null) this.keep(frame, source);
    input.see(frame);
  }

  private keep(frame: Frame, source: CaptureSource): void {
    try {
      this.keeper?.write(frame, source.info);
    } catch (error) {
      this.unkept(error);
    }
  }

  private keeping(act: (keeper: Keeper) => void): void {
    try {
      if (this.keeper !== null) act(this.keeper);
    } catch (error) {
      this.unkept(error);
    }
  }

  /** A full disk ends the keeping of packets, not the run: what is wrong is still told. */
  private unkept(error: unknown): void {
    if (!(error instanceof HopscopeError)) throw error;
    this.keptBefore = this.keeper?.paths ?? [];
    this.keeper?.abandon();
    this.keeper = null;
    this.notKept = error.message;
    const text = `${error.message}; packets are no longer kept, and the run goes on without`;
    this.options.onEvent({ event: 'notice', text }, Date.now());
  }

  private notKept: string | null = null;
  private keptBefore: readonly string[] = [];

  /** Frames come out whose packets have no more copies to come, though no other frame comes in. */
  private release(source: CaptureSource): void {
    const { ahead, aheadRun, arrivals } = this;
    if (ahead === null || aheadRun === null || !aheadRun.hasBegun) return;
    const nowNs = (arrivals.upTo(Date.now()) - aheadRun.baseSeconds * 1e3) * 1e6;
    let some = false;
    while (this.frames !== this.options.count && ahead.release(this.frame, nowNs)) {
      this.take(source);
      some = true;
    }
    if (some) this.settle();
  }

  /** The frames at hand are used up. */
  private settle(): void {
    this.tail?.flush();
    this.keeping((keeper) => keeper.flush());
    const { several } = this;
    const latest = this.ahead === null ? this.frame : this.ahead.latest;
    if (several !== undefined) {
      const { hasTime, seconds, nanoseconds } = this.frame;
      if (this.frames > 0)
        this.arrivals.see({ hasTime, seconds, nanoseconds: nanoseconds - several.aheadNs[several.from] }, Date.now());
    } else if (this.input.source !== null && (this.frames > 0 || this.ahead?.hasBegun)) this.arrivals.see(latest, Date.now());
  }

  /** What is due; true when a finding ends the run. */
  private step(): boolean {
    const nowMs = Date.now();
    this.measure(nowMs);
    const { run, arrivals } = this;
    if (nowMs < this.assessAtMs || !run.hasBegun || nowMs - arrivals.lastMs > STILL_MS) return false;
    const startMs = performance.now();
    const { tracker } = run;
    const behindNs = this.ahead === null ? 0 : PATIENCE_NS;
    tracker.advance((arrivals.upTo(nowMs) - run.baseSeconds * 1e3) * 1e6 - behindNs);
    const world = run.facts(false, this.lostOfLate(nowMs));
    const assessment = assess(world, this.rules, run.time);
    let gone = 0;
    const events = this.life.compare(assessment, world, nowMs, (uids) => {
      gone = uids.length;
      for (const uid of uids) {
        const conversation = world.conversation(uid);
        if (conversation !== null) tracker.remove(conversation.slot);
      }
    });
    // After the rules have seen and counted it.
    if (nowMs >= this.forgetAtMs) {
      gone += forgetWhatIsOver(tracker);
      this.forgetAtMs = nowMs + FORGET_MS;
    }
    if (gone > 0 && assessment.findings.length > 0)
      this.life.rebase(assess(run.facts(false, this.lostOfLate(nowMs)), this.rules, run.time));
    const raised = events.flatMap((e) => (e.event === 'resolved' ? [] : [e.finding]));
    const failed = this.expectations?.step(raised, tracker.nowNs) ?? [];
    for (const event of [...events, ...failed]) this.options.onEvent(event, nowMs);
    const costMs = performance.now() - startMs;
    this.assessAtMs = Date.now() + Math.max(ASSESS_MS, ASSESS_SHARE * costMs);
    return (
      this.options.untilFinding &&
      (failed.length > 0 || raised.some((finding) => finding.verdict === 'fail' && finding.severity === 'error'))
    );
  }

  private measure(nowMs: number): void {
    const { onStatus } = this.options;
    const { rate, run } = this;
    const bytes = run.tracker.sources.reduce((sum, source) => sum + source.bytes, 0);
    const passedMs = nowMs - rate.atMs;
    if (passedMs >= 1000) {
      const per = (now: number, before: number) => ((now - before) * 1000) / passedMs;
      this.rate = {
        atMs: nowMs,
        frames: this.frames,
        bytes,
        frameRate: per(this.frames, rate.frames),
        byteRate: per(bytes, rate.bytes),
      };
    }
    if (onStatus === undefined || passedMs < 500) return;
    const open = this.life.open.filter((f) => f.foldedUnder === null && f.verdict === 'fail');
    onStatus({
      frames: this.frames,
      frameRate: this.rate.frameRate,
      byteRate: this.rate.byteRate,
      dropped: this.lost,
      conversations: run.tracker.conversations.live,
      asked: openQuestions(
        run.facts(
          false,
          this.inputs.map(() => null),
        ),
      ),
      errors: open.filter((f) => f.severity === 'error').length,
      warnings: open.filter((f) => f.severity === 'warning').length,
      resolved: this.life.resolvedCount,
      elapsedMs: nowMs - this.startMs,
    });
  }

  private result(): LiveResult {
    const { run, life } = this;
    const { tracker } = run;
    tracker.finish();
    const facts = run.facts(true, this.lostOfLate(Date.now()));
    const assessment = assess(facts, this.rules, run.time);
    const { passed, ledger, origins } = assessment;
    const last = life.counted(assessment);
    // Raised before, and neither settled nor to be seen any more: they stand.
    const ids = new Set(last.map((f) => f.id));
    const before = life.open.filter((f) => !ids.has(f.id) && f.verdict === 'fail');
    const kept = new Set([...ids, ...before.map((f) => f.id)]);
    for (const f of before) if (f.foldedUnder !== null && !kept.has(f.foldedUnder)) f.foldedUnder = null;
    const findings = [...before, ...last];
    const pictures = new RunPictures(facts, run.time, findings, (id) => origins.get(id));
    return {
      run: this.expectations?.finish() ?? run.report(findings, this.rules, passed, ledger, [], pictures),
      resolved: life.resolved,
      resolvedCount: life.resolvedCount,
      forgotten: tracker.conversations.forgotten,
      ended: this.ending ?? 'input',
      kept: this.keeper?.paths ?? this.keptBefore,
      notKept: this.notKept,
    };
  }
}

function deferred(): { readonly promise: Promise<null>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<null>((done) => {
    resolve = () => done(null);
  });
  return { promise, resolve };
}
