// All packets that show a finding. Its evidence is a sample of them: an example journey, and a few alike.
import type { Finding } from '../../rules/finding.js';
import type { Store } from './store.js';

/** Packets of all findings that are kept; beyond, the evidence alone is marked. */
const MAX_SHOWN = 200_000;

interface Told {
  readonly finding: Finding;
  /** Uids of the conversations that it is about. */
  readonly about: readonly number[];
  /** Its packets go to another end of a tunnel than they should. */
  readonly isAstray: boolean;
}

/**
 * By finding, in the order of the packets. A fault of a way (another interface, another tunnel) is shown by each packet that goes that way;
 * and silence by each packet that nobody has answered. Of anything else only the evidence says which packets show it.
 */
export function packetsOf(store: Store, found: readonly Told[]): Uint32Array[] {
  const { count } = store;
  /** By stream (uid * 2 + way): findings that all of its packets show. */
  const whole = new Map<number, number[]>();
  const silent = new Map<number, number[]>();
  const packets = found.map(({ finding, about, isAstray }, i) => {
    const own = new Set(finding.evidence.flatMap(({ frame }) => (frame >= 1 && frame <= count ? [frame] : [])));
    if (finding.verdict === 'pass') return own;
    const ways = new Set<number>();
    for (const n of own) if (store.conversation(n) >= 0) ways.add(store.way(n));
    const { interfaceExpected, interfaceOut } = finding.subject;
    const isOfWay = isAstray || (interfaceExpected !== null && interfaceExpected !== interfaceOut);
    const streams = isOfWay ? whole : silent;
    // What is told of both ways is told of neither as a whole.
    if (ways.size === 1)
      for (const uid of about)
        for (const way of ways) {
          const list = streams.get(uid * 2 + way);
          if (list === undefined) streams.set(uid * 2 + way, [i]);
          else list.push(i);
        }
    return own;
  });
  if (whole.size > 0 || silent.size > 0) {
    const answered = answeredOf(store, silent);
    let left = MAX_SHOWN;
    for (let n = 1; n <= count && left > 0; n++) {
      const uid = store.conversation(n);
      if (uid < 0) continue;
      const stream = uid * 2 + store.way(n);
      for (const i of whole.get(stream) ?? []) left -= add(packets[i], n);
      if (!answered.has(uid)) for (const i of silent.get(stream) ?? []) left -= add(packets[i], n);
    }
  }
  return packets.map((own) => Uint32Array.from(own).sort());
}

function add(to: Set<number>, n: number): number {
  if (to.has(n)) return 0;
  to.add(n);
  return 1;
}

/** Conversations of these streams in which something went the other way, too. */
function answeredOf(store: Store, streams: ReadonlyMap<number, unknown>): ReadonlySet<number> {
  const answered = new Set<number>();
  if (streams.size === 0) return answered;
  for (let n = 1; n <= store.count; n++) {
    const uid = store.conversation(n);
    if (uid >= 0 && streams.has(uid * 2 + 1 - store.way(n))) answered.add(uid);
  }
  return answered;
}
