// What a point knows of the network: addresses, routes, rules, neighbours, links, bridges, settings, firewall. Nothing is changed there.
import type { Wanted } from './sections.js';

const CONF = '/proc/sys/net/ipv4/conf/*';
const CONF6 = '/proc/sys/net/ipv6/conf/*';
/** Settings that decide whether a packet passes, as `FILE:VALUE` lines, which name each interface. */
const SETTINGS = [
  '/proc/sys/net/ipv4/ip_forward',
  ...['forwarding', 'rp_filter', 'arp_ignore', 'arp_announce', 'arp_filter', 'proxy_arp', 'accept_local'].map(
    (name) => `${CONF}/${name}`,
  ),
  ...['forwarding', 'disable_ipv6', 'proxy_ndp'].map((name) => `${CONF6}/${name}`),
  '/proc/sys/net/ipv4/fib_multipath_hash_policy',
  '/proc/sys/net/ipv4/tcp_mtu_probing',
  '/proc/sys/net/ipv4/ip_no_pmtu_disc',
  '/proc/sys/net/ipv4/icmp_echo_ignore_all',
  '/proc/sys/net/bridge/bridge-nf-call-iptables',
].join(' ');

/** iproute2 prints JSON since 4.13; BusyBox's `ip` knows neither -j nor -d. */
export const SNAPSHOT: readonly Wanted[] = [
  { name: 'addr', commands: ['ip -j -d addr show', 'ip addr show'] },
  { name: 'link', commands: ['ip -j -d -s link show', 'ip link show'] },
  { name: 'route', commands: ['ip -j -d route show table all', 'ip route show table all'] },
  { name: 'route6', commands: ['ip -6 -j -d route show table all', 'ip -6 route show table all'] },
  { name: 'rule', commands: ['ip -j rule show', 'ip rule show'] },
  { name: 'rule6', commands: ['ip -6 -j rule show', 'ip -6 rule show'] },
  { name: 'neigh', commands: ['ip -j neigh show', 'ip neigh show'] },
  { name: 'neigh6', commands: ['ip -6 -j neigh show', 'ip -6 neigh show'] },
  { name: 'bridge-fdb', commands: ['bridge -j fdb show', 'bridge fdb show'] },
  { name: 'bridge-vlan', commands: ['bridge -j vlan show', 'bridge vlan show'] },
  // Where some of the files do not exist, grep ends with 2 and has printed the others.
  { name: 'sysctl', commands: [`grep -H . ${SETTINGS} 2>/dev/null || [ $? = 2 ]`] },
  { name: 'nft', commands: ['nft list ruleset'] },
  { name: 'iptables', commands: ['iptables-save'] },
  { name: 'ip6tables', commands: ['ip6tables-save'] },
  { name: 'host', commands: ['hostname 2>/dev/null || cat /proc/sys/kernel/hostname; uname -a; cat /proc/uptime; date'] },
];
