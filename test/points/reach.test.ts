// Every way to a point, through stand-ins that know the documented arguments of each tool and run the command in a network namespace; and why
// each may fail.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/points/child.js';
import type { Point } from '../../src/points/point.js';
import { isReached, reach, sshOptions } from '../../src/points/reach.js';
import { pointsOf, readPointArgument } from '../../src/points/read.js';
import { whyNot } from '../../src/points/refusal.js';
import { whyNot as noNamespaces } from '../live/lab.js';

const missing = noNamespaces();
if (missing !== null) console.warn(`ways to points are not tried: ${missing}`);

const NETNS = `hopscope-reach-${process.pid}`;
const TOOLS = ['kubectl', 'docker', 'podman', 'nerdctl', 'limactl', 'vagrant', 'ssh', 'sudo'];
const WORLD = {
  netns: NETNS,
  context: 'kind-lab',
  pods: {
    'default/curl-pod': { container: 'app' },
    'shop/bare': { container: 'app', tcpdump: false },
    'shop/distroless': { container: 'app', shell: false },
    'shop/mine': { container: 'app', forbidden: true },
  },
  nodes: ['w1'],
  missingImage: 'no/such',
  containers: { leaf1: {}, bare: { tcpdump: false }, distroless: { shell: false }, off: { running: false } },
  instances: { default: true, off: false },
  machines: ['k8s-w0'],
  ssh: {
    unknown: 'Host key verification failed.',
    'vagrant@strange': 'vagrant@strange: Permission denied (publickey,password).',
    away: 'ssh: connect to host away port 22: Connection refused',
    nowhere: 'ssh: Could not resolve hostname nowhere: Name or service not known',
  },
};

