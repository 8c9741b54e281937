// The catalogue, causes before symptoms: what comes first explains what comes later.

import arpDuplicate from './arp-duplicate.js';
import arpFlap from './arp-flap.js';
import arpNoReply from './arp-no-reply.js';
import arpTakeover from './arp-takeover.js';
import arpWrongOwner from './arp-wrong-owner.js';
import egressWrongInterface from './egress-wrong-interface.js';
import forwardMissing from './forward-missing.js';
import icmpEchoNoReply from './icmp-echo-no-reply.js';
import icmpUnreachable from './icmp-unreachable.js';
import ndpDuplicate from './ndp-duplicate.js';
import ndpNoReply from './ndp-no-reply.js';
import ndpTakeover from './ndp-takeover.js';
import ndpWrongOwner from './ndp-wrong-owner.js';
import routingLoop from './routing-loop.js';
import type { Rule } from './rule.js';
import tcpNoAnswer from './tcp-no-answer.js';
import tunnelBlocked from './tunnel-blocked.js';
import tunnelMissing from './tunnel-missing.js';
import tunnelVniMismatch from './tunnel-vni-mismatch.js';
import tunnelWrongEndpoint from './tunnel-wrong-endpoint.js';

export const catalogue: readonly Rule[] = [
  tunnelMissing,
  routingLoop,
  egressWrongInterface,
  arpDuplicate,
  arpWrongOwner,
  arpNoReply,
  tunnelBlocked,
  tunnelWrongEndpoint,
  tunnelVniMismatch,
  icmpUnreachable,
  ndpDuplicate,
  ndpWrongOwner,
  ndpNoReply,
  forwardMissing,
  tcpNoAnswer,
  icmpEchoNoReply,
  arpFlap,
  arpTakeover,
  ndpTakeover,
];
