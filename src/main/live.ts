// The same engine and rules while packets arrive. Reading comes first: an assessment is a pass over the tables, made when it is due
// and never more often than its own cost allows.
import { hostname } from 'node:os';
import { type CaptureSource, DIRECTION, Frame } from '../capture/frame.js';
import { LINKTYPE, linkTypeName } from '../capture/linktypes.js';
import type { Feed } from '../capture/live/feed.js';
import { Keeper, type Ring } from '../capture/live/keep.js';
import { InterfaceNumbers, macsOf, systemInterfaces } from '../capture/live/system.js';
import type { Registry } from '../dissect/registry.js';
import { Layers } from '../dissect/walk.js';
import { FrameContext } from '../dump/frame-context.js';
import { type CapturePoint, Facts } from '../facts/facts.js';
import { compileFilter } from '../filter/filter.js';
import { frameFields } from '../filter/frame-fields.js';
import { forgetWhatIsOver } from '../flows/ageing.js';
import { Ports } from '../flows/ports.js';
import { hopFields, Sight } from '../flows/sight.js';
import { Tracker } from '../flows/tracker.js';
import type { ReportCapture, Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { assess, type ChosenRule, chooseRules, clock } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { InterfaceNames, type NameFrom, parseIfmap } from '../topology/ifmap.js';
import type { Topology } from '../topology/model.js';
import { Look, lookAt, placeOf, readTopologyFiles, registryOf, withTunnel } from './lab.js';
import { type FindingEvent, Life, type Resolved } from './life.js';
import { type OpenQuestion, openQuestions } from './live-asked.js';
import type { ExpectationEvent, LiveExpectations } from './live-expect.js';
import type { AnalyzeOptions } from './options.js';

/** Conversations kept at once: a pass over them must not hold the reading for long. */
const MAX_CONVERSATIONS = 25_000;
/** Frames between two looks at the clock. */
const SLICE = 4096;
/** Milliseconds between two assessments, at least; and how many times its own cost must pass. */
const ASSESS_MS = 250;
const ASSESS_SHARE = 8;
const FORGET_MS = 1000;
const BEAT_MS = 100;
/** Without packets time alone settles what is open, and after a while nothing is. */
const STILL_MS = 150_000;
/** Lost frames cast doubt on what is missing for this long. */
const DOUBT_MS = 60_000;
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
  /** Where the packets are from: this system, whose interface names and MACs hold; a pipe; a file, by whose first frames its node is found. */
  readonly origin: 'system' | 'pipe' | 'file';
  readonly lab: Pick<AnalyzeOptions, 'topology' | 'ifmap' | 'decodeAs' | 'filter' | 'at' | 'rules'>;
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
  readonly run: Run;
  /** Latest last; `resolvedCount` counts those that are no longer kept, too. */
  readonly resolved: readonly Resolved[];
  readonly resolvedCount: number;
  readonly forgotten: number;
  readonly ended: 'input' | 'signal' | 'duration' | 'count' | 'finding';
  readonly kept: readonly string[];
}

/** Throws UsageError, FilterError, TopologyError, ExpectationError, CaptureError before anything is captured. */
export async function runLive(options: LiveOptions): Promise<LiveResult> {
  const { feed } = options;
  const startMs = Date.now();
  const expected = options.expect.length === 0 ? null : await sheetsOf(options);
  const lab = expected?.lab ?? options.lab;
  const rules = chooseRules(catalogue, lab.rules);
  const topology = await readTopologyFiles(lab.topology);
  const registry = registryOf(withTunnel(lab.decodeAs, topology));
  const setting = await settingOf({ ...options, lab }, topology, registry);
  const expectations =
    expected === null
      ? null
      : (around: ConstructorParameters<typeof LiveExpectations>[1]) => new expected.LiveExpectations(expected.sheets, around);
  const live = new Live({ ...options, lab }, setting, registry, rules, startMs, expectations);
  if (options.origin !== 'pipe' || setting.topology === null) await feed.start();
  return live.run();
}

