// `capture`: takes the evidence at every point of a lab at once, and says what is wrong.
import { type Command, Option } from 'commander';
import { nearest } from '../bytes/nearest.js';
import { safeLines, safeText } from '../bytes/text.js';
import type { Ring } from '../capture/live/keep.js';
import { BundleFolder, checkFree } from '../collect/folder.js';
import { type CaptureAsked, plannedCommands } from '../collect/taking.js';
import { UsageError } from '../errors.js';
import type { CollectOptions, WantedCommand } from '../main/collect.js';
import type { AnalyzeOptions } from '../main/options.js';
import { forShell } from '../points/command.js';
import type { Point, Points } from '../points/point.js';
import { TARGET_FORMS } from '../points/target.js';
import { kindOf } from '../report/causes.js';
import type { Run } from '../report/run.js';
import { CaptureLines } from './capture-lines.js';
import { printWhy } from './capture-why.js';
import { discover } from './discover.js';
import { EXIT } from './exit.js';
import {
  analyzeOptions,
  bufferValue,
  inputsOf,
  type OutputFlags,
  optionsOf,
  type RuleFlags,
  repeatable,
  reportOptions,
  ringValue,
  ruleOptions,
  sizeValue,
  targets,
  timeValue,
  wholeNumber,
} from './options.js';
import { writeReports } from './output.js';
import { type PointFlags, pointOptions, readNamed } from './points.js';
import { privateFolder } from './private-folder.js';
import { startProgress } from './progress.js';
import { redactBundle } from './redact.js';
import { print, toldToEnd } from './streams.js';

interface CaptureCommandFlags extends RuleFlags, PointFlags, Omit<OutputFlags, 'output'> {
  /** The folder of the bundle. */
  output?: string;
  overwrite?: boolean;
  run?: string[];
  duration?: number;
  count?: number;
  untilFinding?: boolean;
  linger: number;
  captureFilter?: string;
  snaplen?: number;
  buffer: number;
  ring?: Ring;
  maxSize: number;
  kubectl?: boolean;
  cilium?: boolean;
  topology?: string[];
  expect?: string[];
  dryRun?: boolean;
  discover?: boolean;
  redact?: boolean;
}

const EXAMPLES = `
POINTS is a file that names them (docs/capture.md), or arguments NAME=TARGET, where TARGET is one of
${wrapped(TARGET_FORMS)}.
All points capture before the command runs. What they know (addresses, routes, rules, neighbours, firewall) is taken before and after it.
Nothing is installed or left running on a point, also if hopscope is killed. What was taken is a folder that hopscope reads as one run.

Examples:
  hopscope capture lab.yaml -o run1 -- curl --connect-timeout 1 webpod
  hopscope capture router=ssh:vagrant@192.168.10.200 k8s-ctr=local --sudo -- ping -c 3 172.20.2.1
  hopscope capture lab.yaml --run curl-pod:'curl -m 2 webpod'          the command runs at a point
  hopscope capture lab.yaml --duration 1m --capture-filter 'icmp or tcp port 80'
  hopscope capture lab.yaml --ring 100MB,10 --until-finding            until a fault is found, the last 1 GB of each point
  hopscope capture lab.yaml --expect expectations/ --format junit=out.xml -- ./smoke-test.sh
  hopscope capture lab.yaml --dry-run                                  prints what would be run where
  hopscope capture --discover default/curl-pod -o lab.yaml             a file of points, to be looked through
  hopscope capture --redact run1 -o shared                             a bundle for others to see

Exit codes: 0 good, 1 a fault was found, 2 wrong usage, 3 inconclusive, or a point or the command failed, 4 nothing could be captured.`;

const MEBI = 1 << 20;
const GIGA = 1e9;

