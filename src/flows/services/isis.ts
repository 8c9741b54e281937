// IS-IS systems of a link: whom each hears, by its hellos (ISO/IEC 10589 clause 8.4.2; point-to-point: RFC 5303).
import { HELLO_AT, header, helloOptions, helloTimes, isLanHello, OPTION, optionsOf, SYSTEM } from '../../../dissectors/isis.js';
import { u48 } from '../../bytes/read.js';
import { DIRECTION } from '../../capture/frame.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

export interface IsisSystem {
  /** Where it is heard: place of the run, VLAN, and kind of hello (level 1 or 2 on a LAN, point-to-point). */
  readonly segment: string;
  /** System ID, and MAC of the sender (48 bits). */
  readonly system: number;
  readonly mac: number;
  readonly isOwn: boolean;
  /** Its first IPv4 interface address; null where its hellos have none. */
  address: Ip | null;
  hellos: number;
  readonly first: Mark;
  lastNs: number;
  /** It is given up so long after its last hello. */
  holdNs: number;
  /** MACs (LAN) or system IDs (point-to-point) that its last hello lists; null where a hello cannot say it. */
  hears: readonly number[] | null;
}

const MAX_SYSTEMS = 1024;
const MAX_NEIGHBOURS = 64;
/** After the adjacency state and the extended circuit (RFC 5303 section 3.2). */
const NEIGHBOUR_AT = 5;

export class IsisSystems {
  private readonly systems = new Bounded<string, IsisSystem>(MAX_SYSTEMS, ({ hears }) => (hears?.length === 0 ? 1 : 0));

  get list(): Iterable<IsisSystem> {
    return this.systems.values();
  }

  get forgotten(): number {
    return this.systems.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { lastNs }] of this.systems.entries()) if (lastNs < ns) this.systems.delete(key);
  }

  /** A hello whose common header is at `head` and whose own part is [at, end). Each copy counts where it is seen. */
  observe(p: Packet, head: number, at: number, end: number): void {
    const { bytes } = p;
    const kind = header.get.type(bytes, head);
    const options = at + helloOptions(kind);
    if (options > end) return;
    const segment = `${p.port}/${p.vlan} ${kind}`;
    const system = u48(bytes, at + HELLO_AT.source);
    const key = `${segment} ${system} ${p.sourceMac()}`;
    let one = this.systems.get(key);
    if (one === undefined) {
      const isOwn = p.direction === DIRECTION.out;
      one = {
        segment,
        system,
        mac: p.sourceMac(),
        isOwn,
        address: null,
        hellos: 0,
        first: mark(p),
        lastNs: p.timeNs,
        holdNs: 0,
        hears: null,
      };
      this.systems.add(key, one);
    }
    one.hellos++;
    one.lastNs = p.timeNs;
    one.holdNs = helloTimes.get.holding_timer(bytes, at + HELLO_AT.times) * 1e9;
    const hears: number[] = [];
    let says = isLanHello(kind);
    let address = one.address;
    optionsOf(bytes, options, end, (type, from, to) => {
      if (type === OPTION.addresses4 && address === null && from + 4 <= to) address = new Ip().read(bytes, from, 4);
      else if (type === OPTION.neighbours)
        for (let o = from; o + SYSTEM <= to && hears.length < MAX_NEIGHBOURS; o += SYSTEM) hears.push(u48(bytes, o));
      else if (type === OPTION.adjacency) {
        says = true;
        if (from + NEIGHBOUR_AT + SYSTEM <= to) hears.push(u48(bytes, from + NEIGHBOUR_AT));
      }
    });
    one.address = address;
    one.hears = says ? hears : null;
  }
}
