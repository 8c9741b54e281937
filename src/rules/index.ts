// The catalogue, causes before symptoms: what comes first explains what comes later.
import arpNoReply from './arp-no-reply.js';
import egressWrongInterface from './egress-wrong-interface.js';
import forwardMissing from './forward-missing.js';
import icmpEchoNoReply from './icmp-echo-no-reply.js';
import icmpUnreachable from './icmp-unreachable.js';
import type { Rule } from './rule.js';
import tcpNoAnswer from './tcp-no-answer.js';

export const catalogue: readonly Rule[] = [
  egressWrongInterface,
  arpNoReply,
  icmpUnreachable,
  forwardMissing,
  tcpNoAnswer,
  icmpEchoNoReply,
];
