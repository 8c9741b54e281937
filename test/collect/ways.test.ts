// `hopscope capture` by other ways than ssh and namespaces, in a small lab: a cluster with Cilium that kubectl's stand-in has, a clock 40 s off, a
// point that is late, BusyBox; what ends a capture at each stage, and what is left then.
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundleSheet, bundleShape } from '../../src/main/bundle-schema.js';
import { finished, type Outcome, said } from '../cli/child.js';
import { aheadIn, CLI, Lab, pause, whyNot } from '../live/lab.js';
import { thoroughly } from '../thorough.js';

const missing = whyNot();
if (missing !== null) console.warn(`ways to capture are not tried: ${missing}`);
const hasBusybox = spawnSync('busybox', ['true']).status === 0;
if (!hasBusybox) console.warn('a point with BusyBox is not tried: busybox is not installed');

describe.skipIf(missing !== null)('capture', () => {
  let lab: Lab;
  const file = (name: string): string => join(lab.folder, name);
  const sheet = (folder: string): BundleSheet =>
    bundleShape.parse(JSON.parse(readFileSync(file(`${folder}/bundle.json`), 'utf8')));
  const all = ({ stdout, stderr }: Outcome) => `${stdout}\n${stderr}`;
  const NODES = ['client', 'router', 'server', 'uplink'];
  const runs: ChildProcess[] = [];

  /** `hopscope capture` on this machine, with the stand-in for kubectl in its PATH. */
  const start = (...args: string[]): ChildProcess => {
    const env = ['env', '-C', lab.folder, `PATH=${file('tools')}:${process.env['PATH']}`, `STAND_IN=${file('world.json')}`];
    const child = lab.start('uplink', ...env, process.execPath, CLI, ...args);
    runs.push(child);
    return child;
  };
  const hopscope = (...args: string[]) => finished(start(...args));

  /** A way to a node: a program that changes something, and runs its arguments there. */
  const way = (name: string, node: string, script: string): { command: string[] } => {
    writeFileSync(file(name), `#!/bin/sh\n${script}\n`);
    chmodSync(file(name), 0o755);
    return { command: ['ip', 'netns', 'exec', lab.name(node), file(name)] };
  };
  const points = (name: string, what: object, rest: object = {}): string => {
    writeFileSync(file(name), JSON.stringify({ points: what, topology: 'lab.yaml', ...rest }));
    return file(name);
  };
  beforeAll(() => {
    lab = new Lab();
    mkdirSync(file('tools'));
    copyFileSync(resolve('test/points/stand-in.mjs'), file('stand-in.mjs'));
    chmodSync(file('stand-in.mjs'), 0o755);
    symlinkSync(file('stand-in.mjs'), file('tools/kubectl'));
    // What an agent's container has.
    mkdirSync(file('agent'));
    const flow = { flow: { verdict: 'DROPPED', node_name: 'w1', IP: { source: '172.20.0.1', destination: '172.20.2.1' } } };
    writeFileSync(file('agent/hubble'), `#!/bin/sh\necho '${JSON.stringify(flow)}'\nexec sleep 3600\n`);
    writeFileSync(
      file('agent/cilium-dbg'),
      '#!/bin/sh\ncase "$1 $2" in "bpf nat") echo "no map" >&2; exit 1;; esac\necho "[]"\n',
    );
    for (const tool of ['hubble', 'cilium-dbg']) chmodSync(file(`agent/${tool}`), 0o755);
  });
  // Nothing is left at any point, and nothing of the programs that lead there.
  afterEach(async () => {
    const until = performance.now() + 30_000;
    const left = () =>
      NODES.flatMap((node) =>
        execFileSync('ip', ['netns', 'pids', lab.name(node)], { encoding: 'utf8' })
          .split('\n')
          .filter(Boolean),
      );
    while (left().length > 0 && performance.now() < until) await pause(100);
    const args = left().map((pid) => spawnSync('ps', ['-o', 'args=', '-p', pid], { encoding: 'utf8' }).stdout.slice(0, 200));
    expect(args.filter((text) => text !== '')).toEqual([]);
  });
  afterAll(() => lab?.remove());

  const world = (): { pods: Record<string, unknown> } =>
    JSON.parse(readFileSync(file('world.json'), 'utf8')) as { pods: Record<string, unknown> };
  const newWorld = (): void => {
    const list = (...items: object[]) => ({ kind: 'List', items });
    const agent = { metadata: { name: 'cilium-x1', namespace: 'kube-system' }, spec: { nodeName: 'w1' } };
    const objects = {
      nodes: list({
        kind: 'Node',
        metadata: { name: 'w1' },
        status: { addresses: [{ type: 'InternalIP', address: '10.79.0.2' }] },
      }),
      pods: list(agent),
      ...{ services: list(), endpointslices: list(), ciliumnodes: list(), ciliumendpoints: list(), leases: list() },
      ciliumidentities: 'forbidden',
      configmap: { kind: 'ConfigMap', data: {} },
    };
    const pods = { 'kube-system/cilium-x1': { container: 'cilium-agent', tools: file('agent') } };
    writeFileSync(file('world.json'), JSON.stringify({ netns: lab.name('uplink'), pods, nodes: ['w1'], objects }));
  };

  thoroughly(
    'takes cluster, Cilium and Hubble; one journey over a clock 40 s off and a point that is 10 s late',
    async () => {
      newWorld();
      const ahead = aheadIn(lab.folder);
      const isCapture = 'case "$*" in *" -w - "*)';
      const sheetFile = file('expect.yaml');
      writeFileSync(
        sheetFile,
        `version: 1
expect:
  - name: pings go through all points
    flow: { src: 10.71.1.2, dst: 10.71.2.2, proto: icmp }
    path: [client out eth0, router in eth1, router out eth2, server in eth0]
`,
      );
      const lab1 = points(
        'cluster.yaml',
        {
          client: way('ahead.sh', 'client', `PATH=${ahead}:$PATH exec "$@"`),
          router: { netns: lab.name('router') },
          server: way('late.sh', 'server', `${isCapture} sleep 10;; esac; exec "$@"`),
          w1: { node: 'w1', image: 'my/tools' },
        },
        { cluster: { kubectl: true, cilium: true } },
      );
      const got = await hopscope(
        'capture',
        lab1,
        '-o',
        'one',
        '--expect',
        sheetFile,
        '--run',
        'client:ping -c 3 -i 0.2 10.71.2.2',
      );
      expect(got.code, all(got)).toBe(0);
      const bundle = sheet('one');
      expect(bundle).toMatchObject({ state: 'whole', endedBy: 'command', commands: [{ point: 'client', end: 0 }] });
      expect(Object.values(bundle.points).map(({ state }) => state)).toEqual(['ended', 'ended', 'ended', 'ended']);
      const { client, w1 } = bundle.points;
      expect(Math.abs(client!.clock!.aheadMs - 40_000)).toBeLessThanOrEqual(client!.clock!.doubtMs + 1);
      // The ping did not begin before the last point was there.
      for (const { started } of Object.values(bundle.points)) expect(started! < bundle.commands[0]!.started).toBe(true);
      for (const name of ['nodes', 'pods', 'services', 'endpointslices', 'ciliumnodes', 'leases', 'cilium-config'])
        for (const when of ['before', 'after']) expect(existsSync(file(`one/${when}/cluster/${name}.json`)), name).toBe(true);
      expect(readFileSync(file('one/hubble-w1.jsonl'), 'utf8')).toContain('DROPPED');
      const lacking = bundle.missing.map(({ what, why }) => `${what}: ${why}`).join('\n');
      expect(readdirSync(file('one/before/w1')), lacking).toContain('cilium-ipcache.json');
      expect(lacking).toContain('ciliumidentities of the cluster (before): your account may not list ciliumidentities');
      expect(lacking).toContain('cilium-nat of w1 (before): no map');
      // A kind that the cluster does not have is nothing that is missing.
      expect(lacking).not.toContain('ciliuml2announcementpolicies');
      expect(bundle.clusterCommands.some((text) => text.includes('hubble observe --follow'))).toBe(true);
      // The debug pod of the node is gone.
      expect(Object.keys(world().pods)).toEqual(['kube-system/cilium-x1']);
      expect(w1!.left).toBeNull();
    },
    180_000,
  );

  it('ends at a finding', async () => {
    const two = ['client', 'router'].map((node) => `${node}=netns:${lab.name(node)}`);
    const going = start('capture', ...two, '-o', 'found', '--until-finding', '-t', lab.topology);
    const end = finished(going);
    await said(going, 'Ctrl-C ends it');
    const pinging = lab.ping('client', '172.31.2.1', 600);
    const got = await end;
    pinging.kill();
    expect(got.code, all(got)).toBe(1);
    expect(got.stdout).toContain('Packets to 172.31.2.0/24 leave router by eth0 instead of eth2');
    expect(sheet('found')).toMatchObject({ state: 'whole', endedBy: 'finding' });
  }, 180_000);

  thoroughly(
    'ends at each stage by Ctrl-C, with what there is by then',
    async () => {
      const slow = points('slow.yaml', {
        client: way('slow.sh', 'client', 'case "$*" in *mark-*) sleep 2;; esac; exec "$@"'),
        server: { netns: lab.name('server') },
      });
      const run = ['--linger', '30s', '--run', 'client:ping -i 0.2 -c 5 10.71.2.2'];
      const stages = [
        ['taking addresses, routes, neighbours\n', 'interrupt'],
        ['running ping', 'interrupt'],
        ['waiting 30 s', 'interrupt'],
      ] as const;
      for (const [i, [words, endedBy]] of stages.entries()) {
        const child = start('capture', slow, '-o', `stage${i}`, ...run);
        const end = finished(child);
        await said(child, words);
        process.kill(pidOf(child), 'SIGINT');
        const got = await end;
        expect([0, 3], all(got)).toContain(got.code);
        expect(sheet(`stage${i}`)).toMatchObject({ state: 'whole', endedBy, points: { client: { state: 'ended' } } });
      }
      expect(readdirSync(lab.folder).filter((name) => name.includes('unfinished'))).toEqual([]);
    },
    180_000,
  );

  it('says what stays of a node after kill -9, with the command that removes it', async () => {
    newWorld();
    const node = points('node.yaml', { w1: { node: 'w1', image: 'my/tools' } });
    const child = start('capture', node, '-o', 'killed', '--duration', '10m');
    const end = finished(child);
    await said(child, 'Ctrl-C ends it');
    process.kill(pidOf(child), 'SIGKILL');
    await end;
    const pod = 'node-debugger-w1-x7k2p';
    expect(Object.keys(world().pods)).toContain(`default/${pod}`);
    const told = await hopscope('info', 'killed.unfinished');
    expect(told.stdout, all(told)).toContain(
      `note: w1: the pod ${pod} of the node, which has ended; \`kubectl delete pod ${pod} --wait=false\``,
    );
  }, 180_000);

  it.skipIf(!hasBusybox)(
    'takes from a point that has BusyBox',
    async () => {
      const bin = file('busybox');
      mkdirSync(bin);
      execFileSync('busybox', ['--install', '-s', bin]);
      symlinkSync(execFileSync('sh', ['-c', 'command -v tcpdump'], { encoding: 'utf8' }).trim(), join(bin, 'tcpdump'));
      const plain = points('plain.yaml', { router: way('plain.sh', 'router', `PATH=${bin} exec "$@"`) });
      const got = await hopscope('capture', plain, '-o', 'plain', '--run', 'router:ping -c 2 127.0.0.1; ping -c 1 10.71.2.2');
      expect(got.code, all(got)).toBe(0);
      const { router } = sheet('plain').points;
      // What goes round the loopback interface is taken once, and nothing is left unread.
      expect(router).toMatchObject({ state: 'ended', unread: 0, dropped: 0 });
      expect(router!.ended).not.toBeNull();
      expect(router!.frames).toBeGreaterThanOrEqual(6);
      // Its `date` knows no fractions, its `ip` no JSON: the topology comes of its text.
      expect(router!.clock!.doubtMs).toBeGreaterThanOrEqual(500);
      expect(readdirSync(file('plain/before/router'))).toContain('route.txt');
      expect(readFileSync(file('plain/topology.yaml'), 'utf8')).toContain('10.71.1.1/24');
    },
    180_000,
  );
});

/** `ip netns exec` and `env` become the program that they start. */
const pidOf = (child: ChildProcess): number => child.pid!;
