// `capture`: takes the evidence of a run at all points and makes a bundle of it. Packets first, then what the points know, then the command:
// whatever that causes is seen everywhere.
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { safeText } from '../bytes/text.js';
import { AGENT_TABLES, type Agent, agentList, HUBBLE, inAgent, objects, readAgents } from '../collect/cluster.js';
import type { BundleFolder } from '../collect/folder.js';
import { Follower, LogFile } from '../collect/log.js';
import { ownTraffic } from '../collect/probe.js';
import { readSections, sectionScript } from '../collect/sections.js';
import { type CaptureAsked, type Missing, Taking, type When } from '../collect/taking.js';
import { CaptureError, HopscopeError, InterruptedError, UsageError } from '../errors.js';
import { PointChild, runToEnd } from '../points/child.js';
import { shownCommand } from '../points/command.js';
import type { Cluster, Point } from '../points/point.js';
import { whyNot } from '../points/refusal.js';
import { guarded } from '../points/watchdog.js';
import { type Change, diffTopologies } from '../topology/diff.js';
import { showTopology } from '../topology/import/show.js';
import type { Topology } from '../topology/model.js';
import { openBundle } from './bundle.js';
import { type EndedBy, type RanCommand, sheetText } from './collect-sheet.js';
import type { KnownText } from './options.js';
import { gathered, knownText } from './topology-of.js';

/** A command to run while everything is captured. */
export interface WantedCommand {
  /** Name of a point; null: this machine. */
  readonly point: string | null;
  readonly argv: readonly string[];
  /** As the user has written it. */
  readonly shown: string;
}

export interface CollectOptions {
  readonly points: readonly Point[];
  readonly cluster: Cluster | null;
  readonly asked: CaptureAsked;
  /** Topology files of the user: what the points do not say themselves. */
  readonly topology: readonly string[];
  /** Run one after the other; with none, it captures until one of the others is due. */
  readonly commands: readonly WantedCommand[];
  readonly durationMs: number | null;
  /** Frames of all points together. */
  readonly count: number | null;
  /** Looks for an error in what was captured so far, and ends at one. Asked now and then; resolves to whether there is one. */
  readonly untilFinding: ((folder: string) => Promise<boolean>) | null;
  /** How long packets are captured after the last command. */
  readonly lingerMs: number;
  readonly signal: AbortSignal;
  readonly events: CollectEvents;
}

export interface CollectEvents {
  /** What it does now. */
  readonly stage: (text: string) => void;
  /** The state of a point has changed. */
  readonly point: (taking: Taking) => void;
  /** What the user should know. */
  readonly note: (text: string) => void;
  /** What a command prints. */
  readonly output: (chunk: Buffer) => void;
}

export interface Collected {
  readonly takings: readonly Taking[];
  readonly ran: readonly RanCommand[];
  readonly changes: readonly Change[];
  readonly missing: readonly Missing[];
  readonly endedBy: EndedBy;
}

/** Of one object of a cluster, and of one agent's tables. */
const CLUSTER_LIMITS = { timeoutMs: 30_000, maxBytes: 128 << 20 };
const MAX_LOG_BYTES = 64 << 20;
/** Between two looks at what became of the captures. */
const WATCH_MS = 200;
/** Between two looks for a finding, at least, and how many times its own cost must pass. */
const LOOK_MS = 2000;
const LOOK_SHARE = 4;

export class Collection {
  readonly takings: readonly Taking[];
  private readonly startedMs = Date.now();
  private readonly ran: RanCommand[] = [];
  private readonly missing: Missing[] = [];
  private readonly clusterCommands: string[] = [];
  private readonly aside: Record<string, string> = {};
  private readonly followers: { readonly what: string; readonly follower: Follower }[] = [];
  private agents: readonly Agent[] = [];
  private leftOut: string | null = null;
  private frames = 0;
  private onCount = () => {};

  constructor(private readonly options: CollectOptions) {
    this.takings = options.points.map((point) => new Taking(point, options.asked));
    // Each point and each command listens.
    setMaxListeners(0, options.signal);
  }

  /**
   * Takes everything; `makeFolder` is called when it is clear that something can be. The folder is committed at the end. Throws UsageError for a
   * filter that does not parse, CaptureError where no point can be captured, InterruptedError for one that was ended before anything was.
   */
  async run(makeFolder: () => BundleFolder): Promise<Collected> {
    let folder: BundleFolder | null = null;
    try {
      await this.prepare();
      folder = makeFolder();
      return await this.take(folder);
    } finally {
      await Promise.all(this.takings.map((taking) => taking.stop()));
      await Promise.all(this.followers.map(({ follower }) => follower.stop(() => '')));
      await Promise.all(this.takings.map((taking) => taking.close()));
      for (const { name, left } of this.takings) if (left !== null) this.options.events.note(`${name}: ${left}`);
      folder?.discard();
    }
  }

