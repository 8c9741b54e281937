// Captures of faults of the services of a lab, see examples.ts.
import { STATE } from '../../dissectors/lacp.js';
import { edit, ethernet, type TestFrame, tcp, udp } from './lab.js';
import {
  bfd,
  bgpNotification,
  bgpOpen,
  bgpSession,
  countAnew,
  dhcp,
  ipv4,
  isisHello,
  type LacpSays,
  lacp,
  ospfDescription,
  ospfHello,
  vrrpAdvert,
} from './services-lab.js';

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const;
const your = '10.1.1.60';

/** Two OSPF routers that hear each other and repeat their first description, with these MTUs. */
export const exstart = (mtu1: number, mtu2: number): TestFrame[] => [
  ...[0, 10, 20].flatMap((at) => [
    ospfHello({ at, src: '10.1.1.1', mac: MACS[0], neighbours: at > 0 ? ['10.1.1.2'] : [] }),
    ospfHello({ at: at + 1, src: '10.1.1.2', mac: MACS[1], neighbours: ['10.1.1.1'] }),
  ]),
  ...[21, 26, 31].flatMap((at) => [
    ospfDescription({ at, src: '10.1.1.1', mac: MACS[0], to: '10.1.1.2', mtu: mtu1, init: true }),
    ospfDescription({ at: at + 0.01, src: '10.1.1.2', mac: MACS[1], to: '10.1.1.1', mtu: mtu2, init: true, sequence: 2000 }),
  ]),
];

export const first = (at: number, priority = 150): TestFrame =>
  vrrpAdvert({ at, src: '10.1.1.11', mac: '02:00:00:00:00:11', priority });
export const second = (at: number, priority = 200): TestFrame =>
  vrrpAdvert({ at, src: '10.1.1.12', mac: '02:00:00:00:00:12', priority });

/** Two masters that do not hear each other. */
export const twoMasters = (): TestFrame[] =>
  [0, 1, 2, 3, 4, 5].flatMap((at) => [first(at), ...(at < 1 ? [] : [second(at + 0.4)])]);

/** A SYN to the virtual address, sent to this MAC. */
export const syn = (at: number, dstMac: string, src = 40_000): TestFrame =>
  ethernet(
    { at, mac: '02:00:00:00:00:50', dstMac },
    ipv4({ src: '10.1.1.50', dst: '10.1.1.100' }, tcp({ src, dst: 80, flags: 'S', mss: 1460 })),
  );

/** Two IS-IS systems say hello; each lists the other from its second hello on, unless it does not hear it. */
export const isisPair = (deaf: readonly number[] = [], times = [0, 3, 6, 9, 12, 15]): TestFrame[] =>
  times.flatMap((at) =>
    [1, 2].map((n) =>
      isisHello({
        at: at + n * 0.1,
        src: `10.1.1.${n}`,
        system: n,
        mac: MACS[n - 1],
        neighbours: at === 0 || deaf.includes(n) ? [] : [MACS[2 - n]],
      }),
    ),
  );

const WILLING = STATE.activity | STATE.aggregation;
/** States of a port: in use, waiting for the other end, and hearing nobody. */
export const LACP_STATE = {
  up: WILLING | STATE.synchronization | STATE.collecting | STATE.distributing,
  waiting: WILLING | STATE.synchronization,
  alone: WILLING | STATE.defaulted,
} as const;
export const NOBODY: LacpSays = ['00:00:00:00:00:00', 0, 0, 0];
export const hostPort = (state: number, port = 1): LacpSays => ['02:00:00:00:00:0a', 15, port, state];
export const switchPort = (state: number, system = '02:00:00:00:00:0b', port = 7, key = 3): LacpSays => [
  system,
  key,
  port,
  state,
];

/** The second end hears nobody, and the first one hears it. */
export const oneWayLacp = (): TestFrame[] =>
  [0, 1, 2, 3, 4, 5].flatMap((at) => [
    lacp(hostPort(LACP_STATE.waiting), switchPort(LACP_STATE.alone), { at, mac: '02:00:00:00:00:0a' }),
    lacp(switchPort(LACP_STATE.alone), NOBODY, { at: at + 0.3, mac: '02:00:00:00:00:0b' }),
  ]);

