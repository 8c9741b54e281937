// `kept` and `changed`: what happens to values of a packet along its path, from hop to hop.
import { macNumber } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import { type Mark, mark } from '../flows/mark.js';
import type { Packet } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import { valueReader } from './comparison.js';
import type { Shown } from './fault.js';
import { MAX_COMPARED } from './frames.js';
import { type Hold, type Key, key } from './key.js';
import { many } from './outcome.js';
import type { Builder } from './plan.js';
import { list, text } from './shapes.js';
import { shorter } from './windows.js';

/** Packets followed at once: a router hands a packet on long before so many others have come. */
const MAX_UNDER_WAY = 10_000;

const shape = list(text.max(100)).describe('dscp, ttl, vlan, mac, or names of fields');

/** Declares one of the two keys. */
export const alongKey = (want: 'kept' | 'changed', means: string): Key<string | string[]> =>
  key({
    key: want,
    shape,
    beside: ['flow', 'nat', 'where'],
    means,
    hold: (names, b) => along(want, [names].flat(), b),
  });

type Reader = (t: Tracker) => string | null;

const own = (read: (p: Packet) => string | null): Reader => {
  return ({ packet }) => read(packet);
};
const macOf = (p: Packet): string | null => {
  const mac = p.innerSourceMac >= 0 ? p.innerSourceMac : p.sourceMac();
  return mac < 0 ? null : macNumber(mac);
};

const READERS: Readonly<Record<string, Reader>> = {
  dscp: own((p) => (p.hasIp ? String(p.dscp) : null)),
  ttl: own((p) => (p.hasIp ? String(p.ttl) : null)),
  vlan: own((p) => (p.vlan < 0 ? 'none' : String(p.vlan))),
  mac: own(macOf),
};

function along(want: 'kept' | 'changed', names: readonly string[], b: Builder): Hold {
  const ways = names.flatMap((name, i): Along[] => {
    const known = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    const read = known ?? b.part([want, i], () => valueReader(name, b.plan.registry, b.plan.extras));
    return read === null || read === undefined ? [] : [new Along(name, read)];
  });
  return {
    text: `${names.join(' and ')} ${want} on the way`,
    take(t) {
      if (t.conversation < 0 || t.journeys.isDuplicate) return;
      for (const way of ways) way.take(t);
    },
    isFull: () => ways.some((way) => way.isFull),
    whole(facts) {
      for (const way of ways) {
        const shown = want === 'kept' ? way.changes() : way.staying(facts, b);
        if (shown !== null) return shown;
      }
      return null;
    },
  };
}

interface UnderWay {
  readonly value: string;
  readonly mark: Mark;
  seen: number;
}

/** One direction of a conversation: packets seen at several places, and the first of them that changed, or stayed the same. */
interface Way {
  readonly uid: number;
  several: number;
  changed: { readonly values: readonly [string, string]; readonly marks: readonly Mark[] } | null;
  same: { readonly value: string; readonly marks: readonly Mark[] } | null;
}

/** One value along the paths of packets. */
class Along {
  /** By the number of the journey, the oldest first. */
  private readonly underWay = new Map<number, UnderWay>();
  private readonly ways = new Map<number, Way>();

  constructor(
    private readonly name: string,
    private readonly read: Reader,
  ) {}

  get isFull(): boolean {
    return this.ways.size >= MAX_COMPARED;
  }

  take(t: Tracker): void {
    const value = this.read(t);
    if (value === null) return;
    const { number } = t.journeys;
    const before = this.underWay.get(number);
    if (before === undefined) {
      if (this.underWay.size >= MAX_UNDER_WAY)
        for (const oldest of this.underWay.keys()) {
          this.underWay.delete(oldest);
          break;
        }
      this.underWay.set(number, { value, mark: mark(t.packet), seen: 1 });
      return;
    }
    const uid = t.conversations.uid[t.conversation];
    const key = uid * 2 + t.way;
    let way = this.ways.get(key);
    if (way === undefined) {
      if (this.isFull) return;
      way = { uid, several: 0, changed: null, same: null };
      this.ways.set(key, way);
    }
    if (before.seen++ === 1) way.several++;
    if (value !== before.value) way.changed ??= { values: [before.value, value], marks: [before.mark, mark(t.packet)] };
    else way.same ??= { value, marks: [before.mark, mark(t.packet)] };
  }

  /** A value that was not kept; or nothing by which that could be told. */
  changes(): Shown | null {
    const wrong = [...this.ways.values()].filter(({ changed }) => changed !== null);
    const first = wrong[0]?.changed;
    if (first == null) return this.nothing();
    const seen = `${this.name} changes on the way: ${first.values.join(', then ')}${this.of(wrong)}`;
    return { seen, marks: first.marks, about: wrong.map(({ uid }) => uid), absence: false };
  }

  /** A value that stays the same all along a direction of a conversation. */
  staying(facts: Facts, b: Builder): Shown | null {
    const wrong = [...this.ways.values()].filter(({ changed }) => changed === null);
    const first = wrong[0]?.same;
    if (first == null) return this.nothing();
    const why = shorter(facts, b.sources);
    const seen = `${this.name} stays ${first.value} on the way${this.of(wrong)}${why === null ? '' : `; ${why}`}`;
    return { seen, marks: first.marks, about: wrong.map(({ uid }) => uid), absence: true, open: why !== null };
  }

  private of(wrong: readonly Way[]): string {
    return this.ways.size === 1 ? '' : ` (in ${wrong.length} of ${many(this.ways.size, 'direction')} of conversations)`;
  }

  private nothing(): Shown | null {
    if (this.ways.size > 0) return null;
    return { seen: `no packet with ${this.name} was seen at two places`, marks: [], about: [], absence: true };
  }
}