describe.skipIf(missing !== null)('a point', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-reach-'));
  const world = join(folder, 'world.json');
  const path = process.env['PATH'] ?? '';

  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', NETNS]);
    const program = join(folder, 'stand-in.mjs');
    copyFileSync(resolve('test/points/stand-in.mjs'), program);
    chmodSync(program, 0o755);
    for (const tool of TOOLS) symlinkSync(program, join(folder, tool));
    // What an image without tcpdump has.
    mkdirSync(join(folder, 'bare'));
    for (const name of ['sh', 'head', 'timeout', 'setsid', 'sleep', 'true', 'cat', 'hostname']) {
      const found = ['/usr/bin', '/bin'].map((bin) => join(bin, name)).find((file) => existsSync(file));
      if (found !== undefined) symlinkSync(found, join(folder, 'bare', name));
    }
    process.env['PATH'] = `${folder}:${path}`;
    process.env['STAND_IN'] = world;
  });

  beforeEach(() => {
    writeFileSync(world, JSON.stringify({ ...WORLD, bare: join(folder, 'bare') }));
    rmSync(`${world}.log`, { force: true });
  });

  afterAll(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true, force: true });
    execFileSync('ip', ['netns', 'del', NETNS]);
  });

  const pointAt = (target: string, more: Partial<Point> = {}): Point => {
    const named = readPointArgument(`p=${target}`);
    if (named === null) throw new Error(target);
    const [point] = pointsOf([named], { sudo: false, interfaces: 'any', image: 'img', sshConfig: null, context: null });
    return { ...point, image: null, ...more };
  };
  const state = () => JSON.parse(readFileSync(world, 'utf8')) as { pods: Record<string, { debug?: string[] }> };
  /** What a command prints there: the namespace that it is in. */
  const WHERE = ['sh', '-c', 'ip netns identify $$; echo "$1"', 'x', `it's "$HOME" \\ ; *`];
  const says = `${NETNS}\nit's "$HOME" \\ ; *\n`;

  it.each([
    'ssh:vagrant@192.0.2.1',
    'ssh:host:2222',
    'kubectl:curl-pod',
    'docker:leaf1',
    'podman:leaf1',
    'nerdctl:leaf1',
    'lima:default',
    'vagrant:k8s-w0',
    `netns:${NETNS}`,
  ])('runs a command by %s, word for word', async (target) => {
    const reached = await reach(pointAt(target));
    if (!isReached(reached)) throw new Error(reached.why);
    expect(await reached.run(WHERE)).toMatchObject({ end: 0, text: says });
    expect(await reached.close()).toBeNull();
  });

  it('with rights where they are asked for', async () => {
    for (const target of ['ssh:host', 'docker:leaf1', `netns:${NETNS}`, 'lima:default']) {
      const reached = await reach(pointAt(target, { sudo: true }));
      if (!isReached(reached)) throw new Error(`${target}: ${reached.why}`);
      expect((await reached.run(WHERE)).text).toBe(says);
    }
  });

  it('of a pod without tcpdump, by a container of the image beside it, that ends', async () => {
    for (const name of ['bare', 'distroless']) {
      const reached = await reach(pointAt(`kubectl:shop/${name}`, { image: 'my/tools' }));
      if (!isReached(reached)) throw new Error(reached.why);
      expect((await reached.run(['sh', '-c', 'command -v tcpdump'])).end).toBe(0);
      // The command of a test runs where the pod's own programs are.
      if (name === 'bare') expect((await reached.run(['sh', '-c', 'command -v tcpdump'], {}, 'own')).end).not.toBe(0);
      const [container] = state().pods[`shop/${name}`]?.debug ?? [];
      expect(await reached.close()).toBe(
        `the container ${container}, which has ended, stays listed in the pod until that is deleted`,
      );
    }
  });

  it('of a node, by a pod that is taken away', async () => {
    const reached = await reach(pointAt('node:w1', { image: 'my/tools' }));
    if (!isReached(reached)) throw new Error(reached.why);
    expect((await reached.run(WHERE)).text).toBe(says);
    expect(Object.keys(state().pods)).toContain('default/node-debugger-w1-x7k2p');
    expect(await reached.close()).toBeNull();
    expect(Object.keys(state().pods)).not.toContain('default/node-debugger-w1-x7k2p');
  });

  it('of a container without a shell, by an image in its network', async () => {
    const reached = await reach(pointAt('docker:distroless', { image: 'my/tools' }));
    if (!isReached(reached)) throw new Error(reached.why);
    expect((await reached.run(WHERE)).text).toBe(says);
  });

  it('says why it cannot be used, and what to type', async () => {
    const targets: [string, Partial<Point>?][] = [
      ['ssh:unknown'],
      ['ssh:vagrant@strange'],
      ['ssh:away'],
      ['ssh:nowhere'],
      ['kubectl:nobody'],
      ['kubectl:shop/mine'],
      ['kubectl:shop/bare'],
      ['kubectl:shop/distroless'],
      ['kubectl:shop/distroless', { image: 'no/such' }],
      ['node:w9', { image: 'my/tools' }],
      ['docker:nobody'],
      ['podman:nobody'],
      ['docker:off'],
      ['docker:distroless'],
      ['docker:leaf1', { image: 'no/such' }],
      ['netns:hopscope-nowhere'],
      ['vagrant:nobody'],
      ['lima:nobody'],
      ['lima:off'],
    ];
    const said: string[] = [];
    for (const [target, more] of targets) {
      const reached = await reach(pointAt(target, more));
      said.push(`${target}: ${isReached(reached) ? 'reached' : reached.why}`);
    }
    expect(said).toMatchInlineSnapshot(`
      [
        "ssh:unknown: the key of the host is not known, or has changed; type \`ssh unknown\` once and compare it",
        "ssh:vagrant@strange: the host takes none of your keys; type \`ssh-copy-id vagrant@strange\`, or add the key to your agent (ssh-add)",
        "ssh:away: ssh: connection refused; is the machine up, and does \`ssh away\` get there?",
        "ssh:nowhere: no address is known for the host; correct its name, or name it in ~/.ssh/config",
        "kubectl:nobody: there is no such pod; \`kubectl get pods -A\` lists them",
        "kubectl:shop/mine: your account may not create pods/exec in the cluster; ask for that right, \`kubectl auth can-i --list\` says what it has",
        "kubectl:shop/bare: there is no tcpdump in it; name an image that has it, image: nicolaka/netshoot, to be run beside it",
        "kubectl:shop/distroless: there is no tcpdump in it; name an image that has it, image: nicolaka/netshoot, to be run beside it",
        "kubectl:shop/distroless: the cluster cannot pull the image no/such; name another, or load it into the nodes",
        "node:w9: there is no such node; \`kubectl get nodes\` lists them",
        "docker:nobody: there is no such container; \`docker ps\` lists those that run",
        "podman:nobody: there is no such container; \`podman ps\` lists those that run",
        "docker:off: the container does not run; \`docker ps -a\` lists all",
        "docker:distroless: there is no shell in it; name an image that has it, image: nicolaka/netshoot, to be run beside it",
        "docker:leaf1: the image no/such is not to be had; \`docker pull no/such\` says why",
        "netns:hopscope-nowhere: there is no such network namespace; \`ip netns list\` lists them",
        "vagrant:nobody: vagrant knows no such machine here; \`vagrant status\` lists them, in the folder of the Vagrantfile",
        "lima:nobody: there is no such instance; \`limactl list\` lists them",
        "lima:off: the instance does not run; type \`limactl start off\`",
      ]
    `);
  });

  it('says what rights are lacking', async () => {
    writeFileSync(world, JSON.stringify({ ...WORLD, sudo: false, noDaemon: true }));
    const why = async (target: string, sudo: boolean) => {
      const reached = await reach(pointAt(target, { sudo }));
      return isReached(reached) ? 'reached' : reached.why;
    };
    expect(await why('ssh:host', true)).toBe(
      'sudo asks for a password there; `sudo visudo` there takes the line `USER ALL=(root) NOPASSWD: /bin/sh`, which is every right (docs/capture.md has a smaller one), or log in as root',
    );
    expect(await why('docker:leaf1', false)).toBe('no right to use docker; join its group, or start hopscope by sudo');
  });
});

