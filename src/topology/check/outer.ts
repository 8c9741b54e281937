// What a tunnel's outer packets need at their node: the address that they are sent from, and a firewall that lets their port in.
import { shown } from '../../bytes/command.js';
import { Ip, Prefix } from '../ip.js';
import type { Topology } from '../model.js';
import type { Interface, Node, TunnelDevice } from '../types.js';
import { listed, type Tell } from './problem.js';
import { type End, onlyOuter } from './tunnels.js';

export function checkOuter(topology: Topology, ends: readonly End[], tell: Tell): void {
  for (const name of topology.nodeNames) {
    const node = topology.node(name) as Node;
    for (const i of node.interfaces) if (i.up && i.tunnel?.local) checkLocal(topology, node, i, i.tunnel, i.tunnel.local, tell);
  }
  checkFilters(topology, ends, tell);
}

/** A device sends from an address that its node does not have, as far as the node's addresses are certain. */
function checkLocal(topology: Topology, node: Node, i: Interface, { type, over }: TunnelDevice, local: Ip, tell: Tell): void {
  const owners = topology.ownerOf(local).filter(({ what }) => what === 'interface' || what === 'address');
  if (local.isUnspecified || local.isMulticast || owners.some((owner) => owner.node === node.name || owner.what === 'address'))
    return;
  const alike = (one: Interface) =>
    one.addresses.filter(({ address }) => address.family === local.family && !address.isLinkLocal);
  const isListed = node.interfaces.some((one) => alike(one).some((p) => !p.isHost && p.contains(local)));
  const below = node.interfaces.find(({ name }) => name === over);
  const other = owners[0]?.node ?? null;
  if (other === null && !isListed && (below === undefined || alike(below).length === 0)) return;
  const own = [...new Set(node.interfaces.filter((one) => one !== i && one.tunnel === null).flatMap(alike))];
  if (own.length === 0) return;
  tell({
    rule: 'tunnel-wrong-endpoint',
    key: `${node.name} ${i.name} local ${local}`,
    title: `${i.name} of ${node.name} sends from ${local}, which ${other === null ? `${node.name} does not have` : `is an address of ${other}`}`,
    message: `The local address of ${i.name} (${type}) is ${local}, and ${node.name} has ${listed(own.map(({ address }) => String(address)))}: answers to ${local} do not come back to it, and what others send to ${node.name} does not fit the device.`,
    hint: `Make ${i.name} anew with an address of ${node.name} as its local one: \`${shown`ip -d link show dev ${i.name}`}\`, \`ip -br addr\`.`,
    node: node.name,
    subject: { tunnel: type, src: String(local), interfaceOut: i.name },
    count: 1,
  });
}

/** Rules without conditions that drop a tunnel's port where its packets come in, or pass. */
function checkFilters(topology: Topology, ends: readonly End[], tell: Tell): void {
  const found = new Map<string, { node: string; rule: Rule; port: number; type: string; from: Set<string> }>();
  if (topology.nodeNames.every((name) => topology.node(name)?.firewall.length === 0)) return;
  const named = ends.flatMap(({ node, ip, tunnel, peer }) =>
    peer === null
      ? []
      : [{ node, ip, peer, type: tunnel.type, port: tunnel.port, src: tunnel.local ?? onlyOuter(topology, node.name, ip) }],
  );
  for (const { node, ip, peer, type, port, src } of [...named, ...ofCluster(topology)]) {
    if (port === null || src === null || peer === node.name) continue;
    const { end, hops } = topology.walk(node.name, ip, src);
    if (end !== 'delivered' || hops.at(-1)?.node !== peer) continue;
    hops.forEach((hop, n) => {
      if (n === 0) return;
      const at = topology.node(hop.node) as Node;
      const packet = { chain: n === hops.length - 1 ? 'input' : 'forward', src, dst: ip, iif: hop.iif, port };
      const rule = dropping(at.firewall, packet);
      if (rule === null) return;
      const key = `${hop.node} ${rule.line}`;
      const known = found.get(key) ?? { node: hop.node, rule, port, type, from: new Set() };
      found.set(key, known);
      known.from.add(node.name);
    });
  }
  for (const { node, rule, port, type, from } of found.values())
    tell({
      rule: 'tunnel-blocked',
      key: `${node} ${rule.line}`,
      title: `The firewall of ${node} drops UDP port ${port}: the ${type} packets of ${listed(from)}`,
      message: `${node} has the rule "${rule.line}", and packets from ${listed(from)} ${rule.chain === 'input' ? 'come in there' : 'pass there'}: nothing of what is in the tunnel arrives.`,
      hint: `Delete the rule, or put one before it that takes UDP port ${port} of the other ends of the tunnel; \`${rule.isNft ? 'nft -a list ruleset' : shown`iptables -vnL ${rule.chain.toUpperCase()} --line-numbers`}\` shows its place and whether packets meet it.`,
      node,
      subject: { tunnel: type },
      count: from.size,
    });
}

