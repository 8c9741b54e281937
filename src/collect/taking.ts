// All that is taken from one point: what it has to capture with, its clock, its packets, what it knows of the network.
import { randomBytes } from 'node:crypto';
import { BACKENDS, type Backend } from '../capture/live/backends.js';
import type { Ring } from '../capture/live/keep.js';
import { type PointChild, runToEnd } from '../points/child.js';
import { commandAt, shownCommand } from '../points/command.js';
import type { Point } from '../points/point.js';
import { isReached, type Reached, reach } from '../points/reach.js';
import { noTools, whyNot } from '../points/refusal.js';
import { CLOCK_SCRIPT, type ClockOffset, measureClock } from './clock.js';
import type { BundleFolder } from './folder.js';
import { joinedFilter, keptOut, ownTrafficOf, PROBE_SCRIPT, type Probed, readProbe } from './probe.js';
import { Recording, type RecordingState } from './recording.js';
import { readSections, sectionScript } from './sections.js';
import { SNAPSHOT } from './snapshot.js';

/** How packets are captured, at all points alike. */
export interface CaptureAsked {
  /** pcap-filter(7) for points that have none of their own, or null. */
  readonly filter: string | null;
  readonly snapLength: number;
  /** Of the kernel there. */
  readonly bufferMiB: number;
  readonly ring: Ring | null;
  /** Bytes of packets of one capture, where there is no ring. */
  readonly maxBytes: number;
}

/** Something that could not be taken. */
export interface Missing {
  readonly what: string;
  readonly why: string;
}

/** When a snapshot was made; also the name of its folder in the bundle. */
export type When = 'before' | 'after';

/** A program that does not begin to capture within this time never will. */
const START_MS = 20_000;
const PROBE = { timeoutMs: 30_000, maxBytes: 4 << 20 };
/** Of all its commands. A router of the internet has a million routes. */
const SNAPSHOT_LIMITS = { timeoutMs: 30_000, maxBytes: 64 << 20 };

export class Taking {
  probed: Probed | null = null;
  clock: ClockOffset | null = null;
  recordings: readonly Recording[] = [];
  /** Why nothing can be captured there; null where packets come. */
  failed: string | null = null;
  /** What could not be taken, beside its packets. */
  readonly missing: Missing[] = [];
  /** All that was run for it, as it can be pasted into a shell. */
  readonly commands = new Set<string>();
  /** What stays at the point although we are done, or would stay if we were killed, in words; null: nothing. */
  left: string | null = null;
  private reached: Reached | null = null;
  /** A word that no output has. */
  private readonly mark = `mark-${randomBytes(12).toString('hex')}`;

  constructor(
    readonly point: Point,
    private readonly asked: CaptureAsked,
  ) {}

  get name(): string {
    return this.point.name;
  }

  /** Filter that the user wants here. */
  get filter(): string | null {
    return this.point.filter ?? this.asked.filter;
  }

  /** In words for a line of progress. */
  get state(): RecordingState | 'waiting' {
    if (this.failed !== null) return 'failed';
    const states = this.recordings.map(({ state }) => state);
    return (
      (['failed', 'lost', 'starting', 'full', 'running'] as const).find((one) => states.includes(one)) ?? states[0] ?? 'waiting'
    );
  }

  /** Finds out what is there, and asks its clock. */
  async prepare(signal: AbortSignal): Promise<void> {
    const reached = await reach(this.point, signal);
    if (!isReached(reached)) {
      this.failed = reached.why;
      return;
    }
    this.reached = reached;
    this.left = reached.stays;
    const { filter } = this;
    const answer = await this.run(['sh', '-c', PROBE_SCRIPT, 'sh', ...(filter === null ? [] : [filter])], PROBE);
    const probed = readProbe(answer.text);
    if (probed === null) this.failed = answer.end === 0 ? 'what it answers cannot be read' : this.why(answer);
    else if (probed.backend === null) this.failed = noTools(this.point, 'tcpdump');
    this.probed = probed;
    if (this.failed !== null || signal.aborted) return;
    this.clock = await measureClock(this.start(['sh', '-c', CLOCK_SCRIPT]), signal);
    if (this.clock === null) this.missing.push({ what: 'its clock', why: '`date` there does not print the time' });
  }

