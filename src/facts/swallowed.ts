// Tunnels whose packets come into a node on their way and leave it by no interface, while other packets to the same end pass: a filter.
import type { Neighbour } from '../flows/neighbour.js';
import { PROTO } from '../flows/packet.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import type { Passing } from './passing.js';
import type { Link } from './tunnels.js';

export interface Swallowed {
  readonly link: Link;
  /** Number of the capture at whose node they end. */
  readonly source: number;
  readonly packets: readonly Passing[];
}

/** One packet may be the last of a capture, and two may be noise of a device that comes up. */
const LEAST = 3;

export class SwallowedTunnels {
  constructor(private readonly facts: Facts) {}

  /** Those of which something inside is known to be asked in vain. */
  readonly list = lazy((): readonly Swallowed[] => {
    const { facts } = this;
    const found: Swallowed[] = [];
    for (const link of facts.tunnels.links)
      for (let source = 0; source < facts.captures.length; source++) {
        const packets = this.at(link, source);
        if (packets.reduce((sum, { use }) => sum + use.count, 0) < LEAST) continue;
        if (facts.tunnels.lost(link).length > 0 || facts.tunnels.askedInVain(link).length > 0 || answeredInVain(link).length > 0)
          found.push({ link, source, packets });
      }
    return found;
  });

  has(link: Link): boolean {
    return this.list().some((one) => one.link === link);
  }

  /** Packets of the tunnel that end at the node of this capture, where none of them passes and others to the same end do. */
  at(link: Link, source: number): readonly Passing[] {
    const { facts } = this;
    if (facts.ownership.isOwn(source, link.dst) || !facts.crossings.forwards(source)) return NOTHING;
    const all = facts.passing.to(source, link.dst);
    const mine = all.filter((one) => this.isOf(link, one));
    return mine.some(({ passes }) => passes) || !all.some((one) => one.passes && !this.isOf(link, one)) ? NOTHING : mine;
  }

  /** What carries no IP inside (ARP) is a conversation of the tunnel's ends. */
  private isOf(link: Link, { direction, edge }: Passing): boolean {
    if (edge >= 0) return link.edges.includes(this.facts.tunnels.edge(edge));
    const { proto, responderPort } = direction.conversation;
    const isPort = proto === PROTO.udp && responderPort === link.port && !direction.isReply;
    return isPort && direction.from.equals(link.src) && direction.to.equals(link.dst);
  }
}

/** Addresses that answer inside again and again: who asks does not hear it. */
export const answeredInVain = ({ answering }: Link): readonly Neighbour[] =>
  answering.filter(({ asked, answers }) => asked >= LEAST && answers >= LEAST);

const NOTHING: readonly Passing[] = [];
