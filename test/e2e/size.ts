// Faults of size: packets that do not fit, and senders that are not told.
import type { Fault, Network } from './fault.js';
import type { Lab } from './lab.js';
import { ping, routed } from './routes.js';

const narrow = { r1: 'ip link set eth2 mtu 1300', r2: 'ip link set eth0 mtu 1300' };
const narrowed = Object.fromEntries(Object.entries(narrow).map(([node, line]) => [node, `${routed.plan.nodes[node]}\n${line}`]));
const wide = { r1: 'ip link set eth2 mtu 1500', r2: 'ip link set eth0 mtu 1500' };
const silence = `nft add table inet f; nft 'add chain inet f c { type filter hook output priority 0; }'
  nft add rule inet f c icmp type destination-unreachable drop`;
const base = (lab: Lab) =>
  Promise.all([ping(lab, 'client', '10.1.0.1', '-c 9 -i 0.4'), ping(lab, 'client', '203.0.113.1', '-c 2')]);
const fetch = (lab: Lab) =>
  Promise.all([ping(lab, 'client', '10.2.0.10'), lab.talk('client', 'tcp 10.2.0.10 80 1 100 3000'), base(lab)]);
const serve = (lab: Lab) => lab.listen('server', 'tcp-serve 80 20000');

export const size: readonly Fault[] = [
  {
    ...routed,
    name: 'a narrow link, and the ICMP that would say so is filtered',
    serve,
    broken: { ...narrow, r2: `${narrow.r2}; ${silence}` },
    traffic: fetch,
    first: ['mtu-blackhole'],
    repair: { r2: `nft delete table inet f; ${wide.r2}`, r1: wide.r1 },
    alone: ['mtu-exceeded'],
    // What never came to them is not missed.
    blind: ['internet', 'r1', 'client'],
  },
];

/** The same link where it says so: TCP adapts, and nothing is wrong. */
export const NARROW: Network = {
  name: 'a narrow link that says so',
  plan: { ...routed.plan, nodes: { ...routed.plan.nodes, ...narrowed } },
  serve,
  traffic: fetch,
};
