// What lies beside captures says what the network is: outputs of tools, topology files, and who counts where they differ.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analyzeOptions } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import { expand, openBundle } from '../../src/main/bundle.js';
import { contentsOf } from '../../src/main/bundle-contents.js';
import { topologyOf } from '../../src/main/topology-of.js';
import { verify } from '../../src/main/verify.js';
import { PLAIN_VERIFY } from './options.js';

const CAPTURE = resolve(import.meta.dirname, '../../captures/native-missing-route.pcap');
const ROUTER_ADDR = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 10.0.2.15/24 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 192.168.10.200/24 scope global eth1
4: eth2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 192.168.20.200/24 scope global eth2
5: loop1: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 10.10.1.200/24 scope global loop1
6: loop2: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 10.10.2.200/24 scope global loop2
`;
const ROUTER_ROUTE = `default via 10.0.2.2 dev eth0
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15
10.10.1.0/24 dev loop1 proto kernel scope link src 10.10.1.200
10.10.2.0/24 dev loop2 proto kernel scope link src 10.10.2.200
192.168.10.0/24 dev eth1 proto kernel scope link src 192.168.10.200
192.168.20.0/24 dev eth2 proto kernel scope link src 192.168.20.200
`;
const CLUSTER = `NAME      STATUS   ROLES    AGE   VERSION   INTERNAL-IP      EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
k8s-ctr   Ready    <none>   42h   v1.33.2   192.168.10.100   <none>        Debian     6.8.0            containerd://1.7.27
k8s-w0    Ready    <none>   41h   v1.33.2   192.168.20.100   <none>        Debian     6.8.0            containerd://1.7.27

