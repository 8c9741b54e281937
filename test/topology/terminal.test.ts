// A terminal's log: which machine a prompt stands on, and where the command after it really ran.
import { describe, expect, it } from 'vitest';
import { Definitions, readCommand } from '../../src/topology/import/command-line.js';
import { explain, importTopology } from '../../src/topology/import/import.js';
import { plainLines } from '../../src/topology/import/lines.js';
import { sections } from '../../src/topology/import/terminal.js';

const here = { kind: 'machine', name: 'here' } as const;
const where = (line: string, known = new Definitions()) =>
  readCommand(line, here, known).ran.map(({ place, words }) => [
    place === null ? null : place.kind === 'pod' ? `pod ${place.name}` : place.name,
    words.join(' '),
  ]);

describe('a command ran', () => {
  it.each([
    ['ip route', 'here', 'ip route'],
    ['sudo -n ip -6 route', 'here', 'ip -6 route'],
    ['ssh -p 2222 root@leaf1 ip -c route', 'leaf1', 'ip -c route'],
    ["ssh -o StrictHostKeyChecking=no -i ~/.ssh/id admin@leaf1.lab.example 'ip addr'", 'leaf1', 'ip addr'],
    ["sshpass -p 'secret' ssh -o StrictHostKeyChecking=no ops@10.3.0.7 ip route", '10.3.0.7', 'ip route'],
    ['kubectl exec -it -n shop cart-7f -c main -- ip addr', 'pod cart-7f', 'ip addr'],
    ['kubectl -n kube-system exec ds/cilium -- ip route', 'pod ds/cilium', 'ip route'],
    ['kubectl debug node/w3 -it --image=busybox -- chroot /host ip route', 'w3', 'ip route'],
    ['docker exec -it clab-fab-leaf2 ip addr show', 'clab-fab-leaf2', 'ip addr show'],
    ['sudo ip netns exec red ip route', 'red', 'ip route'],
    ['ip -n red -4 route', 'red', 'ip -4 route'],
    ['nsenter --net=/var/run/netns/blue ip route', 'blue', 'ip route'],
    ['nsenter -t 1 -m -u -n -- ip route', 'here', 'ip route'],
    ["vagrant ssh gw -c 'ip route'", 'gw', 'ip route'],
    ['limactl shell vm1 ip route', 'vm1', 'ip route'],
    ['multipass exec vm2 -- ip route', 'vm2', 'ip route'],
    ["bash -c 'LANG=C ip route'", 'here', 'ip route'],
    ["ssh hop 'sudo ip netns exec blue ip route'", 'blue', 'ip route'],
    ['timeout 5 ip route', 'here', 'ip route'],
  ])('%s', (line, place, words) => {
    expect(where(line)).toEqual([[place, words]]);
  });

  it('in a namespace whose process alone is known: nobody knows where', () => {
    expect(where('nsenter -t 4711 -n ip route')).toEqual([[null, 'ip route']]);
  });

  it('once for each turn of a loop', () => {
    expect(
      where('for i in 1 2; do echo ">> node : w$i <<"; ssh root@w$i ip route; echo; done').filter(([, words]) =>
        words?.startsWith('ip'),
      ),
    ).toEqual([
      ['w1', 'ip route'],
      ['w2', 'ip route'],
    ]);
    expect(where('for h in sp{1..2}; do ssh $h hostname; done').map(([place]) => place)).toEqual(['sp1', 'sp2']);
  });

  it('behind variables and aliases of the session', () => {
    const known = new Definitions();
    expect(
      known.learn(
        "export A1=$(kubectl get pod -l k8s-app=cilium --field-selector spec.nodeName=w1 -o jsonpath='{.items[0].metadata.name}')",
      ),
    ).toBe(true);
    expect(known.learn('alias c1="kubectl exec -it $A1 -n kube-system -c cilium-agent -- cilium-dbg"')).toBe(true);
    expect(where('c1 status', known)).toEqual([['w1', 'cilium-dbg status']]);
  });

  it.each([
    "ssh 'unclosed",
    'for i in',
    '$(((((',
    `${'ssh a '.repeat(600)}`,
    "alias x='x x'",
    '| | |',
    'kubectl exec',
    'ip netns exec',
  ])('in a line that is none: %#', (line) => {
    expect(() => where(line)).not.toThrow();
  });
});

const places = (text: string, node: string | null = null) =>
  sections(text, node, new Set()).map(({ place, first, lines }) => [
    place?.name ?? null,
    first,
    lines.filter((line) => line !== '').length,
  ]);

