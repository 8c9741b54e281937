// Which paths the ways of conversations took, and the first packet of each: rows of typed arrays, since a capture of many short
// conversations has two for each of them. Whoever asks is given a view of a row.
import {
  captureOf,
  HOP,
  HOP_WORDS,
  kindOf,
  offsetHighOf,
  outerTtlOf,
  portOf,
  stationOf,
  ttlOf,
  USE,
  USE_WORDS,
} from './generated/journey-words.js';
import type { Ports } from './ports.js';
import type { KIND } from './sight.js';
import type { Stations } from './stations.js';

/** A way through the capture points, as hops of port, direction and encapsulation. */
export interface Path {
  readonly id: number;
  readonly hops: readonly PathHop[];
  /** The hops packed, as journeys pack them. */
  readonly where: Int32Array;
  /** Journeys that took it. */
  count: number;
}

export interface PathHop {
  readonly port: number;
  /** The node: index of the first capture of its point. */
  readonly source: number;
  readonly direction: number;
  /** Tunnel edge (tunnels.ts) the packet was in, or -1 when bare. */
  readonly edge: number;
  /** It carried a VLAN tag. */
  readonly tagged: boolean;
}

export interface HopExample {
  readonly frame: number;
  /** As in a Mark. */
  readonly capture: number;
  readonly source: number;
  readonly fileOffset: number;
  readonly length: number;
  readonly timeNs: number;
  readonly ttl: number;
  readonly outerTtl: number;
  /** Destination MAC of the frame's outermost header (48 bits); -1: it has none, or more are known than are kept. */
  readonly destinationMac: number;
  readonly kind: KIND;
}

/** File offset of the hop at `at`. */
export const hopOffset = (words: Int32Array, at: number): number =>
  offsetHighOf(words[at + HOP.manner]) * 0x1_0000_0000 + (words[at + HOP.offset] >>> 0);

const NONE = -1;

/** One path of one way of a conversation: how many packets took it, and the first of them. */
export class PathUse {
  private examples: readonly HopExample[] | null = null;

  constructor(
    private readonly uses: Uses,
    /** Valid until the conversation is let go of. */
    readonly path: Path,
    private readonly id: number,
    /** Number (uid) of the conversation whose packets took it. */
    readonly conversation: number,
  ) {}

  get count(): number {
    return this.uses.words[this.id * USE_WORDS + USE.count];
  }
  /** Longest (innermost) IP packet that took it, in bytes. */
  get longest(): number {
    return this.uses.words[this.id * USE_WORDS + USE.longest];
  }
  /** Packets that passed the same hop more than once, with a smaller TTL each time. */
  get looped(): number {
    return this.uses.words[this.id * USE_WORDS + USE.looped];
  }
  /** Packets that want an answer and took this path: those that got one within a second, and those that did not. */
  get answered(): number {
    return this.uses.words[this.id * USE_WORDS + USE.answered];
  }
  get lost(): number {
    return this.uses.words[this.id * USE_WORDS + USE.lost];
  }
  get lastNs(): number {
    return this.uses.doubles[(this.id * USE_WORDS) / 2 + USE.lastNs];
  }
  /** The conversation (uid) that a NAT made these packets of, and the one that a NAT makes of them; -1: none was seen. */
  get translatedFrom(): number {
    return this.uses.doubles[(this.id * USE_WORDS) / 2 + USE.translatedFrom];
  }
  get translatedTo(): number {
    return this.uses.doubles[(this.id * USE_WORDS) / 2 + USE.translatedTo];
  }
  get isTranslated(): boolean {
    return this.translatedFrom >= 0 || this.translatedTo >= 0;
  }
  /** When the first packet that took it passed a hop. */
  timeAt(hop: number): number {
    return this.uses.timeAt(this.id, hop);
  }
  /** The first packet that took it, at each hop. */
  get hops(): readonly HopExample[] {
    this.examples ??= this.uses.examples(this.id);
    return this.examples;
  }
}