/** Nodes of a cluster whose ends a program sets: each with each. */
function ofCluster(topology: Topology) {
  const { tunnel } = topology;
  if (tunnel === null) return [];
  const own = topology.nodeNames
    .flatMap((name) => topology.node(name) ?? [])
    .filter(({ podCIDRs }) => podCIDRs.length > 0)
    .slice(0, MAX_NODES)
    .flatMap((node) => FAMILIES.map((like) => ({ node, ip: onlyOuter(topology, node.name, like) })));
  return own.flatMap(({ node, ip: src }) =>
    own.flatMap(({ node: { name: peer }, ip }) =>
      ip === null || src?.family !== ip.family ? [] : [{ node, ip, peer, type: tunnel.type, port: tunnel.port, src }],
    ),
  );
}

/** Pairs grow with the square. */
const MAX_NODES = 64;
const FAMILIES = [Ip.v4(0), Ip.parse('::') as Ip];

interface Rule {
  readonly line: string;
  readonly chain: string;
  readonly isNft: boolean;
}

interface Packet {
  readonly chain: string;
  readonly src: Ip | null;
  readonly dst: Ip;
  readonly iif: string | null;
  readonly port: number;
}

const LINE = /^(?:(ip6?tables) filter|nft (ip6?|inet) \S+) (\S+): (.*)$/;

/** The first rule that is sure to drop the packet; null where another may take it before. */
function dropping(lines: readonly string[], packet: Packet): Rule | null {
  for (const line of lines) {
    const [, tool, table = '', chain = '', text = ''] = LINE.exec(line) ?? [];
    if (chain.toLowerCase() !== packet.chain || /\bpolicy (?:drop|reject)$/i.test(text)) continue;
    const six = tool === 'ip6tables' || table === 'ip6';
    if (table !== 'inet' && six !== (packet.dst.family === 6)) continue;
    const isNft = tool === undefined;
    const rest = (isNft ? nftRest : iptablesRest)(text, packet);
    // Another port, another place, another sender.
    if (rest === null) continue;
    if (/^(?:drop|reject)$/i.test(rest)) return { line, chain: packet.chain, isNft };
    // What it takes, or what else it asks for, is not known.
    if (!/\b(?:drop|reject)$/i.test(rest)) return null;
  }
  return null;
}

/** What is left of a rule when the conditions are gone that the packet meets; null where it does not meet one. */
function iptablesRest(text: string, { src, dst, iif, port }: Packet): string | null {
  let meets = true;
  const rest = text
    .replace(/-m comment --comment (?:"[^"]*"|\S+)|--reject-with \S+|-m (?:udp|multiport)(?= )/g, '')
    .replace(/(! )?-(p|s|d|i|-dports?) (\S+)/g, (_, not: string | undefined, key: string, value: string) => {
      const is =
        key === 'p'
          ? /^(?:udp|17|all)$/.test(value)
          : key === 'i'
            ? value === iif || value === '+'
            : key === 's'
              ? isIn(value, src)
              : key === 'd'
                ? isIn(value, dst)
                : hasPort(value, port);
      if (is === (not !== undefined)) meets = false;
      return '';
    })
    .replace('-j ', '')
    .trim();
  return meets ? rest.replace(/ +/g, ' ') : null;
}

function nftRest(text: string, { src, dst, iif, port }: Packet): string | null {
  let meets = true;
  const rest = text
    .replace(/\bcounter(?: packets \d+ bytes \d+)?|\bcomment "[^"]*"|\breject with .*$/g, (part) =>
      part.startsWith('reject') ? 'reject' : '',
    )
    .replace(
      /\b(meta l4proto|ip protocol|iif(?:name)?|ip6? [sd]addr|udp dport|tcp \w+|icmp\w* \w+) (!= )?(\{[^}]*\}|\S+)/g,
      (_, key: string, not: string | undefined, value: string) => {
        const all = value.replace(/[{}"\s]/g, '').split(',');
        const is = key.startsWith('iif')
          ? iif !== null && all.includes(iif)
          : key.endsWith('addr')
            ? all.some((one) => isIn(one, key.includes('s') ? src : dst))
            : key === 'udp dport'
              ? hasPort(all.join(','), port)
              : !/^(?:tcp|icmp)/.test(key) && all.some((one) => one === 'udp' || one === '17');
        if (is === (not !== undefined)) meets = false;
        return '';
      },
    )
    .trim();
  return meets ? rest.replace(/ +/g, ' ') : null;
}

function isIn(text: string, ip: Ip | null): boolean {
  if (ip === null) return false;
  return Prefix.parse(text)?.contains(ip) ?? Ip.parse(text)?.equals(ip) ?? false;
}

/** `4789`, `4789,8472`, `4000:5000`, `4000-5000`. */
const hasPort = (text: string, port: number): boolean =>
  text.split(',').some((one) => {
    const [from = NaN, to = from] = one.split(/[:-]/).map(Number);
    return from <= port && port <= to;
  });
