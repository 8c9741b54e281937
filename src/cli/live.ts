// Findings while packets arrive: from interfaces, a pipe, or a file that grows.

import { openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { shellWord } from '../bytes/command.js';
import { Line } from '../bytes/line.js';
import { safeText } from '../bytes/text.js';
import { BACKEND_ORDER, type BackendName } from '../capture/live/backends.js';
import { isCapInstalled } from '../capture/live/cap.js';
import { ChildFeed } from '../capture/live/children.js';
import type { Feed } from '../capture/live/feed.js';
import { FollowFeed } from '../capture/live/follow.js';
import type { Ring } from '../capture/live/keep.js';
import { PipeFeed } from '../capture/live/stdin.js';
import { systemInterfaces } from '../capture/live/system.js';
import { UsageError, whyUnwritable } from '../errors.js';
import type { LiveEvent, LiveOptions, LiveStatus, TailTools } from '../main/live.js';
import { workerUrl } from '../main/worker-url.js';
import type { Points } from '../points/point.js';
import { readPointArgument } from '../points/read.js';
import { type EvidenceFlags, evidenceOption, writeEvidenceOf } from './evidence.js';
import { EXIT } from './exit.js';
import { heapGrowsBy, LIVE_PERCENT } from './heap.js';
import { keepInputs, outputsOf } from './keep-inputs.js';
import { fitted, LiveText } from './live-text.js';
import type { LiveView } from './live-view.js';
import {
  bufferValue,
  type OutputFlags,
  optionsOf,
  outputOptions,
  overwrite,
  REPORT_FORMATS,
  type RuleFlags,
  repeatable,
  ringValue,
  ruleOptions,
  targets,
  timeValue,
  wholeNumber,
} from './options.js';
import { writeReports } from './output.js';
import { type PointFlags, pointOptions, readNamed } from './points.js';
import { brokenPipe, print, toldToEnd, useColor } from './streams.js';

interface LiveFlags extends RuleFlags, OutputFlags, PointFlags, EvidenceFlags {
  interface?: string[];
  follow?: string;
  list?: boolean;
  backend: BackendName | 'auto';
  captureFilter?: string;
  /** As `captureFilter` was called. */
  filter?: string;
  snaplen: number;
  buffer: number;
  promisc: boolean;
  displayFilter?: string;
  topology?: string[];
  ifmap?: string;
  decodeAs?: string[];
  at?: string;
  findings?: boolean;
  write?: string;
  ring?: Ring;
  duration?: number;
  count?: number;
  untilFinding?: boolean;
  expect?: string[];
  tui?: boolean;
}

const EXAMPLES = `
Examples:
  hopscope live -i eth1 -i eth2                                two interfaces of this system (any: all of them)
  ssh router tcpdump -i any -U -w - | hopscope live - --at router -t lab.yaml
  hopscope live --follow growing.pcap --findings               a file that another program writes
  hopscope live -i any -w last-hour.pcapng --ring 100MB,5      keep the packets, 500 MB at most
  hopscope live -i any --duration 60s --until-finding -q       for scripts: exit code 1 at the first error
  hopscope live -i any --duration 5m --expect lab.yaml --format junit=out.xml     verify while capturing
  hopscope live -i any --format jsonl                          events for other programs
  hopscope live router=ssh:vagrant@192.168.10.200 k8s-ctr=local --sudo            several points at once; or a file of points
  hopscope live -i any --tui                                   the terminal UI, following the newest packets
  hopscope live --list                                         interfaces, addresses, state

Rights: capturing needs root, or once \`sudo setcap cap_net_raw,cap_net_admin=eip $(command -v tcpdump)\`.`;

/** Lines that wait for a slow reader, in bytes; what comes on top is not printed, since reading must not wait. */
const MAX_WAITING = 4 << 20;

export function register(program: Command): void {
  const command = program
    .command('live')
    .description('Runs the rules while packets arrive: findings are printed when they appear and when they are resolved.')
    .argument('[source...]', '- for a capture on standard input; a file of points, or NAME=TARGET, to capture at several')
    .addOption(repeatable('-i, --interface <name>', 'capture on this interface, or on any; may be repeated'))
    .option('--follow <file>', 'read a capture that is still being written, and the files that follow it')
    .option('--list', 'list the interfaces of this system')
    .addOption(new Option('--backend <program>', 'the program that captures').choices(['auto', ...BACKEND_ORDER]).default('auto'))
    .option('--capture-filter <filter>', 'capture only what matches, in the language of tcpdump')
    .addOption(new Option('--filter <filter>', 'as --capture-filter').hideHelp())
    .addOption(new Option('--snaplen <bytes>', 'bytes of a frame to keep').argParser(wholeNumber('--snaplen')).default(262_144))
    .addOption(new Option('--buffer <size>', "the kernel's buffer").argParser(bufferValue).default(64 * MEBI, '64MiB'))
    .option('--no-promisc', 'only frames for this host (one interface; several are never promiscuous)')
    .addOption(repeatable('-t, --topology <file>', 'topology file; may be repeated, later files add to earlier ones'))
    .option('--ifmap <numbers>', 'names of interfaces: 2=eth0,3=eth1')
    .addOption(repeatable('-d, --decode-as <rule>', 'decode as another protocol: udp.port==8472,vxlan; may be repeated'))
    .option('-Y, --display-filter <filter>', 'use only frames that match, by their fields')
    .option('--at <point>', 'the node that is captured on')
    .option('--findings', 'only findings, no line for each packet')
    .option('--tui', 'show the packets in the terminal UI while they arrive')
    .option('-w, --write <file>', 'keep the packets, as pcapng')
    .addOption(overwrite())
    .addOption(new Option('--ring <size,files>', 'begin a new file at this size, keep so many').argParser(ringValue))
    .addOption(new Option('--duration <time>', 'end after this time: 30s, 5m').argParser(timeValue('--duration')))
    .addOption(new Option('-c, --count <frames>', 'end after so many frames').argParser(wholeNumber('-c')))
    .option('--until-finding', 'end at the first error, with exit code 1')
    .addOption(repeatable('--expect <file>', 'check the packets against expectations, as verify does; may be repeated'));
  evidenceOption(outputOptions(ruleOptions(pointOptions(command)), [...REPORT_FORMATS, 'jsonl (events)']))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Throws UsageError for two. */
function captureFilterOf({ captureFilter, filter }: Pick<LiveFlags, 'captureFilter' | 'filter'>): string | null {
  if (captureFilter !== undefined && filter !== undefined)
    throw new UsageError('--filter is an older name of --capture-filter; give one of them');
  return captureFilter ?? filter ?? null;
}

const MEBI = 1 << 20;

async function run(sources: readonly string[], flags: LiveFlags): Promise<void> {
  if (flags.list) return print(list(flags));
  const points = pointsIn(sources, flags);
  const source = points === null ? sources[0] : undefined;
  if (flags.tui) return fullScreen(source, flags, points);
  const events = flags.format?.includes('jsonl') ?? false;
  const files = (flags.format ?? []).flatMap((format) => /^jsonl=(.+)$/s.exec(format)?.[1] ?? []);
  const reporting: OutputFlags = {
    ...flags,
    format: (flags.format ?? []).filter((f) => f !== 'jsonl' && !/^jsonl=./s.test(f)),
    quiet: flags.quiet || events,
  };
  targets(reporting);
  if (flags.ring !== undefined && flags.write === undefined)
    throw new UsageError('--ring says how -w keeps packets; add -w FILE');
  if (flags.evidence !== undefined && (flags.ring !== undefined || (flags.write === undefined && flags.follow === undefined)))
    throw new UsageError('--evidence needs all packets in one file; keep them with -w FILE, without --ring');
  await keepExpected(flags);
  const screen = await openScreen(flags, events, files);
  let feed: Feed | null = null;
  const tell = (text: string) => screen.event({ event: 'notice', text }, Date.now());
  try {
    heapGrowsBy(LIVE_PERCENT);
    const { runLive } = await import('../main/live.js');
    feed = points === null ? feedOf(source, flags, tell) : await pointsFeed(points, flags, tell);
    const lab = labOptions(flags, points);
    const result = await runLive({
      feed,
      lab,
      captureFilter: points === null ? captureFilterOf(flags) : null,
      keep: flags.write === undefined ? null : { path: flags.write, ring: flags.ring ?? null },
      durationMs: flags.duration ?? null,
      count: flags.count ?? null,
      untilFinding: flags.untilFinding === true,
      expect: flags.expect ?? [],
      signal: toldToEnd(),
      onEvent: screen.event,
      onStatus: screen.status,
      // Of several points there would be a line for each copy of a packet.
      tail: points !== null || flags.findings || flags.quiet || events ? null : await tailOf(screen),
    });
    await screen.close();
    // What can be drawn of it is no part of a report that is written.
    const { pictures: _, ...report } = result.run;
    const end = `${JSON.stringify({ schema: EVENT_SCHEMA, event: 'end', ended: result.ended, report })}\n`;
    screen.file(end);
    if (events) await print(end);
    else if (!flags.quiet) await print(`\n${screen.text.closing(result)}`);
    const code = await writeReports(result.run, reporting);
    // The packets of each capture of the report are in a file of their own, or there is no telling which is whose.
    const kept =
      result.kept.length === result.run.captures.length ? result.kept.map((path) => ({ point: null, path })) : undefined;
    const failed = await writeEvidenceOf(result.run, flags, lab.topology, kept);
    process.exitCode = failed || (result.ended === 'finding' ? EXIT.failed : code);
    // Packets that were to be kept are not all there.
    if (result.notKept !== null) process.exitCode = EXIT.damaged;
  } finally {
    feed?.stop();
    await screen.close();
  }
}

const labOptions = (flags: LiveFlags, points: Points | null = null) =>
  optionsOf({
    rule: flags.rule,
    set: flags.set,
    topology: [...(points?.topology ?? []), ...(flags.topology ?? [])],
    ifmap: flags.ifmap,
    decodeAs: flags.decodeAs,
    displayFilter: flags.displayFilter,
    at: flags.at,
  });

/** The screen reads the rules' findings itself, and ends when the user leaves it. */
/** What expectation files name is read too, and not written over. */
async function keepExpected(flags: LiveFlags): Promise<void> {
  const written = outputsOf({ ...flags });
  if (flags.expect === undefined || written.length === 0) return;
  const { filesOf } = await import('../main/verify-files.js');
  const nothing = { captures: [], topology: [], ifmap: null, decodeAs: [], settings: [], grep: null };
  keepInputs(filesOf({ ...nothing, paths: flags.expect, failFast: false, uncovered: false }), written);
}

async function fullScreen(source: string | undefined, flags: LiveFlags, points: Points | null): Promise<void> {
  const other = (['findings', 'ring', 'duration', 'count', 'untilFinding', 'format'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (other !== undefined)
    throw new UsageError(`--tui does not go with ${NAMES[other] ?? `--${other}`}: the full screen ends when you leave it`);
  const { captureInScreen, followInScreen, Notices, pointsInScreen } = await import('./live-tui.js');
  const notices = new Notices();
  const { expect = [] } = flags;
  await keepExpected(flags);
  if (points !== null) {
    const several = await pointsFeed(points, flags, notices.tell);
    process.exitCode = await pointsInScreen({ ...labOptions(flags, points), expect }, several, notices);
    return;
  }
  const feed = feedOf(source, flags, notices.tell);
  const options = { ...labOptions(flags), expect };
  if (feed.here === null && flags.write !== undefined)
    throw new UsageError('--tui keeps packets (-w) of interfaces only; in the screen :save FILE writes those that are shown');
  process.exitCode =
    feed.here !== null
      ? await captureInScreen(options, feed, notices, flags.write ?? null)
      : await followInScreen(options, flags.follow ?? '-');
}

const NAMES: Readonly<Record<string, string>> = { untilFinding: '--until-finding', count: '-c' };

/** What the arguments name, where they name points. Throws UsageError, PointsError. */
function pointsIn(sources: readonly string[], flags: LiveFlags): Points | null {
  const [first] = sources;
  if (first === undefined) {
    const only = (['sudo', 'image', 'sshConfig', 'context'] as const).find((name) => flags[name] !== undefined);
    if (only !== undefined)
      throw new UsageError('--sudo, --image, --ssh-config and --context are for points: router=ssh:USER@HOST');
    return null;
  }
  if (sources.length === 1 && (first === '-' || (readPointArgument(first) === null && !/\.(?:ya?ml|json)$/i.test(first))))
    return null;
  const points = readNamed(sources, flags);
  const other = (['follow', 'write', 'at', 'ifmap'] as const).find((name) => flags[name] !== undefined);
  if (other !== undefined)
    throw new UsageError(
      `--${other} does not go with several points${other === 'write' ? "; 'hopscope capture' keeps what is captured there" : ''}`,
    );
  return points;
}

async function pointsFeed(lab: Points, flags: LiveFlags, tell: (text: string) => void) {
  const { PointsFeed } = await import('../main/points-feed.js');
  return new PointsFeed(
    lab.points,
    {
      filter: captureFilterOf(flags) ?? lab.filter,
      snapLength: lab.snapLength ?? flags.snaplen,
      bufferMiB: Math.max(1, Math.round(flags.buffer / MEBI)),
    },
    tell,
  );
}

function feedOf(source: string | undefined, flags: LiveFlags, tell: (text: string) => void): Feed {
  const { interface: interfaces = [], follow } = flags;
  const asked = [source !== undefined, interfaces.length > 0, follow !== undefined].filter(Boolean).length;
  if (asked === 0)
    throw new UsageError(
      "name what to listen to: -i INTERFACE, --follow FILE, or - for standard input; 'hopscope live --list' lists the interfaces",
    );
  if (asked > 1) throw new UsageError('one source at a time: -i INTERFACE (may be repeated), --follow FILE, or -');
  if (follow !== undefined) return new FollowFeed(follow, tell);
  if (source !== undefined) {
    if (source !== '-')
      throw new UsageError(
        `'${source}' is no source; a file that grows is read by --follow ${source}, an interface by -i ${source}`,
      );
    return new PipeFeed('-');
  }
  return new ChildFeed(
    {
      interfaces: [...new Set(interfaces)],
      backend: flags.backend,
      filter: captureFilterOf(flags),
      snapLength: flags.snaplen,
      bufferMiB: Math.max(1, Math.round(flags.buffer / MEBI)),
      promiscuous: flags.promisc,
      searchPath: process.env['PATH'] ?? '',
      cap: capCommand(),
      asRoot: ['sudo', process.execPath, ...process.argv.slice(1)].map(shellWord).join(' '),
    },
    tell,
  );
}

/** What captures by the package cap; null where that is not installed. */
function capCommand(): readonly [string, string] | null {
  const program = workerUrl('cap-process');
  return program === null || !isCapInstalled() ? null : [process.execPath, fileURLToPath(program)];
}

const EVENT_SCHEMA = 'hopscope.event/1';

interface Screen {
  readonly text: LiveText;
  readonly event: (event: LiveEvent, atMs: number) => void;
  readonly status: (status: LiveStatus) => void;
  /** Writes to standard output, above the summary where there is one. */
  readonly write: (text: string) => void;
  /** Writes to the files of events. */
  readonly file: (line: string) => void;
  readonly close: () => Promise<void>;
}

/** A file that lines are added to while it goes on; on a full disk the first failure is told and the run goes on. Throws UsageError. */
function openLines(path: string): (line: string) => void {
  const failure = (error: unknown) => `cannot write ${path}: ${whyUnwritable(error) ?? (error as Error).message}`;
  let fd: number | null;
  try {
    fd = openSync(path, 'w');
  } catch (error) {
    throw new UsageError(`${failure(error)}; name another file`);
  }
  return (line) => {
    try {
      if (fd !== null) writeSync(fd, line);
    } catch (error) {
      fd = null;
      process.stderr.write(`hopscope: ${safeText(failure(error))}\n`);
    }
  };
}

/** `files`: where events are written, beside what is printed. Throws UsageError. */
async function openScreen(flags: LiveFlags, events: boolean, files: readonly string[]): Promise<Screen> {
  const { stdout, stderr } = process;
  const text = new LiveText(useColor(flags.color, stdout.isTTY === true), () =>
    stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
  );
  // As tall as the terminal, ink would clear the whole screen at every picture.
  const fits = stderr.isTTY === true && stderr.rows >= 10 && stderr.columns >= 40 && process.env['TERM'] !== 'dumb';
  let view: LiveView | null = null;
  if (fits && flags.progress && !flags.quiet) view = (await import('./live-view.js')).openLiveView(useColor(flags.color, true));
  const write = (printed: string) => {
    if (brokenPipe || printed === '') return;
    // Only on one and the same terminal do the two disturb each other.
    if (view !== null && stdout.isTTY) view.print(printed);
    else stdout.write(printed);
  };
  const writers = files.map(openLines);
  const file = (line: string) => {
    for (const writer of writers) writer(line);
  };
  const note = (line: string) => (view === null ? stderr.write(line) : view.note(line));
  return {
    text,
    write,
    status: (status) => view?.show(status),
    file,
    event(event, atMs) {
      const line = `${JSON.stringify({ schema: EVENT_SCHEMA, time: new Date(atMs).toISOString(), ...event })}\n`;
      file(line);
      if (events) write(line);
      else if (event.event === 'notice' && !stdout.isTTY) note(`hopscope: ${safeText(event.text)}\n`);
      else if (!flags.quiet) write(text.event(event, atMs));
    },
    async close() {
      view?.close();
      view = null;
    },
  };
}

/** One line a packet. A slow reader gets fewer lines: reading goes on. */
async function tailOf(screen: Screen): Promise<LiveOptions['tail']> {
  const [{ SummaryPrinter }, { Origins }] = await Promise.all([import('../dump/summary.js'), import('../dissect/origins.js')]);
  const { stdout } = process;
  return ({ registry, sight, context }: TailTools) => {
    const printer = new SummaryPrinter(registry, sight, context);
    const origins = new Origins();
    const line = new Line(1 << 18);
    let left = 0;
    return {
      print(layers) {
        layers.origins = origins;
        if (stdout.writableLength > MAX_WAITING) left++;
        else printer.print(layers, line);
      },
      flush() {
        if (line.at === 0) return;
        const lines = Buffer.from(line.written).toString();
        screen.write(stdout.isTTY ? fitted(lines, stdout.columns) : lines);
        line.clear();
        if (left > 0) screen.write(`  ... ${left} packets are not shown: they come faster than they can be printed\n`);
        left = 0;
      },
    };
  };
}

function list(flags: LiveFlags): string {
  const interfaces = systemInterfaces();
  if (flags.format?.includes('json')) return `${JSON.stringify(interfaces, null, 2)}\n`;
  const rows = [
    ['no.', 'name', 'state', 'mac', 'mtu', 'addresses'],
    ...interfaces.map((i) => [
      String(i.index),
      i.name,
      i.up ? i.state : 'off',
      i.mac ?? '-',
      i.mtu === null ? '-' : String(i.mtu),
      i.addresses.join(' ') || '-',
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i === 0 ? cell.padStart(widths[0]!) : cell.padEnd(widths[i]!)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .map(safeLine)
    .join('');
}

const safeLine = (line: string): string => `${safeText(line.slice(0, -1))}\n`;