export class Uses {
  words = new Int32Array(1024 * USE_WORDS);
  doubles = new Float64Array(this.words.buffer);
  private used = 0;
  private free = NONE;
  /** By conversation slot * 2 + way: the use added last. */
  private heads = new Int32Array(2048).fill(NONE);
  private readonly views: (PathUse | null)[] = [];

  private hopWords = new Int32Array(2048 * HOP_WORDS);
  private hopDoubles = new Float64Array(this.hopWords.buffer);
  private usedHops = 0;
  /** Runs of hops that are free, by their length; each names the next. */
  private readonly freeHops: number[] = [];

  constructor(
    private readonly paths: readonly Path[],
    private readonly ports: Ports,
    private readonly stations: Stations,
  ) {}

  /** The use of a way that was added last; -1 where there is none. */
  head(slot: number): number {
    return slot < this.heads.length ? this.heads[slot] : NONE;
  }
  next(use: number): number {
    return this.words[use * USE_WORDS + USE.next];
  }
  pathOf(use: number): Path {
    return this.paths[this.words[use * USE_WORDS + USE.path]];
  }

  /** One more packet took it. */
  note(use: number, startNs: number, size: number): void {
    const { words } = this;
    const at = use * USE_WORDS;
    words[at + USE.count]++;
    this.doubles[at / 2 + USE.lastNs] = startNs;
    if (size > words[at + USE.longest]) words[at + USE.longest] = size;
  }

  /** One more packet took another path than those that are kept. */
  noteMore(use: number): void {
    this.words[use * USE_WORDS + USE.count]++;
  }

  noteOutcome(use: number, isAnswered: boolean): void {
    this.words[use * USE_WORDS + (isAnswered ? USE.answered : USE.lost)]++;
  }

  /** What was lost was answered after all. */
  noteLate(use: number): void {
    this.words[use * USE_WORDS + USE.lost]--;
    this.noteOutcome(use, true);
  }

  noteLoop(use: number): void {
    this.words[use * USE_WORDS + USE.looped]++;
  }

  /** Conversations (uids) that its packets come from and become; -1 leaves what was noted before. */
  noteTranslated(use: number, from: number, to: number): void {
    const at = (use * USE_WORDS) / 2;
    if (from !== NONE) this.doubles[at + USE.translatedFrom] = from;
    if (to !== NONE) this.doubles[at + USE.translatedTo] = to;
  }

  /** A way of a conversation took a path for the first time. Each of its hops is to be given by `setHop`. */
  add(slot: number, path: Path, startNs: number, size: number): number {
    const { id } = path;
    const hops = path.where.length;
    const use = this.take();
    const run = this.takeHops(hops);
    const at = use * USE_WORDS;
    const { words, doubles } = this;
    words[at + USE.path] = id;
    words[at + USE.count] = 1;
    words[at + USE.longest] = size;
    words[at + USE.looped] = 0;
    words[at + USE.next] = this.head(slot);
    words[at + USE.hops] = run;
    words[at + USE.size] = hops;
    words[at + USE.answered] = 0;
    words[at + USE.lost] = 0;
    doubles[at / 2 + USE.lastNs] = startNs;
    doubles[at / 2 + USE.translatedFrom] = NONE;
    doubles[at / 2 + USE.translatedTo] = NONE;
    this.setHead(slot, use);
    return use;
  }

  /** Keeps hop `n` of a use as it stands in `from` at `at`. */
  setHop(use: number, n: number, from: Int32Array, at: number): void {
    const to = (this.words[use * USE_WORDS + USE.hops] + n) * HOP_WORDS;
    for (let i = 0; i < HOP_WORDS; i++) this.hopWords[to + i] = from[at + i];
  }

  /** The paths taken by a way of a conversation, the one added last first. `conversation`: its number. */
  of(slot: number, conversation: number): PathUse[] {
    const uses: PathUse[] = [];
    for (let use = this.head(slot); use !== NONE; use = this.next(use)) uses.push(this.view(use, conversation));
    return uses;
  }

  /** Lets go of all paths of a way. */
  forget(slot: number): void {
    for (let use = this.head(slot); use !== NONE; ) {
      const next = this.next(use);
      this.release(use);
      use = next;
    }
    if (slot < this.heads.length) this.heads[slot] = NONE;
  }

