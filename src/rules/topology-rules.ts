// Ids of what a topology alone shows. What packets show as well has the id of that rule (path-broken, routing-loop, ...).
import firewallDrops from './firewall-drops.md';
import mtuMismatch from './mtu-mismatch.md';
import netmaskMismatch from './netmask-mismatch.md';
import nextHopOffLink from './next-hop-off-link.md';
import type { TopologyRule } from './rule.js';
import serviceNoBackend from './service-no-backend.md';
import subnetTwice from './subnet-twice.md';
import topologyIncomplete from './topology-incomplete.md';
import tunnelMtu from './tunnel-mtu.md';
import tunnelPortMismatch from './tunnel-port-mismatch.md';

export const topologyRules: readonly TopologyRule[] = [
  {
    id: 'next-hop-off-link',
    title: 'The next hop of a route is on no network of its interface',
    group: 'topology',
    severity: 'error',
    spec: 'RFC 1812 section 5.2.4.2',
    hint: 'Give the route a next hop that is a neighbour, or the interface on which it is one.',
    page: nextHopOffLink,
  },
  {
    id: 'netmask-mismatch',
    title: 'Two hosts on one link have different netmasks',
    group: 'topology',
    severity: 'error',
    spec: 'RFC 1122 section 3.3.1.1',
    hint: 'Give all hosts of the link the same netmask.',
    page: netmaskMismatch,
  },
  {
    id: 'subnet-twice',
    title: 'One network is in two places: on two interfaces, or for the pods of two nodes',
    group: 'topology',
    severity: 'warning',
    spec: 'RFC 1812 section 2.2.5',
    hint: 'Join the interfaces, or give the two links, or nodes, two networks.',
    page: subnetTwice,
  },
  {
    id: 'mtu-mismatch',
    title: 'The ends of a link have different MTUs',
    group: 'topology',
    severity: 'warning',
    spec: 'RFC 4821 section 1',
    hint: 'Set one MTU on all interfaces of the link.',
    page: mtuMismatch,
  },
  {
    id: 'tunnel-mtu',
    title: 'What a tunnel takes does not fit outside, with its headers',
    group: 'topology',
    severity: 'warning',
    spec: 'RFC 7348 section 4.3; RFC 4459',
    hint: 'Make the MTU of the tunnel device smaller by what its headers need.',
    page: tunnelMtu,
  },
  {
    id: 'tunnel-port-mismatch',
    title: 'The ends of a tunnel use different UDP ports',
    group: 'topology',
    severity: 'error',
    spec: 'RFC 7348 section 8; RFC 8926 section 3.3',
    hint: 'Make one of the devices anew with the port of the other.',
    page: tunnelPortMismatch,
  },
  {
    id: 'service-no-backend',
    title: 'A service has no backend',
    group: 'topology',
    severity: 'warning',
    hint: 'See whether the selector of the service meets pods that are ready.',
    page: serviceNoBackend,
  },
  {
    id: 'firewall-drops',
    title: 'A node on the way has rules that drop packets',
    group: 'topology',
    severity: 'info',
    hint: 'Look at the counters of the rules: they show whether packets meet them.',
    page: firewallDrops,
  },
  {
    id: 'topology-incomplete',
    title: 'The topology lacks what would decide a path',
    group: 'topology',
    severity: 'info',
    hint: 'Import what is named with the rest.',
    page: topologyIncomplete,
  },
];
