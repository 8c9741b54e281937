// The one pass over the captures: the engine of `diagnose`, and beside it the index. Runs in a thread of its own.
import { unlessAborted } from '../../capture/abort.js';
import type { CaptureInterface, CaptureSource } from '../../capture/frame.js';
import { MergedSource } from '../../capture/merge.js';
import { OrderedSource } from '../../capture/ordered.js';
import { HopscopeError } from '../../errors.js';
import { PROTO } from '../../flows/packet.js';
import { clockOffsets } from '../../main/clocks.js';
import { Board } from '../../main/joint.js';
import type { Lab } from '../../main/lab.js';
import { inputOf, Run, type RunInput } from '../../main/run.js';
import { witnessesBeside } from '../../main/witnesses.js';
import type { LadderPicture, Picture } from '../../picture/model.js';
import { RunPictures } from '../../picture/pictures.js';
import { chooseRules } from '../../rules/choose.js';
import { assess } from '../../rules/engine.js';
import { catalogue } from '../../rules/index.js';
import type { Witness } from '../../witnesses/testimony.js';
import { openPlan } from './inputs.js';
import { Pass } from './pass.js';
import { placesOf, type RunSettings } from './run.js';
import { packetsOf } from './shown-by.js';
import { MAX_PACKETS, Store } from './store.js';
import { Tables } from './tables/tables.js';
import type {
  FoundFinding,
  FromLoader,
  LadderAsk,
  LoaderStart,
  LoadProgress,
  TableAsk,
  TablePage,
  ToLoader,
  Wire,
} from './wire.js';

/** Packets between two looks at the clock, and milliseconds between two turns of the event loop: questions wait that long. */
const SLICE = 128;
const TURN_MS = 5;
/** Progress is told this often, in milliseconds. */
const TELL_MS = 50;
const FACTS_MS = 1000;
/** While following: milliseconds between two assessments at least, and how many times its own cost must pass. */
const ASSESS_MS = 1000;
const ASSESS_SHARE = 8;

type Reading = Pick<MergedSource, 'heads' | 'next' | 'fill' | 'error' | 'position' | 'close'>;

const RULES = { only: [], except: [], settings: [] };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms));

export class Loader {
  private readonly ending = new AbortController();
  private pass: Pass | null = null;
  private merged: Reading | null = null;
  /** How points are whose packets arrive. */
  private board: Board | null = null;
  private aheadNs: number[] = [];
  private totalBytes: number | null = null;
  private toldMs = 0;
  private factsMs = 0;
  private assessMs = 0;
  private assessed = 0;
  private tables: Tables | null = null;
  private found: readonly FoundFinding[] = [];
  private pictures: RunPictures | null = null;
  private settings: RunSettings | null = null;
  private isOver = false;

  constructor(private readonly wire: Wire<FromLoader, ToLoader>) {
    wire.onMessage = (message) => this.receive(message);
  }

  private receive(message: ToLoader): void {
    switch (message.type) {
      case 'start':
        this.run(message.start).catch((error: unknown) => {
          const known = error instanceof HopscopeError;
          this.tell('failed', known ? error.message : `the load failed: ${(error as Error).stack ?? String(error)}`);
        });
        break;
      case 'stop':
        this.ending.abort();
        break;
      case 'traffic':
        this.wire.post({ type: 'reply', id: message.id, value: this.pass?.traffic.bins ?? null });
        break;
      case 'silence':
        this.wire.post({ type: 'reply', id: message.id, value: this.silence(message.number, message.uid) });
        break;
      case 'examples':
        this.wire.post({ type: 'reply', id: message.id, value: this.drawings()?.shownBy(message.finding) ?? [] });
        break;
      case 'compare':
        void this.compare(message.id, message.good);
        break;
      case 'picture':
        this.wire.post({ type: 'reply', id: message.id, value: this.picture(message.kind, message.finding) });
        break;
      case 'ladder':
        this.wire.post({ type: 'reply', id: message.id, value: this.ladder(message.ask) });
        break;
      case 'table':
        this.wire.post({ type: 'reply', id: message.id, value: this.page(message.ask) });
    }
  }

