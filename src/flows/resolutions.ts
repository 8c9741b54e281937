// Frames of ARP and neighbour discovery, and where each of them was seen: they are broadcast, so they tell which interfaces are bridged,
// who is behind which of them, and whether what was sent comes back.

import { addresses as arpAddresses, common as arpCommon, ethIpv4, REPLY, REQUEST } from '../../dissectors/arp.js';
import { TYPE } from '../../dissectors/icmpv6.js';
import { Key } from '../bytes/mix.js';
import { DIRECTION } from '../capture/frame.js';
import { Ip } from '../topology/ip.js';
import { Bounded } from './bounded.js';
import { type Mark, mark, moveMark } from './mark.js';
import { emptied, more, NONE } from './neighbour.js';
import type { Packet } from './packet.js';
import { Places } from './places.js';

/** Resolutions kept; those that came back go last. */
const MAX_RESOLUTIONS = 16_384;
/** Places kept of one, and frames that came back. */
const MAX_PLACES = 8;
const MAX_RETURNS = 4;

/** What goes out comes back through a loop at once; a host that repeats a question waits a second (RFC 1122 section 2.3.2.1, RFC 4861 section 10). */
const LOOP_NS = 100e6;
const TWICE_NS = 20e6;

/** An interface and direction in which it was seen. */
export interface Sighting {
  readonly port: number;
  readonly direction: number;
  count: number;
  readonly first: Mark;
  lastNs: number;
}

/** What one station asks another for, or answers it: all frames of it that one node saw in one VLAN. */
export interface Resolution {
  readonly kind: 'arp' | 'nd';
  readonly isAnswer: boolean;
  readonly source: number;
  /** -1: no tag. */
  readonly vlan: number;
  /** 48 bits. */
  readonly mac: number;
  /** The sender; and the address that is asked for, or answered. */
  readonly from: Ip;
  readonly to: Ip;
  places: readonly Sighting[];
  /** Questions that came in by the interface that they had left by, and the first of them: out, in. */
  returned: number;
  returns: readonly Mark[];
  /** Questions seen a second time by the same interface in the same direction, too soon to be asked again; and those that were not. */
  twice: number;
  once: number;
  lastNs: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const newSighting = (p: Packet): Sighting => ({
  port: p.port,
  direction: p.direction,
  count: 1,
  first: mark(p),
  lastNs: p.timeNs,
});

/** The same in a record that no one needs any more. */
function moveSighting(old: Sighting, p: Packet): Sighting {
  const place = old as Writable<Sighting>;
  place.port = p.port;
  place.direction = p.direction;
  place.count = 1;
  moveMark(place.first, p);
  place.lastNs = p.timeNs;
  return place;
}

/** Nothing is known of it yet: a record that no one needs any more, with its lists. */
function renewed(
  old: Resolution,
  kind: Resolution['kind'],
  isAnswer: boolean,
  mac: number,
  from: Ip,
  to: Ip,
  p: Packet,
): Resolution {
  const one = old as Writable<Resolution>;
  one.kind = kind;
  one.isAnswer = isAnswer;
  one.source = p.source;
  one.vlan = p.vlan;
  one.mac = mac;
  one.from.set(from);
  one.to.set(to);
  one.places = emptied(one.places);
  one.returned = 0;
  one.returns = NONE;
  one.twice = 0;
  one.once = 0;
  one.lastNs = p.timeNs;
  return one;
}

export class Resolutions {
  private readonly table = new Bounded<number, Resolution>(
    MAX_RESOLUTIONS,
    (one) => (one.returned > 0 ? 2 : one.twice > 0 ? 1 : 0),
    new Places(),
  );
  /** Of a resolution that made room for another one, to be used again. */
  private spare: Sighting | null = null;
  private readonly key = new Key();
  private readonly from = new Ip();
  private readonly to = new Ip();

  get list(): Iterable<Resolution> {
    return this.table.values();
  }

  get forgotten(): number {
    return this.table.forgotten;
  }

  forgetBefore(lastNs: number): void {
    for (const [key, one] of this.table.entries()) if (one.lastNs < lastNs) this.table.delete(key);
  }

