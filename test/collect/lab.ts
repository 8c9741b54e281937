// A lab as people build them on virtual machines: a router, three nodes, a pod behind each. The pods of w0 are routed; between ctr and w1 there is
// VXLAN where this kernel has it. The nodes are reached by a real sshd, the pods by their network namespaces; hopscope runs on the node `ctr`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished, type Outcome } from '../cli/child.js';
import { Lab, lacking, obstacle } from '../e2e/lab.js';

const CLI = resolve('dist/cli.js');
const SSHD = '/usr/sbin/sshd';

/** Why the lab cannot be; null where it can. */
export function missing(): string | null {
  const none = obstacle();
  if (none !== null) return none;
  if (!existsSync(SSHD)) return 'not installed: sshd';
  return spawnSync('curl', ['--version']).error === undefined ? null : 'not installed: curl';
}

const NODES = {
  ctr: { net: 0, link: '192.168.10', tunnelTo: 'w1' },
  w0: { net: 2, link: '192.168.20', tunnelTo: null },
  w1: { net: 3, link: '192.168.30', tunnelTo: 'ctr' },
} as const;
type NodeName = keyof typeof NODES;
const names = Object.keys(NODES) as NodeName[];

/** Null where this kernel has VXLAN. */
export const noVxlan = (): string | null => lacking('ip link add vx0 type vxlan id 42 dstport 8472 local 192.0.2.1');

const mac = (name: NodeName): string => `02:00:00:00:00:0${NODES[name].net}`;

function nodeScript(name: NodeName, isTunnelled: boolean): string {
  const { net, link, tunnelTo } = NODES[name];
  const plain = [
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0',
    `ip addr add ${link}.100/24 dev eth1; ip addr add 172.20.${net}.254/24 dev lxc0`,
    `ip route add default via ${link}.200`,
  ];
  if (tunnelTo === null || !isTunnelled) return plain.join('\n');
  const other = NODES[tunnelTo];
  return [
    ...plain,
    `ip link add vx0 address ${mac(name)} type vxlan id 42 dstport 8472 local ${link}.100 dev eth1 nolearning`,
    `ip addr add 172.20.${net}.0/32 dev vx0; ip link set vx0 mtu 1450 up`,
    `ip neigh add 172.20.${other.net}.0 lladdr ${mac(tunnelTo)} dev vx0`,
    `bridge fdb append ${mac(tunnelTo)} dev vx0 dst ${other.link}.100`,
    `ip route add 172.20.${other.net}.0/24 via 172.20.${other.net}.0 dev vx0 onlink`,
  ].join('\n');
}

const podScript = (net: number): string =>
  `ip link set eth0 mtu 1450; ip addr add 172.20.${net}.1/24 dev eth0; ip route add default via 172.20.${net}.254`;

export class CaptureLab {
  readonly lab: Lab;
  readonly config: string;
  private readonly running = new Set<ChildProcess>();

  constructor(readonly isTunnelled: boolean) {
    const router = [
      'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0',
      ...names.map((name, i) => `ip addr add ${NODES[name].link}.200/24 dev eth${i + 1}`),
      ...names
        .filter((name) => name !== 'w1' || !isTunnelled)
        .map((name) => `ip route add 172.20.${NODES[name].net}.0/24 via ${NODES[name].link}.100`),
      // The way to the internet, where packets end that have no other.
      'ip link add up0 type veth peer name up1; ip addr add 10.0.2.15/24 dev up0; ip link set up0 up; ip link set up1 up',
      'ip neigh add 10.0.2.2 lladdr 02:00:00:00:00:77 dev up0; ip route add default via 10.0.2.2',
    ].join('\n');
    this.lab = new Lab({
      links: [
        ...names.map((name, i) => `router:eth${i + 1} ${name}:eth1`),
        'ctr:lxc0 curl-pod:eth0',
        'w0:lxc0 webpod:eth0',
        'w1:lxc0 otherpod:eth0',
      ],
      nodes: {
        router,
        ...Object.fromEntries(names.map((name) => [name, nodeScript(name, isTunnelled)])),
        'curl-pod': podScript(0),
        webpod: podScript(2),
        otherpod: podScript(3),
      },
    });
    this.config = this.file('ssh.config');
  }

