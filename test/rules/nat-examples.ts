// Frames of translations that go wrong: captures/nat-stale.pcap and captures/answer-wrong-interface.pcap are made of them, and the tests of both rules.
import { arp, dnat, echo, forward, ipv4, sll2, snat, type TestFrame, tcp, udp } from './lab.js';

export const LAN = 2;
export const WAN = 3;
export const TUNNEL = 4;

export const STALE_CLIENT = '10.16.32.53';
export const SERVICE = '10.142.0.25';
export const GONE = '10.16.32.54';
const BRIDGE = '10.16.32.1';
const BRIDGE_MAC = '0a:00:00:00:00:01';

let id = 0;

/** A datagram to the service, translated to a backend. */
export const datagram = (s: number, backend = GONE, port = 35_926): TestFrame[] => {
  const sent = sll2(
    { if: LAN, at: s },
    ipv4({ src: STALE_CLIENT, dst: SERVICE, id: ++id }, udp({ src: port, dst: 8125, data: 14 })),
  );
  return [sent, dnat(forward(sent, { if: WAN }), backend)];
};
/** The node asks for the backend. */
export const lookUp = (s: number, reply = false): TestFrame =>
  reply
    ? sll2(
        { if: WAN, at: s, mac: '0a:00:00:00:00:54' },
        arp({ op: 'reply', sender: GONE, senderMac: '0a:00:00:00:00:54', target: BRIDGE, targetMac: BRIDGE_MAC }),
      )
    : sll2({ if: WAN, at: s, dir: 'out', mac: BRIDGE_MAC }, arp({ sender: BRIDGE, senderMac: BRIDGE_MAC, target: GONE }));

export const INTERNET = '192.0.2.115';
export const PUBLISHED = '10.14.0.2';
export const HIDDEN = '10.60.0.2';

/** A SYN in by the tunnel, translated to a host of the LAN; its answer by `out`, with the published address. */
export const published = (s: number, out: number, client = INTERNET): TestFrame[] => {
  const syn = sll2(
    { if: TUNNEL, at: s },
    ipv4({ src: client, dst: PUBLISHED, ttl: 63, id: ++id }, tcp({ src: 51_222, dst: 30_994, flags: 'S', seq: 1000 })),
  );
  const answer = sll2(
    { if: LAN, at: s + 0.01 },
    ipv4({ src: HIDDEN, dst: client, id: 0 }, tcp({ src: 30_994, dst: 51_222, flags: 'SA', seq: 7, ack: 1001 })),
  );
  return [syn, dnat(forward(syn, { if: LAN }), HIDDEN), answer, snat(forward(answer, { if: out }), PUBLISHED)];
};

export const later = (s: number): TestFrame =>
  sll2({ if: LAN, at: s }, ipv4({ src: '10.5.5.5', dst: '10.5.5.6', id: ++id }, echo({ reply: true })));

/** Made when asked for: the numbers that the builder counts up are those of the other examples. */
export const natExamples = () => {
  id = 0;
  return {
    'nat-stale.pcap': {
      frames: [
        lookUp(0),
        lookUp(0.001, true),
        ...[0.01, 0.5, 1].flatMap((s) => datagram(s)),
        ...[2, 3, 4].map((s) => lookUp(s)),
        ...[2.5, 3.5, 4.5].flatMap((s) => datagram(s).slice(0, 1)),
        later(9),
      ],
    },
    'answer-wrong-interface.pcap': { frames: [...[0, 1, 3].flatMap((s) => published(s, WAN)), later(9)] },
  };
};
