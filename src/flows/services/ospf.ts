// OSPF routers of a segment: what each says in its hellos, whom it hears, and how its database exchange goes (RFC 2328, RFC 5340).
import { DESCRIPTION, dbd2, dbd3, HELLO, header, hello2, hello3, neighbour, rest2, rest3 } from '../../../dissectors/ospf.js';
import { DIRECTION } from '../../capture/frame.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

/** What two routers must agree on before they hear each other (RFC 2328 section 10.5). */
export interface OspfHello {
  readonly area: number;
  /** Of version 2 only; 0 of version 3. */
  readonly auth: number;
  readonly mask: number;
  /** Seconds. */
  readonly hello: number;
  readonly dead: number;
  /** Bits E and N of the options: what kind of area it is. */
  readonly areaKind: number;
}

export interface OspfRouter {
  /** Where it is heard: `port/vlan` of the run, version and, of version 3, instance. */
  readonly segment: string;
  readonly version: number;
  readonly address: Ip;
  /** Its MAC (48 bits), -1 where the link does not say; and whether the capturing node itself sends this. */
  readonly mac: number;
  readonly isOwn: boolean;
  routerId: number;
  said: OspfHello | null;
  hellos: number;
  firstHelloNs: number;
  lastHelloNs: number;
  readonly helloMarks: Mark[];
  /** Router ids that its last hello lists. */
  hears: readonly number[];
  /** A router that its hellos listed and list no more, and the first hello without it; null: none. */
  dropped: { readonly routerId: number; readonly mark: Mark } | null;
  /** Interface MTU of its database descriptions, -1 before any; and those with the Init bit. */
  mtu: number;
  inits: number;
  firstInitNs: number;
  lastInitNs: number;
  readonly initMarks: Mark[];
  /** Time of its last description without Init, and of a later packet of an adjacency: the exchange went on. */
  lastExchangeNs: number;
  readonly conversations: Set<number>;
}

const MAX_ROUTERS = 1024;
const MAX_MARKS = 4;
const MAX_NEIGHBOURS = 64;
const MAX_UIDS = 16;
/** Bits E and N/P of the options, RFC 2328 appendix A.2 and RFC 3101 appendix A: routers of one area agree on them. */
const AREA_KIND = 0x0a;

export class OspfRouters {
  /** An exchange that does not end shows its router again and again. */
  private readonly routers = new Bounded<string, OspfRouter>(MAX_ROUTERS, (r) => (r.inits > 1 ? 2 : r.hears.length > 0 ? 0 : 1));

  get list(): Iterable<OspfRouter> {
    return this.routers.values();
  }

  get forgotten(): number {
    return this.routers.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, r] of this.routers.entries())
      if (!(r.lastHelloNs >= ns || r.lastInitNs >= ns || r.lastExchangeNs >= ns)) this.routers.delete(key);
  }

  /** Each copy counts where it is seen: what is said on one link is compared there. */
  observe(p: Packet, uid: number): void {
    const { bytes, l4At: at } = p;
    if (at + header.size > p.l4End) return;
    const version = header.get.version(bytes, at);
    if (version !== 2 && version !== 3) return;
    const end = Math.min(p.l4End, at + header.get.packet_length(bytes, at));
    const rest = at + header.size;
    const from = rest + (version === 2 ? rest2.size : rest3.size);
    if (from > end) return;
    const r = this.router(p, version, version === 3 ? rest3.get.instance_id(bytes, rest) : 0);
    r.routerId = header.get.srcrouter(bytes, at);
    if (r.conversations.size < MAX_UIDS) r.conversations.add(uid);
    const type = header.get.msg(bytes, at);
    if (type === HELLO) this.hello(r, p, at, from, end);
    else if (type === DESCRIPTION) this.description(r, p, from, end);
    else r.lastExchangeNs = p.timeNs;
  }

  private hello(r: OspfRouter, p: Packet, at: number, from: number, end: number): void {
    const { bytes } = p;
    const layout = r.version === 2 ? hello2 : hello3;
    if (from + layout.size > end) return;
    const area = header.get.area_id(bytes, at);
    const auth = r.version === 2 ? rest2.get['auth.type'](bytes, at + header.size) : 0;
    const mask = r.version === 2 ? hello2.get['hello.network_mask'](bytes, from) : 0;
    const hello = layout.get['hello.hello_interval'](bytes, from);
    const dead = layout.get['hello.router_dead_interval'](bytes, from);
    // Options: after the interval in version 2 (RFC 2328 appendix A.3.2), the last of three bytes in version 3 (RFC 5340 appendix A.3.2).
    const areaKind = bytes[from + (r.version === 2 ? 6 : 7)] & AREA_KIND;
    const { said } = r;
    if (
      said === null ||
      said.area !== area ||
      said.auth !== auth ||
      said.mask !== mask ||
      said.hello !== hello ||
      said.dead !== dead ||
      said.areaKind !== areaKind
    )
      r.said = { area, auth, mask, hello, dead, areaKind };
    if (r.hellos++ === 0) r.firstHelloNs = p.timeNs;
    r.lastHelloNs = p.timeNs;
    if (r.helloMarks.length < MAX_MARKS) r.helloMarks.push(mark(p));
    const hears: number[] = [];
    for (let o = from + layout.size; o + neighbour.size <= end && hears.length < MAX_NEIGHBOURS; o += neighbour.size)
      hears.push(neighbour.get['hello.active_neighbor'](bytes, o));
    const gone = r.hears.find((id) => !hears.includes(id));
    if (gone !== undefined) r.dropped = { routerId: gone, mark: mark(p) };
    else if (r.dropped !== null && hears.includes(r.dropped.routerId)) r.dropped = null;
    r.hears = hears;
  }

  private description(r: OspfRouter, p: Packet, from: number, end: number): void {
    const { bytes } = p;
    const layout = r.version === 2 ? dbd2 : dbd3;
    if (from + layout.size > end) return;
    r.mtu = layout.get['db.interface_mtu'](bytes, from);
    if (layout.get['dbd.i'](bytes, from) === 0) {
      r.lastExchangeNs = p.timeNs;
      return;
    }
    if (r.inits++ === 0) r.firstInitNs = p.timeNs;
    r.lastInitNs = p.timeNs;
    if (r.initMarks.length < MAX_MARKS) r.initMarks.push(mark(p));
  }

  private router(p: Packet, version: number, instance: number): OspfRouter {
    const segment = `${p.port}/${p.vlan}/${p.levels} v${version}/${instance}`;
    const address = new Ip().read(p.bytes, p.netAt + (p.family === 4 ? 12 : 8), p.family === 4 ? 4 : 6);
    const key = `${segment} ${address}`;
    const known = this.routers.get(key);
    if (known !== undefined) return known;
    const made: OspfRouter = {
      segment,
      version,
      address,
      mac: p.sourceMac(),
      isOwn: p.direction === DIRECTION.out,
      routerId: 0,
      said: null,
      hellos: 0,
      firstHelloNs: Number.NaN,
      lastHelloNs: Number.NaN,
      helloMarks: [],
      hears: [],
      dropped: null,
      mtu: -1,
      inits: 0,
      firstInitNs: Number.NaN,
      lastInitNs: Number.NaN,
      initMarks: [],
      lastExchangeNs: Number.NEGATIVE_INFINITY,
      conversations: new Set(),
    };
    this.routers.add(key, made);
    return made;
  }
}
