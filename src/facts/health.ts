// Which conversations went well. Most do: rules that look for faults need not visit them, and what they all show (who lives where, which
// way leads where) is learned from those that show something new. Told from the columns: no handle is made of the others.
import { FLAG } from '../../dissectors/tcp.js';
import { Fours } from '../bytes/fours.js';
import type { Conversations } from '../flows/conversations.js';
import { USE, USE_WORDS } from '../flows/generated/journey-words.js';
import { PROTO } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import type { Uses } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';

/** What a path shows: that packets from an address take it, or packets to one; and that the answers to those of one path take another. */
const FROM = 0;
const TO = 1;
const BACK = 2;
const NONE = -1;

export class Health {
  /** Conversations that are not known to be healthy, by slot. */
  readonly ailing: number[] = [];
  /** The same, and each healthy one that shows an address on a path, or a pair of paths, that none before it did. */
  readonly examples: number[] = [];
  /** Healthy connections whose handshake was seen, and the directions of healthy ones that carried data. */
  opened = 0;
  sending = 0;
  private readonly healthy: Uint8Array;
  private readonly addresses = new Fours();
  private readonly shown = new Fours();
  /** By number of what is shown: direction (slot * 2 + way) of the first that did, and packets of all. */
  private readonly firsts: number[] = [];
  private readonly packets: number[] = [];
  private servers: Fours | null = null;
  private readonly connections: number[] = [];
  private readonly segments: number[] = [];

  constructor(private readonly tracker: Tracker) {
    const { conversations: t } = tracker;
    this.healthy = new Uint8Array(t.used);
    for (let c = 0; c < t.used; c++) {
      if (!t.exists(c)) continue;
      if (isHealthy(t, tracker.journeys.uses, c)) this.add(c);
      else {
        this.ailing.push(c);
        this.examples.push(c);
      }
    }
  }

  /**
   * Packets of one way of an example that took this path, with those of the healthy connections that it stands for; 0 where another
   * example stands for it.
   */
  packetsLike(slot: number, way: number, path: number, count: number): number {
    if (slot >= this.healthy.length || this.healthy[slot] === 0) return count;
    const n = this.shown.known(this.addressAt(slot, way), path, FROM, this.tracker.conversations.firstFrom[slot * 2 + way]);
    return this.firsts[n] === slot * 2 + way ? this.packets[n] : 0;
  }

  /** Healthy connections to this server whose handshake was seen. */
  openedTo(ip: Ip, port: number): number {
    return this.connections[this.serverAt(ip, port)] ?? 0;
  }

  /** Segments of data that were sent to this server in these connections; none of them had to be sent again. */
  segmentsTo(ip: Ip, port: number): number {
    return this.segments[this.serverAt(ip, port)] ?? 0;
  }

  private serverAt(ip: Ip, port: number): number {
    this.servers ??= this.findServers();
    const id = this.addresses.known(ip.a, ip.b, ip.c, ip.d);
    return id === NONE ? NONE : this.servers.known(id, port, 0, 0);
  }

  private findServers(): Fours {
    const { conversations: t } = this.tracker;
    const servers = new Fours();
    for (let c = 0; c < this.healthy.length; c++) {
      if (this.healthy[c] === 0 || (t.flags[c * 2] & FLAG.syn) === 0) continue;
      const n = servers.of(this.addressAt(c, 1), t.dstPort[c], 0, 0);
      this.connections[n] = (this.connections[n] ?? 0) + 1;
      this.segments[n] = (this.segments[n] ?? 0) + t.dataSegments[c * 2];
    }
    return servers;
  }

  /** Number of the address that packets of this way come from. */
  private addressAt(c: number, way: number): number {
    const { src, dst } = this.tracker.conversations;
    const ips = way === 0 ? src : dst;
    return this.addresses.of(ips[c * 4], ips[c * 4 + 1], ips[c * 4 + 2], ips[c * 4 + 3]);
  }