/** Two ports of one aggregate, and who says what is behind them. */
export const twoPorts = (system: string, key = 3): TestFrame[] =>
  [0, 1, 2].flatMap((at) => [
    lacp(hostPort(LACP_STATE.up), switchPort(LACP_STATE.up), { at, if: 0, mac: '02:00:00:00:00:0a' }),
    lacp(hostPort(LACP_STATE.waiting, 2), switchPort(LACP_STATE.waiting, system, 9, key), {
      at: at + 0.1,
      mac: '02:00:00:00:01:0a',
    }),
  ]);

/** The first router becomes master and announces nothing; a host goes on sending to the second one. */
const takeOver = (): TestFrame[] => [
  ...[6, 7, 8, 9, 10, 11, 12].map((at) => first(at)),
  ...[10.1, 11.1, 12.2].map((at) => syn(at, '02:00:00:00:00:12')),
];

/** A request to port 8080 that is acknowledged; `answer`: answered too. Else the client gives up after `wait` seconds. */
export function asked(
  at: number,
  dst: string,
  { port = 40_000 + Math.round(at * 10), wait = 3, data = 80, answer = false } = {},
): TestFrame[] {
  const [out, back] = [1, -1].map((way) => (after: number, flags: string, seq: number, ack: number, length = 0): TestFrame => {
    const [src, to] = way > 0 ? ['10.1.1.10', dst] : [dst, '10.1.1.10'];
    const ports = way > 0 ? { src: port, dst: 8080 } : { src: 8080, dst: port };
    const [mac, dstMac] = way > 0 ? MACS : [MACS[1], MACS[0]];
    return ethernet({ at: at + after, mac, dstMac }, ipv4({ src, dst: to }, tcp({ ...ports, flags, seq, ack, data: length })));
  });
  const end = answer ? 0.006 : wait;
  return [
    out(0, 'S', 1000, 0),
    back(0.001, 'SA', 5000, 1001),
    out(0.002, 'A', 1001, 5001),
    out(0.003, 'PA', 1001, 5001, data),
    back(0.004, 'A', 5001, 1001 + data),
    ...(answer ? [back(0.005, 'PA', 5001, 1001 + data, 200)] : []),
    out(end, 'FA', 1001 + data, answer ? 5201 : 5001),
    back(end + 0.001, 'FA', answer ? 5201 : 5001, 1002 + data),
    out(end + 0.002, 'A', 1002 + data, answer ? 5202 : 5002),
  ];
}

/** The same segment, sent once more. */
export const again = (frame: TestFrame, after: number): TestFrame =>
  edit({ ...frame, at: Number(frame.at) + after }, (p) => ({
    ...p,
    values: { ...p.values, id: 5000 + Math.round(after * 100) },
  }));

/** The first SYN is lost, the second one of the same connection is answered. */
export function late(at: number, after = 1): TestFrame[] {
  const [port, dst] = [40_000 + at * 10, '10.1.2.20'];
  return [asked(at, dst, { port })[0], ...asked(at + after, dst, { answer: true, port })];
}

/** The second speaker expects a peer of another AS. */
export function badPeer(at: number): TestFrame[] {
  const session = bgpSession('10.1.1.1', '10.1.1.2', 40_000 + at, at);
  session.say('a', bgpOpen(65_001));
  session.say('b', bgpOpen(65_002));
  session.say('b', bgpNotification(2, 2));
  session.flag('b', 'FA');
  session.flag('a', 'FA');
  session.flag('b', 'A');
  return session.frames;
}

/** A session that is up until the first router hears nothing any more. */
export const bfdLost = (): TestFrame[] => [
  ...[0, 1, 2].flatMap((at) => [
    bfd({ at, src: '10.1.1.1', dst: '10.1.1.2', state: 3 }),
    bfd({ at: at + 0.5, src: '10.1.1.2', dst: '10.1.1.1', state: 3 }),
  ]),
  ...[5, 6, 7].map((at) => bfd({ at, src: '10.1.1.1', dst: '10.1.1.2', state: 1, diagnostic: 1 })),
];

