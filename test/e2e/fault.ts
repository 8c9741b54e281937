// A fault of a lab, and what must be said of it: built, captured at every node, diagnosed, repaired, captured again.

import { setTimeout } from 'node:timers/promises';
import { exitCodeOf } from '../../src/cli/exit.js';
import { analyze } from '../../src/main/analyze.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN } from '../main/options.js';
import { Lab, type Plan, type Script } from './lab.js';

export interface Fault {
  readonly name: string;
  readonly plan: Plan;
  /** Commands that a kernel must take for this to be built; where it does not, the fault is skipped. */
  readonly needs?: string;
  /** A topology file of what no tool of the nodes says. */
  readonly known?: string;
  /** What breaks the lab. Left out: the traffic does. */
  readonly broken?: Script;
  /** What listens, before anything is captured. */
  readonly serve?: (lab: Lab) => Promise<unknown>;
  readonly traffic: (lab: Lab) => Promise<unknown>;
  /** Traffic of the repaired lab, where it is another. */
  readonly after?: (lab: Lab) => Promise<unknown>;
  /** Rules of which one must come first, where all nodes captured and the topology is known. */
  readonly first: readonly string[];
  /** The node that must be blamed. */
  readonly node?: string;
  /** What must be said of it somewhere in the first finding. */
  readonly says?: RegExp;
  /** Rules that may come first without a topology or at one node, beside those of `first` and the symptoms. */
  readonly alone?: readonly string[];
  /** Rules that may stand beside the cause. */
  readonly also?: readonly string[];
  /** Nodes whose capture alone shows nothing wrong. */
  readonly blind?: readonly string[];
  /** `printed`: by the commands of the first finding, on its node. */
  readonly repair: 'printed' | Script;
}

/** What a fault looks like where its cause cannot be seen. */
const SYMPTOMS = [
  ...['tcp-no-answer', 'icmp-echo-no-reply', 'udp-no-answer', 'dns-no-answer', 'return-missing', 'unanswered', 'path-broken'],
  ...['forward-missing', 'arp-no-reply', 'ndp-no-reply', 'tcp-retransmission', 'icmp-unreachable'],
  ...['tunnel-one-way', 'tunnel-blocked'],
];

type Hopscope = Lab['hopscope'];

export interface View {
  readonly name: string;
  readonly code: number;
  readonly run: Run;
}

/** Errors and warnings that are no symptoms of others. */
const causesOf = (run: Run) =>
  run.findings.filter(({ verdict, severity, foldedUnder }) => verdict === 'fail' && severity !== 'info' && foldedUnder === null);

/** All nodes and each alone, with and without the topology; the first by the program itself. */
async function* views(lab: Lab, known: string | undefined, captures: Record<string, string>): AsyncGenerator<View> {
  const topology = await lab.topology(known);
  const files = Object.entries(captures).map(([point, path]) => ({ point, path }));
  const told = await lab.hopscope(
    'diagnose',
    ...files.map(({ point, path }) => `${point}=${path}`),
    ...topology.flatMap((file) => ['-t', file]),
    ...['-f', 'json', '--no-progress'],
  );
  if (told.stdout === '') throw new Error(`diagnose: ${told.stderr}`);
  yield { name: 'all', code: told.code ?? -1, run: JSON.parse(told.stdout) as Run };
  const here = async (name: string, some: typeof files, known: readonly string[]): Promise<View> => {
    const run = await analyze({ ...PLAIN, files: some, topology: known, workers: 0 });
    return { name, code: exitCodeOf(run), run };
  };
  yield here('all, no topology', files, []);
  for (const file of files) {
    yield here(file.point, [file], topology);
    yield here(`${file.point}, no topology`, [file], []);
  }
}