  /** Starts its captures; resolves when packets come, or `failed` says why not. `own`: see `ownTraffic`. */
  async record(folder: BundleFolder, own: string | null, onFrames: (frames: number) => void, signal: AbortSignal): Promise<void> {
    const { point, probed, asked } = this;
    if (this.failed !== null || probed?.backend == null) return;
    const { backend } = probed;
    this.recordings = devicesOf(point).map((device) => {
      const argv = captureArgv(
        backend,
        probed.program ?? backend.name,
        device,
        joinedFilter(this.filter, keptOut(device, ownTrafficOf(point, own))),
        asked,
      );
      const file = device === 'any' ? `${point.name}.pcapng` : `${point.name}-${fileWord(device)}.pcapng`;
      return new Recording(
        {
          child: this.start(argv),
          whyEnded: (child) => this.why(child),
          backend,
          path: folder.at(file),
          ring: asked.ring,
          maxBytes: asked.maxBytes,
          filter: this.filter,
          named: device === 'any' ? (index) => probed.interfaces.get(index) : () => device,
          startMs: START_MS,
        },
        onFrames,
      );
    });
    await Promise.all(this.recordings.map((one) => one.started(signal)));
    for (const [i, { state, why }] of this.recordings.entries())
      if (state === 'failed' && devicesOf(point).length > 1)
        this.missing.push({ what: `packets of ${devicesOf(point)[i]}`, why: why ?? '' });
    if (this.recordings.every(({ state }) => state === 'failed')) this.failed = this.recordings[0]?.why ?? null;
  }

  /** Asks for all that it knows of the network; a file each, in a folder of its own. */
  async snapshot(folder: BundleFolder, when: When, signal: AbortSignal): Promise<void> {
    if (this.reached === null || signal.aborted) return;
    const answer = await this.run(['sh', '-c', sectionScript(SNAPSHOT, this.mark)], SNAPSHOT_LIMITS, signal);
    const cut = answer.isCut ? 'it printed more than 64 MB' : answer.end === 0 ? null : this.why(answer);
    for (const { name, text, why } of readSections(answer.text, SNAPSHOT, this.mark, cut)) {
      if (why !== null) this.missing.push({ what: `${name} (${when})`, why });
      else if (text.trim() !== '') folder.write(`${when}/${this.name}/${name}.${/^\s*[[{]/.test(text) ? 'json' : 'txt'}`, text);
    }
  }

  /** Starts a program with the files of the point itself, not of what stands beside it. */
  startOwn(argv: readonly string[]): PointChild | null {
    if (this.reached === null) return null;
    this.commands.add(shownCommand(this.reached.command(argv, 'own')));
    return this.reached.start(argv, 'own');
  }

  async stop(): Promise<void> {
    await Promise.all(this.recordings.map((one) => one.stop()));
  }

  /** Takes away what was put up there. */
  async close(): Promise<void> {
    this.left = (await this.reached?.close()) ?? null;
    this.reached = null;
  }

  private start(argv: readonly string[]): PointChild {
    const reached = this.reached!;
    this.commands.add(shownCommand(reached.command(argv)));
    return reached.start(argv);
  }

  private async run(argv: readonly string[], limits: typeof PROBE, signal?: AbortSignal) {
    const reached = this.reached!;
    this.commands.add(shownCommand(reached.command(argv)));
    return runToEnd(reached.command(argv), limits, signal);
  }

  private why({ end, words }: { readonly end: number | string | null; readonly words: string }): string {
    return whyNot(this.point, end, words);
  }
}

const devicesOf = ({ interfaces }: Point): readonly string[] => (interfaces === 'any' ? ['any'] : interfaces);

/** Names of interfaces may have signs that not every file system takes. */
const fileWord = (device: string): string => device.replace(/[^\p{L}\p{N}_.@-]/gu, '_');

const captureArgv = (
  backend: Backend,
  program: string,
  device: string,
  filter: string | null,
  { snapLength, bufferMiB }: CaptureAsked,
): string[] => [
  program,
  // Not promiscuous: that would change the interface.
  ...backend.arguments({ devices: [device], numbers: [], all: [], filter, snapLength, bufferMiB, promiscuous: false }),
];

/** What would be run at a point, in order, for people who want to see it first. */
export function plannedCommands(point: Point, asked: CaptureAsked): { readonly what: string; readonly command: string }[] {
  const filter = point.filter ?? asked.filter;
  const own = point.way.method === 'ssh' ? 'OWN SSH CONNECTIONS' : null;
  const show = (argv: readonly string[]) => shownCommand(commandAt(point, argv));
  const snapshot = show(['sh', '-c', sectionScript(SNAPSHOT, 'MARK')]);
  return [
    { what: 'what is there', command: show(['sh', '-c', PROBE_SCRIPT, 'sh', ...(filter === null ? [] : [filter])]) },
    { what: 'its clock', command: show(['sh', '-c', CLOCK_SCRIPT]) },
    ...devicesOf(point).map((device) => ({
      what: `packets of ${device}`,
      command: show(captureArgv(BACKENDS.tcpdump, 'tcpdump', device, joinedFilter(filter, keptOut(device, own)), asked)),
    })),
    { what: 'what it knows of the network, before and after', command: snapshot },
  ];
}
