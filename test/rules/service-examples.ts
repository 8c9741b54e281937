// Captures of faults of the services of a lab, see examples.ts.
import type { TestFrame } from './lab.js';
import { dhcp, ospfDescription, ospfHello } from './services-lab.js';

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
});

export const serviceExamples = make();