/** What is wrong with a view of the broken lab; empty where nothing is. */
function complaints({ first, also = [], alone = [], blind = [], node, says }: Fault, view: View): string[] {
  const causes = causesOf(view.run);
  const isWhole = view.name === 'all';
  const allowed = isWhole ? first : [...first, ...alone, ...SYMPTOMS];
  const point = view.name.split(',')[0];
  const isBlind = blind.includes(point);
  const wrong: string[] = [];
  if (causes.length > 0 && !allowed.includes(causes[0].rule)) wrong.push(`first is ${causes[0].rule}: ${causes[0].title}`);
  if (causes.length === 0 && (isWhole || (view.code === 0 && !isBlind))) wrong.push(`nothing is said, exit code ${view.code}`);
  if (isWhole && node !== undefined && causes.length > 0 && causes[0].subject.node !== node)
    wrong.push(`${causes[0].subject.node} is blamed instead of ${node}`);
  if (isWhole && says !== undefined && causes.length > 0 && !says.test(JSON.stringify(causes[0])))
    wrong.push(`nothing of ${says} in: ${causes[0].message} ${causes[0].cause}`);
  for (const { rule, title } of causes.slice(1))
    if (![...allowed, ...also].includes(rule) || (isWhole && !also.includes(rule))) wrong.push(`beside it ${rule}: ${title}`);
  return wrong.map((what) => `${view.name}: ${what}`);
}

export interface Network {
  readonly name: string;
  readonly plan: Plan;
  readonly serve: (lab: Lab) => Promise<unknown>;
  readonly traffic: (lab: Lab) => Promise<unknown>;
}

/** A network in which nothing is wrong: everything that is said of it all the same. */
export async function healthy({ plan, serve, traffic }: Network, hopscope: Hopscope): Promise<string[]> {
  const lab = new Lab(plan, hopscope);
  try {
    await lab.build();
    await serve(lab);
    const wrong: string[] = [];
    const captures = await lab.capture(() => traffic(lab));
    for await (const view of views(lab, undefined, captures)) wrong.push(...leftovers(view));
    const { stdout } = await lab.hopscope('diagnose', ...Object.values(captures));
    if (!stdout.includes('✓ nothing wrong found') && !/^i /m.test(stdout)) wrong.push(stdout);
    return wrong;
  } finally {
    await lab.end();
  }
}

/** What is said of a network in which nothing is wrong any more. */
const leftovers = ({ name, code, run }: View): string[] => [
  ...causesOf(run).map(({ rule, title }) => `${name}: ${rule}: ${title}`),
  ...(code === 0 ? [] : [`${name}: exit code ${code}`]),
];

/** Linux asks three times for a neighbour, a second apart, before it gives up. */
const ASKED_TO_THE_END_MS = 3500;

/** Builds, breaks, asks, repairs, asks again: everything that was wrong in the answers. */
export async function trial(fault: Fault, hopscope: Hopscope): Promise<string[]> {
  const lab = new Lab(fault.plan, hopscope);
  try {
    await lab.build();
    await fault.serve?.(lab);
    await lab.all(fault.broken ?? {});
    const wrong: string[] = [];
    let commands: Script = fault.repair === 'printed' ? {} : fault.repair;
    for await (const view of views(lab, fault.known, await lab.capture(() => fault.traffic(lab)))) {
      wrong.push(...complaints(fault, view));
      const [cause] = causesOf(view.run);
      if (view.name !== 'all' || fault.repair !== 'printed' || cause === undefined) continue;
      commands = { [cause.subject.node ?? '']: cause.commands.join('\n') };
      if (cause.commands.length === 0) wrong.push('no command is printed');
      if (!lab.nodes.includes(cause.subject.node ?? '')) return [...wrong, `the commands are for ${cause.subject.node}`];
    }
    await lab.all(commands);
    // Questions of the broken lab are asked to their end, and would stand in the capture of the repaired one.
    await setTimeout(ASKED_TO_THE_END_MS);
    for await (const view of views(lab, fault.known, await lab.capture(() => (fault.after ?? fault.traffic)(lab)))) {
      wrong.push(...leftovers(view).map((what) => `repaired, ${what}`));
    }
    return wrong;
  } finally {
    await lab.end();
  }
}