  private async prepare(): Promise<void> {
    const { events, signal } = this.options;
    events.stage(`asking ${this.takings.map(({ name }) => name).join(', ')}`);
    await this.each(async (taking) => {
      await taking.prepare(signal);
      if (taking.failed !== null) events.point(taking);
    });
    if (signal.aborted) throw new InterruptedError();
    for (const { name, filter, probed } of this.takings)
      if (probed?.filterError != null)
        throw new UsageError(
          `the filter '${safeText(filter ?? '')}' of ${name}: ${probed.filterError}; pcap-filter(7) has the syntax`,
        );
    this.checkAny();
    this.leftOut = ownTraffic(this.takings);
  }

  private async take(folder: BundleFolder): Promise<Collected> {
    const { events, signal } = this.options;
    await this.each(async (taking) => {
      if (taking.failed !== null) return;
      await taking.record(folder, this.leftOut, (frames) => this.counted(frames), signal);
      events.point(taking);
    });
    if (signal.aborted) throw new InterruptedError();
    this.checkAny();
    this.writeSheet(folder, null);
    await this.follow(folder);
    events.stage('taking addresses, routes, neighbours');
    const before = await this.snapshot(folder, 'before', signal);
    this.writeSheet(folder, null);
    const endedBy = await this.wait(folder);
    events.stage('taking addresses, routes, neighbours again');
    // Ctrl-C ends the capture, not the evidence; a second one ends everything.
    const after = await this.snapshot(folder, 'after', NEVER);
    await this.each((taking) => taking.stop());
    for (const taking of this.takings) if (taking.recordings.length > 0) events.point(taking);
    for (const { what, follower } of this.followers.splice(0)) {
      const why = await follower.stop(({ end, words }) => whyNot(CLUSTER, end, words));
      if (why !== null) this.missing.push({ what, why });
    }
    await this.each((taking) => taking.close());
    const changes = before === null || after === null ? [] : diffTopologies(before, after).filter(isTelling);
    this.writeSheet(folder, endedBy, changes, true);
    folder.commit();
    return { takings: this.takings, ran: this.ran, changes, missing: this.missing, endedBy };
  }

  /** Runs the commands, or waits. Returns what ended it. */
  private async wait(folder: BundleFolder): Promise<EndedBy> {
    const { commands, durationMs, count, untilFinding, lingerMs, signal, events } = this.options;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const reasons: Promise<EndedBy>[] = [aborted(signal).then(() => 'interrupt' as const), this.watch(folder, either)];
    if (durationMs !== null) reasons.push(pause(durationMs, either).then(() => 'duration'));
    if (count !== null)
      reasons.push(
        new Promise((resolve) => {
          this.onCount = () => this.frames >= count && resolve('count');
          this.onCount();
        }),
      );
    if (untilFinding !== null) reasons.push(this.look(folder, untilFinding, either));
    if (commands.length > 0)
      reasons.push(
        this.runAll(folder, either).then(async () => {
          events.stage(`waiting ${lingerMs / 1000} s for late answers`);
          await pause(lingerMs, either);
          return 'command' as const;
        }),
      );
    else events.stage(`capturing; ${[durationMs === null ? '' : `for ${durationMs / 1000} s, `, 'Ctrl-C ends it'].join('')}`);
    const by = await Promise.race(reasons);
    over.abort();
    // What a point has captured last is still on its way.
    if (by !== 'command' && by !== 'points') await pause(FLUSH_MS, NEVER);
    return by;
  }

  private async runAll(folder: BundleFolder, signal: AbortSignal): Promise<void> {
    for (const [i, wanted] of this.options.commands.entries()) {
      if (signal.aborted) return;
      const output = this.options.commands.length === 1 ? 'command.txt' : `command-${i + 1}.txt`;
      await this.runCommand(wanted, folder, output, signal);
      this.writeSheet(folder, null);
    }
  }

