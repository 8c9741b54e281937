// The interfaces of the captures, and which of them are one link.
import type { Port } from '../flows/ports.js';
import type { Facts } from './facts.js';

export class Interfaces {
  constructor(private readonly facts: Facts) {}

  get list(): readonly Port[] {
    return this.facts.tracker.ports.list;
  }

  of(port: number): Port {
    return this.list[port];
  }

  name(port: number): string {
    return this.facts.tracker.ports.name(port);
  }

  /** As `name`, with the pod whose device on the node it is: `lxc4930 (default/curl)`. */
  shown(port: number): string {
    const name = this.name(port);
    const node = this.facts.captures[this.list[port]?.capture]?.node ?? null;
    const pod = node === null ? null : (this.facts.topology?.podAt(node, name)?.name ?? null);
    return pod === null ? name : `${name} (${pod})`;
  }

  /** Those of one node. */
  at(source: number): Port[] {
    return this.list.filter((port) => port.source === source);
  }

  /** The node talks to itself there. Linux gives that interface the number 1 in every network namespace (LOOPBACK_IFINDEX). */
  isLoopback(port: number): boolean {
    const { index, capture } = this.list[port];
    return index === 1 && this.facts.captures[capture].everyInterface;
  }

  /** Two ports of a node are one interface, or a VLAN and its parent. */
  same(a: number, b: number): boolean {
    const { list } = this;
    return a === b || (list[a].source === list[b].source && isParent(list[a].name, list[b].name));
  }

  /** Both are the same interface; unknown, so no, where the capture does not tell interfaces apart. */
  isOne(a: number, b: number): boolean {
    return a === b && this.list[a].known;
  }

  /** Two interfaces of a node on one link: a VLAN and its parent, or those that share a MAC (a bridge or bond and its port). */
  sameLink(node: string, a: string, b: string): boolean {
    if (isParent(a, b)) return true;
    const { topology } = this.facts;
    const mac = topology?.interfaceByName(node, a)?.mac ?? null;
    return mac !== null && mac === topology?.interfaceByName(node, b)?.mac;
  }
}

/** One name is the VLAN interface of the other: eth2 and eth2.20. */
const isParent = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
