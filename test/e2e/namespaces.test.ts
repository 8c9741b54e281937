// A lab of four real network stacks in namespaces of this machine: a router forgets the route to a pod network, a real tcpdump
// watches, and the command of the finding repairs it. Nothing outside the namespaces is touched.
//
//   internet (eth0) --- eth0 router eth1 --- eth0 client, pods 10.77.1.0/24
//                              eth2 --- eth0 server, pods 10.77.2.0/24
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importTopology, type LabTopology } from '../../src/library/index.js';
import { lab } from '../../src/library/vitest.js';

const NODES = ['internet', 'router', 'client', 'server'] as const;
type Node = (typeof NODES)[number];

const unique = `hopscope-${process.pid}-${Math.random().toString(36).slice(2, 7)}`;
const namespace = (node: Node) => `${unique}-${node}`;

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 15_000 });
  if (error !== undefined || status !== 0)
    throw new Error(`${[command, ...args].join(' ')}: ${error?.message ?? stderr.trim() ?? status}`);
  return stdout;
}
const ip = (node: Node, ...args: string[]) => run('ip', ['-n', namespace(node), ...args]);
const inside = (node: Node, ...args: string[]) => ['netns', 'exec', namespace(node), ...args];

/** Why there can be no lab on this machine; null when there can. */
function obstacle(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const missing = [
    ['ip', '-V'],
    ['tcpdump', '--version'],
    ['ping', '-V'],
  ].filter(([name, flag]) => spawnSync(name!, [flag!]).status !== 0);
  if (missing.length > 0) return `${missing.map(([name]) => name).join(', ')} is not installed`;
  try {
    for (const node of NODES) run('ip', ['netns', 'add', namespace(node)]);
    ip('router', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace('internet'));
    run('ip', inside('router', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'));
    return null;
  } catch (error) {
    return `this machine does not allow it (${(error as Error).message})`;
  }
}

function tearDown(): void {
  for (const node of NODES) spawnSync('ip', ['netns', 'del', namespace(node)]);
}

const why = obstacle();
if (why !== null) {
  tearDown();
  console.warn(`test/e2e/namespaces: skipped, ${why}`);
}

describe.skipIf(why !== null)(`a lab in network namespaces${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let folder: string;
  let tcpdump: ChildProcess | null = null;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hopscope-e2e-'));
    ip('router', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace('client'));
    ip('router', 'link', 'add', 'eth2', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace('server'));
    const addresses: [Node, string, string][] = [
      ['internet', 'eth0', '203.0.113.1/24'],
      ['router', 'eth0', '203.0.113.2/24'],
      ['router', 'eth1', '192.0.2.1/24'],
      ['router', 'eth2', '198.51.100.1/24'],
      ['client', 'eth0', '192.0.2.10/24'],
      ['server', 'eth0', '198.51.100.10/24'],
    ];
    for (const [node, dev, address] of addresses) {
      ip(node, 'addr', 'add', address, 'dev', dev);
      ip(node, 'link', 'set', dev, 'up');
    }
    // A pod each: local routes answer for its address, and no interface of the node has it.
    for (const [node, pod] of [
      ['client', '10.77.1.5'],
      ['server', '10.77.2.5'],
    ] as const) {
      ip(node, 'link', 'set', 'lo', 'up');
      ip(node, 'route', 'add', 'local', `${pod}/32`, 'dev', 'lo');
    }
    ip('router', 'route', 'add', 'default', 'via', '203.0.113.1');
    ip('router', 'route', 'add', '10.77.1.0/24', 'via', '192.0.2.10');
    ip('client', 'route', 'add', 'default', 'via', '192.0.2.1');
    ip('server', 'route', 'add', 'default', 'via', '198.51.100.1');
  });

  afterAll(() => {
    tcpdump?.kill('SIGKILL');
    tearDown();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the router sees on all interfaces while pods and nodes ping each other. */
  async function capture(name: string): Promise<string> {
    const file = join(folder, name);
    // A frame takes as much of tcpdump's buffer as the longest could: with the default of both, eight fill it.
    const options = [
      '-s',
      '2000',
      '-B',
      '4096',
      '-i',
      'any',
      '-y',
      'LINUX_SLL2',
      '--immediate-mode',
      '-U',
      '-Z',
      'root',
      '-w',
      file,
    ];
    const child = spawn('ip', inside('router', 'tcpdump', ...options), { stdio: ['ignore', 'ignore', 'pipe'] });
    tcpdump = child;
    await new Promise<void>((ready, fail) => {
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes('listening on')) ready();
      });
      child.on('close', () => fail(new Error(`tcpdump ended: ${said}`)));
    });
    // The node itself always answers, so that the capture goes on behind the last unanswered ping.
    spawnSync('ip', inside('client', 'ping', '-c', '6', '-i', '0.3', '-W', '1', '-I', '10.77.1.5', '10.77.2.5'));
    spawnSync('ip', inside('client', 'ping', '-c', '2', '-i', '0.3', '-W', '1', '198.51.100.10'));
    const ended = new Promise((done) => child.on('close', done));
    child.kill('SIGINT');
    await ended;
    tcpdump = null;
    return file;
  }

  /** What the tools of the nodes print, and what nobody else knows. */
  function topology(): LabTopology[] {
    const outputs = (['router', 'client', 'server'] as const).flatMap((node) =>
      (['addr', 'route'] as const).map((what) => ({ name: `${node}-${what}.json`, node, text: ip(node, '-j', what) })),
    );
    const made = importTopology(outputs);
    expect([...made.conflicts, ...made.unread]).toEqual([]);
    return [made.topology, { nodes: { client: { podCIDRs: ['10.77.1.0/24'] }, server: { podCIDRs: ['10.77.2.0/24'] } } }];
  }

  it('names the missing route, gives the command that adds it, and is content afterwards', async () => {
    const pings = { from: 'pods of client', to: 'pods of server', proto: 'icmp' };
    const taken = async (name: string) => lab({ router: await capture(name) }, { topology: topology() });

    const faulty = await taken('faulty.pcap');
    await expect(faulty).toDrop(pings);
    await expect(faulty).toTakePath(pings, ['in eth1', 'out eth0']);
    await expect(faulty).toHaveFinding('egress-wrong-interface');
    await expect(faulty).toDeliver({ from: 'client', to: 'server', proto: 'icmp' });
    const [cause] = faulty.run.findings;
    expect(cause).toMatchObject({
      rule: 'egress-wrong-interface',
      verdict: 'fail',
      confidence: 'high',
      subject: { dst: '10.77.2.5', interfaceIn: 'eth1', interfaceOut: 'eth0', interfaceExpected: 'eth2', node: 'router' },
      commands: ['ip route add 10.77.2.0/24 via 198.51.100.10 dev eth2'],
    });
    const others = faulty.run.findings.filter((f) => f.verdict === 'fail' && f.severity !== 'info' && f.foldedUnder === null);
    expect(others.map((f) => f.rule)).toEqual(['egress-wrong-interface']);

    run('ip', inside('router', 'sh', '-c', cause!.commands[0]!));
    const repaired = await taken('repaired.pcap');
    await expect(repaired).toDeliver(pings);
    await expect(repaired).toTakePath(pings, ['in eth1', 'out eth2'], ['in eth2', 'out eth1']);
    await expect(repaired).never('hop.interface == eth0 && ip.dst == 10.77.2.0/24', { witness: 'ip.dst == 10.77.2.0/24' });
    await expect(repaired).toBeHealthy();
    expect(repaired.run.findings.filter((f) => f.severity !== 'info')).toEqual([]);
  });
});