export function register(program: Command): void {
  const command = program
    .command('capture')
    .description('Captures at several points of a lab at once, runs a command, and says what is wrong.')
    .usage('[options] POINTS... [-- COMMAND...]')
    .argument('[points...]', 'a file of points, or NAME=TARGET')
    .option('-o, --output <folder>', 'the folder for all that is taken (default: capture-DATE-TIME)')
    .option('--overwrite', 'replace a folder that an earlier capture has made')
    .addOption(repeatable('--run <point:command>', 'run a shell command at a point; may be repeated'))
    .addOption(new Option('--duration <time>', 'end after this time: 30s, 5m').argParser(timeValue('--duration')))
    .addOption(new Option('-c, --count <frames>', 'end after so many frames at all points together').argParser(wholeNumber('-c')))
    .option('--until-finding', 'end at the first error')
    .addOption(
      new Option('--linger <time>', 'capture on after the command for late answers')
        .argParser(timeValue('--linger'))
        .default(2000, '2s'),
    )
    .option('--capture-filter <filter>', 'capture only what matches, in the language of tcpdump')
    .addOption(repeatable('-i, --interface <name>', 'of points without a file: only this interface; may be repeated'))
    .addOption(
      new Option('--snaplen <bytes>', 'bytes of a frame to keep (default: all)').argParser(wholeNumber('--snaplen', MAX_SNAP)),
    )
    .addOption(new Option('--buffer <size>', "the kernel's buffer at a point").argParser(bufferValue).default(32 * MEBI, '32MiB'))
    .addOption(new Option('--ring <size,files>', 'begin a new file at this size, keep so many of a point').argParser(ringValue))
    .addOption(
      new Option('--max-size <size>', 'end a capture of this size')
        .argParser(sizeValue('--max-size', 64_000))
        .default(GIGA, '1GB'),
    )
    .option('--kubectl', 'of points without a file: also ask the cluster for its nodes, pods, services')
    .option('--cilium', 'of points without a file: also ask Cilium for its objects, tables and flows')
    .addOption(repeatable('-t, --topology <file>', 'topology file: what the points do not know themselves; may be repeated'))
    .addOption(repeatable('--expect <file>', 'check what was captured against expectations, as verify does; may be repeated'))
    .option('--dry-run', 'print what would be run at each point, and run nothing')
    .option('--discover', 'print a file of points from what kubectl, vagrant, docker, ip netns list; POINTS: pods to capture in')
    .option('--redact', 'write a bundle anew for others to see: names and public addresses are replaced; POINTS: the bundle');
  reportOptions(ruleOptions(pointOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** As libpcap has it. */
const MAX_SNAP = 262_144;

function wrapped(forms: readonly string[]): string {
  const lines = [''];
  for (const form of forms) {
    const last = lines.at(-1)!;
    if (last.length + form.length > 130) lines.push(form);
    else lines[lines.length - 1] = last === '' ? form : `${last}, ${form}`;
  }
  return lines.map((line) => `  ${line}`).join(',\n');
}

async function run(named: string[], flags: CaptureCommandFlags, command: Command): Promise<void> {
  if (flags.discover) return discover(named, flags.output);
  if (flags.redact) return redactBundle(named, flags.output);
  const { output = defaultFolder(new Date()), ...rest } = flags;
  const reporting: OutputFlags = rest;
  targets(reporting);
  optionsOf(flags);
  const [words, argv] = split(named, command);
  const lab = labOf(words, flags);
  const asked: CaptureAsked = {
    filter: flags.captureFilter ?? lab.filter,
    snapLength: flags.snaplen ?? lab.snapLength ?? MAX_SNAP,
    bufferMiB: Math.max(1, Math.round(flags.buffer / MEBI)),
    ring: flags.ring ?? null,
    maxBytes: flags.maxSize,
  };
  const commands = commandsOf(flags.run ?? [], argv, lab.points);
  if (flags.dryRun) return showPlan(lab.points, asked, commands);
  await checkExpected(flags.expect ?? []);
  const folder = output.replace(/(?<=.)\/+$/, '');
  // Before anything is captured, and again when it is made.
  checkFree(folder, flags.overwrite === true);
  const screen = new CaptureLines(flags);
  const { Collection } = await import('../main/collect.js');
  const collection = new Collection({
    points: lab.points,
    cluster: lab.cluster,
    asked,
    topology: [...lab.topology, ...(flags.topology ?? [])],
    commands,
    durationMs: flags.duration ?? null,
    count: flags.count ?? null,
    untilFinding: flags.untilFinding ? (path) => hasError(path, flags) : null,
    lingerMs: flags.linger,
    signal: toldToEnd(),
    events: screen.events,
  } satisfies CollectOptions);
  await screen.show(collection.takings);
  const collected = await collection.run(() => new BundleFolder(folder, flags.overwrite === true)).finally(() => screen.close());
  screen.closing(collected, folder);
  const report = await judge(folder, flags);
  const code = await writeReports(report, reporting);
  // Which expectation fails is one thing, why is another.
  if (flags.expect !== undefined && code !== EXIT.good && !flags.quiet)
    await printWhy(await diagnosed(folder, flags), folder, reporting);
  process.exitCode = code;
}

/** Arguments before `--`, and the command after it. */
function split(operands: readonly string[], command: Command): [readonly string[], readonly string[]] {
  const { rawArgs: raw } = command.parent as unknown as { readonly rawArgs: readonly string[] };
  const sign = raw.indexOf('--');
  const count = sign < 0 ? 0 : raw.length - sign - 1;
  return [operands.slice(0, operands.length - count), operands.slice(operands.length - count)];
}

/** `capture-20261130-142501`, by the clock of this machine. */
function defaultFolder(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `capture-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/** The points, and what is asked of the cluster. Throws UsageError, PointsError. */
function labOf(words: readonly string[], flags: CaptureCommandFlags): Points {
  const lab = readNamed(words, flags);
  if (!flags.kubectl && !flags.cilium) return lab;
  if (lab.cluster !== null)
    throw new UsageError('--kubectl and --cilium are for points that arguments name; the file says what is asked of the cluster');
  return { ...lab, cluster: { kubectl: true, cilium: flags.cilium === true, context: flags.context ?? null } };
}

function commandsOf(atPoints: readonly string[], argv: readonly string[], points: readonly Point[]): WantedCommand[] {
  const commands = atPoints.map((text): WantedCommand => {
    const [, name = '', command = ''] = /^([^:]*):(.+)$/s.exec(text) ?? [];
    const names = points.map((point) => point.name);
    if (command.trim() === '') throw new UsageError(`--run '${safeText(text)}': write POINT:COMMAND`);
    if (!names.includes(name)) {
      const meant = nearest(name, names);
      throw new UsageError(
        `--run: no point is called '${safeText(name)}'; ${meant === null ? `there are ${names.join(', ')}` : `did you mean '${meant}'?`}`,
      );
    }
    return { point: name, argv: ['sh', '-c', command], shown: command.replaceAll('\n', ' ') };
  });
  if (argv.length > 0) commands.push({ point: null, argv, shown: forShell(argv).replaceAll('\n', ' ') });
  return commands;
}

/** Mistakes in expectations show before anything is captured. Throws ExpectationError. */
async function checkExpected(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const { readSheets } = await import('../main/verify-files.js');
  readSheets({ paths, grep: null });
}

async function showPlan(points: readonly Point[], asked: CaptureAsked, commands: readonly WantedCommand[]): Promise<void> {
  const { shownCommand } = await import('../points/command.js');
  const lines: string[] = [];
  for (const point of points) {
    lines.push(`# ${point.name}`);
    for (const { what, command } of plannedCommands(point, asked)) lines.push(`## ${what}`, command);
  }
  for (const { point, argv, shown } of commands)
    lines.push(`# ${point === null ? 'this machine' : point}: the command`, point === null ? shownCommand(argv) : shown);
  await print(`${lines.map((line) => safeLines(line)).join('\n')}\n`);
}

/** What is wrong, or which expectations hold. */
async function judge(folder: string, flags: CaptureCommandFlags): Promise<Run> {
  const progress = startProgress(flags);
  // Ctrl-C has ended the capture; what was captured is judged all the same.
  try {
    const told = { onProgress: progress.update, onNote: (text: string) => flags.quiet || note(text) };
    if (flags.expect === undefined) return await diagnosed(folder, flags, told);
    const { verify } = await import('../main/verify.js');
    const { rules, ...common } = optionsOf(rulesOf(flags));
    const { files: captures, known } = await inputsOf([folder]);
    const bounds = { settings: rules.settings, grep: null, failFast: false, uncovered: false, makeFolder: privateFolder };
    return await verify({ ...common, ...bounds, ...told, paths: flags.expect, captures, known });
  } finally {
    await progress.stop();
  }
}

async function diagnosed(folder: string, flags: RuleFlags, told: Partial<AnalyzeOptions> = {}): Promise<Run> {
  const { analyze } = await import('../main/analyze.js');
  return analyze({ ...(await analyzeOptions([folder], rulesOf(flags), 'used')), ...told });
}

/** What the flags say of rules; the topology is in the bundle by now. */
const rulesOf = ({ rule, set }: RuleFlags): RuleFlags => ({ ...(rule && { rule }), ...(set && { set }) });

/** Whether what is captured so far shows an error. */
async function hasError(folder: string, flags: CaptureCommandFlags): Promise<boolean> {
  const report = await diagnosed(folder, flags, { workers: 0 });
  return report.findings.some((finding) => kindOf(finding) === 'fault' && finding.severity === 'error');
}

const note = (text: string): void => {
  process.stderr.write(`hopscope: ${safeText(text)}\n`);
};