  observeArp(p: Packet): void {
    const { bytes, stack } = p;
    const { layers } = stack;
    // What is inside a tunnel is seen on the tunnel's device too.
    if (stack.arpTunnel >= 0) return;
    const at = layers.start[stack.arp];
    const a = ethIpv4(bytes, at, layers.end[stack.arp]);
    if (a < 0) return;
    const opcode = arpCommon.get.opcode(bytes, at);
    if (opcode !== REQUEST && opcode !== REPLY) return;
    const from = this.from.setV4(arpAddresses.get['src.proto_ipv4'](bytes, a));
    const to = this.to.setV4(arpAddresses.get['dst.proto_ipv4'](bytes, a));
    // Probes and announcements (RFC 5227): their senders repeat them at will.
    if (from.d === 0 || from.equals(to)) return;
    this.note('arp', opcode === REPLY, arpAddresses.get['src.hw_mac'](bytes, a), p);
  }

  /** A neighbour solicitation or advertisement. */
  observeNd(p: Packet): void {
    const { bytes, l4At: at, l4End: end, netAt: net } = p;
    const type = bytes[at];
    if (p.levels > 1 || at + 24 > end || (type !== TYPE.neighborSolicitation && type !== TYPE.neighborAdvertisement)) return;
    const isAnswer = type === TYPE.neighborAdvertisement;
    const from = this.from.read(bytes, isAnswer ? at + 8 : net + 8, 6);
    const to = this.to.read(bytes, isAnswer ? net + 24 : at + 8, 6);
    // Duplicate address detection asks from the unspecified address; an unsolicited advertisement answers no one.
    if ((from.a === 0 && from.b === 0 && from.c === 0 && from.d === 0) || to.isMulticast || from.equals(to)) return;
    this.note('nd', isAnswer, p.sourceMac(), p);
  }

  private note(kind: Resolution['kind'], isAnswer: boolean, mac: number, p: Packet): void {
    const one = this.entry(kind, isAnswer, mac, p);
    const { timeNs, port, direction } = p;
    one.lastNs = timeNs;
    let place: Sighting | undefined;
    let left: Sighting | undefined;
    // To walk an empty frozen list would make an iterator for each address of a sweep.
    if (one.places.length > 0)
      for (const known of one.places)
        if (known.port === port) {
          if (known.direction === direction) place = known;
          if (known.direction === DIRECTION.out) left = known;
        }
    if (!isAnswer) {
      if (direction === DIRECTION.in && left !== undefined && timeNs - left.lastNs < LOOP_NS) {
        one.returned++;
        if (one.returns.length < MAX_RETURNS) one.returns = more(one.returns, mark(p));
      }
      if (place !== undefined && timeNs - place.lastNs < TWICE_NS) one.twice++;
      else one.once++;
    }
    if (place !== undefined) {
      place.count++;
      place.lastNs = timeNs;
    } else if (one.places.length < MAX_PLACES) {
      const { spare } = this;
      this.spare = null;
      one.places = more(one.places, spare === null ? newSighting(p) : moveSighting(spare, p));
    }
  }

  private entry(kind: Resolution['kind'], isAnswer: boolean, mac: number, p: Packet): Resolution {
    const { from, to } = this;
    const key = this.key
      .start(isAnswer ? 1 : 0)
      .word(p.source)
      .word(p.vlan)
      .mac(mac)
      .address(from)
      .address(to).value;
    const known = this.table.get(key);
    if (known !== undefined) return known;
    const old = this.table.room();
    if (old !== undefined) {
      this.spare = old.places[0] ?? null;
      this.table.add(key, renewed(old, kind, isAnswer, mac, from, to, p));
      return old;
    }
    const made: Resolution = {
      kind,
      isAnswer,
      source: p.source,
      vlan: p.vlan,
      mac,
      from: from.copy(),
      to: to.copy(),
      places: NONE,
      returned: 0,
      returns: NONE,
      twice: 0,
      once: 0,
      lastNs: p.timeNs,
    };
    this.table.add(key, made);
    return made;
  }
}
