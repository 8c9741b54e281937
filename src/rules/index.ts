// The catalogue, causes before symptoms: what comes first explains what comes later.
import answerWrongInterface from './answer-wrong-interface.js';
import arpDuplicate from './arp-duplicate.js';
import arpFlap from './arp-flap.js';
import arpNoReply from './arp-no-reply.js';
import arpPoisoning from './arp-poisoning.js';
import arpTakeover from './arp-takeover.js';
import arpWrongOwner from './arp-wrong-owner.js';
import bfdDown from './bfd-down.js';
import bgpSession from './bgp-session.js';
import bridgeDrops from './bridge-drops.js';
import captureClipped from './capture-clipped.js';
import captureClockJump from './capture-clock-jump.js';
import captureDropped from './capture-dropped.js';
import captureEmpty from './capture-empty.js';
import captureEncrypted from './capture-encrypted.js';
import captureNoInterface from './capture-no-interface.js';
import captureUnknownLink from './capture-unknown-link.js';
import checksumBad from './checksum-bad.js';
import commandFailed from './command-failed.js';
import dhcpNoAnswer from './dhcp-no-answer.js';
import dhcpOfferLost from './dhcp-offer-lost.js';
import dhcpRefused from './dhcp-refused.js';
import dhcpTwoServers from './dhcp-two-servers.js';
import dnsError from './dns-error.js';
import dnsNoAnswer from './dns-no-answer.js';
import egressWrongInterface from './egress-wrong-interface.js';
import egressWrongNextHop from './egress-wrong-next-hop.js';
import forwardMissing from './forward-missing.js';
import httpError from './http-error.js';
import icmpEchoNoReply from './icmp-echo-no-reply.js';
import icmpRedirect from './icmp-redirect.js';
import icmpTtlExceeded from './icmp-ttl-exceeded.js';
import icmpUnreachable from './icmp-unreachable.js';
import isisStuck from './isis-stuck.js';
import kernelMessage from './kernel-message.js';
import lacpMismatch from './lacp-mismatch.js';
import lacpNoPartner from './lacp-no-partner.js';
import macAsymmetric from './mac-asymmetric.js';
import macDuplicate from './mac-duplicate.js';
import macUnknown from './mac-unknown.js';
import mssTooLarge from './mss-too-large.js';
import mtuBlackhole from './mtu-blackhole.js';
import mtuExceeded from './mtu-exceeded.js';
import natMissing from './nat-missing.js';
import natStale from './nat-stale.js';
import natUnexpected from './nat-unexpected.js';
import ndpDuplicate from './ndp-duplicate.js';
import ndpIgnored from './ndp-ignored.js';
import ndpNoReply from './ndp-no-reply.js';
import ndpTakeover from './ndp-takeover.js';
import ndpWrongOwner from './ndp-wrong-owner.js';
import ospfMismatch from './ospf-mismatch.js';
import ospfStuck from './ospf-stuck.js';
import packetDoubled from './packet-doubled.js';
import pathBroken from './path-broken.js';
import pathLegDead from './path-leg-dead.js';
import policyDenied from './policy-denied.js';
import returnAsymmetric from './return-asymmetric.js';
import returnMissing from './return-missing.js';
import routingLoop from './routing-loop.js';
import type { Rule } from './rule.js';
import runIncomplete from './run-incomplete.js';
import tcpNoAnswer from './tcp-no-answer.js';
import tcpRefused from './tcp-refused.js';
import tcpReset from './tcp-reset.js';
import tcpRetransmission from './tcp-retransmission.js';
import tcpSilentServer from './tcp-silent-server.js';
import tcpSynAgain from './tcp-syn-again.js';
import tcpZeroWindow from './tcp-zero-window.js';
import tlsAlert from './tls-alert.js';
import tunnelBlocked from './tunnel-blocked.js';
import tunnelFragmented from './tunnel-fragmented.js';
import tunnelInnerMac from './tunnel-inner-mac.js';
import tunnelInnerVlan from './tunnel-inner-vlan.js';
import tunnelMissing from './tunnel-missing.js';
import tunnelOneWay from './tunnel-one-way.js';
import tunnelUnexpected from './tunnel-unexpected.js';
import tunnelVniMismatch from './tunnel-vni-mismatch.js';
import tunnelWrongEndpoint from './tunnel-wrong-endpoint.js';
import udpNoAnswer from './udp-no-answer.js';
import unanswered from './unanswered.js';
import undecided from './undecided.js';
import uplinkLoop from './uplink-loop.js';
import vlanMismatch from './vlan-mismatch.js';
import vrrpTwoMasters from './vrrp-two-masters.js';
import vrrpWrongMaster from './vrrp-wrong-master.js';
import wireguardHandshake from './wireguard-handshake.js';
import witnessContradiction from './witness-contradiction.js';
import witnessDrop from './witness-drop.js';
import witnessIncomplete from './witness-incomplete.js';
import witnessLost from './witness-lost.js';

export { topologyRules } from './topology-rules.js';

export const catalogue: readonly Rule[] = [
  policyDenied,
  witnessDrop,
  dhcpTwoServers,
  tunnelMissing,
  routingLoop,
  natMissing,
  natStale,
  answerWrongInterface,
  pathLegDead,
  egressWrongInterface,
  egressWrongNextHop,
  natUnexpected,
  checksumBad,
  tunnelWrongEndpoint,
  tunnelVniMismatch,
  tunnelInnerMac,
  lacpMismatch,
  lacpNoPartner,
  vrrpTwoMasters,
  vrrpWrongMaster,
  arpPoisoning,
  arpDuplicate,
  ndpDuplicate,
  ndpIgnored,
  uplinkLoop,
  macDuplicate,
  bridgeDrops,
  vlanMismatch,
  macUnknown,
  macAsymmetric,
  tunnelBlocked,
  arpWrongOwner,
  arpNoReply,
  tunnelUnexpected,
  tunnelInnerVlan,
  tunnelFragmented,
  mtuExceeded,
  mtuBlackhole,
  ndpWrongOwner,
  ndpNoReply,
  arpTakeover,
  ndpTakeover,
  bfdDown,
  bgpSession,
  ospfMismatch,
  ospfStuck,
  isisStuck,
  dhcpOfferLost,
  dhcpRefused,
  dhcpNoAnswer,
  tunnelOneWay,
  kernelMessage,
  icmpUnreachable,
  icmpTtlExceeded,
  returnAsymmetric,
  forwardMissing,
  pathBroken,
  witnessLost,
  tcpRefused,
  tcpZeroWindow,
  tcpReset,
  returnMissing,
  tcpNoAnswer,
  tcpSilentServer,
  tcpSynAgain,
  dnsNoAnswer,
  dnsError,
  httpError,
  tlsAlert,
  icmpEchoNoReply,
  mssTooLarge,
  wireguardHandshake,
  udpNoAnswer,
  tcpRetransmission,
  packetDoubled,
  icmpRedirect,
  arpFlap,
  witnessContradiction,
  commandFailed,
  witnessIncomplete,
  captureDropped,
  captureClipped,
  captureClockJump,
  captureNoInterface,
  captureUnknownLink,
  captureEmpty,
  captureEncrypted,
  unanswered,
  undecided,
  runIncomplete,
];