/** The hub and its branch, ends of a WireGuard tunnel. */
export const HUB = '192.0.2.1';
export const BRANCH = '198.51.100.7';
/** A message of WireGuard: its type, and the index of who sends it and whom it is for. */
export function wireguard(at: number, type: 1 | 2 | 4, [from, to]: readonly [string, string], own = 7, theirs = 0): TestFrame {
  const data = new Uint8Array({ 1: 148, 2: 92, 4: 96 }[type]).fill(0xa5);
  data.set([type, 0, 0, 0, own, 0, 0, 0]);
  if (type === 2) data.set([theirs, 0, 0, 0], 8);
  const out = from === HUB;
  return ethernet(
    { at, mac: MACS[out ? 0 : 1], dstMac: MACS[out ? 1 : 0] },
    ipv4({ src: from, dst: to }, udp({ src: 51_820, dst: 51_820, data })),
  );
}

/** A tunnel that works until the branch is gone. */
export const branchGone = (): TestFrame[] => [
  wireguard(0, 1, [HUB, BRANCH], 7),
  wireguard(0.03, 2, [BRANCH, HUB], 9, 7),
  ...[1, 2, 3].flatMap((at) => [wireguard(at, 4, [HUB, BRANCH]), wireguard(at + 0.03, 4, [BRANCH, HUB])]),
  ...[4, 5, 6].map((at) => wireguard(at, 4, [HUB, BRANCH])),
  ...[18, 23, 28, 33].map((at, i) => wireguard(at, 1, [HUB, BRANCH], 20 + i)),
];

const make = (): Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> => ({
  'dhcp-offer-lost.pcap': {
    frames: [0, 4, 12].flatMap((at) => [dhcp('discover', { at }), dhcp('offer', { at: at + 0.1, your, checksum: 0x1234 })]),
  },
  'dhcp-no-answer.pcap': { frames: [0, 4, 12, 28].map((at) => dhcp('discover', { at })) },
  'dhcp-refused.pcap': {
    frames: [1, 2].flatMap((n) => [
      dhcp('discover', { at: n * 4, xid: n }),
      dhcp('offer', { at: n * 4 + 0.1, xid: n, your }),
      dhcp('request', { at: n * 4 + 0.2, xid: n }),
      dhcp('nak', { at: n * 4 + 0.3, xid: n }),
    ]),
  },
  'dhcp-two-servers.pcap': {
    frames: [
      dhcp('discover', { at: 0 }),
      dhcp('offer', { at: 0.1, your, mask: '255.255.255.0', router: '10.1.1.1' }),
      dhcp('offer', { at: 0.2, your: '192.168.0.77', server: '192.168.0.1', mask: '255.255.255.0', router: '192.168.0.1' }),
      dhcp('request', { at: 0.3 }),
      dhcp('ack', { at: 0.4, your, mask: '255.255.255.0' }),
    ],
  },
  'ospf-mismatch.pcap': { frames: exstart(1500, 1476) },
  'ospf-stuck.pcap': {
    frames: [0, 10, 20, 30].flatMap((at) => [
      ospfHello({ at, src: '10.1.1.1', mac: MACS[0] }),
      ospfHello({ at: at + 1, src: '10.1.1.2', mac: MACS[1], neighbours: ['10.1.1.1'] }),
    ]),
  },
  'vrrp-two-masters.pcap': { frames: twoMasters() },
  'vrrp-wrong-master.pcap': { frames: [...[0, 1, 2].map((at) => second(at)), ...takeOver()] },
  'isis-stuck.pcap': { frames: isisPair([2]) },
  'lacp-no-partner.pcap': { frames: oneWayLacp() },
  'lacp-mismatch.pcap': { frames: twoPorts('02:00:00:00:00:0c') },
  'bgp-session.pcap': { frames: [0, 10, 20].flatMap((at) => badPeer(at)) },
  'bfd-down.pcap': { frames: bfdLost() },
  'wireguard-handshake.pcap': { frames: branchGone() },
  'tcp-syn-again.pcap': {
    frames: [0, 2, 4, 6, 8, 10].flatMap((at) => (at % 4 === 0 ? asked(at, '10.1.2.20', { answer: true }) : late(at))),
  },
  'tcp-silent-server.pcap': {
    frames: [0, 4, 8].flatMap((at) => [...asked(at, '10.1.2.21', { answer: true }), ...asked(at + 0.5, '10.1.2.20')]),
  },
});

countAnew();
export const serviceExamples = make();
