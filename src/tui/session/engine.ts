// One reading of the captures: the loader's thread, the index that it fills, and the packets that are read by it.

import type { Preamble } from '../../capture/at-offset.js';
import { Frame } from '../../capture/frame.js';
import { openCapture } from '../../capture/open.js';
import { emptyInfo } from '../../capture/records.js';
import type { ExtraField } from '../../dissect/extra.js';
import { Headings } from '../../dump/headings.js';
import type { Lab } from '../../main/lab.js';
import { inputOf, Run } from '../../main/run.js';
import type { ReportCapture } from '../../report/run.js';
import { pathOf } from './journey.js';
import { Packets } from './packets.js';
import { Pass } from './pass.js';
import { placesOf, type RunSettings } from './run.js';
import { Store } from './store.js';
import { startPart } from './threads.js';
import type { FoundFinding, FromLoader, FromQuery, LoadProgress, ToLoader, ToQuery, Wire } from './wire.js';

/** Packets read at once at the start, so that the first screen waits for nobody. */
const HEAD = 500;
/** Where the first packets are known already, the loader's thread does not compete with the first screen for the processor. */
const START_MS = 40;
/** Bytes of a capture read at once, for rows that lie beside each other. */
const AHEAD = 128 * 1024;
const COPIES_AHEAD = 8 * 1024;

export class Engine {
  /** Reads rows and details; and the copies of a packet, beside. */
  readonly packets: Packets;
  readonly copies: Packets;
  readonly extras: readonly ExtraField[];
  readonly headings: Headings;
  progress: LoadProgress = { state: 'running', bytes: 0, totalBytes: null, error: null };
  readonly startMs = performance.now();
  endMs = Number.NaN;
  found: readonly FoundFinding[] = [];
  findingsKnown = false;
  captures: readonly ReportCapture[] = [];
  onChange: () => void = () => undefined;
  onNote: (text: string) => void = () => undefined;

  private readonly counter = new SharedArrayBuffer(4);
  private readonly store = new Store(this.counter);
  private readonly loader: Wire<ToLoader, FromLoader>;
  private readonly queries: Wire<ToQuery, FromQuery>[] = [];
  private readonly blocks: Extract<FromLoader, { type: 'block' }>[] = [];
  private readonly preambles: Preamble[] = [];
  private readonly known = new Set<string>();
  private readonly questions = new Map<number, (value: unknown) => void>();
  private asked = 0;
  private isClosed = false;

  /** Throws UsageError, TopologyError, CaptureError. */
  static async open(settings: RunSettings, threads: boolean): Promise<Engine> {
    for (const { kind, dataPath } of settings.captures) if (kind === 'file') probe(dataPath);
    return new Engine(settings, await placesOf(settings), threads);
  }

  private constructor(
    readonly settings: RunSettings,
    readonly lab: Lab,
    private readonly threads: boolean,
  ) {
    const { registry } = lab;
    this.packets = new Packets(this.store, registry, lab, settings.captures, AHEAD);
    const infos = settings.captures.map(({ path }) => emptyInfo(path, null));
    this.copies = new Packets(this.store, registry, lab, settings.captures, COPIES_AHEAD, infos);
    this.packets.recallBy(this.copies);
    this.headings = new Headings(registry);
    this.extras = this.packets.extras(() => pathOf(this.copies, this.packets.number));
    const hasHead = this.readHead();
    this.loader = startPart<ToLoader, FromLoader>(
      'tui-loader',
      threads,
      async () => {
        const { Loader } = await import('./loader.js');
        return (wire) => new Loader(wire);
      },
      (error) => this.broken(error),
      hasHead ? START_MS : 0,
    );
    this.loader.onMessage = (message) => this.receive(message);
    this.loader.post({ type: 'start', start: { settings, counter: this.counter } });
  }

  /** Packets that can be read. */
  get count(): number {
    return this.packets.store.count;
  }

  /** The first packets, while the loader's thread starts. The index of the loader then takes the place of this one. */
  private readHead(): boolean {
    const { settings, lab } = this;
    const [plan] = settings.captures;
    if (settings.captures.length !== 1 || plan.kind !== 'file') return false;
    const source = openCapture(plan.dataPath, { capacity: AHEAD });
    try {
      const store = new Store();
      const [capture] = lab.captures;
      const parts = { inputs: [inputOf({ ...capture, source })], topology: lab.topology, registry: lab.registry };
      const run = new Run(parts, { maxConversations: settings.maxConversations });
      const pass = new Pass(run, [source], store, (preamble) => this.describe(preamble));
      const frame = new Frame();
      do {
        while (pass.count < HEAD && source.next(frame)) pass.take(frame, 0);
      } while (pass.count < HEAD && source.fill() === true);
      pass.publish();
      this.packets.store = store;
      this.copies.store = store;
      return true;
    } finally {
      source.close();
    }
  }