  private async run({ settings, counter }: LoaderStart): Promise<void> {
    this.settings = settings;
    const places = await placesOf(settings);
    const { registry } = places;
    const sources = settings.captures.map((plan) => openPlan(plan, this.ending.signal));
    const store = new Store(counter, (kind, buffer) => this.wire.post({ type: 'block', kind, buffer }));
    const lab: Lab = {
      ...places,
      captures: places.captures.map((c, i) => ({ ...c, path: settings.captures[i].path, source: sources[i] })),
    };
    const { joint } = settings;
    this.board = joint === undefined ? null : new Board(joint.board);
    this.aheadNs = this.board === null ? [...clockOffsets(places.captures, registry)] : sources.map(() => 0);
    const inputs = lab.captures.map((capture, i) => this.inputOf(inputOf(capture), i));
    const run = new Run(
      { inputs, topology: lab.topology, registry, aheadNs: this.aheadNs },
      { maxConversations: settings.maxConversations },
    );
    const pass = new Pass(run, sources, store, (preamble) => {
      mirror(sources[preamble.capture], places.captures[preamble.capture].source.info.interfaces);
      this.wire.post({ type: 'preamble', preamble });
    });
    this.pass = pass;
    this.tables = new Tables(run.tracker, lab, registry, pass.hierarchy, pass.stations, () =>
      store.count > 0 ? store.timeNs(1) : 0,
    );
    const merged =
      joint === undefined ? new MergedSource(sources, this.aheadNs) : new OrderedSource(sources, joint.order, this.ending.signal);
    this.merged = merged;
    const sizes = sources.map((source) => source.info.size);
    this.totalBytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    await this.read(pass, merged);
    merged.close();
    this.finish(merged.error?.message ?? null, await witnessesBeside(run, { ...settings, signal: this.ending.signal }));
  }

  /** Of a point whose packets arrive, its program says what its kernel dropped, and hopscope whether it is there. */
  private inputOf(input: RunInput, i: number): RunInput {
    const { board } = this;
    if (board === null) return input;
    return {
      ...input,
      get state() {
        const { dropped = null, blind = null } = board.read()[i] ?? {};
        return { ...input.state, dropped, blind, clockAsked: true };
      },
    };
  }

  private async read(pass: Pass, merged: Reading): Promise<void> {
    const { board, aheadNs } = this;
    const { signal } = this.ending;
    let turnAt = 0;
    for (;;) {
      // A clock is compared again when its point has come back, before the first packet of that.
      board?.read().forEach((state, i) => {
        aheadNs[i] = state.aheadNs;
      });
      for (let i = merged.next(); i >= 0; i = merged.next()) {
        pass.take(merged.heads[i], i);
        if (pass.count % SLICE !== 0 || performance.now() < turnAt) continue;
        this.tell('running');
        await turn();
        if (signal.aborted) return;
        if (pass.count >= MAX_PACKETS) {
          this.wire.post({ type: 'note', text: `${MAX_PACKETS} packets are as many as can be shown; the rest was not read` });
          return;
        }
        turnAt = performance.now() + TURN_MS;
      }
      const more = merged.fill();
      const got = typeof more === 'boolean' ? more : await this.wait(more);
      if (!got || signal.aborted) return;
    }
  }

  /** Nothing to read for now. */
  private async wait(filling: Promise<boolean>): Promise<boolean> {
    const more = unlessAborted(filling, this.ending.signal);
    for (;;) {
      // A pipe or a decompressor has more at once, most often.
      const soon = await Promise.race([more, sleep(TURN_MS)]);
      if (soon !== null) return soon;
      this.toldMs = 0;
      this.tell('following');
      this.assessLive();
      const late = await Promise.race([more, sleep(ASSESS_MS)]);
      if (late !== null) return late;
    }
  }

  private page(ask: TableAsk): TablePage | null {
    const { pass, found, isOver } = this;
    return pass === null || this.tables === null ? null : this.tables.page(ask, pass.count, found, !isOver);
  }

  /** Pictures of what was assessed last; before that of what was read so far. */
  private drawings(): RunPictures | null {
    const { pass } = this;
    return this.pictures ?? (pass === null ? null : new RunPictures(pass.run.facts(false), pass.run.time, []));
  }

