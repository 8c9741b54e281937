// Capturing by a program: tcpdump, dumpcap, or this one with the package cap. The child is started again when it dies, and when an interface comes back.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { nearestNames } from '../../bytes/nearest.js';
import { CaptureError, UsageError } from '../../errors.js';
import type { CaptureSource } from '../frame.js';
import { captureFrom } from '../from-chunks.js';
import { ANY, BACKEND_ORDER, BACKENDS, type Backend, type BackendName, type CapturePlan, refusalOf } from './backends.js';
import { CaptureChild, type Command } from './child.js';
import { damageOf, type Feed, type Tell } from './feed.js';
import { type SystemInterface, systemInterfaces } from './system.js';

export interface ChildOptions {
  /** Names; `any` stands for all. */
  readonly interfaces: readonly string[];
  readonly backend: BackendName | 'auto';
  readonly filter: string | null;
  readonly snapLength: number;
  readonly bufferMiB: number;
  readonly promiscuous: boolean;
  /** Folders to look for the programs in, as $PATH lists them. */
  readonly searchPath: string;
  /** What captures by the package cap; null where that is not installed. */
  readonly cap: Command | null;
  /** What the user types to run all this with every right. */
  readonly asRoot: string;
}

/** Milliseconds between two looks at the interfaces, and two questions for drops. */
const LOOK_MS = 300;
const ASK_MS = 1000;
/** A child that dies again and again is started less and less often. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

export class ChildFeed implements Feed {
  readonly path: string;
  readonly here: readonly string[];
  lateMs = BACKENDS.tcpdump.lateMs;
  private backend: Backend | null = null;
  private program: Command = [''];
  private child: CaptureChild | null = null;
  /** Drops of children that have ended. */
  private droppedBefore: number | null = null;
  private stopped = false;
  /** The set of interfaces has changed: the child is to be started again. */
  private renewing = false;
  private readonly wake = new AbortController();
  /** Number and state of each named interface when last looked at; null: it is not there. */
  private seen = new Map<string, { index: number; up: boolean } | null>();

  constructor(
    private readonly options: ChildOptions,
    private readonly tell: Tell,
  ) {
    this.path = options.interfaces.join(',');
    this.here = options.interfaces;
  }

  async start(): Promise<void> {
    const { interfaces, backend } = this.options;
    const system = systemInterfaces();
    for (const name of interfaces) {
      if (name !== ANY && !system.some((i) => i.name === name)) throw unknownInterface(name, system);
    }
    this.look(false);
    const order = backend === 'auto' ? BACKEND_ORDER : [backend];
    const installed = order.flatMap((name) => this.commandOf(name) ?? []);
    if (installed.length === 0) throw notInstalled(order);
    let remedy = '';
    for (const { backend: tried, command } of installed) {
      const child = new CaptureChild(command, tried, this.plan());
      if (await child.started()) {
        this.backend = tried;
        this.program = command;
        this.lateMs = tried.lateMs;
        this.child = child;
        if (tried.limits !== null) this.tell(tried.limits);
        return;
      }
      const refusal = refusalOf(child.words);
      if (refusal !== 'rights') throw refused(tried, refusal, child.words, this.options);
      if (tried.grant !== null) remedy ||= `run \`${tried.grant(command[0])}\` once, or `;
    }
    const what = `no right to capture; ${remedy}start as \`${this.options.asRoot}\``;
    throw new CaptureError('no-rights', `${this.path}: ${what}`, this.path);
  }

  /** Where these frames come from is known: there is nothing to find out. */
  async lookAhead(): Promise<void> {}

  /** A child that dies is started again, and says itself why it died. */
  faultOf(source: CaptureSource): string | null {
    return damageOf(source);
  }

  private commandOf(name: BackendName): { backend: Backend; command: Command } | null {
    const { searchPath, cap } = this.options;
    const path = name === 'cap' ? null : findProgram(name, searchPath);
    const command: Command | null = name === 'cap' ? cap : path === null ? null : [path];
    return command === null ? null : { backend: BACKENDS[name], command };
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    const looking = setInterval(() => this.look(true), LOOK_MS);
    const asking = setInterval(() => this.child?.askDrops(), ASK_MS);
    let pause = FIRST_PAUSE_MS;
    try {
      for (;;) {
        const { child } = this;
        if (child === null) return;
        const startedAt = performance.now();
        const source = captureFrom(child.output, this.path, { unfinished: true });
        yield source;
        source.close();
        await child.stop();
        this.droppedBefore = sum(this.droppedBefore, child.dropped);
        this.child = null;
        if (this.stopped) return;
        if (!this.renewing) this.tell(`${this.backend?.name} ended (${reason(child)}); starting it again`);
        this.renewing = false;
        pause = performance.now() - startedAt > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(2 * pause, LONGEST_PAUSE_MS);
        await this.startAgain(pause);
      }
    } finally {
      clearInterval(looking);
      clearInterval(asking);
      await this.child?.stop();
    }
  }

  dropped(): number | null {
    return sum(this.droppedBefore, this.child?.dropped ?? null);
  }

  stop(): void {
    this.stopped = true;
    this.wake.abort();
    void this.child?.stop();
  }

  /** Tries until packets can come again: an interface that is gone may come back. */
  private async startAgain(pauseMs: number): Promise<void> {
    let pause = pauseMs;
    while (!this.stopped) {
      await this.sleep(pause);
      if (this.stopped) return;
      if (!this.isAnyThere()) continue;
      const child = new CaptureChild(this.program, this.backend as Backend, this.plan());
      this.child = child;
      if (await child.started()) {
        this.tell(`capturing again on ${this.plan().devices.join(', ')}`);
        return;
      }
      this.child = null;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private get named(): readonly string[] {
    return this.options.interfaces.includes(ANY) ? [] : this.options.interfaces;
  }

  private present(): string[] {
    return this.named.filter((name) => this.seen.get(name) != null);
  }

  private isAnyThere(): boolean {
    return this.named.length === 0 || this.present().length > 0;
  }

  /** Tells what became of the interfaces since the last look. */
  private look(telling: boolean): void {
    if (this.named.length === 0) return;
    const now = new Map(systemInterfaces().map((i) => [i.name, i]));
    for (const name of this.named) {
      const here = now.get(name);
      const state = here === undefined ? null : { index: here.index, up: here.up };
      const before = this.seen.get(name);
      this.seen.set(name, state);
      if (!telling || before === undefined) continue;
      if (state === null) {
        if (before !== null) this.tell(`${name} is gone`);
      } else if (before === null || before.index !== state.index) {
        this.tell(`${name} is back, now with number ${state.index}`);
        this.renew();
      } else if (before.up !== state.up) this.tell(`${name} ${state.up ? 'is up again' : 'went down'}`);
    }
  }

  /** The filter names interfaces by numbers, which have changed. */
  private renew(): void {
    this.renewing = true;
    void this.child?.stop();
  }

  private plan(): CapturePlan {
    const { filter, snapLength, bufferMiB, promiscuous } = this.options;
    const { named } = this;
    const system = systemInterfaces();
    return {
      devices: named.length === 0 ? [ANY] : named.length === 1 ? named : this.present(),
      numbers: named.flatMap((name) => this.seen.get(name)?.index ?? []),
      all: system.filter((i) => i.up).map((i) => i.name),
      filter,
      snapLength,
      bufferMiB,
      promiscuous,
    };
  }
}

const sum = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);