NAME       READY   STATUS    RESTARTS   AGE   IP            NODE      NOMINATED NODE   READINESS GATES
curl-pod   1/1     Running   0          41h   172.20.0.96   k8s-ctr   <none>           <none>
webpod     1/1     Running   0          41h   172.20.2.1    k8s-w0    <none>           <none>
`;

const never = (): string => {
  throw new Error('nothing is to be unpacked');
};
let folder = '';
const put = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text);
const run = async (flags: { topology?: string[] } = {}, notes: string[] = []) =>
  analyze({ ...(await analyzeOptions([folder], flags)), workers: 0, onNote: (note) => notes.push(note) });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-known-'));
  copyFileSync(CAPTURE, join(folder, 'capture.pcap'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const repaired = { rule: 'egress-wrong-interface', commands: ['ip route add 172.20.2.1 via 192.168.20.100 dev eth2'] };

describe('-t', () => {
  it('takes outputs of tools as topology check does, router=FILE, and topology files with them', async () => {
    put('addr.out', ROUTER_ADDR);
    put('route.out', ROUTER_ROUTE);
    put('known.yaml', 'nodes: { k8s-w0: { podCIDRs: [172.20.2.0/24] } }\n');
    put('cluster.out', CLUSTER);
    const named = ['gw=addr.out', 'gw=route.out', 'cluster.out', 'known.yaml'].map((one) =>
      one.replace(/[^=]+$/, (file) => join(folder, file)),
    );
    const options = await analyzeOptions([CAPTURE], { topology: named });
    const { captures, findings } = await analyze({ ...options, workers: 0 });
    expect(captures.map(({ point }) => point)).toEqual(['gw']);
    expect(findings[0]).toMatchObject({ rule: 'egress-wrong-interface', subject: { node: 'gw' }, confidence: 'high' });
  });

  it('refuses a text that says nothing of the network, and a file that is not there', async () => {
    put('words.txt', 'nothing of use');
    const of = async (name: string) => topologyOf({ topology: [`gw=${join(folder, name)}`], known: [] });
    await expect(of('words.txt')).rejects.toThrow('neither a topology nor an output that can be imported');
    await expect(of('none.txt')).rejects.toThrow('there is no such file');
  });
});

describe('outputs beside a capture', () => {
  it('are its topology: the node is told by its interface numbers, the repair by the tables', async () => {
    put('gw-addr.txt', ROUTER_ADDR);
    put('gw-route.txt', ROUTER_ROUTE);
    put('cluster.txt', CLUSTER);
    const notes: string[] = [];
    const { captures, findings } = await run({}, notes);
    expect(captures.map(({ point }) => point)).toEqual(['gw']);
    expect(findings[0]).toMatchObject({ ...repaired, subject: { node: 'gw', interfaceExpected: 'eth2' }, confidence: 'high' });
    expect(notes[0]).toBe(
      'the topology is from 3 texts (cluster.txt, gw-addr.txt, gw-route.txt); -t names another, hopscope info lists what was used',
    );
  });

  it('are of the machine in the prompts, compressed or in UTF-16 as well', async () => {
    const log = `root@gw:~# ip addr\n${ROUTER_ADDR}root@gw:~# ip route\n${ROUTER_ROUTE}`;
    put('session.log.gz', gzipSync(log));
    put('cluster.txt', Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(CLUSTER, 'utf16le')]));
    const { captures, findings } = await run();
    expect(captures.map(({ point }) => point)).toEqual(['gw']);
    expect(findings[0]).toMatchObject(repaired);
  });

  it('without any name are of the only machine that was captured on', async () => {
    put('addr.txt', ROUTER_ADDR);
    put('route.txt', ROUTER_ROUTE);
    put('cluster.txt', CLUSTER);
    const { captures, findings } = await run();
    expect(captures.map(({ point }) => point)).toEqual(['capture']);
    expect(findings[0]).toMatchObject({ ...repaired, subject: { node: 'capture' } });
  });

  it('under a made-up name join the node that has their addresses', async () => {
    put('second.txt', '3: eth1: <UP> mtu 1500 state UP\n    inet 192.168.20.100/24 scope global eth1\n');
    put('cluster.txt', CLUSTER);
    const topology = await topologyOf({ topology: [], ...(await expand([{ point: null, path: folder }], never)) });
    expect(topology?.nodeNames).toEqual(['k8s-ctr', 'k8s-w0']);
    expect(topology?.node('k8s-w0')?.interfaces.map(({ name }) => name)).toEqual(['eth1']);
  });

  it('yield to a topology file, which adds what they do not know', async () => {
    put('gw-addr.txt', ROUTER_ADDR);
    put('gw-route.txt', ROUTER_ROUTE);
    put(
      'lab.yaml',
      'nodes:\n  gw: { interfaces: { eth2: { mtu: 9000 } } }\n  k8s-w0: { interfaces: { eth1: { addresses: [192.168.20.100/24] } }, podCIDRs: [172.20.2.0/24] }\n',
    );
    const notes: string[] = [];
    const { findings } = await run({}, notes);
    expect(findings[0]?.commands).toEqual(['ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2']);
    expect(notes.filter((note) => note.startsWith('contradiction'))).toEqual([
      'contradiction: nodes.gw.interfaces.eth2.mtu is 9000 in the topology file and 1500 in the texts; the file counts',
    ]);
  });

  it('do not count where -t names a topology', async () => {
    put('gw-addr.txt', ROUTER_ADDR);
    const other = join(tmpdir(), `hopscope-other-${process.pid}.yaml`);
    writeFileSync(other, 'nodes:\n  elsewhere: {}\n');
    const notes: string[] = [];
    const { captures } = await run({ topology: [other] }, notes);
    rmSync(other);
    expect(captures.map(({ point }) => point)).toEqual(['capture']);
    expect(notes).toEqual([]);
  });

  it('name the pod whose device a frame was seen on, and what two services share is no contradiction', async () => {
    put('gw-addr.txt', ROUTER_ADDR);
    put('gw-route.txt', ROUTER_ROUTE);
    put('cluster.txt', CLUSTER);
    // An agent's `endpoint get` names the device of a pod on its node: here that of a bridge that stands for it.
    const endpoint = {
      id: 7,
      status: {
        identity: { id: 4711, labels: ['k8s:app=curl'] },
        networking: { addressing: [{ ipv4: '172.20.0.96' }], 'interface-name': 'eth1', 'interface-index': 3 },
        'external-identifiers': { 'pod-name': 'default/curl-pod' },
      },
    };
    put('agent.log', `root@gw:~# cilium-dbg endpoint get 7\n${JSON.stringify([endpoint], null, 2)}\n`);
    put(
      'services.txt',
      `NAME    TYPE           CLUSTER-IP      EXTERNAL-IP      PORT(S)          AGE
shop    LoadBalancer   10.96.163.90    192.168.10.211   80:30080/TCP     1h
admin   LoadBalancer   10.96.163.91    192.168.10.211   443:30443/TCP    1h
`,
    );
    const notes: string[] = [];
    const { findings } = await run({}, notes);
    expect(findings[0]?.evidence.map(({ note }) => note)).toEqual(
      expect.arrayContaining(['in eth1 (default/curl-pod), ttl 63', 'out eth0, ttl 62']),
    );
    expect(notes.filter((note) => note.startsWith('contradiction') && !note.includes('node is'))).toEqual([]);
  });

  it('say when a capture is called after another node than the one that sent its frames', async () => {
    copyFileSync(CAPTURE, join(folder, 'k8s-w0-any.pcap'));
    rmSync(join(folder, 'capture.pcap'));
    put(
      'gw-link.txt',
      ROUTER_ADDR.replace(/3: eth1: .*\n/, (line) => `${line}    link/ether 08:00:27:a4:11:c8 brd ff:ff:ff:ff:ff:ff\n`),
    );
    put('cluster.txt', CLUSTER);
    const notes: string[] = [];
    const { captures } = await run({}, notes);
    expect(captures.map(({ point }) => point)).toEqual(['k8s-w0']);
    expect(notes).toContainEqual(
      expect.stringMatching(
        /k8s-w0-any\.pcap is taken for a capture of k8s-w0, as it is called; its frames were sent by gw: gw=FILE says so$/,
      ),
    );
  });

  it('that say nothing cost nothing', async () => {
    put('todo.txt', 'buy milk\n');
    put('hubble.txt', 'Nov 29 14:09:53.307: default/a:1 (ID:1) -> default/b:2 (ID:2) to-endpoint FORWARDED (UDP)\n');
    const { findings } = await run();
    expect(findings[0]?.rule).toBe('egress-wrong-interface');
  });
});

