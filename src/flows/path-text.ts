// Paths in words: `in eth1 > out eth2 (vxlan)`.
import { DIRECTION } from '../capture/frame.js';
import { hopText, type Ports } from './ports.js';
import type { Edge, Tunnels } from './tunnels.js';
import type { Path } from './uses.js';

export class PathTexts {
  private readonly known = new Map<Path, string | null>();

  constructor(
    private readonly ports: Ports,
    private readonly tunnels: Tunnels,
    /** Do the interface numbers of this capture mean something without a name? Those of cooked headers do. */
    private readonly numbered: (capture: number) => boolean,
    /** Several capture points: each hop says which. */
    private readonly withPoint = false,
  ) {}

  /** null where the capture tells neither interfaces nor directions. */
  of(path: Path): string | null {
    const found = this.known.get(path);
    if (found !== undefined) return found;
    let before: Edge | null = null;
    const hops = path.hops.map(({ port, direction, edge }) => {
      const hop = this.hop(port, direction);
      if (hop === null || edge < 0) return hop;
      const carrier = this.tunnels.list[edge];
      const text = `${hop} (${carrierText(carrier, before)})`;
      before = carrier;
      return text;
    });
    const text = hops.includes(null) ? null : hops.join(' > ');
    this.known.set(path, text);
    return text;
  }

  hop(port: number, direction: number): string | null {
    const { name, nameFrom, known, capture, point } = this.ports.list[port];
    const isNamed = known && (nameFrom !== 'none' || this.numbered(capture));
    if (!isNamed && direction === DIRECTION.unknown) return this.withPoint ? point : null;
    const hop = hopText(direction, isNamed ? name : 'any');
    return this.withPoint ? `${point}: ${hop}` : hop;
  }
}

/** What carries a packet at a hop; addresses as text, or what makes one. */
export interface Carrier {
  readonly kind: string;
  /** -1: none. */
  readonly vni: number;
  readonly src: unknown;
  readonly dst: unknown;
}

/** `vxlan`, and what is not as it was at the tunnelled hop before: `vxlan vni 7 was 5, 10.0.0.1>10.0.0.9`. */
export function carrierText({ kind, vni, src, dst }: Carrier, before: Carrier | null): string {
  if (before === null) return kind;
  const changes = [
    ...(vni === before.vni || vni < 0 || before.vni < 0 ? [] : [`vni ${vni} was ${before.vni}`]),
    ...(`${src}` === `${before.src}` && `${dst}` === `${before.dst}` ? [] : [`${src}>${dst}`]),
  ];
  return [kind, changes.join(', ')].join(' ').trimEnd();
}

/** `vxlan 63446 192.168.10.100>192.168.20.100`. */
export const edgeText = ({ kind, vni, src, dst }: Edge): string => `${kind}${vni < 0 ? '' : ` ${vni}`} ${src}>${dst}`;
