// Faults of the link: which MAC, which VLAN, which port of a bridge.
import {
  advertisement,
  arp,
  copy,
  echo,
  ethernet,
  ipv4,
  type Sight,
  sll2,
  solicitation,
  type TestFrame,
  tcp,
  vlan,
} from './lab.js';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export const HOST = { ip: '10.1.1.9', mac: '0a:00:00:00:00:09' };
export const VM = { ip: '10.1.1.30', mac: '0a:00:00:00:00:30' };
/** Ports of the bridge, and the bridge itself. */
export const [UPLINK, PORT, BRIDGE] = [2, 3, 4];
export const bridgeNames = { [UPLINK]: 'eno1', [PORT]: 'vnet0', [BRIDGE]: 'br0' };

interface Station {
  readonly ip: string;
  readonly mac: string;
}

export const asks = (from: Station, target: string, sight: Sight): TestFrame =>
  sll2({ dir: 'broadcast', mac: from.mac, ...sight }, arp({ sender: from.ip, senderMac: from.mac, target }));
export const answers = (from: Station, to: Station, sight: Sight): TestFrame =>
  sll2(
    { dir: 'other', mac: from.mac, ...sight },
    arp({ op: 'reply', sender: from.ip, senderMac: from.mac, target: to.ip, targetMac: to.mac }),
  );
/** As a bridge passes it: in by one port, up to the bridge's own device, out by the other port. */
export const bridged = (frame: TestFrame, out: number): TestFrame[] => [
  frame,
  copy(frame, { if: out, dir: 'out' }),
  copy(frame, { if: BRIDGE }),
];
/** As a bridge keeps it. */
export const kept = (frame: TestFrame): TestFrame[] => [frame, copy(frame, { if: BRIDGE })];
export const pings = (from: Station, to: Station, port: number, at: number, seq: number, reply = false): TestFrame =>
  sll2(
    { if: port, dir: 'other', mac: from.mac, at },
    ipv4({ src: from.ip, dst: to.ip, id: seq * 2 + Number(reply) }, echo({ seq, reply })),
  );

export const resolves = (at: number): TestFrame[] => [
  ...bridged(asks(HOST, VM.ip, { if: UPLINK, at }), PORT),
  ...bridged(answers(VM, HOST, { if: PORT }), UPLINK),
];
/** Another machine with the MAC of VM, behind a port of its own. */
export const CLONE = { ip: '10.1.1.31', mac: VM.mac };
const CLONE_PORT = 5;
/** The host asks for both machines again and again; both answer with one MAC, by different ports. */
export const cloned = (times: readonly number[] = [0, 4, 8]): TestFrame[] =>
  times.flatMap((at) => [
    ...bridged(asks(HOST, VM.ip, { if: UPLINK, at }), PORT),
    ...bridged(answers(VM, HOST, { if: PORT, at: at + 0.01 }), UPLINK),
    ...bridged(asks(HOST, CLONE.ip, { if: UPLINK, at: at + 1 }), CLONE_PORT),
    ...bridged(answers(CLONE, HOST, { if: CLONE_PORT, at: at + 1.01 }), UPLINK),
    ...bridged(asks(CLONE, VM.ip, { if: CLONE_PORT, at: at + 2 }), PORT),
  ]);

const bridgeKeepsIpv4: TestFrame[] = [
  ...resolves(0),
  ...[1, 2, 3].flatMap((n) => kept(pings(HOST, VM, UPLINK, n, n))),
  ...[4, 5, 6].flatMap((n) => kept(pings(VM, HOST, PORT, n, n + 10))),
  ...resolves(9),
];

const HOST6 = { ip: '2001:db8:1::9', mac: HOST.mac };
const VM6 = { ip: '2001:db8:1::30', mac: VM.mac };
const solicits = (from: Station, target: string, port: number, at: number): TestFrame =>
  sll2({ if: port, dir: 'multicast', mac: from.mac, at }, solicitation(from.ip, from.mac, target));
export const bridgeKeepsIpv6: TestFrame[] = [
  ...resolves(0),
  ...[1, 2, 3].flatMap((at) => kept(solicits(VM6, HOST6.ip, PORT, at))),
  ...[4, 5, 6].flatMap((at) => kept(solicits(HOST6, VM6.ip, UPLINK, at))),
  ...resolves(9),
];
export const bridgePassesIpv6: TestFrame[] = [
  ...resolves(0),
  ...[1, 2].flatMap((at) => [
    ...bridged(solicits(VM6, HOST6.ip, PORT, at), UPLINK),
    ...bridged(sll2({ if: UPLINK, dir: 'other', mac: HOST.mac }, advertisement(HOST6.ip, HOST.mac, VM6.ip)), PORT),
  ]),
];

const LOST = { ip: '10.1.1.205', mac: '0a:00:00:00:02:05' };
const ASKED = { ip: '10.1.1.10', mac: '0a:00:00:00:00:10' };
export const uplinkLoop: TestFrame[] = [0, 1, 2, 3].flatMap((at) => {
  const question = asks(LOST, ASKED.ip, { if: UPLINK, at });
  return [
    ...bridged(question, PORT),
    // The same frame comes back in by bond0 and is flooded to the host that sent it.
    copy(question, { if: PORT, at: at + 0.004 }),
    copy(question, { if: UPLINK, dir: 'out', at: at + 0.005 }),
    answers(ASKED, LOST, { if: PORT, at: at + 0.01 }),
  ];
});
export const noLoop: TestFrame[] = [0, 60, 120].flatMap((at) => [
  ...bridged(asks(LOST, ASKED.ip, { if: UPLINK, at }), PORT),
  ...bridged(answers(ASKED, LOST, { if: PORT, at: at + 0.01 }), UPLINK),
]);