  private async runCommand({ point, argv, shown }: WantedCommand, folder: BundleFolder, output: string, signal: AbortSignal) {
    const { events } = this.options;
    const taking = point === null ? null : (this.takings.find(({ name }) => name === point) ?? null);
    // Both of its outputs in the order in which they come.
    const both = ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...argv];
    const child = taking === null ? new PointChild(guarded(both)) : taking.startOwn(both);
    if (child === null) {
      this.missing.push({ what: `the command '${shown}'`, why: `${point} is not reached` });
      events.note(`${shown} was not run: ${point} is not reached`);
      return;
    }
    events.stage(`running ${shown}${point === null ? '' : ` at ${point}`}`);
    const log = new LogFile(folder.at(output), MAX_LOG_BYTES);
    // A prompt, as in the log of a terminal: it says where what follows was printed.
    log.write(`${point === null ? '' : `${point}:~`}$ ${shown}\n`);
    const startedMs = Date.now();
    child.output.on('data', (chunk: Buffer) => {
      log.write(chunk);
      events.output(chunk);
    });
    const stop = () => void child.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const closed = new Promise((resolve) => child.output.once('close', resolve));
    await child.ended;
    await Promise.race([closed, pause(FLUSH_MS, signal)]);
    signal.removeEventListener('abort', stop);
    log.close();
    if (log.why !== null) this.missing.push({ what: `the output of '${shown}'`, why: log.why });
    const end = child.end ?? 'unknown';
    this.ran.push({ point, command: shown, output, end, startedMs, endedMs: Date.now() });
    if (end !== 0) events.note(`${shown} ended with ${typeof end === 'number' ? `exit code ${end}` : end}`);
  }

  /** Resolves when no point captures any more. Until then bundle.json follows the files of rings, so that it is true if we are killed. */
  private async watch(folder: BundleFolder, signal: AbortSignal): Promise<EndedBy> {
    const { events } = this.options;
    const told = new Set<Taking>();
    const filesOf = () => this.takings.flatMap(({ recordings }) => recordings.flatMap(({ files }) => files)).join('\n');
    let files = filesOf();
    while (!signal.aborted) {
      await pause(WATCH_MS, signal);
      if (files !== filesOf()) {
        files = filesOf();
        this.writeSheet(folder, null);
      }
      const ended = this.takings.filter(({ state }) => state !== 'running');
      for (const taking of ended)
        if (taking.failed === null && !told.has(taking)) {
          told.add(taking);
          events.point(taking);
        }
      if (ended.length === this.takings.length) return 'points';
    }
    return 'interrupt';
  }

  private async look(
    folder: BundleFolder,
    untilFinding: (folder: string) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<EndedBy> {
    let waitMs = LOOK_MS;
    // What two looks find is no accident of what had not arrived yet at one of the points.
    let found = 0;
    while (!signal.aborted && found < 2) {
      await pause(waitMs, signal);
      if (signal.aborted) break;
      const startMs = performance.now();
      try {
        found = (await untilFinding(folder.path)) ? found + 1 : 0;
      } catch (error) {
        // There is nothing to read yet.
        if (!(error instanceof HopscopeError)) throw error;
      }
      waitMs = Math.max(LOOK_MS, LOOK_SHARE * (performance.now() - startMs));
    }
    return found >= 2 ? 'finding' : 'interrupt';
  }

  /** What the points and the cluster know now; null where nobody says anything. The first one becomes the topology of the bundle. */
  private async snapshot(folder: BundleFolder, when: When, signal: AbortSignal): Promise<Topology | null> {
    await Promise.all([this.each((taking) => taking.snapshot(folder, when, signal)), this.askCluster(folder, when, signal)]);
    const { topology, events } = this.options;
    const known: KnownText[] = [
      ...topology.map(knownText),
      ...((await openBundle(folder.at(when), undefined))?.known ?? []).map((text) => ({
        ...text,
        machine: this.machineOf(text.path),
      })),
    ];
    try {
      const found = await gathered(known);
      if (found === null) return null;
      if (when === 'before') {
        for (const conflict of found.conflicts) events.note(`contradiction: ${conflict}`);
        folder.write('topology.yaml', showTopology(found.file));
        this.aside['before'] = 'topology.yaml was made of it';
      }
      return found.topology;
    } catch (error) {
      if (!(error instanceof HopscopeError)) throw error;
      this.missing.push({ what: `the topology ${when}`, why: error.message });
      events.note(`no topology could be made of what the points say: ${error.message}`);
      return null;
    }
  }

  /** The point or node whose folder a text lies in; null for those of the cluster. */
  private machineOf(path: string): string | null {
    const name = path.split('/').at(-2) ?? '';
    return this.takings.some((taking) => taking.name === name) || this.agents.some(({ node }) => node === name) ? name : null;
  }

  private async askCluster(folder: BundleFolder, when: When, signal: AbortSignal): Promise<void> {
    const { cluster } = this.options;
    if (cluster === null || !cluster.kubectl) return;
    await Promise.all(
      objects(cluster).map(async ({ name, argv }) => {
        const answer = await this.runHere(argv, signal);
        if (answer.end === 0 && !answer.isCut) folder.write(`${when}/cluster/${name}.json`, answer.text);
        // A cluster does not have all kinds that there are.
        else if (!/doesn't have a resource type/.test(answer.words)) this.lack(`${name} of the cluster (${when})`, answer);
      }),
    );
    await Promise.all(
      this.agents.map(async (agent) => {
        const mark = `mark-${randomBytes(12).toString('hex')}`;
        const answer = await this.runThere(inAgent(cluster, agent, ['sh', '-c', sectionScript(AGENT_TABLES, mark)]), signal);
        for (const { name, text, why } of readSections(answer.text, AGENT_TABLES, mark, answer.words.trim() || null))
          if (why !== null) this.missing.push({ what: `${name} of ${agent.node} (${when})`, why });
          else folder.write(`${when}/${agent.node}/${name}.${/^\s*[[{]/.test(text) ? 'json' : 'txt'}`, text);
      }),
    );
  }

  /** Hubble's flows of each node, while the capture lasts. */
  private async follow(folder: BundleFolder): Promise<void> {
    const { cluster, signal } = this.options;
    if (cluster === null || !cluster.cilium) return;
    const answer = await this.runHere(agentList(cluster), signal);
    if (answer.end !== 0) this.lack("the list of Cilium's agents", answer);
    this.agents = readAgents(answer.text);
    for (const agent of this.agents) {
      const argv = inAgent(cluster, agent, HUBBLE);
      this.clusterCommands.push(shownCommand(argv));
      const path = folder.at(`hubble-${agent.node}.jsonl`);
      this.followers.push({
        what: `Hubble's flows of ${agent.node}`,
        follower: new Follower(new PointChild(argv), path, MAX_LOG_BYTES),
      });
    }
  }

  private async runHere(argv: readonly string[], signal: AbortSignal) {
    this.clusterCommands.push(shownCommand(argv));
    return runToEnd(guarded(argv), CLUSTER_LIMITS, signal);
  }

  /** What has a guard at the other end already, which hears our words by the program of this machine. */
  private async runThere(argv: readonly string[], signal: AbortSignal) {
    this.clusterCommands.push(shownCommand(argv));
    return runToEnd(argv, CLUSTER_LIMITS, signal);
  }

  private lack(
    what: string,
    { end, words, isCut }: { readonly end: number | string; readonly words: string; readonly isCut: boolean },
  ) {
    this.missing.push({ what, why: isCut ? 'it is larger than 128 MB' : whyNot(CLUSTER, end, words) });
  }

  private writeSheet(folder: BundleFolder, endedBy: EndedBy | null, changes: readonly Change[] = [], isWhole = false): void {
    const { takings, ran, leftOut, missing, clusterCommands, startedMs } = this;
    if (isWhole) this.aside['after'] = 'what the points said after the run; `changes` in bundle.json says what differs';
    const { aside } = this;
    const endedMs = Date.now();
    folder.write(
      'bundle.json',
      sheetText({ isWhole, startedMs, endedMs, endedBy, takings, ran, leftOut, changes, missing, aside, clusterCommands }),
    );
  }

  private counted(frames: number): void {
    this.frames += frames;
    this.onCount();
  }

  private async each(action: (taking: Taking) => Promise<void>): Promise<void> {
    await Promise.all(this.takings.map(action));
  }

  /** Throws CaptureError where no point is left. */
  private checkAny(): void {
    if (this.takings.some(({ failed }) => failed === null)) return;
    const [first] = this.takings;
    const others = this.takings.length === 1 ? '' : ', nor at any other point (see above)';
    throw new CaptureError('io', `nothing can be captured at ${first!.name}${others}: ${first!.failed}`, first!.name);
  }
}

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

/** What a point has captured is handed over within this time: tcpdump gets its packets in blocks that are closed once a second. */
const FLUSH_MS = 1200;

/** For the reasons of kubectl. */
const CLUSTER: Point = {
  name: 'cluster',
  way: { method: 'kubectl', context: null, namespace: null, pod: 'cilium', container: null },
  ...{ sudo: false, interfaces: 'any', filter: null, image: null },
};

/** Neighbours that come and go with the packets of a run are no change of the network. */
const isTelling = ({ what, kind }: Change): boolean =>
  !(what === 'neighbour' || what === 'forwarding entry') || kind === 'changed' || kind === 'moved';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
