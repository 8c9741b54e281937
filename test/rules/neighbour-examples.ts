// Captures of the rules about neighbours that no lab was needed for: who answers for an address, and how that changes.
import { advertisement, arp, ethernet, ipv6, solicitation, type TestFrame, tcp } from './lab.js';

const ASKER = { ip: '192.168.1.1', mac: '0a:00:00:00:00:01' };
const OWNER = '0a:00:00:00:00:11';
const OTHER = '0a:00:00:00:00:12';
const TARGET = '192.168.1.20';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export const question = (at: number): TestFrame =>
  ethernet({ at, mac: ASKER.mac, dstMac: BROADCAST }, arp({ sender: ASKER.ip, senderMac: ASKER.mac, target: TARGET }));
export const answer = (at: number, mac: string): TestFrame =>
  ethernet(
    { at, mac, dstMac: ASKER.mac },
    arp({ op: 'reply', sender: TARGET, senderMac: mac, target: ASKER.ip, targetMac: ASKER.mac }),
  );
export const announcement = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: BROADCAST }, arp({ op: 'reply', sender: TARGET, senderMac: mac, target: TARGET }));

const ASKER6 = '2001:db8:1::1';
const TARGET6 = '2001:db8:1::20';
export const question6 = (at: number): TestFrame =>
  ethernet({ at, mac: ASKER.mac, dstMac: '33:33:ff:00:00:20' }, solicitation(ASKER6, ASKER.mac, TARGET6));
export const answer6 = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: ASKER.mac }, advertisement(TARGET6, mac, ASKER6));
export const announcement6 = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: '33:33:00:00:00:01' }, advertisement(TARGET6, mac, 'ff02::1'));

const GATEWAY = { ip: '192.168.1.1', mac: '0a:00:00:00:00:01' };
const HOST = { ip: TARGET, mac: '0a:00:00:00:00:20' };
const LIAR = '0a:00:00:00:00:66';
/** A reply that nobody asked for: `whose` address, told to `whom`. */
export const push = (at: number, whose: string, whom: { readonly ip: string; readonly mac: string }, mac = LIAR): TestFrame =>
  ethernet(
    { at, mac, dstMac: whom.mac },
    arp({ op: 'reply', sender: whose, senderMac: mac, target: whom.ip, targetMac: whom.mac }),
  );
/** Both hosts are told that the other one is at the liar. */
export const poisoning = (at: number): TestFrame[] => [push(at, GATEWAY.ip, HOST), push(at + 0.001, HOST.ip, GATEWAY)];

/** Questions of 192.168.1.20 for the gateway, from a MAC of its own. */
export const uses = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: BROADCAST }, arp({ sender: TARGET, senderMac: mac, target: GATEWAY.ip }));
/** A test whether the address is free, RFC 5227 section 2.1.1; to one host it is not one. */
export const probe = (at: number, mac: string, dstMac = BROADCAST): TestFrame =>
  ethernet({ at, mac, dstMac }, arp({ sender: '0.0.0.0', senderMac: mac, target: TARGET }));
/** An answer that does not override: of an anycast address, or of a proxy. */
export const weak6 = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: ASKER.mac }, advertisement(TARGET6, mac, ASKER6, { override: false }));

/** An announcement without the Override flag. */
export const ignored6 = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: '33:33:00:00:00:01' }, advertisement(TARGET6, mac, 'ff02::1', { override: false, option: false }));
/** A test whether the address is free, RFC 4862 section 5.4.2. */
export const test6 = (at: number, mac: string): TestFrame =>
  ethernet({ at, mac, dstMac: '33:33:ff:00:00:20' }, solicitation('::', mac, TARGET6));
/** Attempts to connect to the address, to the MAC that the asker has for it. */
export const attempts6 = (at: number, mac: string, answered = false): TestFrame[] =>
  [0, 1, 3].flatMap((after) => [
    ethernet(
      { at: at + after, mac: ASKER.mac, dstMac: mac },
      ipv6({ src: ASKER6, dst: TARGET6 }, tcp({ src: 50_000, dst: 443, flags: 'S', seq: 1 })),
    ),
    ...(answered
      ? [
          ethernet(
            { at: at + after + 0.001, mac, dstMac: ASKER.mac },
            ipv6({ src: TARGET6, dst: ASKER6 }, tcp({ src: 443, dst: 50_000, flags: 'SA', seq: 7, ack: 2 })),
          ),
        ]
      : []),
  ]);

export const neighbourExamples: Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> = {
  'arp-wrong-owner.pcap': { frames: [0, 30].flatMap((at) => [question(at), answer(at + 0.001, OTHER)]) },
  'arp-flap.pcap': {
    frames: [OWNER, OTHER, OWNER, OTHER, OWNER].flatMap((mac, i) => [
      announcement(i * 15, mac),
      question(i * 15 + 5),
      answer(i * 15 + 5.001, mac),
    ]),
  },
  'ndp-duplicate.pcap': {
    frames: [0, 30].flatMap((at) => [question6(at), answer6(at + 0.001, OWNER), answer6(at + 0.002, OTHER)]),
  },
  'ndp-wrong-owner.pcap': { frames: [0, 30].flatMap((at) => [question6(at), answer6(at + 0.001, OTHER)]) },
  'arp-poisoning.pcap': { frames: [0, 10, 20].flatMap(poisoning) },
  'ndp-ignored.pcap': { frames: [question6(0), answer6(0.001, OWNER), ignored6(5, OTHER), ...attempts6(6, OWNER)] },
  'ndp-takeover.pcap': {
    frames: [question6(0), answer6(0.001, OWNER), announcement6(12, OTHER), question6(20), answer6(20.001, OTHER)],
  },
};
