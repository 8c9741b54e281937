// What senders never send twice but after a timeout: a SYN, data, an echo. Acknowledgments and datagrams they do.
import { TYPE as ICMP } from '../../dissectors/icmp.js';
import { TYPE as ICMP6 } from '../../dissectors/icmpv6.js';
import { FLAG } from '../../dissectors/tcp.js';
import { type Packet, PROTO } from './packet.js';

export function isOnce(p: Packet): boolean {
  if (!p.hasL4) return false;
  if (p.proto === PROTO.tcp) return (p.flags & FLAG.syn) !== 0 || p.payloadLength > 0;
  if (p.proto === PROTO.icmp) return p.flags === ICMP.echoRequest || p.flags === ICMP.echoReply;
  return p.proto === PROTO.icmpv6 && (p.flags === ICMP6.echoRequest || p.flags === ICMP6.echoReply);
}

/**
 * The same, but for SYN-ACKs: one is sent by its timer and one for each SYN that comes again, and both timers began at the same moment
 * (RFC 9293 section 3.10.7.4).
 */
export const isNeverTwice = (p: Packet): boolean =>
  isOnce(p) && (p.proto !== PROTO.tcp || (p.flags & (FLAG.syn | FLAG.ack)) !== (FLAG.syn | FLAG.ack));