it('tells words of tcpdump from each other', () => {
  const point = (sudo: boolean): Point => ({
    name: 'r',
    way: { method: 'local' },
    sudo,
    interfaces: 'any',
    filter: null,
    image: null,
  });
  const says = (words: string, end: number | string | null = 1, sudo = false) => whyNot(point(sudo), end, words);
  expect(says("tcpdump: any: You don't have permission to perform this capture on that device")).toBe(
    'no right to capture there; add sudo: true, or log in as root',
  );
  expect(says('tcpdump: any: Operation not permitted', 1, true)).toBe('no right to capture there; log in as root');
  expect(says('sh: 1: exec: tcpdump: not found', 127)).toBe(
    'tcpdump is not installed there; `apt install tcpdump` there, or dumpcap (Wireshark)',
  );
  expect(says('tcpdump: eth9: No such device exists\n(No such device exists)')).toBe(
    'there is no interface eth9 there; `ip link` lists them',
  );
  expect(says('tcpdump: write error: No space left on device')).toBe('the disk there is full');
  expect(says('Timeout, server 192.0.2.1 not responding.', 255)).toBe('the connection was lost');
  expect(says('\u001b[31mwhat\u001b[0m is this\n', 3)).toBe('\\x1b[31mwhat\\x1b[0m is this (exit code 3)');
  expect(says('', 'ENOENT')).toBe('sh is not installed here, or not in PATH');
  expect(says('', 'SIGKILL')).toBe('it ended with SIGKILL');
});

it('takes of the settings of Vagrant how to log in, and no program', () => {
  expect(
    sshOptions(
      'Host a\n  HostName 127.0.0.1\n  User vagrant\n  IdentityFile "/a b/key"\n  ProxyCommand reboot\n  LogLevel FATAL\n',
    ),
  ).toEqual([...['-o', 'User=vagrant', '-o', 'IdentityFile="/a b/key"'], ...['--', '127.0.0.1']]);
  expect(sshOptions('Host a\n  HostName -oProxyCommand=reboot\n')).toBeNull();
  expect(sshOptions('no such machine')).toBeNull();
});

it('never waits for whoever keeps the output of a program open', async () => {
  const { end, text } = await runToEnd(['sh', '-c', 'sleep 300 & echo $!']);
  expect(end).toBe(0);
  process.kill(Number(text), 'SIGKILL');
});