  /** Both sides are read here, beside the screen. */
  private async compare(id: number, good: readonly string[]): Promise<void> {
    const { compared } = await import('./compare.js');
    this.wire.post({ type: 'reply', id, value: this.settings === null ? null : await compared(this.settings, good) });
  }

  private picture(kind: 'map' | 'timeline', finding: string | null): Picture | null {
    const drawings = this.drawings();
    if (kind === 'map') return drawings?.map(finding) ?? null;
    return finding === null ? null : (drawings?.timeline(finding) ?? null);
  }

  private ladder({ finding, uid, packets, isLast }: LadderAsk): LadderPicture | null {
    const drawings = this.drawings();
    if (uid !== null) return drawings?.packets(finding, uid, { packets, isLast }) ?? null;
    return finding === null ? null : (drawings?.ladder(finding) ?? null);
  }

  /** How long packet `number` has had no answer: nanoseconds to the end of what was read; null where it has, or needs none. */
  private silence(number: number, uid: number): number | null {
    const { pass } = this;
    if (pass === null) return null;
    const { conversations: t, nowNs } = pass.run.tracker;
    for (let c = 0; c < t.used; c++) {
      if (t.uid[c] !== uid || !t.exists(c)) continue;
      const way = pass.store.way(number);
      const asks = t.proto[c] === PROTO.tcp || t.proto[c] === PROTO.udp || t.asked[c * 2 + way] > 0;
      return asks && t.packets[c * 2 + 1 - way] === 0 ? nowNs - pass.store.timeNs(number) : null;
    }
    return null;
  }

  private tell(state: LoadProgress['state'], error: string | null = null): void {
    this.pass?.publish();
    const now = performance.now();
    if (state === 'running' && now - this.toldMs < TELL_MS) return;
    this.toldMs = now;
    const { merged, totalBytes } = this;
    this.wire.post({ type: 'progress', progress: { state, bytes: merged?.position ?? 0, totalBytes, error } });
    if (now < this.factsMs || this.pass === null) return;
    this.factsMs = now + FACTS_MS;
    this.tellFacts(this.pass);
  }

  private finish(error: string | null, witnesses: readonly Witness[]): void {
    const pass = this.pass!;
    pass.publish();
    pass.run.tracker.finish();
    this.tell('running');
    this.assess(true, witnesses);
    for (const { text } of pass.run.tracker.givenUp())
      this.wire.post({
        type: 'note',
        text: `${text} had to be given up to stay within memory; findings about them may be missing`,
      });
    this.tell(this.ending.signal.aborted ? 'stopped' : 'done', error);
  }

  /** What is known while the capture goes on. */
  private assessLive(): void {
    const now = performance.now();
    if (now < this.assessMs || this.pass === null || this.pass.count === this.assessed) return;
    this.assess(false);
    this.assessMs = performance.now() + Math.max(ASSESS_MS, ASSESS_SHARE * (performance.now() - now));
  }

  private assess(final: boolean, witnesses: readonly Witness[] = []): void {
    const { pass } = this;
    if (pass === null) return;
    const { run } = pass;
    this.assessed = pass.count;
    const facts = run.facts(final, undefined, witnesses);
    const { findings, origins } = assess(facts, chooseRules(catalogue, RULES), run.time);
    this.pictures = new RunPictures(facts, run.time, findings, (id) => origins.get(id));
    const told = findings.map((finding) => {
      const { about = [], meant } = origins.get(finding.id) ?? {};
      return { finding, about, meant: meant ?? null, isAstray: meant !== undefined };
    });
    const shown = packetsOf(pass.store, told);
    const found = told.map(({ finding, about, meant }, i) => ({ finding, about, meant, packets: shown[i] }));
    this.found = found;
    this.isOver = final;
    this.wire.post({ type: 'findings', found, final });
    this.tellFacts(pass);
  }

  /** What is known of each capture so far. */
  private tellFacts({ run }: Pass): void {
    this.wire.post({ type: 'captures', captures: run.captures() });
  }
}

/** The names of interfaces are looked up among those of the run's places. */
function mirror({ info }: CaptureSource, known: CaptureInterface[]): void {
  for (let i = known.length; i < info.interfaces.length; i++) known.push(info.interfaces[i]);
}
