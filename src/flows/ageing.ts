// What a live capture lets go of. It has no end, so what is over must not be judged for ever: a way that was left for another, an
// attempt that was made anew, what has been silent for long.
import { mix, mixAddress } from '../bytes/mix.js';
import { PROTO } from './packet.js';
import type { Tracker } from './tracker.js';

/** Longer than Linux waits between its first retries of a SYN, and than ping(8) and resolvers wait. */
const QUIET_NS = 3e9;
/** The last retries of a SYN are a minute apart (tcp(7), tcp_syn_retries). */
const IDLE_NS = 120e9;
/** Who answered keeps its address for longer than any resolver remembers it (neigh/default/gc_stale_time and base_reachable_time). */
const NEIGHBOUR_NS = 600e9;

/** Conversations let go of. */
export function forgetWhatIsOver(tracker: Tracker): number {
  const { nowNs } = tracker;
  tracker.errors.forgetBefore(nowNs - IDLE_NS);
  tracker.neighbours.forgetBefore(nowNs - IDLE_NS, nowNs - NEIGHBOUR_NS);
  // Leases are renewed and neighbours of routing protocols heard again sooner than what answered is asked for anew.
  tracker.services.forgetBefore(nowNs - NEIGHBOUR_NS);
  tracker.complaints.forgetBefore(nowNs - NEIGHBOUR_NS);
  tracker.resolutions.forgetBefore(nowNs - IDLE_NS);
  const t = tracker.conversations;
  const started = (c: number): number =>
    Math.min(
      t.packets[c * 2] > 0 ? t.firstNs[c * 2] : Number.POSITIVE_INFINITY,
      t.packets[c * 2 + 1] > 0 ? t.firstNs[c * 2 + 1] : Number.POSITIVE_INFINITY,
    );
  // The latest attempt of each client at each service, found by linear probing.
  const latest = cleared(2 * t.live + 1);
  const placeOf = (c: number): number => {
    let at = questionHash(tracker, c) & (latest.length - 1);
    while (latest[at] !== NONE && !sameQuestion(tracker, c, latest[at])) at = (at + 1) & (latest.length - 1);
    return at;
  };
  for (let c = 0; c < t.used; c++) {
    if (!t.exists(c)) continue;
    const at = placeOf(c);
    if (latest[at] === NONE || started(c) > started(latest[at])) latest[at] = c;
  }
  let gone = 0;
  for (let c = 0; c < t.used; c++) {
    if (!t.exists(c)) continue;
    const seen = t.lastSeen(c);
    // None where the latest was let go of just now: then this one, which is older, is idle as well.
    const last = latest[placeOf(c)];
    const madeAnew = last !== NONE && last !== c && started(last) > seen && seen < nowNs - QUIET_NS;
    if (madeAnew || seen < nowNs - IDLE_NS) {
      tracker.remove(c);
      gone++;
    } else tracker.journeys.forgetLeft(c);
  }
  return gone;
}

const NONE = -1;
/** Used again each time: a live capture asks every second. */
let table = new Int32Array(1024);

/** A table of at least this many places, a power of two, all of them NONE. */
function cleared(places: number): Int32Array {
  if (table.length < places) table = new Int32Array(2 ** Math.ceil(Math.log2(places)));
  return table.fill(NONE);
}

/** The port of a service; the client's changes with each attempt. */
const servicePort = (tracker: Tracker, c: number): number => {
  const { proto, dstPort } = tracker.conversations;
  return proto[c] === PROTO.tcp || proto[c] === PROTO.udp ? dstPort[c] : 0;
};

function questionHash(tracker: Tracker, c: number): number {
  const { src, dst, proto } = tracker.conversations;
  const ends = mixAddress(dst, c * 4, mixAddress(src, c * 4) ^ proto[c]);
  return mix(ends ^ servicePort(tracker, c));
}

function sameQuestion(tracker: Tracker, a: number, b: number): boolean {
  const { src, dst, proto } = tracker.conversations;
  if (proto[a] !== proto[b] || servicePort(tracker, a) !== servicePort(tracker, b)) return false;
  for (let i = 0; i < 4; i++) if (src[a * 4 + i] !== src[b * 4 + i] || dst[a * 4 + i] !== dst[b * 4 + i]) return false;
  return true;
}
