// What is known of a lab: made from its tools' outputs, checked, asked.
import type { Command } from 'commander';
import { safeJson, safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { TopologyError, UsageError } from '../errors.js';
import { captureInput } from '../main/capture-input.js';
import { readText, whyUnread } from '../main/read-text.js';
import { type Gathered, readTopologyFiles } from '../main/topology-of.js';
import type { Imported, TopologyInput } from '../topology/import/import.js';
import { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import type { Route } from '../topology/routes.js';
import { EXIT } from './exit.js';
import { LineProgress } from './line-progress.js';
import { checkStandardInput, type OutputFlags, outputOptions, PLAIN_FORMATS, repeatable, targets } from './options.js';
import { writeReports, writeTargets, writeWhole } from './output.js';
import { privateFolder } from './private-folder.js';
import { print } from './streams.js';

const IMPORT_EXAMPLES = `
An INPUT is a file, or - for standard input; router=FILE names its node, unless a prompt or heading in it does (outputs of kubectl need no name).
The kind of each piece is recognised by its content: ip addr, link, route, rule, neigh (also -j, -br, -o, -d, -s, -c); bridge fdb, vlan; sysctl;
nft list ruleset; iptables-save; arp; kubectl get (tables with -o wide, JSON, YAML) and describe; what cilium and cilium-dbg print. The log of a whole
terminal works too: its prompts name the node, its commands (ssh, kubectl exec, docker exec, ip netns exec ...) show where they really ran.

Examples:
  ssh router 'ip -d -j addr; ip -j route; ip -6 -j route; ip -j neigh' > router.txt
  kubectl get nodes,pods,services,ciliumnodes,ciliumendpoints -A -o json > cluster.json
  hopscope topology import router=router.txt cluster.json -o lab.yaml
  hopscope topology import session.log --explain
  ssh router ip -j addr | hopscope topology import router=-

Exit codes: 0 written; 2 nothing of any input could be used, nothing is written; 3 written, but two inputs contradict each other (the first was
kept), or an input gave nothing.`;

const CHECK_EXAMPLES = `
For each pair of nodes, pod networks and services the path there and the path back are followed over all known routes, rules and tunnels; links
and tunnels are compared at both ends. What is wrong is said once, with the command that repairs it; what the topology does not say is undecided.
FILE is a topology (YAML, JSON), an output that topology import reads (router=FILE names its node), or a folder of both; several are read together.

Examples:
  hopscope topology check -t lab.yaml
  hopscope topology check -t lab.yaml -t services.yaml --format junit=check.xml
  hopscope topology check run1/
  hopscope topology check router=router.txt k8s-ctr=ctr.txt cluster.json -f json

Exit codes: 0 nothing is wrong, 1 a fault, 3 something could not be decided (and no fault), 2 a file has problems (one line each, with its place).`;

const DIFF_EXAMPLES = `
BEFORE and AFTER are topologies, outputs or folders, as for check. The order of entries does not matter, and what only one of the two knows of
(the routes of a node, a MAC) is no change.

Examples:
  hopscope topology diff yesterday.yaml today.yaml
  hopscope topology diff run1/ run2/ -f json

Exit codes: 0 the same, 1 they differ, 2 a file has problems.`;

const SHOW_EXAMPLES = `
For each address: who has it, and from each node the route that its table has, the one that would be right, and the command that makes it so.

Examples:
  hopscope topology show -t lab.yaml 172.20.2.1
  hopscope topology show -t lab.yaml 172.20.2.1 --from router`;

export function register(program: Command): void {
  const command = program
    .command('topology')
    .description('Makes, checks, compares and asks topologies: what is known of a lab.')
    .usage('import|check|diff|show [options] ...')
    .helpCommand(false);
  command
    .command('import')
    .description('Makes a topology file from the outputs of ip, kubectl and cilium.')
    .argument('<inputs...>', 'outputs: router=FILE, FILE, -')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('-q, --quiet', 'no notes on standard error; contradictions are still printed')
    .option('--explain', 'print on standard error what each piece of the inputs was recognised as')
    .addHelpText('after', IMPORT_EXAMPLES)
    .action(importFiles);
  const check = command
    .command('check')
    .description('Says what is wrong in a lab before a packet is sent: paths, links, tunnels.')
    .argument('[files...]', 'topology files, outputs (router=FILE), folders')
    .addOption(repeatable('-t, --topology <file>', 'the same; may be repeated'));
  outputOptions(check).addHelpText('after', CHECK_EXAMPLES).action(checkLab);
  const diff = command
    .command('diff')
    .description('Lists what changed between two topologies.')
    .argument('<before>', 'topology file, output or folder')
    .argument('<after>', 'the same, later');
  outputOptions(diff, PLAIN_FORMATS).addHelpText('after', DIFF_EXAMPLES).action(diffLabs);
  command
    .command('show')
    .description('Says who has an address, and how each node routes it.')
    .argument('<addresses...>', 'IP addresses')
    .addOption(
      repeatable(
        '-t, --topology <file>',
        'topology file, or an output (router=FILE); may be repeated, later ones add',
      ).makeOptionMandatory(),
    )
    .option('--from <node>', 'only from this node')
    .addHelpText('after', SHOW_EXAMPLES)
    .action(show);
}

async function importFiles(
  args: readonly string[],
  flags: { output?: string; quiet?: boolean; explain?: boolean },
): Promise<void> {
  const inputs = args.map(captureInput);
  checkStandardInput(inputs, 'save one of the outputs to a file');
  const texts: TopologyInput[] = [];
  const problems: string[] = [];
  for (const { path, point } of inputs) {
    try {
      texts.push({ name: path === '-' ? 'standard input' : path, text: await read(path), node: point ?? undefined });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new TopologyError(problems.join('\n'));
  const { explain } = await import('../topology/import/import.js');
  const { importAll } = await import('../main/import-topology.js');
  const { showTopology } = await import('../topology/import/show.js');
  const progress = new LineProgress(flags.quiet ? { write: () => {} } : process.stderr);
  let imported: Imported;
  try {
    imported = importAll(texts, (name, part) => progress.show(`reading ${name}`, part));
  } finally {
    progress.stop();
  }
  const { topology, conflicts, notes, gaps, unread, pieces, useless } = imported;
  const yaml = showTopology(topology);
  // What is written must be readable again: better to fail now than when a capture waits.
  const { readTopology } = await import('../topology/read.js');
  readTopology([{ name: flags.output ?? 'the topology made of these inputs', text: yaml }]);
  if (flags.explain) for (const line of explain(pieces)) tell(line);
  for (const conflict of conflicts) tell(`contradiction: ${conflict}`);
  for (const name of useless) tell(`${name}: nothing of it was used`);
  if (!flags.quiet) {
    // With --explain they were printed among the others.
    if (!flags.explain) for (const line of unread.slice(0, MAX_UNREAD)) tell(line);
    if (!flags.explain && unread.length > MAX_UNREAD)
      tell(`and ${unread.length - MAX_UNREAD} more pieces were not used; --explain lists all`);
    for (const note of [...notes, ...gaps]) tell(`note: ${note}`);
  }
  await (flags.output === undefined ? print(yaml) : writeWhole(flags.output, yaml));
  process.exitCode = conflicts.length + useless.length > 0 ? EXIT.inconclusive : EXIT.good;
}

/** Lines beyond which standard error says how many there are. */
const MAX_UNREAD = 20;

async function checkLab(files: readonly string[], flags: OutputFlags & { topology?: string[] }): Promise<void> {
  targets(flags);
  const inputs = [...files, ...(flags.topology ?? [])];
  if (inputs.length === 0) throw new UsageError('name the topology: hopscope topology check -t lab.yaml');
  const { topology, files: read, isContradicting, shared } = await lab(inputs, flags);
  const { checkRun } = await import('../main/topology-check.js');
  const code = await writeReports(checkRun(topology, read, shared), flags);
  process.exitCode = code === EXIT.good && isContradicting ? EXIT.inconclusive : code;
  if (flags.quiet === true) return;
  for (const name of topology.nodeNames) {
    const { interfaces } = topology.node(name)!;
    if (interfaces.length > 0 && interfaces.every((i) => i.index === null))
      tell(`note: ${name} has no interface numbers; with them captures of -i any show names (ip -j link)`);
  }
}

async function diffLabs(before: string, after: string, flags: OutputFlags): Promise<void> {
  const wanted = targets(flags, PLAIN_FORMATS);
  const [a, b] = [await lab([before], flags), await lab([after], flags)];
  const { changeText, diffTopologies } = await import('../topology/diff.js');
  const changes = diffTopologies(a.topology, b.topology);
  const failed = await writeTargets(wanted, (format) =>
    format === 'json'
      ? `${safeJson(JSON.stringify({ schema: 'hopscope.topology-diff/1', before: a.files, after: b.files, changes }, null, 2))}\n`
      : `${[...changes.map((change) => safeText(changeText(change))), changes.length === 0 ? 'the same' : quantity(changes.length, 'change')].join('\n')}\n`,
  );
  process.exitCode = failed === EXIT.good ? (changes.length === 0 ? EXIT.good : EXIT.failed) : failed;
}

/** Reads the topology of a lab, and prints where its inputs contradict each other. */
async function lab(
  args: readonly string[],
  { quiet }: OutputFlags,
): Promise<Pick<Gathered, 'topology' | 'shared'> & { files: readonly string[]; isContradicting: boolean }> {
  const inputs = args.map(captureInput);
  checkStandardInput(inputs, 'save one of the outputs to a file');
  const { readLab } = await import('../main/topology-inputs.js');
  const onNote = (note: string) => {
    if (quiet !== true) tell(`note: ${note}`);
  };
  const found = await readLab(inputs, { makeFolder: privateFolder, onNote });
  for (const conflict of found.conflicts) tell(`contradiction: ${conflict}`);
  return { ...found, isContradicting: found.conflicts.length > 0 };
}

async function show(addresses: readonly string[], flags: { topology: string[]; from?: string }): Promise<void> {
  const ips = addresses.map((text) => {
    const ip = Ip.parse(text);
    if (ip === null) throw new UsageError(`'${text}' is not an IP address; write 172.20.2.1 or fd00::1`);
    return ip;
  });
  const topology = (await readTopologyFiles(flags.topology)) as Topology;
  const { from } = flags;
  if (from !== undefined && topology.node(from) === null)
    throw new UsageError(`the topology has no node '${from}'; it has ${topology.nodeNames.join(', ') || 'none'}`);
  const lines = ips.flatMap((ip) => [
    `${ip}: ${ownersOf(topology, ip)}`,
    ...(from === undefined ? topology.nodeNames : [from]).flatMap((node) => routeLines(topology, node, ip)),
  ]);
  await print(`${lines.map((line) => safeText(line)).join('\n')}\n`);
}

function ownersOf(topology: Topology, ip: Ip): string {
  const owners = topology.ownerOf(ip).map(({ node, what, name, prefix }) => {
    const where = node === null ? '' : what === 'interface' ? node : ` on ${node}`;
    switch (what) {
      case 'interface':
        return name === null ? `an address of ${where}` : `${name} of ${where}`;
      case 'pod':
        return `pod ${name ?? prefix}${where}`;
      case 'network':
        return `network ${prefix} behind ${name}${where}, and nobody in it is known to have the address`;
      case 'podCIDR':
        return `pod network ${prefix}${where}`;
      default:
        return `${name === null ? 'an address' : `service ${name}`}${where}`;
    }
  });
  return owners.length === 0 ? 'nobody in the topology has it' : owners.join('; ');
}

function routeLines(topology: Topology, node: string, ip: Ip): string[] {
  const actual = topology.route(node, ip);
  const right = topology.rightRoute(node, ip);
  const repair = topology.repair(node, ip);
  const known = topology.node(node)?.routesKnown === true;
  const lines = [
    `  from ${node}: ${actual === null ? (known ? 'no route' : 'its routes are not in the topology') : routeText(actual)}`,
  ];
  if (right?.kind === 'tunnel')
    lines.push(`    right: by the tunnel${right.dev === null ? '' : ` ${right.dev}`} to ${right.owner}`);
  else if (right !== null && right.dev !== null)
    lines.push(`    right: ${right.prefix}${right.via === null ? '' : ` via ${right.via}`} dev ${right.dev}, to ${right.owner}`);
  if (repair !== null) lines.push(`    repair: ${repair}`);
  return lines;
}

function routeText({ kind, prefix, via, dev }: Route): string {
  const how = kind === 'unicast' || kind === 'connected' ? '' : `${kind} `;
  return `${how}${prefix}${via === null ? '' : ` via ${via}`}${dev === null ? '' : ` dev ${dev}`}`;
}

async function read(path: string): Promise<string> {
  try {
    if (path !== '-') return readText(path);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw new TopologyError(`${path}: ${whyUnread(error)}`);
  }
}

const tell = (line: string): void => {
  process.stderr.write(`hopscope: ${safeText(line)}\n`);
};
