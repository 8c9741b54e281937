// UDP payloads that no port claims and that are plainly VXLAN or Geneve: told at the end, never decoded silently.
import { u16 } from '../bytes/read.js';
import type { Registry } from '../dissect/registry.js';
import { DATA, type Layers } from '../dissect/walk.js';
import type { PrintFrame } from './dump.js';

/** Fewer packets than this may look like a tunnel by chance. */
const ENOUGH = 2;
/** Ports that are counted. */
const MAX_PORTS = 1024;

/** Ethernet types that a tunnelled frame has: IPv4, ARP, VLAN, IPv6. */
const isInnerType = (type: number): boolean => type === 0x0800 || type === 0x0806 || type === 0x8100 || type === 0x86dd;

/** Is there an Ethernet frame at `at` whose payload begins as its type says? */
function isFrame(b: Uint8Array, at: number, end: number): boolean {
  if (at + 15 > end) return false;
  const type = u16(b, at + 12);
  const first = b[at + 14] >> 4;
  return isInnerType(type) && (type !== 0x0800 || first === 4) && (type !== 0x86dd || first === 6);
}

/** RFC 7348 section 5: only the I flag, and zeros where zeros are sent. */
const isVxlan = (b: Uint8Array, at: number, end: number): boolean =>
  at + 8 <= end && b[at] === 8 && b[at + 1] === 0 && u16(b, at + 2) === 0 && b[at + 7] === 0 && isFrame(b, at + 8, end);

/** RFC 8926 section 3.4: version 0, zeros in the reserved bits, a length of options that fits, and a known payload. */
function isGeneve(b: Uint8Array, at: number, end: number): boolean {
  if (at + 8 > end || b[at] >> 6 !== 0 || (b[at + 1] & 0x3f) !== 0 || b[at + 7] !== 0) return false;
  const body = at + 8 + (b[at] & 0x3f) * 4;
  const type = u16(b, at + 2);
  if (type === 0x6558) return isFrame(b, body, end);
  return body < end && ((type === 0x0800 && b[body] >> 4 === 4) || (type === 0x86dd && b[body] >> 4 === 6));
}

export class Unclaimed {
  /** `PORT,PROTOCOL` -> frames. */
  private readonly seen = new Map<string, number>();
  private readonly udp: number;

  constructor(registry: Registry) {
    this.udp = registry.idOf('udp');
  }

  /** `print`, with an eye on what is printed. */
  watching(print: PrintFrame): PrintFrame {
    const { udp } = this;
    return (layers, line) => {
      const last = layers.count - 1;
      if (last > 0 && layers.proto[last] === DATA && layers.proto[last - 1] === udp && last < layers.quotedFrom)
        this.look(layers, last);
      print(layers, line);
    };
  }

  /** What to try, one line a port. */
  hints(): string[] {
    return [...this.seen]
      .filter(([, frames]) => frames >= ENOUGH)
      .map(([what, frames]) => {
        const [port, protocol] = what.split(',');
        const name = protocol === 'vxlan' ? 'VXLAN' : 'Geneve';
        return `${frames} packets to UDP port ${port} look like ${name}; decode them with -d udp.port==${what}`;
      });
  }

  private look({ bytes, start, end }: Layers, i: number): void {
    const at = start[i];
    const protocol = isVxlan(bytes, at, end[i]) ? 'vxlan' : isGeneve(bytes, at, end[i]) ? 'geneve' : null;
    if (protocol === null) return;
    const what = `${u16(bytes, start[i - 1] + 2)},${protocol}`;
    const frames = this.seen.get(what);
    if (frames !== undefined || this.seen.size < MAX_PORTS) this.seen.set(what, (frames ?? 0) + 1);
  }
}
