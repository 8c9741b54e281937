// Faults of filters: what some packets meet and others do not.
import type { Fault } from './fault.js';
import type { Lab } from './lab.js';
import { ping, routed } from './routes.js';

const filter = (hook: string, rule: string) =>
  `nft add table inet f; nft 'add chain inet f c { type filter hook ${hook} priority 0; }'; nft add rule inet f c ${rule}`;
const off = 'nft delete table inet f';
const base = (lab: Lab) =>
  Promise.all([ping(lab, 'client', '10.1.0.1', '-c 8 -i 0.4'), ping(lab, 'client', '203.0.113.1', '-c 2 -i 0.4')]);
const both = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', '10.2.0.10'),
    lab.talk('client', 'tcp 10.2.0.10 80'),
    lab.talk('client', 'tcp 10.2.0.10 8080'),
    base(lab),
  ]);
const serve = async (lab: Lab) => {
  await lab.listen('server', 'tcp-serve 80');
  await lab.listen('server', 'tcp-serve 8080');
};
const filtered = { ...routed, serve, traffic: both } as const;

export const filters: readonly Fault[] = [
  {
    ...filtered,
    name: 'a router drops one port',
    broken: { r1: filter('forward', 'tcp dport 8080 drop') },
    first: ['forward-missing'],
    node: 'r1',
    says: /8080/,
    repair: { r1: off },
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...filtered,
    name: 'a router refuses one port',
    broken: { r1: filter('forward', 'tcp dport 8080 reject with icmp type admin-prohibited') },
    first: ['icmp-unreachable'],
    says: /8080/,
    repair: { r1: off },
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...filtered,
    name: 'a router resets connections to one port',
    broken: { r1: filter('forward', 'tcp dport 8080 reject with tcp reset') },
    first: ['tcp-refused', 'tcp-reset'],
    says: /r1/,
    repair: { r1: off },
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...filtered,
    name: 'a router drops the answers of one port',
    broken: { r2: filter('forward', 'tcp sport 8080 drop') },
    first: ['forward-missing'],
    node: 'r2',
    says: /8080/,
    repair: { r2: off },
    blind: ['internet'],
  },
  {
    ...filtered,
    name: 'a host drops what it should take',
    broken: { server: filter('input', 'tcp dport 8080 drop') },
    first: ['tcp-no-answer', 'forward-missing'],
    says: /8080/,
    repair: { server: off },
    blind: ['internet'],
  },
  {
    ...filtered,
    name: 'a router drops ICMP alone',
    broken: { r2: filter('forward', 'icmp type echo-request drop') },
    first: ['forward-missing'],
    node: 'r2',
    says: /icmp/i,
    repair: { r2: off },
    blind: ['server', 'internet'],
  },
];