export const ROUTER = { ip: '10.1.1.1', mac: '0a:00:00:00:00:01' };
export const TAGGED = { ip: '10.1.1.12', mac: '0a:00:00:00:00:12' };
export const asksIn = (tag: number | null, from: Station, target: string, at: number): TestFrame => {
  const question = arp({ sender: from.ip, senderMac: from.mac, target });
  return ethernet({ at, mac: from.mac, dstMac: BROADCAST }, tag === null ? question : vlan(tag, question));
};
export const answersIn = (tag: number | null, from: Station, to: Station, at: number): TestFrame => {
  const answer = arp({ op: 'reply', sender: from.ip, senderMac: from.mac, target: to.ip, targetMac: to.mac });
  return ethernet({ at, mac: from.mac, dstMac: to.mac }, tag === null ? answer : vlan(tag, answer));
};
const vlanMismatch: TestFrame[] = [0, 1, 2, 3].flatMap((at) => [
  asksIn(20, ROUTER, TAGGED.ip, at),
  asksIn(30, TAGGED, ROUTER.ip, at + 0.5),
]);

export const TARGET = { ip: '10.1.1.20', mac: '0a:00:00:00:00:20' };
export const NOBODY = '02:de:ad:be:ef:01';
/** Somebody else asks the target and is answered, so its MAC is known; the router never asks. */
export const known = (at: number): TestFrame[] => [asksIn(null, HOST, TARGET.ip, at), answersIn(null, TARGET, HOST, at + 0.001)];
export const sends = (dstMac: string, at: number, seq: number): TestFrame =>
  ethernet({ at, mac: ROUTER.mac, dstMac }, ipv4({ src: '10.9.0.5', dst: TARGET.ip, id: seq }, echo({ seq })));
const macUnknown: TestFrame[] = [...known(0), ...[1, 2, 3, 4].map((n) => sends(NOBODY, n, n)), ...known(9)];

type Body = Parameters<typeof ipv4>[1];

export const CLIENT = { ip: '10.1.1.50', mac: '0a:00:00:00:00:50' };
export const SERVER = { ip: '10.9.0.7', mac: '0a:00:00:00:00:10' };
/** A connection that goes by the gateway and is answered past it; `works`: the gateway lets all of it pass. */
export const pastGateway = (at: number, src: number, works: boolean): TestFrame[] => {
  // Of this connection alone, so that the capture is the same whatever else was built before.
  let id = 11 + (src % 1000) * 16;
  const toGateway = (at: number, body: Body): TestFrame =>
    ethernet({ at, mac: CLIENT.mac, dstMac: ROUTER.mac }, ipv4({ src: CLIENT.ip, dst: SERVER.ip, id: ++id }, body));
  const direct = (at: number, body: Body): TestFrame =>
    ethernet({ at, mac: SERVER.mac, dstMac: CLIENT.mac }, ipv4({ src: SERVER.ip, dst: CLIENT.ip, id: ++id }, body));
  const synAck = tcp({ src: 80, dst: src, flags: 'SA', seq: 5000, ack: 1001, mss: 1460 });
  const data = { src, dst: 80, flags: 'PA', seq: 1001, ack: 5001, data: 29 };
  return [
    toGateway(at, tcp({ src, dst: 80, flags: 'S', seq: 1000, mss: 1460 })),
    direct(at + 0.001, synAck),
    toGateway(at + 0.002, tcp({ src, dst: 80, seq: 1001, ack: 5001 })),
    toGateway(at + 0.003, tcp(data)),
    ...(works
      ? [direct(at + 0.004, tcp({ src: 80, dst: src, seq: 5001, ack: 1030 }))]
      : [
          toGateway(at + 0.2, tcp(data)),
          toGateway(at + 0.6, tcp(data)),
          direct(at + 1.01, synAck),
          toGateway(at + 1.4, tcp(data)),
          direct(at + 3.01, synAck),
          toGateway(at + 3.1, tcp(data)),
        ]),
  ];
};

/** A ping each second, whose replies come so many times. */
export const pingsWithCopies = (copies: number, ofRequests = 1): TestFrame[] =>
  [0, 1, 2, 3].flatMap((at) => {
    const seq = at + 1;
    const times = (n: number) => Array.from({ length: n }, (_, i) => i * 0.000_002);
    return [
      ...times(ofRequests).map((later) =>
        ethernet({ at: at + later }, ipv4({ src: HOST.ip, dst: '10.1.2.20', id: 100 + seq }, echo({ seq }))),
      ),
      ...times(copies).map((later) =>
        ethernet({ at: at + 0.001 + later }, ipv4({ src: '10.1.2.20', dst: HOST.ip, id: 200 + seq }, echo({ reply: true, seq }))),
      ),
    ];
  });

export const linkExamples: Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> = {
  'bridge-keeps-ipv4.pcap': { frames: bridgeKeepsIpv4 },
  'mac-duplicate.pcap': { frames: cloned() },
  'packet-doubled.pcap': { frames: pingsWithCopies(2) },
  'uplink-loop.pcap': { frames: uplinkLoop },
  'vlan-mismatch.pcap': { frames: vlanMismatch },
  'mac-unknown.pcap': { frames: macUnknown },
  'synack-past-gateway.pcap': { frames: [...pastGateway(0, 40_000, false), ...known(9)] },
};
