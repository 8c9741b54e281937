// Readers of pasted text meet anything: cut lines, escapes, garbage, and logs of many megabytes.
import { describe, expect, it } from 'vitest';
import { TopologyError } from '../../src/errors.js';
import { importTopology } from '../../src/topology/import/import.js';
import { showTopology } from '../../src/topology/import/show.js';
import { readTopology } from '../../src/topology/read.js';
import { times } from '../thorough.js';

const SEEDS = `ops@a:~$ ssh r ip -d addr
1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue
2: up0@if9: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    vxlan id 42 remote 198.18.0.2 local 198.18.0.1 dev up0 dstport 4789
    inet 198.18.0.1/24 scope global up0
default via 198.18.0.254 dev up0 proto static metric 10
10.9.0.0/24 proto bgp
\tnexthop via 198.18.0.7 dev up0 weight 1
prohibit 10.8.0.0/16
100:\tfrom 10.1.0.0/24 lookup 100
198.18.0.9 dev up0 lladdr 02:00:00:00:00:09 PERMANENT
02:00:00:00:00:09 dev vx0 dst 198.18.0.2 self permanent
net.ipv4.conf.all.rp_filter = 1
table inet fw {
*filter
-A FORWARD -j DROP
NAME   READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES
cart   1/1     Running   0          5d    10.61.1.7   w1     <none>           <none>
NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
web    ClusterIP   10.97.0.4    <none>        80/TCP    5d
[{"ifname":"up0","ifindex":2,"address":"02:00:00:00:00:01","link_type":"ether","addr_info":[{"local":"198.18.0.1","prefixlen":24}]}]
[{"dst":"default","gateway":"198.18.0.254","dev":"up0"}]
apiVersion: v1
kind: Pod
172.20.0.96/32      identity=63446 encryptkey=0 tunnelendpoint=192.168.10.100 flags=hastunnel
>> node : w1 <<
for i in a b; do ssh $i ip route; done
\x1b[35m10.9.8.0/24 \x1b[0mdev \x1b[36meth0 \x1b[0m
Ethernet adapter Ethernet 2:
   Physical Address. . . . . . . . . : 08-00-27-01-02-03
   IPv4 Address. . . . . . . . . . . : 192.168.10.50(Preferred)
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
          0.0.0.0          0.0.0.0     192.168.10.1   192.168.10.50    281
     192.168.10.0    255.255.255.0         On-link     192.168.10.50    281
ID   Frontend   Service Type   Backend
1    10.96.0.1:443/TCP   ClusterIP   1 => 192.168.10.100:6443/TCP (active)`.split('\n');

/** mulberry32: the same run each time. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Whatever comes in: a topology that reads back, or one clear error. */
function take(text: string, node?: string): 'read' | 'refused' {
  try {
    const { topology } = importTopology([{ name: 'x', text, node }]);
    readTopology([{ name: 'y', text: showTopology(topology) }]);
    return 'read';
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    // A topology that was made must be one that can be read.
    expect(error.message).not.toMatch(/^y:/m);
    return 'refused';
  }
}

describe('text of any kind', () => {
  it('mixed, cut and spoilt lines', () => {
    const next = random(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
    let read = 0;
    for (let i = 0; i < 150; i++) {
      const lines = Array.from({ length: 1 + Math.floor(next() * 12) }, () => {
        let line = pick(SEEDS);
        const dice = next();
        if (dice < 0.2) line = line.slice(0, Math.floor(next() * line.length));
        else if (dice < 0.35) line = line.slice(Math.floor(next() * line.length));
        else if (dice < 0.5) {
          const at = Math.floor(next() * line.length);
          line = `${line.slice(0, at)}${pick(['\x00', '\x1b[', '\x1b]0;x', "'", '"', '{', ']', '\ud800', '99999999999', '__proto__', '$(', ' ', '::', '/'])}${line.slice(at + 1)}`;
        }
        return line;
      });
      if (take(lines.join('\n'), next() < 0.5 ? 'n' : undefined) === 'read') read++;
    }
    expect(read).toBeGreaterThan(70);
  });

  it('megabytes of a log take bounded time', () => {
    const million = times(300_000, 1_000_000);
    const block = `${SEEDS.join('\n')}\n${'x'.repeat(3000)}\n{\n"a": [\n`;
    for (const text of [
      block.repeat(Math.ceil((2.5 * million) / block.length)),
      `${'['.repeat(million)}\n`,
      'a@b:'.repeat(0.6 * million),
      `${'ops@a:~$ '.repeat(50)}\n`.repeat(million / 200),
      '{\nfoo\n'.repeat(0.4 * million),
      '\x1b['.repeat(million),
      '# x\n'.repeat(0.6 * million),
    ]) {
      const start = performance.now();
      take(text, 'n');
      expect(performance.now() - start).toBeLessThan(60_000);
    }
  }, 300_000);
});
