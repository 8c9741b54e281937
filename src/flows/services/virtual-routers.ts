// Masters of virtual routers, by what they announce: VRRP (RFC 3768, RFC 9568), CARP, HSRP (RFC 2281) and GLBP. One group has one master at a time.
import { header as carpHeader, isCarp } from '../../../dissectors/carp.js';
import { GLBP_ACTIVE, GLBP_TLV, header as glbpHeader, hello as glbpHello, tlvsOf } from '../../../dissectors/glbp.js';
import {
  group1,
  group2,
  HSRP_ACTIVE,
  HSRP_OPCODE,
  HSRP_TLV,
  head1,
  PASSWORD_BYTES,
  PASSWORD1_AT,
} from '../../../dissectors/hsrp.js';
import { FIXED_BYTES, header, second2, second3 } from '../../../dissectors/vrrp.js';
import { hex } from '../../bytes/show.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

export type RouterKind = 'VRRP' | 'CARP' | 'HSRP' | 'GLBP';

export interface Master {
  readonly address: Ip;
  /** MAC that its announcements come from; -1 where the link does not say. */
  readonly mac: number;
  /** Conversation (uid) of its announcements. */
  readonly uid: number;
  version: number;
  /** As announced: the higher one wins. Of CARP the skew, of which the lower one does. */
  priority: number;
  /** Kind of authentication, and the password where it is in clear: to be compared, not shown. */
  secret: string;
  adverts: number;
  /** When it began to announce, after it had been silent. */
  sinceNs: number;
  lastNs: number;
  readonly marks: Mark[];
  last: Mark;
}

export interface VirtualRouter {
  readonly kind: RouterKind;
  readonly id: number;
  /** Where it is heard: port of the run and VLAN. */
  readonly port: number;
  readonly vlan: number;
  /** Virtual addresses that were announced. */
  readonly addresses: Ip[];
  readonly masters: Master[];
  /** The one heard last. */
  current: Master | null;
  /** Times a master was heard again although another one had been heard since, and neither had been silent. */
  turns: number;
  firstTurnNs: number;
  lastTurnNs: number;
}

/** What one message says. */
interface Announcement {
  readonly version: number;
  readonly priority: number;
  readonly secret: string;
  /** It is no master any more. */
  readonly resigns: boolean;
  /** So long after its last announcement a master is gone. */
  readonly silentNs: number;
}