describe('prompts', () => {
  it.each([
    ['root@n1:~# x', 'n1'],
    ['[root@n1 ~]# x', 'n1'],
    ['(⎈|lab:default) ops@n1:/etc/net$ x', 'n1'],
    ['n1:~$ x', 'n1'],
    ['ops@n1.lab.example:~$ x', 'n1'],
  ])('%s', (prompt, name) => {
    expect(places(`${prompt}\nout`)).toEqual([[name, 2, 1]]);
  });

  it('of shells that were opened and left again', () => {
    const log =
      'ops@a:~$ ssh b\nWelcome\nops@b:~$ ip route\nfrom b\nops@b:~$ exit\nlogout\nops@a:~$ ip route\nfrom a\nops@a:~$ kubectl exec -it box -- sh\n/ # ip route\nfrom box\n/ # exit\nops@a:~$ ip route\nfrom a\n';
    const said = sections(log, null, new Set()).map(({ place, lines }) => [place?.name ?? null, lines[0]]);
    expect(said.filter(([, line]) => line?.startsWith('from'))).toEqual([
      ['b', 'from b'],
      ['a', 'from a'],
      ['box', 'from box'],
      ['a', 'from a'],
    ]);
  });

  it('whose machine the user has named otherwise', () => {
    expect(places('ops@vm-17:~$ ip route\nx\nops@vm-17:~$ ssh r ip route\ny\n', 'gw')).toEqual([
      ['gw', 2, 1],
      ['r', 4, 1],
    ]);
  });

  it.each(['>> node : w1 <<', '=== w1 ===', '--- w1 ---', '## w1 ##', '# node w1', 'on node w1:', '[w1]'])(
    'or a heading: %s',
    (heading) => {
      expect(places(`${heading}\nout\n`)).toEqual([['w1', 2, 1]]);
    },
  );

  it('are not what looks like one within a listing', () => {
    const text = '{\n  "node": "w1",\n  "email": "ops@w1:~# x"\n}\n--- 10.0.0.1 ping statistics ---\n> Host: 10.0.0.1\n';
    expect(places(text)).toEqual([[null, 1, 6]]);
  });
});

describe('lines', () => {
  it('are without colours, quotes of a mail, and fences', () => {
    expect(plainLines('\x1b[36meth0\x1b[0m up\r\n^[[1mbold^[[0m\n[32mgreen[0m\nab\bc')).toEqual([
      'eth0 up',
      'bold',
      'green',
      'ac',
    ]);
    expect(plainLines('> one\n> two\n')).toEqual(['one', 'two', '']);
    expect(plainLines('```sh\nx\n```')).toEqual(['', 'x', '']);
  });
});

it('a session of a whole lab', () => {
  const log = `ops@jump:~$ for i in leaf1 leaf2; do echo ">> node : $i <<"; ssh ops@$i ip -c route; echo; done
>> node : leaf1 <<
default via \x1b[35m10.4.0.1 \x1b[0mdev \x1b[36muplink \x1b[0mproto static
\x1b[35m10.61.1.0/24 \x1b[0mdev \x1b[36mcni0 \x1b[0mproto kernel scope link src \x1b[35m10.61.1.1 \x1b[0m

>> node : leaf2 <<
default via 10.4.0.1 dev uplink proto static
10.61.2.0/24 dev cni0 proto kernel scope link src 10.61.2.1

ops@jump:~$ ssh ops@leaf2 ip -br addr
lo               UNKNOWN        127.0.0.1/8
uplink           UP             10.4.0.12/24
cni0             UP             10.61.2.1/24
ops@jump:~$ ssh ops@leaf1 ip route get 10.61.2.9
10.61.2.9 via 10.4.0.1 dev uplink src 10.4.0.11 uid 1000
    cache
ops@jump:~$ ssh ops@leaf1 ip route | grep 10.61
10.61.1.0/24 dev cni0 proto kernel scope link src 10.61.1.1
ops@jump:~$ ping -c1 10.61.2.9
PING 10.61.2.9 (10.61.2.9) 56(84) bytes of data.
^C
ops@jump:~$ kubectl get pods -A -o wide
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE   IP          NODE    NOMINATED NODE   READINESS GATES
shop        cart    1/1     Running   2 (3h ago) 5d    10.61.2.9   leaf2   <none>           <none>
nothing that anybody knows
`;
  const { topology, pieces, unread, conflicts } = importTopology([{ name: 'log', text: log }]);
  expect(conflicts).toEqual([]);
  expect(topology.nodes?.['leaf1']).toEqual({
    routes: ['default via 10.4.0.1 dev uplink proto static', '10.61.1.0/24 dev cni0 proto kernel scope link src 10.61.1.1'],
    podCIDRs: ['10.61.1.0/24'],
  });
  expect(topology.nodes?.['leaf2'].interfaces).toEqual({
    lo: {},
    uplink: { addresses: ['10.4.0.12/24'] },
    cni0: { addresses: ['10.61.2.1/24'] },
  });
  expect(topology.pods).toEqual({ '10.61.2.9': { name: 'shop/cart', node: 'leaf2' } });
  expect(unread).toEqual(["log:25: not understood: 'nothing that anybody knows'"]);
  expect(explain(pieces)).toEqual([
    'log:3-4: ip route of leaf1: used',
    'log:7-8: ip route of leaf2: used',
    'log:11-13: ip -br addr of leaf2: used',
    'log:15-16: ip route get of leaf1: left out: it answers for one packet, and is not the table',
    'log:18: ip route of leaf1: left out: some lines of the table only, so nothing follows from what is missing; the whole `ip route` would be used',
    'log:20-21: ping -c1 10.61.2.9: left out: it says nothing about the topology',
    'log:23-24: kubectl get: used',
    "log:25: not known: not used: not understood: 'nothing that anybody knows'",
  ]);
});