/** Expectation files, and what they say of their surroundings added to what the command line says. */
async function sheetsOf({ expect, lab, origin }: LiveOptions) {
  const [{ readSheets, job }, { LiveExpectations }] = await Promise.all([import('./verify.js'), import('./live-expect.js')]);
  const sheets = readSheets({ paths: expect, grep: null });
  const jobs = sheets.map((sheet) => job(sheet, [], { topology: [], ifmap: null, decodeAs: [] }));
  return {
    sheets,
    LiveExpectations,
    lab: {
      ...lab,
      topology: [...new Set([...jobs.flatMap((j) => j.topology), ...lab.topology])],
      decodeAs: [...new Set([...jobs.flatMap((j) => j.decodeAs), ...lab.decodeAs])],
      // Numbers of interfaces are those of the system that captures; this one's are known.
      ifmap: lab.ifmap ?? (origin === 'system' ? null : (jobs.find((j) => j.ifmap !== null)?.ifmap ?? null)),
    },
  };
}

interface Setting {
  readonly topology: Topology | null;
  readonly point: string;
  readonly node: string | null;
  readonly names: InterfaceNames;
  readonly ownMacs: ReadonlySet<number>;
  readonly now: Now;
}

/** What is being read. */
interface Now {
  source: CaptureSource | null;
  readonly frame: Frame;
}

async function settingOf(options: LiveOptions, topology: Topology | null, registry: Registry): Promise<Setting> {
  const { feed, origin, lab, durationMs } = options;
  const signals = durationMs === null ? [options.signal] : [options.signal, AbortSignal.timeout(durationMs)];
  const ifmap = lab.ifmap === null ? new Map<number, string>() : parseIfmap(lab.ifmap);
  const now: Now = { source: null, frame: new Frame() };
  if (origin === 'system') return { ...systemPlace(feed.path, lab.at, topology, ifmap, now), topology, now };
  let look: Look | null = null;
  if (topology !== null && origin === 'file') look = lookAt(feed.path, registry);
  else if (topology !== null) {
    await feed.start();
    await feed.lookAhead?.((source) => {
      const ahead = new Look(registry, source);
      look = ahead;
      return (frame) => {
        ahead.take(frame);
        return ahead.enough;
      };
    }, AbortSignal.any(signals));
  }
  const interfaces = () => now.source?.info.interfaces ?? [];
  return { ...placeOf({ point: null, path: feed.path }, { at: lab.at, topology, ifmap, look, interfaces }), topology, now };
}

/** This system: its interface names and MACs hold. */
function systemPlace(
  captured: string,
  at: string | null,
  topology: Topology | null,
  ifmap: ReadonlyMap<number, string>,
  now: Now,
): Pick<Setting, 'point' | 'node' | 'names' | 'ownMacs'> {
  const system = systemInterfaces();
  const host = hostname();
  const isNode = (name: string | null): name is string => name !== null && (topology?.nodeNames.includes(name) ?? false);
  const found = at ?? (isNode(host) ? host : (topology?.pointFor({ sentBy: macsOf(system) }) ?? null));
  const numbers = new InterfaceNumbers();
  const named = (index: number): string | undefined => {
    if (now.frame.linkType === LINKTYPE.LINUX_SLL2) return numbers.get(index);
    // A capture of one interface may not say its name: then it is that of the command line.
    return now.source?.info.interfaces[index]?.name ?? captured;
  };
  return {
    point: found ?? host,
    node: isNode(found) ? found : null,
    names: new InterfaceNames({ ifmap, topology, capture: { get: named } as ReadonlyMap<number, string> }),
    // Frames from the MAC of a captured interface go out. Another interface of this system may be somebody else there.
    ownMacs: macsOf(system.filter((i) => captured.split(',').includes(i.name))),
  };
}

class Live {
  private readonly tracker: Tracker;
  private readonly life = new Life();
  private readonly expectations: LiveExpectations | null;
  private keeper: Keeper | null = null;
  private readonly linkTypes = new Set<number>();
  private errors: string[] = [];
  private frames = 0;
  private baseSeconds = Number.NaN;
  /** Least time between a frame's and its arrival, in milliseconds: what the clocks differ by, and the shortest delay. */
  private lagMs = Number.POSITIVE_INFINITY;
  private ending: LiveResult['ended'] | null = null;
  private assessAtMs = 0;
  private forgetAtMs = 0;
  private lastFrameMs = 0;
  /** Drops of sources that have ended, and the counts of the last minute. */
  private droppedBefore = 0;
  private readonly drops: { atMs: number; total: number }[] = [];
  private rate = { atMs: Date.now(), frames: 0, bytes: 0, frameRate: 0, byteRate: 0 };

