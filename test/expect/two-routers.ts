// A healthy lab of two routers, as its points capture it: pods that talk in VXLAN over both of them, nodes that ping each other, and a node
// that pings the internet and is translated on the way.
import { type Body, echo, ipv4, sll2, type TestFrame, tcp, udp, vxlan } from '../rules/lab.js';

export const TOPOLOGY = `
nodes:
  n1:
    interfaces:
      eth1: { index: 2, addresses: [192.168.10.100/24] }
      lxc1: { index: 3, addresses: [172.20.1.1/24] }
    podCIDRs: [172.20.1.0/24]
  n2: { interfaces: { eth1: { addresses: [192.168.20.100/24] } }, podCIDRs: [172.20.2.0/24] }
  r1:
    interfaces:
      eth1: { index: 2, addresses: [192.168.10.1/24] }
      core1: { index: 3, addresses: [10.9.0.1/30] }
      eth0: { index: 5, addresses: [203.0.113.254/24] }
  r2:
    interfaces:
      core1: { index: 2, addresses: [10.9.0.2/30] }
      eth2: { index: 4, addresses: [192.168.20.1/24] }
pods: { 172.20.1.10: { name: client, node: n1 }, 172.20.2.10: { name: web, node: n2 } }
`;

export const SUITE = `version: 1
name: two routers
expect:
  - name: pods reach each other in the tunnel, over both routers
    flow: { src: client, dst: web, proto: tcp, dstPort: 8080 }
    path: [n1 in lxc1, "...", r1 in eth1 vxlan, r1 out core1 vxlan, r2 in core1 vxlan, r2 out eth2 vxlan]
    answered: true
    kept: dscp
    changed: ttl
    symmetric: true
  - name: the tunnel has one VNI
    where: vxlan
    tunnel: { type: vxlan, vni: 77 }
    mtu: { inner: 1450 }
  - name: pings between nodes come back the same way, and none is lost
    flow: { src: n1, dst: n2, proto: icmp }
    path: [r1 in eth1, r1 out core1, r2 in core1, r2 out eth2]
    returnPath: [r2 in eth2, r2 out core1, r1 in core1, r1 out eth1]
    symmetric: true
    answered: true
    loss: { atMost: 0%, between: [r1, r2] }
    rtt: { p95: 50ms }
    outage: { atMost: 1s }
  - name: nothing is lost of the pods between the nodes and the second router
    flow: { src: client, dst: web }
    loss: { atMost: 0%, between: [n1 out eth1, r2 out eth2] }
  - name: what goes to the internet is translated by r1
    nat: { original: { src: n1, dst: 203.0.113.10 }, translated: { src: r1.eth0 } }
    path: [n1 out eth1, r1 in eth1, r1 out eth0]
    answered: true
  - name: no pod address bare on the core
    never: "hop.interface == core1 && outer.ip.addr == 172.20.0.0/16"
    witness: "hop.interface == core1 && vxlan"
  - name: names are resolved
    flow: { src: client, dst: web, proto: udp, dstPort: 53 }
    answered: true
    within: 1s
`;

type Place = readonly [point: string, index: number, dir: 'in' | 'out'];

const N1 = '192.168.10.100';
const N2 = '192.168.20.100';
const [POD1, POD2] = ['172.20.1.10', '172.20.2.10'];
/** A router passes a packet on within this, in seconds. */
const HOP = 20e-6;

let nextId = 1;
const newId = (): number => (nextId = (nextId % 60_000) + 1);

/** Hops of a packet, from `at` on; `make`: what it looks like after so many routers and whether it is in the tunnel. */
function passing(
  seconds: number,
  places: readonly (Place & readonly unknown[])[],
  make: (i: number) => TestFrame['packet'],
): TestFrame[] {
  return places.map(([point, index, dir], i) => ({
    ...sll2({ if: index, dir }, make(i)),
    at: seconds + i * HOP,
    point,
  }));
}

/** From pod to pod in the tunnel, there or back. `atNode`: the body that the node sees, whose card merges and cuts segments. */
function podToPod(
  seconds: number,
  isBack: boolean,
  body: Body,
  ids: readonly [number, number],
  atNode: Body | null = body,
): TestFrame[] {
  const [src, dst] = isBack ? [POD2, POD1] : [POD1, POD2];
  const plain = (ttl: number, b: Body) => ipv4({ src, dst, ttl, id: ids[0] }, b);
  const ends = isBack ? { src: N2, dst: N1 } : { src: N1, dst: N2 };
  const inside = (ttl: number, b: Body) => vxlan({ ...ends, vni: 77, ttl, id: ids[1] }, plain(63, b));
  const routers: Place[] = [
    ['r1', 2, 'in'],
    ['r1', 3, 'out'],
    ['r2', 2, 'in'],
    ['r2', 4, 'out'],
  ];
  const ttls = [64, 63, 63, 62];
  if (!isBack) {
    const node =
      atNode === null
        ? []
        : passing(
            seconds,
            [
              ['n1', 3, 'in'],
              ['n1', 2, 'out'],
            ],
            (i) => (i === 0 ? plain(64, atNode) : inside(64, atNode)),
          );
    return [...node, ...passing(seconds + 2 * HOP, routers, (i) => inside(ttls[i]!, body))];
  }
  const turned = routers.toReversed().map(([point, index, dir]): Place => [point, index, dir === 'in' ? 'out' : 'in']);
  const node =
    atNode === null
      ? []
      : passing(
          seconds + 4 * HOP,
          [
            ['n1', 2, 'in'],
            ['n1', 3, 'out'],
          ],
          (i) => (i === 0 ? inside(62, atNode) : plain(62, atNode)),
        );
  return [...passing(seconds, turned, (i) => inside(ttls[i]!, body)), ...node];
}