  /** A healthy connection: an example when it shows something new. */
  private add(c: number): void {
    const { conversations: t, journeys } = this.tracker;
    const { uses } = journeys;
    this.healthy[c] = 1;
    if ((t.flags[c * 2] & FLAG.syn) !== 0) this.opened++;
    const before = this.shown.count;
    const ends = [this.addressAt(c, 0), this.addressAt(c, 1)];
    for (let way = 0; way < 2; way++) {
      const i = c * 2 + way;
      if (t.dataSegments[i] > 0) this.sending++;
      for (let use = uses.head(i); use !== NONE; use = uses.next(use)) {
        const path = uses.words[use * USE_WORDS + USE.path];
        this.show(this.shown.of(ends[way], path, FROM, t.firstFrom[i]), i, uses.words[use * USE_WORDS + USE.count]);
        this.show(this.shown.of(ends[1 - way], path, TO, 0), i, 0);
        // Answers by several paths are judged together: one of them stands for all only where it is the same.
        if (way === 0)
          for (let back = uses.head(i + 1); back !== NONE; back = uses.next(back))
            this.show(this.shown.of(path, uses.words[back * USE_WORDS + USE.path], BACK, 0), i, 0);
      }
    }
    if (this.shown.count > before || uses.next(uses.head(c * 2 + 1)) !== NONE) this.examples.push(c);
  }

  private show(n: number, direction: number, packets: number): void {
    if (n < this.firsts.length) this.packets[n] += packets;
    else {
      this.firsts.push(direction);
      this.packets.push(packets);
    }
  }
}

/**
 * A TCP connection seen from both sides, of which everything that was sent is acknowledged, nothing was sent or seen twice, refused or missing, to
 * which something was answered where something was asked, and which no node translates or sends round.
 */
function isHealthy(t: Conversations, uses: Uses, c: number): boolean {
  const [a, b] = [c * 2, c * 2 + 1];
  if (t.proto[c] !== PROTO.tcp || t.packets[a] === 0 || t.packets[b] === 0) return false;
  // What is sent to an address of the link only tells nothing of who lives where (ownership.ts).
  if (isLinkLocal(t.src, c * 4) || isLinkLocal(t.dst, c * 4)) return false;
  // A handshake of which only one half was seen tells something, and so does a request that is taken and not answered.
  if (((t.flags[a] ^ t.flags[b]) & FLAG.syn) !== 0 || (t.dataSegments[a] > 0 && t.dataSegments[b] === 0)) return false;
  if (t.waitNs[b] >= LATE_NS) return false;
  return wentWell(t, uses, a, b) && wentWell(t, uses, b, a);
}

/** Who waits so long for an answer calls the server slow. */
export const LATE_NS = 3e9;

/** As Ip.isLinkLocal, of the words of a column. */
const isLinkLocal = (ips: Uint32Array, w: number): boolean =>
  ips[w] >>> 22 === 0x3fa || (ips[w + 3] >>> 16 === 0xa9fe && ips[w + 2] === 0xffff && ips[w + 1] === 0 && ips[w] === 0);

function wentWell(t: Conversations, uses: Uses, i: number, other: number): boolean {
  if ((t.flags[other] & FLAG.ack) === 0 || ((t.flags[i] & (FLAG.syn | FLAG.fin)) === 0 && t.dataSegments[i] === 0)) return false;
  if (((t.nextSeq[i] - t.ack[other]) | 0) > 0 || t.lost[i] > 0 || t.retransmissions[i] > 0 || t.resets[i] > 0) return false;
  if (t.synCount[i] > 1 || t.gapBytes[i] > 0 || t.stuckCount[i] > 0 || t.zeroWindows[i] > 0 || t.doubles[i] > 0) return false;
  let use = uses.head(i);
  if (use === NONE) return false;
  for (; use !== NONE; use = uses.next(use)) {
    const at = use * USE_WORDS;
    if (uses.words[at + USE.answered] === 0 || uses.words[at + USE.lost] > 0 || uses.words[at + USE.looped] > 0) return false;
    if (uses.doubles[at / 2 + USE.translatedFrom] >= 0 || uses.doubles[at / 2 + USE.translatedTo] >= 0) return false;
  }
  return true;
}
