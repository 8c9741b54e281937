// A session: the captures of one run, read beside the screen, and everything that the screen may ask about them.

import { plainWidth } from '../../bytes/text.js';
import { linkTypeName } from '../../capture/linktypes.js';
import { isSameFile } from '../../capture/same-file.js';
import { FilterError, UsageError } from '../../errors.js';
import { type Completions, completions } from '../../filter/complete.js';
import type { Joint } from '../../main/joint.js';
import { registryOf } from '../../main/lab.js';
import type { CaptureInput, KnownText } from '../../main/options.js';
import type { MapPicture, TimelinePicture } from '../../picture/model.js';
import type { Finding } from '../../rules/finding.js';
import type {
  About,
  CaptureFacts,
  Comparison,
  Detail,
  Ladder,
  LadderQuestion,
  Order,
  PacketList,
  Progress,
  Search,
  Sequence,
  Session,
  Stream,
  Table,
  TableName,
  TableQuery,
  Traffic,
} from '../session.js';
import { SessionChecks } from './checks.js';
import { SessionComments } from './comments.js';
import { NOT_COMPARED } from './compared.js';
import { Concerns } from './concerns.js';
import { Engine } from './engine.js';
import { trafficIn } from './histogram.js';
import { COPY_LIMIT, Folder, planOf } from './inputs.js';
import { packetAt } from './moment.js';
import { type Parts, partsOf } from './parts.js';
import type { RunSettings } from './run.js';
import { savePackets } from './save.js';
import { sequenceOf } from './sequence.js';
import { ShownPackets } from './shown.js';
import { streamOf } from './stream.js';
import type { Bins } from './wire.js';

export interface SessionOptions {
  readonly captures: readonly CaptureInput[];
  /** Paths of topology files. */
  readonly topology?: readonly string[];
  /** What lies beside the captures, where no topology is named. */
  readonly known?: readonly KnownText[] | undefined;
  /** What other tools have printed of the run. */
  readonly witnesses?: readonly CaptureInput[] | undefined;
  /** `2=eth0,3=eth1`. */
  readonly ifmap?: string | null;
  /** `udp.port==8472,vxlan`. */
  readonly decodeAs?: readonly string[];
  /** Point of captures that name none. */
  readonly at?: string | null;
  /** Conversations kept at once; undefined: as a run of files keeps. */
  readonly maxConversations?: number | undefined;
  /** The files are still being written: go on at their ends. */
  readonly follow?: boolean;
  /** They are of points whose packets arrive. */
  readonly joint?: Joint | undefined;
  /** Most bytes that are kept of a pipe or a compressed file. */
  readonly copyLimit?: number;
  /** Expectation files and folders to be held against the captures. */
  readonly expect?: readonly string[];
  /** False: everything in the calling thread. */
  readonly threads?: boolean;
}

export { noSession } from './none.js';

const MAX_LOG = 1000;