describe('what a folder holds', () => {
  it('is told file by file and line by line', async () => {
    put('gw-route.txt', `${ROUTER_ROUTE}hello there\n`);
    mkdirSync(join(folder, 'k8s-w0'));
    put('k8s-w0/route.txt', 'default via 192.168.20.200 dev eth1\n');
    put('picture.png', Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'));
    const { files, notes } = await contentsOf(folder, (await openBundle(folder, never))!);
    expect(files.map(({ path, taken, says, unread }) => [path.slice(folder.length + 1), taken, says, unread ?? null])).toEqual([
      ['capture.pcap', 'capture', 'captured on capture', null],
      [
        'gw-route.txt',
        'text',
        'ip route of gw; 6 lines used, 1 not understood',
        ["7: not known: not used: not understood: 'hello there'"],
      ],
      ['k8s-w0/route.txt', 'text', 'ip route of k8s-w0; 1 line used', []],
      ['picture.png', 'nothing', 'it looks like a PNG picture', null],
    ]);
    expect(notes).toEqual([
      'no interface numbers of gw, k8s-w0: with `ip -j addr` from there captures of -i any have names',
      'no MACs of gw, k8s-w0: with `ip -j addr` from there captures find their node, and a wrong owner of an address is found',
    ]);
  });
});

it('expectations are held against a folder, with the topology in it', async () => {
  put('gw-addr.txt', ROUTER_ADDR);
  const texts = [
    {
      name: join(folder, 'checks.yaml'),
      text: 'version: 1\ncaptures: .\nexpect:\n  - { name: way, flow: { dst: 172.20.2.1 }, path: [in eth1, out eth2] }\n',
    },
  ];
  const { suites } = await verify({ ...PLAIN_VERIFY, paths: [], texts, known: [] });
  expect(suites?.[0]?.expectations[0]).toMatchObject({ verdict: 'fail' });
  expect(suites?.[0]?.points).toEqual(['gw']);
});