  private describe(preamble: Preamble): void {
    const key = `${preamble.capture} ${preamble.to}`;
    if (this.known.has(key)) return;
    this.known.add(key);
    this.preambles.push(preamble);
    this.packets.describe(preamble);
    this.copies.describe(preamble);
    for (const query of this.queries) query.post({ type: 'preamble', preamble });
  }

  private receive(message: FromLoader): void {
    if (this.isClosed) return;
    switch (message.type) {
      case 'block':
        this.blocks.push(message);
        this.store.add(message.kind, message.buffer);
        for (const query of this.queries) query.post(message);
        break;
      case 'preamble':
        this.describe(message.preamble);
        return;
      case 'progress':
        this.load(message.progress);
        break;
      case 'findings':
        this.found = message.found;
        this.findingsKnown = true;
        break;
      case 'captures':
        this.captures = message.captures;
        break;
      case 'note':
        this.onNote(message.text);
        break;
      case 'reply': {
        const answer = this.questions.get(message.id);
        this.questions.delete(message.id);
        answer?.(message.value);
      }
    }
    this.onChange();
  }

  private load(progress: LoadProgress): void {
    this.progress = progress;
    const { packets, copies, store } = this;
    const over = progress.state !== 'running' && progress.state !== 'following';
    if (packets.store !== store && (over || store.count >= packets.store.count)) {
      packets.store = store;
      copies.store = store;
      // Another index: what was recalled by the first one is not looked at again.
      packets.recallBy(copies);
      packets.forget();
      copies.forget();
    }
    if (progress.error !== null) this.onNote(progress.error);
    if (!over) return;
    this.endMs = performance.now();
    for (const query of this.queries) query.post({ type: 'loading', more: false });
  }

  private broken(error: Error): void {
    if (this.isClosed) return;
    const memory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    const text = memory ? 'there is not enough memory to read on' : `the load failed: ${error.message}`;
    this.load({ ...this.progress, state: 'failed', error: text });
    this.onChange();
  }

  /** Asks the loader; never answered when the session is closed before. */
  ask<T>(question: (id: number) => ToLoader): Promise<T> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.questions.set(id, resolve as (value: unknown) => void);
      this.loader.post(question(id));
    });
  }

  /** A thread for filters, orders and searches. */
  startQuery(onError: (error: Error) => void): Wire<ToQuery, FromQuery> {
    const query = startPart<ToQuery, FromQuery>(
      'tui-query',
      this.threads,
      async () => {
        const { Query } = await import('./query.js');
        return (wire) => new Query(wire);
      },
      onError,
    );
    const { settings, counter, blocks, preambles } = this;
    query.post({ type: 'start', settings, counter, blocks, preambles, comments: this.packets.comments });
    const { state } = this.progress;
    query.post({ type: 'loading', more: state === 'running' || state === 'following' });
    this.queries.push(query);
    return query;
  }

  /** Ends such a thread, and with it the memory that it took. */
  endQuery(query: Wire<ToQuery, FromQuery>): void {
    const at = this.queries.indexOf(query);
    if (at >= 0) this.queries.splice(at, 1);
    void query.close();
  }

  /** These were written on packets, one of them just now; null: none. */
  remark(comments: ReadonlyMap<number, string>, number: number | null): void {
    this.packets.comments = comments;
    this.packets.forget();
    if (number !== null)
      for (const query of this.queries) query.post({ type: 'comment', number, text: comments.get(number) ?? '' });
  }

  stop(): void {
    this.loader.post({ type: 'stop' });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([this.loader.close(), ...this.queries.map((query) => query.close())]);
    this.packets.close();
    this.copies.close();
  }
}

/** Throws CaptureError for a file that is no capture. */
function probe(path: string): void {
  const source = openCapture(path, { capacity: 4096 });
  try {
    source.fill();
    source.next(new Frame());
    // A small file says at its end what is wrong with its start.
    if (source.error === null) source.fill();
    if (source.error !== null && source.error.frame === 0) throw source.error;
  } finally {
    source.close();
  }
}