  file(name: string): string {
    return join(this.lab.folder, name);
  }

  async build(): Promise<void> {
    await this.lab.build();
    for (const key of ['user', 'host']) {
      const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.file(key)], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
    }
    const server = [
      `HostKey ${this.file('host')}`,
      `AuthorizedKeysFile ${this.file('user.pub')}`,
      'StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPidFile none',
    ];
    writeFileSync(this.file('sshd.config'), `${server.join('\n')}\n`);
    const client = [
      `User root\nIdentityFile ${this.file('user')}\nIdentitiesOnly yes`,
      `UserKnownHostsFile ${this.file('known')}\nStrictHostKeyChecking accept-new\nLogLevel ERROR`,
      // The cheapest exchange of keys: there are dozens.
      'KexAlgorithms curve25519-sha256',
    ];
    writeFileSync(this.config, `Host *\n${client.join('\n')}\n`);
    // It gives up its rights into this folder.
    mkdirSync('/run/sshd', { recursive: true });
    for (const node of ['router', 'w0', 'w1'])
      await this.lab.serve(node, `${SSHD} -D -e -f ${this.file('sshd.config')}`, 'Server listening');
    const web = "require('http').createServer((q, s) => s.end('ok\\n')).listen(80, () => console.log('ready'))";
    for (const pod of ['webpod', 'otherpod']) await this.lab.serve(pod, `${process.execPath} -e "${web}"`);
  }

  /** A file of points, as a user would write it; `more`: further points. */
  points(name: string, more: Readonly<Record<string, unknown>> = {}, rest: Readonly<Record<string, unknown>> = {}): string {
    const points = {
      router: { ssh: '192.168.10.200' },
      ctr: { local: true },
      w0: { ssh: '192.168.20.100' },
      w1: { ssh: '192.168.30.100' },
      'curl-pod': { netns: this.lab.namespace('curl-pod') },
      webpod: { netns: this.lab.namespace('webpod') },
      ...more,
    };
    // JSON is YAML.
    writeFileSync(this.file(name), JSON.stringify({ points, sshConfig: this.config, ...rest }, null, 1));
    return this.file(name);
  }

  /** Starts `hopscope ARGS` on the node ctr. */
  start(...args: readonly string[]): ChildProcess {
    const argv = ['netns', 'exec', this.lab.namespace('ctr'), process.execPath, CLI, ...args];
    const child = spawn('ip', argv, { cwd: this.lab.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.running.add(child);
    child.once('close', () => this.running.delete(child));
    return child;
  }

  hopscope(...args: readonly string[]): Promise<Outcome> {
    return finished(this.start(...args));
  }

  /** What runs at the points beside servers, and what runs on this machine for hopscope, once it has had time to end. */
  async left(): Promise<string[]> {
    let found: string[] = [];
    for (let tries = 0; tries < 60; tries++) {
      found = this.lab.nodes.flatMap((node) => {
        const pids = this.pids(node);
        if (pids.length === 0) return [];
        const all = spawnSync('ps', ['-o', 'args=', '-p', pids.join(',')], { encoding: 'utf8' }).stdout;
        return all
          .split('\n')
          .filter((line) => line !== '' && !/sshd: .*listener|createServer/.test(line))
          .map((line) => `${node}: ${line}`);
      });
      if (found.length === 0) return [];
      await new Promise((done) => setTimeout(done, 100));
    }
    return found;
  }

  /** Ends the ssh sessions of a node as a broken line would: without a word. */
  cutConnections(node: string): void {
    for (const pid of this.pids(node)) {
      const args = spawnSync('ps', ['-o', 'args=', '-p', pid], { encoding: 'utf8' }).stdout;
      if (/^sshd: (?!.*listener)/.test(args)) process.kill(Number(pid), 'SIGKILL');
    }
  }

  private pids(node: string): string[] {
    return spawnSync('ip', ['netns', 'pids', this.lab.namespace(node)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean);
  }

  async end(): Promise<void> {
    for (const child of this.running) child.kill('SIGKILL');
    await this.lab.end();
  }
}