/** Rules of decode-as that were kept, as far as they can be followed: a plug-in may be missing today. */
export function followable(rules: readonly string[]): readonly string[] {
  return rules.filter((rule) => {
    try {
      registryOf([rule]);
      return true;
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  });
}

/** Throws UsageError, TopologyError, and CaptureError for a file that cannot be opened. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const folder = new Folder();
  try {
    const { follow = false, copyLimit = COPY_LIMIT, threads = true } = options;
    const settings: RunSettings = {
      captures: options.captures.map((input) => planOf(input, follow, folder, copyLimit)),
      topology: options.topology ?? [],
      known: options.known,
      witnesses: options.witnesses?.map(({ point, path, file }) => ({ point, path, ...(file !== undefined && { file }) })),
      ifmap: options.ifmap ?? null,
      at: options.at ?? null,
      decodeAs: options.decodeAs ?? [],
      maxConversations: options.maxConversations,
      joint: options.joint,
    };
    return new RunSession(await Engine.open(settings, threads), folder, threads, options.expect ?? []);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

class RunSession implements Session {
  onChange: () => void = () => undefined;
  areNames = false;
  compared: Comparison = NOT_COMPARED;
  readonly log: { readonly time: Date; readonly text: string }[] = [];

  readonly checks: SessionChecks | null;
  readonly comments = new SessionComments(
    () => this.engine,
    (number) => this.takeComment(number),
  );
  private engine: Engine;
  private isChanged = false;
  private parts: Parts;
  private concerns = new Concerns([]);
  private colors: readonly string[] = [];
  private readonly pages = new Map<string, string>();
  private readonly shown = new ShownPackets(
    {
      total: () => this.engine.count,
      progress: () => this.load,
      row: (number, before, columns) => this.parts.rows.row(number, before, columns),
    },
    (text) => this.note(text),
    () => this.changed(),
  );

  constructor(
    engine: Engine,
    private readonly folder: Folder,
    private readonly threads: boolean,
    expect: readonly string[],
  ) {
    this.engine = engine;
    this.parts = this.partsOf(engine);
    this.attach(engine);
    this.checks =
      expect.length === 0
        ? null
        : new SessionChecks(
            expect,
            () => this.engine,
            threads,
            () => this.changed(),
          );
    // The rules are half of the program, and no row needs them.
    setImmediate(() => {
      void import('../../rules/index.js').then(({ catalogue }) => {
        for (const { id, page } of catalogue) this.pages.set(id, page);
      });
    });
  }

  private attach(engine: Engine): void {
    engine.onChange = () => {
      if (engine.found !== this.concerns.found) this.takeFindings(engine.found);
      this.changed();
    };
    engine.onNote = (text) => this.note(text);
  }

  /** Coalesced: what comes in one turn of the event loop is one change. */
  private changed(): void {
    if (this.isChanged) return;
    this.isChanged = true;
    setImmediate(() => {
      this.isChanged = false;
      this.onChange();
    });
  }

  private note(text: string): void {
    if (this.log.at(-1)?.text === text) return;
    if (this.log.length >= MAX_LOG) this.log.shift();
    this.log.push({ time: new Date(), text: plainWidth(text) });
  }

  get captures(): readonly CaptureFacts[] {
    const { lab, captures, settings } = this.engine;
    return lab.captures.map(({ label, source }, i) => ({
      point: label,
      file: settings.captures[i].path,
      linkTypes: [...new Set(source.info.interfaces.map((n) => linkTypeName(n.linkType)))],
      interfaces: captures[i]?.interfaces.length ?? source.info.interfaces.length,
    }));
  }

  get load(): Progress {
    const { progress, startMs, endMs, count } = this.engine;
    const seconds = ((Number.isNaN(endMs) ? performance.now() : endMs) - startMs) / 1000;
    return { ...progress, frames: count, framesPerSecond: seconds > 0 ? count / seconds : 0 };
  }

  get findingsKnown(): boolean {
    return this.engine.findingsKnown;
  }

  get findings(): readonly Finding[] {
    return this.concerns.findings;
  }

  private takeComment(number: number | null): void {
    this.engine.remark(this.comments.packets, number);
    this.parts.rows.forget();
    this.parts.tables.forget();
    this.changed();
  }

  private takeFindings(found: Engine['found']): void {
    this.concerns = new Concerns(found);
    this.parts.rows.forget();
    this.parts.replies.forget();
  }

  private partsOf(engine: Engine): Parts {
    return partsOf(engine, this.comments, {
      severityOf: (packet) => this.concerns.severityOf(packet),
      note: (text) => this.note(text),
      changed: () => this.changed(),
    });
  }

  detail(number: number): Detail | null {
    return this.parts.details.of(number, this.concerns, this.areNames);
  }
  about(number: number): About | null {
    return this.parts.details.about(number, this.concerns, this.areNames);
  }

  readonly packetOf = (point: string | null, frame: number): number => this.parts.calls.packetOf(point, frame);
  readonly nameOf = (number: number): string => this.parts.calls.nameOf(number);
  readonly frameBeside = (number: number, frame: number): number => this.parts.calls.frameBeside(number, frame);

  packetAt(clock: string): number {
    return packetAt(this.engine.packets, clock);
  }

  evidence(finding: number, i: number): number {
    const packet = this.concerns.found[finding]?.packets[i] ?? 0;
    return packet <= this.engine.count ? packet : 0;
  }

  evidenceCount(finding: number): number {
    return this.concerns.found[finding]?.packets.length ?? 0;
  }

  page(rule: string): string {
    return this.pages.get(rule) ?? '';
  }

  // Filters.

  checkFilter(text: string): ReturnType<Session['checkFilter']> {
    return this.parts.names.check(text);
  }

  complete(text: string, cursor: number): Completions {
    const { values } = this.parts;
    return completions(text, cursor, this.engine.lab.registry, this.engine.extras, (field) => values.of(field));
  }

  colorBy(filters: readonly string[]): readonly (string | null)[] {
    const { names, rows } = this.parts;
    this.colors = filters;
    const faults = filters.map((filter) => names.check(filter)?.message ?? null);
    rows.colorBy(filters.map((filter, i) => (faults[i] === null ? names.compile(filter) : null)));
    return faults;
  }

  get packets(): PacketList {
    return this.shown.list;
  }
  show(filter: string, order: Order | null): void {
    const text = this.parts.names.meant(filter);
    this.shown.show(this.engine, filter, text, order);
    this.parts.tables.forget();
    // The packet before, which `delta` counts from, may be another one now.
    this.parts.rows.forget();
    this.changed();
  }

  // Questions that take time.

  table(name: TableName, query: TableQuery): Table {
    return this.parts.tables.table(name, query, this.packets, this.areNames);
  }

  find(search: Search, from: number, backwards: boolean, signal: AbortSignal): Promise<number> {
    return this.parts.finder.find(this.meant(search), this.packets, this.parts.rows.fields, from, backwards, signal);
  }

  hits(search: Search, from: number, take: (positions: Uint32Array, upTo: number) => void, signal: AbortSignal): Promise<void> {
    return this.parts.finder.hits(this.meant(search), this.packets, this.parts.rows.fields, from, take, signal);
  }

  private meant(search: Search): Search {
    return search.kind === 'filter' ? { ...search, text: this.parts.names.meant(search.text) } : search;
  }

  stream(number: number): Promise<Stream | null> {
    return streamOf(this.engine.packets, number);
  }

  readonly sequence = (number: number): Promise<Sequence | null> => sequenceOf(this.engine.packets, number);
  readonly ladder = (question: LadderQuestion): Promise<Ladder | null> => this.parts.pictures.ladder(question, this.concerns);
  readonly map = (finding: number): Promise<MapPicture | null> => this.parts.pictures.map(this.findings[finding]?.id ?? null);
  readonly timeline = (finding: number): Promise<TimelinePicture | null> =>
    this.parts.pictures.timeline(this.findings[finding]?.id ?? null);

  compare(good: readonly string[]): void {
    const { engine } = this;
    this.compared = { ...NOT_COMPARED, state: 'running', good: good.join(' ') };
    void this.parts.pictures.compare(good).then((compared) => {
      if (engine !== this.engine || compared === null) return;
      this.compared = compared;
      this.changed();
    });
  }

  async traffic(steps: number): Promise<Traffic> {
    const { engine } = this;
    const all = await engine.ask<Bins | null>((id) => ({ type: 'traffic', id }));
    const shown = this.packets.filter === '' ? all : this.shown.traffic;
    return trafficIn(all, shown, steps);
  }

  async save(path: string, numbers: readonly number[] | null, signal: AbortSignal): Promise<number> {
    const { captures } = this.engine.settings;
    if (captures.some((capture) => isSameFile(capture.path, path)))
      throw new UsageError(`${path} is what is shown here; save under another name`);
    const { packets } = this;
    const { count } = packets;
    const numberAt = (i: number) => (numbers === null ? (i < count ? packets.numberAt(i) : 0) : (numbers[i] ?? 0));
    const { unsaved } = this.comments;
    const written = await savePackets(this.engine.packets, path, numberAt, signal, this.comments.all);
    // What was written meanwhile is not in it.
    this.comments.unsaved -= unsaved;
    return written;
  }

  get decodedAs(): readonly string[] {
    return this.engine.settings.decodeAs;
  }

  decodeAs(rules: readonly string[]): void {
    const { settings, progress } = this.engine;
    const isReading = progress.state === 'running' || progress.state === 'following';
    if (isReading && settings.captures.some(({ kind, labPath, dataPath }) => kind === 'copied' && labPath === dataPath))
      throw new UsageError('the pipe is still being read, and cannot be read again before its end; try again then');
    const changed: RunSettings = {
      ...settings,
      decodeAs: rules,
      // What was copied once is read from the copy.
      captures: settings.captures.map((plan) => (plan.kind === 'copied' && !isReading ? { ...plan, kind: 'file' } : plan)),
    };
    registryOf(rules);
    this.parts.rows.close();
    const before = this.engine;
    before.onChange = before.onNote = () => undefined;
    void Engine.open(changed, this.threads).then(
      async (engine) => {
        await before.close();
        this.restart(engine);
      },
      (error: unknown) => this.note(String((error as Error).message)),
    );
  }

  private restart(engine: Engine): void {
    const { filter, order } = this.packets;
    this.engine = engine;
    this.shown.forget();
    this.concerns = new Concerns([]);
    this.parts = this.partsOf(engine);
    this.attach(engine);
    engine.remark(this.comments.packets, null);
    this.colorBy(this.colors);
    this.checks?.again();
    try {
      this.show(filter, order);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.note(error.message);
      this.show('', null);
    }
  }

  stop(): void {
    this.engine.stop();
  }

  async close(): Promise<void> {
    this.parts.rows.close();
    await Promise.all([this.engine.close(), this.checks?.close()]);
    this.folder.remove();
  }
}