const MAX_ROUTERS = 1024;
const MAX_MASTERS = 8;
const MAX_ADDRESSES = 8;
const MAX_MARKS = 4;
/** A backup waits for three intervals and a skew before it takes over (RFC 5798 section 6.1); the interval is a second unless it is set. */
const SILENT_INTERVALS = 4;
const LEAST_INTERVAL_NS = 1e7;
/** Hold time of HSRP and GLBP unless it is set (RFC 2281 section 5.1). */
const HOLD_NS = 10e9;

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

  /** VRRP or CARP. Each copy counts where it is seen. */
  observe(p: Packet): void {
    const { bytes, l4At: at, l4End: end, family } = p;
    if (at + FIXED_BYTES > end || family === 0) return;
    if (isCarp(bytes, at, end)) {
      // The base in seconds; what backups wait is three of them and a second at most.
      const intervalNs = Math.max(1, carpHeader.get.adver_int(bytes, at)) * 1e9;
      const router = this.router(p, 'CARP', carpHeader.get.vhid(bytes, at));
      this.announced(router, p, {
        version: carpHeader.get.version(bytes, at),
        priority: carpHeader.get.advskew(bytes, at),
        secret: '',
        resigns: false,
        silentNs: intervalNs * SILENT_INTERVALS,
      });
      return;
    }
    const version = header.get.version(bytes, at);
    const priority = header.get.prio(bytes, at);
    const router = this.router(p, 'VRRP', header.get.virt_rtr_id(bytes, at));
    const size = family === 4 ? 4 : 16;
    let o = at + FIXED_BYTES;
    for (let n = header.get.addr_count(bytes, at); n > 0 && o + size <= end; n--, o += size) this.virtual(router, p, o, family);
    const rest = at + header.size;
    const authentication = version === 2 ? second2.get.auth_type(bytes, rest) : 0;
    // Seconds in version 2, hundredths of them in version 3.
    const intervalNs =
      version === 3 ? second3.get.short_adver_int(bytes, rest) * 1e7 : Math.max(1, second2.get.adver_int(bytes, rest)) * 1e9;
    this.announced(router, p, {
      version,
      priority,
      secret: authentication === 0 ? '' : `${authentication} ${hex(bytes, o, Math.min(end, o + PASSWORD_BYTES))}`,
      // With priority 0 it resigns (RFC 5798 section 5.2.4): what comes from it later is a new beginning.
      resigns: priority === 0,
      silentNs: Math.max(intervalNs, LEAST_INTERVAL_NS) * SILENT_INTERVALS,
    });
  }

  observeHsrp(p: Packet): void {
    const { bytes, payloadAt: at, l4End: end, family } = p;
    if (at + head1.size > end || family === 0) return;
    const body = at + head1.size;
    if (bytes[at] === 0) this.hsrp1(p, head1.get.opcode(bytes, at), body, end);
    else if (bytes[at] === HSRP_TLV.group) this.hsrp2(p, body, Math.min(end, body + bytes[at + 1]), end);
  }

  private hsrp1(p: Packet, opcode: number, body: number, end: number): void {
    const { bytes } = p;
    if (body + group1.size > end || opcode > HSRP_OPCODE.resign) return;
    // Only who is active, or was until now, speaks for the group.
    if (opcode !== HSRP_OPCODE.resign && group1.get.state(bytes, body) !== HSRP_ACTIVE[1]) return;
    const router = this.router(p, 'HSRP', group1.get.group(bytes, body));
    this.virtual(router, p, body + group1.place.virt_ip.offset, 4);
    const more = body + group1.size;
    const isDigest = more < end && bytes[more] === HSRP_TLV.md5;
    this.announced(router, p, {
      version: 1,
      priority: group1.get.priority(bytes, body),
      secret: isDigest ? 'md5' : hex(bytes, body + PASSWORD1_AT, body + PASSWORD1_AT + PASSWORD_BYTES),
      resigns: opcode === HSRP_OPCODE.resign,
      silentNs: group1.get.holdtime(bytes, body) * 1e9 || HOLD_NS,
    });
  }

  private hsrp2(p: Packet, body: number, to: number, end: number): void {
    const { bytes } = p;
    const opcode = group2.get.opcode(bytes, body);
    const family = group2.get.ipversion(bytes, body) === 6 ? 6 : 4;
    const virtual = body + group2.size;
    if (virtual + (family === 6 ? 16 : 4) > to || opcode > HSRP_OPCODE.resign) return;
    if (opcode !== HSRP_OPCODE.resign && group2.get.state(bytes, body) !== HSRP_ACTIVE[2]) return;
    const router = this.router(p, 'HSRP', group2.get.group(bytes, body));
    this.virtual(router, p, virtual, family);
    const isText = to + 2 <= end && bytes[to] === HSRP_TLV.text;
    const isDigest = to + 2 <= end && bytes[to] === HSRP_TLV.md5;
    this.announced(router, p, {
      version: 2,
      priority: group2.get.priority(bytes, body),
      secret: isText ? hex(bytes, to + 2, Math.min(end, to + 2 + PASSWORD_BYTES)) : isDigest ? 'md5' : '',
      resigns: opcode === HSRP_OPCODE.resign,
      silentNs: group2.get.holdtime(bytes, body) * 1e6 || HOLD_NS,
    });
  }

  observeGlbp(p: Packet): void {
    const { bytes, payloadAt: at, l4End: end, family } = p;
    if (at + glbpHeader.size > end || family === 0) return;
    let secret = '';
    tlvsOf(bytes, at + glbpHeader.size, end, (type, from, to) => {
      // The kind of authentication, and the password where it is in clear; it comes before the hello.
      if (type === GLBP_TLV.authentication) secret = bytes[from] === 1 ? hex(bytes, from, to) : `md5 ${bytes[from]}`;
      if (type !== GLBP_TLV.hello || from + glbpHello.size > to) return;
      if (glbpHello.get['hello.vgstate'](bytes, from) !== GLBP_ACTIVE) return;
      const router = this.router(p, 'GLBP', glbpHeader.get.group(bytes, at));
      const virtual = from + glbpHello.size;
      const [isV6, isV4] = [virtual + 16 === to, virtual + 4 === to];
      if (isV4 || isV6) this.virtual(router, p, virtual, isV6 ? 6 : 4);
      this.announced(router, p, {
        version: glbpHeader.get.version(bytes, at),
        priority: glbpHello.get['hello.priority'](bytes, from),
        secret,
        resigns: false,
        silentNs: glbpHello.get['hello.holdint'](bytes, from) * 1e6 || HOLD_NS,
      });
    });
  }

  private router(p: Packet, kind: RouterKind, id: number): VirtualRouter {
    const key = `${p.port}/${p.vlan} ${p.family} ${kind} ${id}`;
    const known = this.routers.get(key);
    if (known !== undefined) return known;
    const made: VirtualRouter = {
      kind,
      id,
      port: p.port,
      vlan: p.vlan,
      addresses: [],
      masters: [],
      current: null,
      turns: 0,
      firstTurnNs: Number.NaN,
      lastTurnNs: Number.NaN,
    };
    this.routers.add(key, made);
    return made;
  }

  private virtual({ addresses }: VirtualRouter, p: Packet, at: number, family: 4 | 6): void {
    const virtual = this.address.read(p.bytes, at, family);
    if (addresses.length < MAX_ADDRESSES && !addresses.some((one) => one.equals(virtual))) addresses.push(virtual.copy());
  }

  private announced(router: VirtualRouter, p: Packet, said: Announcement): void {
    const from = this.address.read(p.bytes, p.netAt + (p.family === 4 ? 12 : 8), p.family === 4 ? 4 : 6);
    let master = router.masters.find((m) => m.address.equals(from));
    const known = master !== undefined;
    if (master === undefined) {
      if (router.masters.length >= MAX_MASTERS) return;
      master = {
        address: from.copy(),
        mac: p.sourceMac(),
        uid: p.conversation,
        version: said.version,
        priority: said.priority,
        secret: said.secret,
        adverts: 0,
        sinceNs: p.timeNs,
        lastNs: p.timeNs,
        marks: [],
        last: mark(p),
      };
      router.masters.push(master);
    }
    const { current } = router;
    const wasSilent = !known || p.timeNs - master.lastNs > said.silentNs;
    if (wasSilent) master.sinceNs = p.timeNs;
    else if (current !== null && current !== master && p.timeNs - current.lastNs <= said.silentNs && !said.resigns) {
      if (router.turns++ === 0) router.firstTurnNs = p.timeNs;
      router.lastTurnNs = p.timeNs;
    }
    master.adverts++;
    master.lastNs = said.resigns ? Number.NEGATIVE_INFINITY : p.timeNs;
    if (said.resigns) return;
    master.version = said.version;
    master.priority = said.priority;
    master.secret = said.secret;
    master.last = mark(p);
    if (master.marks.length < MAX_MARKS) master.marks.push(master.last);
    router.current = master;
  }
}