  constructor(
    private readonly options: LiveOptions,
    private readonly setting: Setting,
    private readonly registry: Registry,
    private readonly rules: readonly ChosenRule[],
    private readonly startMs: number,
    expectations: ((around: ConstructorParameters<typeof LiveExpectations>[1]) => LiveExpectations) | null,
  ) {
    const { point, names, ownMacs, topology } = setting;
    const ports = () => new Ports([point], (_, index): { name: string; nameFrom: NameFrom } => names.of(index));
    this.tracker = new Tracker(registry, ports(), [ownMacs], { maxConversations: MAX_CONVERSATIONS });
    this.expectations =
      expectations?.({
        registry,
        ports: ports(),
        ownMacs,
        topology,
        point,
        rules,
        context: () => this.context as FrameContext,
      }) ?? null;
  }

  /** The name of an interface number; undefined where nobody knows one. */
  private knownName(index: number): string | undefined {
    const { name, nameFrom } = this.setting.names.of(index);
    return nameFrom === 'none' ? undefined : name;
  }

  async run(): Promise<LiveResult> {
    const { feed, signal, durationMs, keep } = this.options;
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
      for await (const source of feed.sources()) {
        this.begin(source);
        let endAtMs = Number.POSITIVE_INFINITY;
        reading: for (;;) {
          let turnAt = performance.now() + BEAT_MS;
          while (source.next(this.frame)) {
            this.take(source);
            if (this.frames === this.options.count) {
              stop('count');
              break reading;
            }
            if (this.frames % SLICE === 0 && performance.now() > turnAt) {
              this.settle(source);
              if (this.step()) stop('finding');
              await new Promise(setImmediate);
              turnAt = performance.now() + BEAT_MS;
            }
          }
          this.settle(source);
          if (this.step()) stop('finding');
          const more = source.fill();
          let got: boolean | null = typeof more === 'boolean' ? more : null;
          while (got === null) {
            got = await Promise.race([more, beat.promise]);
            if (got !== null) break;
            if (this.step()) stop('finding');
            if (this.ending !== null) endAtMs = Math.min(endAtMs, performance.now() + DRAIN_MS);
            if (performance.now() > endAtMs) break reading;
          }
          if (got === false) break;
        }
        this.end(source);
        if (this.ending !== null) break;
      }
    } finally {
      clearInterval(beating);
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.keeper?.finish(this.droppedNow());
    }
    return this.result();
  }

  private context: FrameContext | null = null;
  private tail: ReturnType<NonNullable<LiveOptions['tail']>> | null = null;
  private keeps: ((frame: Frame) => boolean) | null = null;

  private get frame(): Frame {
    return this.setting.now.frame;
  }

  private get source(): CaptureSource | null {
    return this.setting.now.source;
  }

  private begin(source: CaptureSource): void {
    this.setting.now.source = source;
    if (this.context !== null) return;
    const { tail, lab } = this.options;
    const context = new FrameContext(source.info);
    const sight = new Sight(this.setting.names, this.setting.ownMacs);
    this.context = context;
    this.tail = tail?.({ registry: this.registry, sight, context }) ?? null;
    if (lab.filter === null) return;
    const { matches } = compileFilter(lab.filter, this.registry, [...frameFields(context), ...hopFields(sight)]);
    const layers = new Layers(this.registry);
    this.keeps = (frame) => {
      layers.walk(frame);
      return matches(layers);
    };
  }

  private take(source: CaptureSource): void {
    const { frame, tracker } = this;
    const context = this.context as FrameContext;
    // Numbers go on from one source to the next.
    frame.number = ++this.frames;
    if (Number.isNaN(this.baseSeconds) && frame.hasTime) this.baseSeconds = frame.seconds;
    const timeNs = frame.hasTime ? (frame.seconds - this.baseSeconds) * 1e9 + frame.nanoseconds : tracker.nowNs;
    context.begin(frame);
    if (this.keeps === null || this.keeps(frame)) {
      tracker.observe(frame, 0, timeNs);
      this.expectations?.observe(frame, timeNs);
      this.tail?.print(tracker.packet.layers);
      // Ethernet does not tell directions; the MACs of the interfaces do, and who reads the file may not know them.
      if (frame.direction === DIRECTION.unknown) frame.direction = tracker.packet.direction;
    }
    this.keeper?.write(frame, source.info);
    context.done(frame);
    if (!this.linkTypes.has(frame.linkType)) this.linkTypes.add(frame.linkType);
  }

  /** The frames at hand are used up. */
  private settle(source: CaptureSource): void {
    this.tail?.flush();
    this.keeper?.flush();
    const { frame } = this;
    if (this.source !== source || this.frames === 0 || !frame.hasTime) return;
    this.lastFrameMs = Date.now();
    this.lagMs = Math.min(this.lagMs, this.lastFrameMs - frame.seconds * 1e3 - frame.nanoseconds / 1e6);
  }

  private end(source: CaptureSource): void {
    this.droppedBefore += countedBy(source);
    this.setting.now.source = null;
    if (source.error !== null && source.error.problem !== 'io') this.errors.push(source.error.message);
    if (source.error !== null && this.ending === null && source.error.problem === 'io' && this.options.origin === 'pipe')
      this.errors.push(source.error.message);
  }

  private droppedNow(): number | null {
    const told = this.options.feed.dropped();
    const counted = this.droppedBefore + (this.source === null ? 0 : countedBy(this.source));
    return told === null && counted === 0 ? null : Math.max(told ?? 0, counted);
  }

  private dropsOfLate(nowMs: number): number | null {
    const total = this.droppedNow();
    if (total === null) return null;
    const last = this.drops.at(-1);
    if (last === undefined || last.total !== total) this.drops.push({ atMs: nowMs, total });
    // The first entry is what had been lost before the time of doubt.
    while (this.drops.length > 1 && this.drops[1].atMs < nowMs - DOUBT_MS) this.drops.shift();
    const settled = this.drops[0].atMs < nowMs - DOUBT_MS ? this.drops[0].total : 0;
    return total - settled;
  }

  /** What is due; true when a finding ends the run. */
  private step(): boolean {
    const nowMs = Date.now();
    this.measure(nowMs);
    if (nowMs < this.assessAtMs || Number.isNaN(this.baseSeconds) || nowMs - this.lastFrameMs > STILL_MS) return false;
    const startMs = performance.now();
    const { tracker } = this;
    const clockMs = nowMs - this.lagMs - this.options.feed.lateMs - this.baseSeconds * 1e3;
    tracker.advance(clockMs * 1e6);
    if (nowMs >= this.forgetAtMs) {
      forgetWhatIsOver(tracker);
      this.forgetAtMs = nowMs + FORGET_MS;
    }
    const world = this.world(false, this.dropsOfLate(nowMs));
    const assessment = assess(world, this.rules, clock(this.baseSeconds));
    const events = this.life.compare(assessment, world, nowMs, (uids) => {
      for (const uid of uids) {
        const conversation = world.conversation(uid);
        if (conversation !== null) tracker.remove(conversation.slot);
      }
    });
    const raised = events.flatMap((e) => (e.event === 'resolved' ? [] : [e.finding]));
    const failed = this.expectations?.step(raised, this.point(this.droppedNow()), tracker.nowNs) ?? [];
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
    const { rate } = this;
    const [state] = this.tracker.sources;
    const passedMs = nowMs - rate.atMs;
    if (passedMs >= 1000) {
      const per = (now: number, before: number) => ((now - before) * 1000) / passedMs;
      this.rate = {
        atMs: nowMs,
        frames: this.frames,
        bytes: state.bytes,
        frameRate: per(this.frames, rate.frames),
        byteRate: per(state.bytes, rate.bytes),
      };
    }
    if (onStatus === undefined || passedMs < 500) return;
    const open = this.life.open.filter((f) => f.foldedUnder === null && f.verdict === 'fail');
    onStatus({
      frames: this.frames,
      frameRate: this.rate.frameRate,
      byteRate: this.rate.byteRate,
      dropped: this.droppedNow(),
      conversations: this.tracker.conversations.live,
      asked: openQuestions(this.world(false, null)),
      errors: open.filter((f) => f.severity === 'error').length,
      warnings: open.filter((f) => f.severity === 'warning').length,
      resolved: this.life.resolvedCount,
      elapsedMs: nowMs - this.startMs,
    });
  }

  private world(ended: boolean, dropped: number | null): Facts {
    return new Facts(this.tracker, [this.point(dropped)], this.setting.topology, ended);
  }

  private point(dropped: number | null): CapturePoint {
    const { point, node } = this.setting;
    return {
      point,
      node,
      dropped,
      broken: this.errors.length > 0,
      filter: this.options.captureFilter ?? this.options.lab.filter,
      everyInterface: this.linkTypes.has(LINKTYPE.LINUX_SLL2) || this.linkTypes.has(LINKTYPE.LINUX_SLL),
    };
  }

  private result(): LiveResult {
    const { tracker, life } = this;
    tracker.finish();
    const dropped = this.droppedNow();
    const time = clock(Number.isNaN(this.baseSeconds) ? 0 : this.baseSeconds);
    const { findings: last, passed } = assess(this.world(true, this.dropsOfLate(Date.now())), this.rules, time);
    // Raised before, and neither settled nor to be seen any more: they stand.
    const ids = new Set(last.map((f) => f.id));
    const before = life.open.filter((f) => !ids.has(f.id) && f.verdict === 'fail');
    const kept = new Set([...ids, ...before.map((f) => f.id)]);
    for (const f of before) if (f.foldedUnder !== null && !kept.has(f.foldedUnder)) f.foldedUnder = null;
    const findings = [...before, ...last];
    const capture = this.capture(dropped, time);
    return {
      run: this.expectations?.finish(this.point(dropped), capture, time) ?? {
        schema: 'hopscope.report/1',
        tool: { name: 'hopscope', version: VERSION },
        captures: [capture],
        findings,
        summary: {
          fail: findings.filter((f) => f.verdict === 'fail' && f.foldedUnder === null).length,
          inconclusive: findings.filter((f) => f.verdict === 'inconclusive').length,
          pass: passed + findings.filter((f) => f.verdict === 'pass').length,
        },
      },
      resolved: life.resolved,
      resolvedCount: life.resolvedCount,
      forgotten: tracker.conversations.forgotten,
      ended: this.ending ?? 'input',
      kept: this.keeper?.paths ?? [],
    };
  }

  private capture(dropped: number | null, time: ReturnType<typeof clock>): ReportCapture {
    const [state] = this.tracker.sources;
    return {
      point: this.setting.point,
      file: this.options.feed.path,
      format: this.context?.info.format ?? 'unknown',
      linkTypes: [...this.linkTypes].map(linkTypeName),
      frames: state.frames,
      bytes: state.bytes,
      first: Number.isNaN(state.firstNs) ? null : time.at(state.firstNs),
      last: Number.isNaN(state.firstNs) ? null : time.at(state.lastNs),
      dropped,
      clipped: state.clipped,
      interfaces: this.tracker.ports.list
        .filter((port) => port.known)
        .map(({ index, name, nameFrom, frames }) => ({
          index,
          name,
          nameFrom,
          in: frames[DIRECTION.in],
          out: frames[DIRECTION.out],
        })),
      error: this.errors[0] ?? null,
    };
  }
}

/** Frames lost, as the capture itself says so far. */
const countedBy = ({ info }: CaptureSource): number =>
  Math.max(
    info.dropCount,
    info.interfaces.reduce((sum, i) => sum + (i.dropped ?? 0), 0),
  );

function deferred(): { readonly promise: Promise<null>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<null>((done) => {
    resolve = () => done(null);
  });
  return { promise, resolve };
}