  /** Lets go of paths that the way had left for another one more than `withinNs` before that one was first taken. */
  forgetLeft(slot: number, withinNs: number): void {
    const head = this.head(slot);
    if (head === NONE || this.next(head) === NONE) return;
    let latest = Number.NEGATIVE_INFINITY;
    for (let use = head; use !== NONE; use = this.next(use)) latest = Math.max(latest, this.timeAt(use, 0));
    let kept = NONE;
    let first = NONE;
    for (let use = head; use !== NONE; ) {
      const next = this.next(use);
      if (latest > this.doubles[(use * USE_WORDS) / 2 + USE.lastNs] + withinNs) this.release(use);
      else {
        if (kept === NONE) first = use;
        else this.words[kept * USE_WORDS + USE.next] = use;
        this.words[use * USE_WORDS + USE.next] = NONE;
        kept = use;
      }
      use = next;
    }
    this.heads[slot] = first;
  }

  examples(use: number): readonly HopExample[] {
    const run = this.words[use * USE_WORDS + USE.hops];
    const { list } = this.ports;
    return Array.from({ length: this.words[use * USE_WORDS + USE.size] }, (_, n): HopExample => {
      const at = (run + n) * HOP_WORDS;
      const { hopWords: words, hopDoubles: doubles } = this;
      const ttls = words[at + HOP.ttls];
      const manner = words[at + HOP.manner];
      return {
        frame: words[at + HOP.frame] >>> 0,
        capture: captureOf(ttls),
        source: list[portOf(words[at + HOP.where])].source,
        fileOffset: hopOffset(words, at),
        length: words[at + HOP.length],
        timeNs: doubles[at / 2 + HOP.ns],
        ttl: ttlOf(ttls),
        outerTtl: outerTtlOf(ttls),
        destinationMac: this.stations.mac(stationOf(manner)),
        kind: kindOf(manner),
      };
    });
  }

  timeAt(use: number, hop: number): number {
    return this.hopDoubles[((this.words[use * USE_WORDS + USE.hops] + hop) * HOP_WORDS) / 2 + HOP.ns];
  }

  private view(use: number, conversation: number): PathUse {
    const { views } = this;
    // An array with holes would be a slow one.
    while (views.length <= use) views.push(null);
    views[use] ??= new PathUse(this, this.pathOf(use), use, conversation);
    return views[use];
  }

  private setHead(slot: number, use: number): void {
    if (slot >= this.heads.length) {
      const grown = new Int32Array(Math.max(slot + 1, this.heads.length * 2)).fill(NONE);
      grown.set(this.heads);
      this.heads = grown;
    }
    this.heads[slot] = use;
  }

  private take(): number {
    const use = this.free;
    if (use !== NONE) {
      this.free = this.next(use);
      return use;
    }
    if ((this.used + 1) * USE_WORDS > this.words.length) {
      this.words = grown(this.words);
      this.doubles = new Float64Array(this.words.buffer);
    }
    return this.used++;
  }

  private takeHops(count: number): number {
    const run = this.freeHops[count] ?? NONE;
    if (run !== NONE) {
      this.freeHops[count] = this.hopWords[run * HOP_WORDS];
      return run;
    }
    if ((this.usedHops + count) * HOP_WORDS > this.hopWords.length) {
      this.hopWords = grown(this.hopWords);
      this.hopDoubles = new Float64Array(this.hopWords.buffer);
    }
    this.usedHops += count;
    return this.usedHops - count;
  }

  private release(use: number): void {
    const { words } = this;
    const at = use * USE_WORDS;
    const size = words[at + USE.size];
    const run = words[at + USE.hops];
    this.hopWords[run * HOP_WORDS] = this.freeHops[size] ?? NONE;
    this.freeHops[size] = run;
    words[at + USE.next] = this.free;
    this.free = use;
    if (use < this.views.length) this.views[use] = null;
  }
}

function grown(words: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(words.length * 2);
  twice.set(words);
  return twice;
}
