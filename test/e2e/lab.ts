// A lab of real network stacks: nodes are network namespaces of this machine, links are veth pairs between them. Nothing outside the
// namespaces is touched. Tests say how a lab is built, what is broken in it and what is sent; this file builds, captures, asks, ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { finished, type Outcome } from '../cli/child.js';

const CLI = resolve('dist/cli.js');
const TALK = resolve('test/e2e/talk.mjs');

/** Shell commands by the node they run on. */
export type Script = Readonly<Record<string, string>>;

export interface Plan {
  /** `client:eth0 router:eth1`: a veth pair between two nodes. */
  readonly links: readonly string[];
  /** Run on each node when all links are up. */
  readonly nodes: Script;
}

/** What programs of this system a lab needs, by the flag they answer to. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: '-V',
  tcpdump: '--version',
  ping: '-V',
  nft: '--version',
  arping: '-V',
  conntrack: '--version',
  dnsmasq: '--version',
};

/** Why there can be no lab on this machine; null when there can. */
export function obstacle(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const missing = Object.keys(PROGRAMS).filter((name) => spawnSync(name, [PROGRAMS[name]]).error !== undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return lacking('ip link add one type veth peer name two; nft add table inet t; sysctl -qw net.ipv4.ip_forward=1');
}

/** What this kernel says to commands in a namespace of their own; null when it takes them. */
export function lacking(commands: string): string | null {
  const name = `hopscope-${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `ip netns add: ${made.stderr.trim()}`;
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', name, 'sh', '-ec', commands], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  return status === 0 ? null : `this kernel does not: ${commands} (${stderr.trim().split('\n').at(-1)})`;
}

let labs = 0;

export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'hopscope-e2e-'));
  readonly nodes: readonly string[];
  private readonly prefix = `hopscope-${process.pid}-${labs++}`;
  private readonly children = new Set<ChildProcess>();
  private files = 0;

  /** `hopscope`: how the program is run; in a process of its own where nothing else is given. */
  constructor(
    private readonly plan: Plan,
    readonly hopscope: (...args: string[]) => Promise<Outcome> = (...args) => finished(spawn(process.execPath, [CLI, ...args])),
  ) {
    const ends = plan.links.flatMap((link) => link.split(' ').map((end) => end.split(':')[0]));
    this.nodes = [...new Set([...ends, ...Object.keys(plan.nodes)])];
  }

  /** Its name, as `ip netns` has it. */
  namespace(node: string): string {
    return `${this.prefix}-${node}`;
  }

  private start(node: string, command: string): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespace(node), 'sh', '-c', command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
    return child;
  }

  async build(): Promise<void> {
    const quiet = 'sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0';
    const lines = this.nodes.flatMap((node) => [
      `ip netns add ${this.namespace(node)}`,
      `ip netns exec ${this.namespace(node)} sh -c '${quiet}; ip link set lo up'`,
    ]);
    for (const link of this.plan.links) {
      const [[a, one], [b, other]] = link.split(' ').map((end) => end.split(':'));
      const [left, right] = [this.namespace(a), this.namespace(b)];
      lines.push(`ip link add ${one} netns ${left} type veth peer name ${other} netns ${right}`);
      lines.push(`ip -n ${left} link set ${one} up`, `ip -n ${right} link set ${other} up`);
    }
    const made = await finished(spawn('sh', ['-ec', lines.join('\n')]));
    if (made.code !== 0) throw new Error(`the lab could not be built: ${made.stderr}`);
    await this.all(this.plan.nodes);
  }

  /** Runs commands on their nodes; throws what a tool says where one fails. */
  async all(script: Script): Promise<void> {
    for (const [node, commands] of Object.entries(script)) {
      const { code, stderr } = await this.run(node, `set -e\n${commands}`);
      if (code !== 0) throw new Error(`${node}: ${commands}: ${stderr}`);
    }
  }

  /** Runs a command on a node, to its end. */
  run(node: string, command: string): Promise<Outcome> {
    return finished(this.start(node, command));
  }

  /** Starts what runs on until the lab ends; resolves when it says that it is ready. */
  async serve(node: string, command: string, ready = 'ready'): Promise<ChildProcess> {
    const child = this.start(node, `exec ${command}`);
    await new Promise<void>((done, fail) => {
      let said = '';
      const hear = (chunk: Buffer) => {
        said += chunk;
        if (said.includes(ready)) done();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('close', () => fail(new Error(`${node}: ${command} ended: ${said}`)));
    });
    return child;
  }

  /** test/e2e/talk.mjs on a node: small clients and servers. */
  talk(node: string, words: string): Promise<Outcome> {
    return this.run(node, `${process.execPath} ${TALK} ${words}`);
  }

  listen(node: string, words: string): Promise<ChildProcess> {
    return this.serve(node, `${process.execPath} ${TALK} ${words}`);
  }

  /** What each node sees on all its interfaces while something is done: files by node. */
  async capture(during: () => Promise<unknown>): Promise<Record<string, string>> {
    const round = this.files++;
    const at = Object.fromEntries(this.nodes.map((node) => [node, join(this.folder, `${round}-${node}.pcap`)]));
    const options = '-i any -y LINUX_SLL2 --immediate-mode -U -Z root -s 9000 -B 4096';
    const running = await Promise.all(
      this.nodes.map((node) => this.serve(node, `tcpdump ${options} -w ${at[node]}`, 'listening on')),
    );
    await during();
    await pause(300);
    await Promise.all(
      running.map((child) => {
        const ended = new Promise((done) => child.once('close', done));
        child.kill('SIGINT');
        return ended;
      }),
    );
    return at;
  }

  /** As a user would make it: imported from what the tools say on each node, and in a file of its own what they do not know. */
  async topology(known?: string): Promise<string[]> {
    const round = this.files++;
    const asked = [
      'ip -d -j addr; ip -j route show table all; ip -6 -j route; ip rule; ip -6 rule; ip neigh; bridge fdb',
      'sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding; sysctl net.ipv4.conf | grep "[.]rp_filter"; nft list ruleset',
    ].join('; ');
    const inputs = await Promise.all(
      this.nodes.map(async (node) => {
        const file = join(this.folder, `${round}-${node}.txt`);
        writeFileSync(file, (await this.run(node, `(${asked}) 2>/dev/null`)).stdout);
        return `${node}=${file}`;
      }),
    );
    const lab = join(this.folder, `${round}-lab.yaml`);
    const made = await this.hopscope('topology', 'import', ...inputs, '-q', '-o', lab);
    if (made.code !== 0) throw new Error(`topology import: ${made.stderr}`);
    if (known === undefined) return [lab];
    const own = join(this.folder, `${round}-known.yaml`);
    writeFileSync(own, known);
    return [lab, own];
  }

  async end(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    const names = this.nodes.map((node) => this.namespace(node));
    const lines = names.map((name) => `kill -9 $(ip netns pids ${name}) 2>/dev/null; ip netns del ${name}`);
    await finished(spawn('sh', ['-c', lines.join('\n')]));
    rmSync(this.folder, { recursive: true, force: true });
  }

  read(file: string): string {
    return readFileSync(file, 'utf8');
  }
}

export const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
