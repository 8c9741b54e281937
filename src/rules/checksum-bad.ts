// Packets with a wrong checksum: their receiver drops them without a word.
import { DIRECTION } from '../capture/frame.js';
import type { WrongChecksums } from '../flows/checksums.js';
import page from './checksum-bad.md';
import { atLeast, rule } from './rule.js';

const FIELD: Readonly<Record<string, string>> = {
  ip: 'ip.checksum',
  tcp: 'tcp.checksum',
  udp: 'udp.checksum',
  icmp: 'icmp.checksum',
  icmpv6: 'icmpv6.checksum',
};

const NAME: Readonly<Record<string, string>> = { ip: 'IPv4 header', tcp: 'TCP', udp: 'UDP', icmp: 'ICMP', icmpv6: 'ICMPv6' };

export default rule({
  id: 'checksum-bad',
  title: 'Packets have wrong checksums',
  group: 'capture',
  severity: 'warning',
  spec: 'RFC 1071; RFC 9293 section 3.1; RFC 1624',
  hint: 'Compare with a capture one hop earlier: who changes the packet without its checksum (a translation, a driver, bad memory)?',
  page,
  options: { packets: atLeast(2, 'wrong packets at one interface; a single one can be a bit error') },
  judge(facts, say, { packets }) {
    for (const wrong of facts.checksums.list) {
      // What the capturing host sends is handed to its card unfinished, and some drivers leave anything in the field.
      if (wrong.direction === DIRECTION.out || wrong.count < packets || wrong.marks.length === 0) continue;
      report(wrong);
    }
    function report({ port, what, count, marks, uids }: WrongChecksums): void {
      const { point } = facts.captures[marks[0].source];
      const conversation = [...uids].map((uid) => facts.conversation(uid)).find((known) => known !== null);
      say({
        verdict: 'fail',
        key: `${point} ${facts.interfaces.name(port)} ${what}`,
        title: `Packets arrive at ${point} with a wrong ${NAME[what]} checksum`,
        message: `${count} packets on ${facts.interfaces.name(port)}${conversation === undefined ? '' : `, the first from ${facts.named(conversation.initiator)} to ${facts.named(conversation.responder)},`} have a wrong ${NAME[what]} checksum. They are not merely unfinished (checksum offload): their receiver drops them.`,
        subject: {
          src: conversation === undefined ? null : String(conversation.initiator),
          dst: conversation === undefined ? null : String(conversation.responder),
          proto: conversation === undefined ? null : conversation.protoName,
          interfaceIn: facts.interfaces.name(port),
          node: point,
        },
        evidence: marks.map((mark) => ({ mark, field: FIELD[what] })),
        count,
      });
    }
  },
});