/** What it said last, beside its counters and what it says to everybody. */
const lastLine = (words: string): string =>
  words
    .trim()
    .split('\n')
    .filter(
      (line) =>
        !/\d+ packets? |^Packets |listening on|data link type|^File:|^Capturing|^Running as|may not actually work/.test(line),
    )
    .at(-1)
    ?.replace(/^\w+: (pcap_loop: )?/, '') ?? '';

const reason = (child: CaptureChild): string =>
  typeof child.end === 'string' ? child.end : lastLine(child.words) || `exit code ${child.end}`;

function findProgram(name: string, searchPath: string): string | null {
  // Administrators' programs are not in everybody's path.
  for (const folder of [...searchPath.split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'])
    try {
      const path = join(folder, name);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  return null;
}

function unknownInterface(name: string, system: readonly SystemInterface[]): UsageError {
  const names = system.map((i) => i.name);
  const [meant] = nearestNames(name, names);
  const hint = meant === undefined ? `there are ${names.join(', ')} and ${ANY}` : `did you mean '${meant}'?`;
  return new UsageError(`no interface is called '${name}'; ${hint}`);
}

function notInstalled(names: readonly BackendName[]): UsageError {
  const [first] = names;
  const what = names.length === 1 ? `${first} is not installed` : `none of ${names.join(', ')} is installed`;
  return new UsageError(`${what}; run \`${BACKENDS[first!].install}\``);
}

function refused(
  backend: Backend,
  refusal: string,
  words: string,
  { interfaces, filter }: ChildOptions,
): UsageError | CaptureError {
  const said = lastLine(words);
  if (refusal === 'filter') return new UsageError(`--capture-filter '${filter}': ${said}; pcap-filter(7) has the syntax`);
  return new CaptureError(
    'io',
    `${interfaces.join(',')}: ${backend.name} cannot capture there (${said}); is the interface up? 'hopscope live --list' shows`,
    interfaces.join(','),
  );
}
