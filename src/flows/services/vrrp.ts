// Masters of virtual routers, by their advertisements (RFC 3768, RFC 5798). One router ID has one master at a time.
import { FIXED_BYTES, header } from '../../../dissectors/vrrp.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

export interface VrrpMaster {
  readonly address: Ip;
  /** MAC that its advertisements come from; -1 where the link does not say. */
  readonly mac: number;
  priority: number;
  adverts: number;
  /** When it began to advertise, after it had been silent. */
  sinceNs: number;
  lastNs: number;
  readonly marks: Mark[];
  last: Mark;
}

export interface VirtualRouter {
  readonly id: number;
  readonly version: number;
  readonly port: number;
  /** Virtual addresses that were advertised. */
  readonly addresses: Ip[];
  readonly masters: VrrpMaster[];
  /** The one heard last. */
  current: VrrpMaster | null;
  /** Times a master was heard again although another one had been heard since, and neither had been silent. */
  turns: number;
  firstTurnNs: number;
  lastTurnNs: number;
}

const MAX_ROUTERS = 1024;
const MAX_MASTERS = 8;
const MAX_ADDRESSES = 8;
const MAX_MARKS = 4;
/** A backup waits for three intervals and a skew before it takes over (RFC 5798 section 6.1); the interval is a second unless it is set. */
const SILENT_INTERVALS = 4;

export class VirtualRouters {
  private readonly routers = new Bounded<string, VirtualRouter>(MAX_ROUTERS, (r) =>
    r.turns > 0 ? 2 : r.masters.length > 1 ? 1 : 0,
  );
  private readonly address = new Ip();

  get list(): Iterable<VirtualRouter> {
    return this.routers.values();
  }

  get forgotten(): number {
    return this.routers.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { current }] of this.routers.entries())
      if (current === null || current.lastNs < ns) this.routers.delete(key);
  }

  /** Each copy counts where it is seen. */
  observe(p: Packet): void {
    const { bytes, l4At: at, l4End: end, family } = p;
    if (at + FIXED_BYTES > end || family === 0) return;
    const id = header.get.virt_rtr_id(bytes, at);
    const version = header.get.version(bytes, at);
    const key = `${p.port}/${p.vlan} ${family} ${id}`;
    let router = this.routers.get(key);
    if (router === undefined) {
      router = {
        id,
        version,
        port: p.port,
        addresses: [],
        masters: [],
        current: null,
        turns: 0,
        firstTurnNs: Number.NaN,
        lastTurnNs: Number.NaN,
      };
      this.routers.add(key, router);
    }
    const size = family === 4 ? 4 : 16;
    for (let n = header.get.addr_count(bytes, at), o = at + FIXED_BYTES; n > 0 && o + size <= end; n--, o += size) {
      const virtual = this.address.read(bytes, o, family);
      if (router.addresses.length < MAX_ADDRESSES && !router.addresses.some((a) => a.equals(virtual)))
        router.addresses.push(virtual.copy());
    }
    // Seconds in version 2, hundredths of them in version 3 (12 bits).
    const intervalNs = version === 3 ? (((bytes[at + 4] & 15) << 8) | bytes[at + 5]) * 1e7 : Math.max(1, bytes[at + 5]) * 1e9;
    this.advert(router, p, header.get.prio(bytes, at), Math.max(intervalNs, 1e7) * SILENT_INTERVALS);
  }

  private advert(router: VirtualRouter, p: Packet, priority: number, silentNs: number): void {
    const from = this.address.read(p.bytes, p.netAt + (p.family === 4 ? 12 : 8), p.family === 4 ? 4 : 6);
    let master = router.masters.find((m) => m.address.equals(from));
    const known = master !== undefined;
    if (master === undefined) {
      const made = mark(p);
      master = {
        address: from.copy(),
        mac: p.sourceMac(),
        priority,
        adverts: 0,
        sinceNs: p.timeNs,
        lastNs: p.timeNs,
        marks: [],
        last: made,
      };
      if (router.masters.length >= MAX_MASTERS) return;
      router.masters.push(master);
    }
    const { current } = router;
    const wasSilent = !known || p.timeNs - master.lastNs > silentNs;
    if (wasSilent) master.sinceNs = p.timeNs;
    else if (current !== null && current !== master && p.timeNs - current.lastNs <= silentNs && priority > 0) {
      if (router.turns++ === 0) router.firstTurnNs = p.timeNs;
      router.lastTurnNs = p.timeNs;
    }
    master.adverts++;
    // With priority 0 it resigns (RFC 5798 section 5.2.4): what comes from it later is a new beginning.
    master.lastNs = priority === 0 ? Number.NEGATIVE_INFINITY : p.timeNs;
    if (priority === 0) return;
    master.priority = priority;
    master.last = mark(p);
    if (master.marks.length < MAX_MARKS) master.marks.push(master.last);
    router.current = master;
  }
}