function connection(seconds: number, port: number, merges: boolean): TestFrame[] {
  const SEGMENT = 1300;
  const [asks, answers] = [
    { src: port, dst: 8080 },
    { src: 8080, dst: port },
  ];
  let at = seconds;
  const send = (isBack: boolean, body: Body, atNode?: Body | null): TestFrame[] => {
    at += 0.0005;
    return podToPod(at, isBack, body, [newId(), newId()], atNode === undefined ? body : atNode);
  };
  const request = tcp({ ...asks, flags: 'PA', seq: 101, ack: 901, data: 120 });
  const data = (n: number, length = SEGMENT) => tcp({ ...answers, flags: 'A', seq: 901 + n * SEGMENT, ack: 221, data: length });
  return [
    ...send(false, tcp({ ...asks, flags: 'S', seq: 100, mss: 1410 })),
    ...send(true, tcp({ ...answers, flags: 'SA', seq: 900, ack: 101, mss: 1410 })),
    ...send(false, tcp({ ...asks, flags: 'A', seq: 101, ack: 901 })),
    ...send(false, request),
    // Four segments of the answer, which the node's card hands up as one.
    ...send(true, data(0), merges ? null : undefined),
    ...send(true, data(1), merges ? null : undefined),
    ...send(true, data(2), merges ? null : undefined),
    ...send(true, data(3), merges ? data(0, 4 * SEGMENT) : undefined),
    ...send(false, tcp({ ...asks, flags: 'A', seq: 221, ack: 901 + 4 * SEGMENT })),
    ...send(false, tcp({ ...asks, flags: 'FA', seq: 221, ack: 901 + 4 * SEGMENT })),
    ...send(true, tcp({ ...answers, flags: 'FA', seq: 901 + 4 * SEGMENT, ack: 222 })),
    ...send(false, tcp({ ...asks, flags: 'A', seq: 222, ack: 902 + 4 * SEGMENT })),
  ];
}

function nodePing(seconds: number, seq: number): TestFrame[] {
  const there: Place[] = [
    ['n1', 2, 'out'],
    ['r1', 2, 'in'],
    ['r1', 3, 'out'],
    ['r2', 2, 'in'],
    ['r2', 4, 'out'],
  ];
  const back = there.toReversed().map(([point, index, dir]): Place => [point, index, dir === 'in' ? 'out' : 'in']);
  const [id, other] = [newId(), newId()];
  const ttl = [64, 64, 63, 63, 62];
  return [
    ...passing(seconds, there, (i) => ipv4({ src: N1, dst: N2, ttl: ttl[i]!, id }, echo({ id: 5, seq }))),
    ...passing(seconds + 0.001, back, (i) =>
      ipv4({ src: N2, dst: N1, ttl: ttl[i]!, id: other }, echo({ id: 5, seq, reply: true })),
    ),
  ];
}

function internetPing(seconds: number, seq: number): TestFrame[] {
  const there: Place[] = [
    ['n1', 2, 'out'],
    ['r1', 2, 'in'],
    ['r1', 5, 'out'],
  ];
  const back: Place[] = [
    ['r1', 5, 'in'],
    ['r1', 2, 'out'],
    ['n1', 2, 'in'],
  ];
  const [id, other] = [newId(), newId()];
  const OUT = { src: '203.0.113.254', dst: '203.0.113.10' };
  return [
    ...passing(seconds, there, (i) =>
      i < 2
        ? ipv4({ src: N1, dst: '203.0.113.10', ttl: 64, id }, echo({ id: 9, seq }))
        : ipv4({ ...OUT, ttl: 63, id }, echo({ id: 9, seq })),
    ),
    ...passing(seconds + 0.002, back, (i) =>
      i < 1
        ? ipv4({ src: OUT.dst, dst: OUT.src, ttl: 60, id: other }, echo({ id: 9, seq, reply: true }))
        : ipv4({ src: OUT.dst, dst: N1, ttl: 59, id: other }, echo({ id: 9, seq, reply: true })),
    ),
  ];
}

function query(seconds: number, port: number): TestFrame[] {
  return [
    ...podToPod(seconds, false, udp({ src: port, dst: 53, data: 33 }), [newId(), newId()]),
    ...podToPod(seconds + 0.001, true, udp({ src: 53, dst: port, data: 49 }), [newId(), newId()]),
  ];
}

/** Ten seconds of it, by point. `jitter`: from 0 to 1, a number each time; `merges`: the cards of n1 merge segments. */
export function capturedLab(jitter: () => number, merges: boolean): ReadonlyMap<string, readonly TestFrame[]> {
  const frames: TestFrame[] = [];
  for (let i = 0; i < 25; i++) frames.push(...nodePing(i * 0.4 + jitter() * 0.05, i));
  for (let i = 0; i < 10; i++) frames.push(...internetPing(i + jitter() * 0.1, i));
  for (let i = 0; i < 8; i++) frames.push(...connection(i * 1.2 + jitter() * 0.6, 40_000 + i, merges));
  for (let i = 0; i < 6; i++) frames.push(...query(i * 1.6 + jitter() * 0.6, 50_000 + i));
  const points = new Map<string, TestFrame[]>(['n1', 'r1', 'r2'].map((point) => [point, []]));
  for (const frame of frames.sort((x, y) => (x.at ?? 0) - (y.at ?? 0))) points.get(frame.point ?? '')?.push(frame);
  return points;
}
