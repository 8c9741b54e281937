// Captures of the rules about neighbours that no lab was needed for: who answers for an address, and how that changes.
import { advertisement, arp, ethernet, solicitation, type TestFrame } from './lab.js';

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
  'ndp-takeover.pcap': {
    frames: [question6(0), answer6(0.001, OWNER), announcement6(12, OTHER), question6(20), answer6(20.001, OTHER)],
  },
};
