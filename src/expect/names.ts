// Names of the topology, wherever an address may stand.
import { suggest } from '../topology/document.js';
import { type Ip, Prefix } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';

export interface Wrong {
  readonly wrong: string;
}

export const isWrong = (found: readonly Prefix[] | Wrong): found is Wrong => 'wrong' in found;

/** Looks up addresses, networks and names: nodes, pods, services, `NODE.INTERFACE`, `pods of NODE`. */
export class AddressBook {
  private readonly byName = new Map<string, Prefix[]>();

  constructor(readonly topology: Topology | null) {
    if (topology === null) return;
    for (const name of topology.nodeNames) {
      const node = topology.node(name);
      if (node === null) continue;
      // Addresses of the link and of the host itself mean nothing elsewhere.
      const own = [...node.interfaces.flatMap((i) => i.addresses.map((p) => p.address)), ...node.addresses];
      for (const ip of own) if (!ip.isLoopback && !ip.isLinkLocal && !topology.isInside(ip)) this.add(name, Prefix.host(ip));
      for (const i of node.interfaces) for (const p of i.addresses) this.add(`${name}.${i.name}`, Prefix.host(p.address));
      for (const cidr of node.podCIDRs) this.add(`pods of ${name}`, cidr);
    }
    for (const { ip, name } of topology.podList) {
      if (name === null) continue;
      this.add(name, Prefix.host(ip));
      // A pod is mostly called by its short name; two of them in different namespaces are two.
      const short = name.slice(name.lastIndexOf('/') + 1);
      if (short !== name) this.add(short, Prefix.host(ip));
    }
    for (const { ip, service } of topology.ownedAddresses) {
      if (service !== null && !topology.nodeNames.includes(service)) this.add(service, Prefix.host(ip));
    }
  }

  private add(name: string, prefix: Prefix): void {
    const known = this.byName.get(name);
    if (known === undefined) this.byName.set(name, [prefix]);
    else if (!known.some((p) => p.sameNetwork(prefix))) known.push(prefix);
  }

  get names(): Iterable<string> {
    return this.byName.keys();
  }

  find(text: string): readonly Prefix[] | Wrong {
    const prefix = Prefix.parse(text);
    if (prefix !== null) return [prefix];
    const named = this.byName.get(text);
    if (named !== undefined) return named;
    const what = `'${text.slice(0, 60)}' is neither an address nor a name`;
    if (this.topology === null) return { wrong: `${what}; names need a topology` };
    return { wrong: `${what} of the topology; ${suggest(text, [...this.byName.keys()], 'it has none')}` };
  }

  /** Addresses of the backends of a service, or of a name that is no service: its own. */
  backends(text: string): readonly Prefix[] | Wrong {
    const found = this.find(text);
    if (isWrong(found) || this.topology === null) return found;
    const backends = found.flatMap((p) => this.topology?.address(p.address)?.backends ?? []);
    return backends.length > 0 ? backends.map((ip) => Prefix.host(ip)) : found;
  }

  /**
   * A filter in which names of the topology stand for their addresses: `ip.src == k8s-ctr`. Texts in quotes are left alone. A
   * name with several addresses can only stand in a set.
   */
  inFilter(text: string): string | Wrong {
    if (this.byName.size === 0) return text;
    let wrong: string | null = null;
    // Of the field before: what is compared with other fields is no address.
    let family: 4 | 6 | null = null;
    let depth = 0;
    const result = text.replace(TOKEN, (token) => {
      if (token === '{') depth++;
      else if (token === '}') depth--;
      const found = token.startsWith('"') || family === null ? undefined : this.byName.get(token);
      if (found === undefined) {
        const field = /^(?:outer\.|inner\.)?([a-z\d_]+)\./.exec(token);
        if (field !== null) family = /^(ipv6|icmpv6)$/.test(field[1]) ? 6 : /^(ip|arp)$/.test(field[1]) ? 4 : null;
        return token;
      }
      const fitting = found.filter((p) => p.address.family === family).map((p) => (p.isHost ? String(p.address) : String(p)));
      if (fitting.length === 1 || (fitting.length > 1 && depth > 0)) return fitting.join(', ');
      wrong ??=
        fitting.length === 0
          ? `${token} has no IPv${family} address in the topology`
          : `${token} has several addresses (${fitting.join(', ')}); write it in a set: in {${token}}`;
      return token;
    });
    return wrong === null ? result : { wrong };
  }

  /** Numbers of an identity, by its number or its name; empty when nobody has it. */
  identities(name: string): number[] {
    return this.topology?.identitiesCalled(name) ?? [];
  }
}

// Texts in quotes, braces, and words as a filter has them.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}]|[A-Za-z_][\w./-]*/g;

/** An address is in one of the networks. */
export const within = (networks: readonly Prefix[], ip: Ip): boolean => {
  for (const network of networks) if (network.contains(ip)) return true;
  return false;
};
