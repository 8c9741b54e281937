// A lab of network namespaces: a client, a router, a server and an uplink, joined by veth pairs. Nothing leaves it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

export const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');

/** Why namespaces cannot be had here, or null. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const program of ['ip', 'tcpdump', 'ping'])
    if (spawnSync(program, ['-V'], { stdio: 'ignore' }).error !== undefined) return `${program} is not installed`;
  const name = `hs${process.pid}try`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `ip netns add: ${made.stderr.trim()}`;
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}

/** A folder of programs of a machine whose clock is 40 s ahead, to stand first in its PATH. */
export function aheadIn(folder: string): string {
  const ahead = join(folder, 'ahead');
  mkdirSync(ahead);
  copyFileSync(resolve('test/live/ahead.mjs'), join(ahead, 'tcpdump'));
  writeFileSync(join(ahead, 'date'), '#!/bin/sh\nexec /bin/date -d "40 seconds" "$@"\n');
  for (const name of ['tcpdump', 'date']) chmodSync(join(ahead, name), 0o755);
  return ahead;
}

let labs = 0;

export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'hopscope-live-'));
  readonly topology = join(this.folder, 'lab.yaml');
  private readonly prefix = `hs${process.pid}n${labs++}`;
  private readonly children: ChildProcess[] = [];

  constructor() {
    for (const node of ['client', 'router', 'server', 'uplink']) {
      this.ip('netns', 'add', this.name(node));
      // Without IPv6 there are no packets but those of the test.
      this.inside(node, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
      this.on(node, 'link', 'set', 'lo', 'up');
    }
    this.join('client', 'eth1');
    this.join('server', 'eth2');
    this.join('uplink', 'eth0');
    this.inside('router', 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0');
    this.address('client', 'eth0', '10.71.1.2/24');
    this.address('router', 'eth1', '10.71.1.1/24');
    this.address('router', 'eth2', '10.71.2.1/24');
    this.address('server', 'eth0', '10.71.2.2/24');
    this.address('router', 'eth0', '10.79.0.1/24');
    this.address('uplink', 'eth0', '10.79.0.2/24');
    this.on('server', 'addr', 'add', '172.31.2.1/32', 'dev', 'lo');
    this.on('client', 'route', 'add', 'default', 'via', '10.71.1.1');
    this.on('server', 'route', 'add', 'default', 'via', '10.71.2.1');
    this.on('router', 'route', 'add', 'default', 'via', '10.79.0.2');
    writeFileSync(
      this.topology,
      `nodes:
  router:
    interfaces:
      eth0: { addresses: [10.79.0.1/24] }
      eth1: { addresses: [10.71.1.1/24] }
      eth2: { addresses: [10.71.2.1/24] }
    routes: ["default via 10.79.0.2 dev eth0"]
  client: { interfaces: { eth0: { addresses: [10.71.1.2/24] } } }
  server: { interfaces: { eth0: { addresses: [10.71.2.2/24] } }, podCIDRs: [172.31.2.0/24] }
`,
    );
  }

  /** A file of points: three nodes, reached as machines would be; the clock of the client is 40 s ahead. */
  points(): string {
    const ahead = aheadIn(this.folder);
    const entered = ['env', `PATH=${ahead}:${process.env['PATH']}`, 'ip', 'netns', 'exec', this.name('client')];
    const file = join(this.folder, 'points.yaml');
    writeFileSync(
      file,
      `points:
  client: { command: ${JSON.stringify(entered)} }
  router: { netns: ${this.name('router')}, interfaces: [eth1, eth2] }
  server: { netns: ${this.name('server')} }
topology: lab.yaml
`,
    );
    return file;
  }

  /** A veth pair from eth0 of the node to that interface of the router. */
  join(node: string, at: string): void {
    this.on(node, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', at, 'netns', this.name('router'));
  }

  address(node: string, device: string, address: string): void {
    this.on(node, 'addr', 'add', address, 'dev', device);
    this.on(node, 'link', 'set', device, 'up');
  }

  name(node: string): string {
    return `${this.prefix}${node}`;
  }

  /** `ip` inside a node. */
  on(node: string, ...args: string[]): void {
    this.ip('-n', this.name(node), ...args);
  }

  inside(node: string, ...command: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.name(node), ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Starts a program inside a node. */
  start(node: string, ...command: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name(node), ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.children.push(child);
    return child;
  }

  ping(node: string, target: string, count: number): ChildProcess {
    return this.start(node, 'ping', '-n', '-i', '1', '-W', '1', '-c', String(count), target);
  }

  /** `hopscope live` on a node, its events as they come. */
  live(node: string, ...args: string[]): Watched {
    return new Watched(this.start(node, process.execPath, CLI, 'live', '--format', 'jsonl', ...args));
  }

  /** Process ids of a program that runs inside a node. */
  pids(node: string, program: string): number[] {
    const all = execFileSync('ip', ['netns', 'pids', this.name(node)], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    // By the command line: newer Node.js gives its first thread a name of its own.
    return all.map(Number).filter((pid) => {
      const { stdout } = spawnSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'utf8' });
      return basename(stdout.split('\0')[0]) === program;
    });
  }

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const node of ['client', 'router', 'server', 'uplink']) {
      const { stdout } = spawnSync('ip', ['netns', 'pids', this.name(node)], { encoding: 'utf8' });
      for (const pid of (stdout ?? '').split('\n').filter(Boolean)) spawnSync('kill', ['-9', pid]);
      spawnSync('ip', ['netns', 'del', this.name(node)]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

export interface Event {
  readonly event: 'raised' | 'updated' | 'resolved' | 'expectation' | 'notice' | 'end';
  readonly text?: string;
  readonly how?: string;
  /** Of an expectation. */
  readonly name?: string;
  readonly file?: string;
  readonly line?: number;
  readonly verdict?: string;
  readonly seen?: string;
  readonly finding?: { readonly rule: string; readonly title: string; readonly verdict: string; readonly severity: string };
  readonly ended?: string;
  readonly report?: {
    readonly captures: readonly {
      readonly frames: number;
      readonly dropped: number | null;
      readonly interfaces: readonly { readonly name: string; readonly in: number; readonly out: number }[];
    }[];
    readonly findings: readonly { readonly rule: string; readonly verdict: string }[];
  };
  /** When it arrived, in milliseconds. */
  readonly atMs: number;
}

/** A `hopscope live --format jsonl` that is watched. */
export class Watched {
  readonly events: Event[] = [];
  errors = '';
  readonly code: Promise<number | null>;
  private rest = '';
  private wake: () => void = () => undefined;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.rest + text).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.events.push({ ...(JSON.parse(line) as Event), atMs: Date.now() });
      this.wake();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.code = new Promise((done) => child.once('close', done));
  }

  /** The first event that fits; throws with all there were after `ms`. */
  async event(fits: (event: Event) => boolean, ms: number): Promise<Event> {
    const untilMs = Date.now() + ms;
    for (;;) {
      const found = this.events.find(fits);
      if (found !== undefined) return found;
      const left = untilMs - Date.now();
      if (left <= 0) {
        const seen = this.events.map((e) => `${e.event} ${e.finding?.rule ?? ''} ${e.finding?.title ?? e.text ?? ''}`).join('\n');
        throw new Error(`not within ${ms} ms; there was\n${seen}\n${this.errors}`);
      }
      await new Promise<void>((done) => {
        this.wake = done;
        setTimeout(done, Math.min(left, 200));
      });
    }
  }

  raised(rule: string, ms: number): Promise<Event> {
    return this.event((e) => e.event === 'raised' && e.finding?.rule === rule, ms);
  }

  resolved(rule: string, ms: number): Promise<Event> {
    return this.event((e) => e.event === 'resolved' && e.finding?.rule === rule, ms);
  }

  notice(text: RegExp, ms: number): Promise<Event> {
    return this.event((e) => e.event === 'notice' && text.test(e.text ?? ''), ms);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
