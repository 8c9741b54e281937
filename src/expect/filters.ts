// Many filters over one frame. What a filter says of addresses, ports and places is the same for all frames of one way of a
// conversation seen at one place under one stack of headers: it is worked out once for them, and only what changes from frame to
// frame (flags, lengths, sequence numbers) is asked of each. A comparison that several filters share is asked once.

import { ip, header as ipHeader } from '../../dissectors/ip.js';
import type { ExtraField, Need } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import { shownLayers } from '../dissect/tree.js';
import { type Layers, STOP } from '../dissect/walk.js';
import { type Equality, type FilterPart, partsOf } from '../filter/parts.js';
import { type Matcher, protocolPresent } from '../filter/source.js';
import { type Packet, PROTO } from '../flows/packet.js';
import { MAX_PORTS } from '../flows/ports.js';
import type { Tracker } from '../flows/tracker.js';
import { LASTING, LOCAL } from './packet-fields.js';

/** What a filter is made of: tests whose answer lasts, and numbers of those that are asked of each frame. */
interface Parts {
  readonly text: string;
  readonly lasting: readonly Matcher[];
  /** Of the lasting ones, those that ask where the frame was seen. */
  readonly local: readonly Matcher[];
  readonly passing: readonly number[];
  /** IPv4 addresses of which the frame must have one; null where any will do. */
  readonly hosts: readonly number[] | null;
}

export type Watcher = (t: Tracker) => void;

/** How many frames there were, the earliest and the latest of them. */
export class Tally {
  count = 0;
  firstNs = Number.POSITIVE_INFINITY;
  lastNs = Number.NEGATIVE_INFINITY;

  add(timeNs: number): void {
    this.count++;
    if (timeNs < this.firstNs) this.firstNs = timeNs;
    if (timeNs > this.lastNs) this.lastNs = timeNs;
  }

  merge({ count, firstNs, lastNs }: Tally): void {
    this.count += count;
    this.firstNs = Math.min(this.firstNs, firstNs);
    this.lastNs = Math.max(this.lastNs, lastNs);
  }
}

/** Filters whose lasting tests hold, and who watches them; those that ask nothing else of the frame hold for all of it. */
interface Candidates {
  readonly holding: Int32Array;
  /** Frames with this answer. */
  readonly tally: Tally;
  readonly watchers: readonly Watcher[];
  /** The others: numbers of filters, and where the atoms of each begin in `atoms`. */
  readonly asking: Int32Array;
  readonly from: Int32Array;
  readonly atoms: Int32Array;
}

// A record of four answers for each way of a conversation, one line of the processor's cache: the conversation's uid, the place,
// the stack, and the number of the answer.
const ANSWERS = 4;
const WORDS = 4;
const RECORD = ANSWERS * WORDS;
const MAX_PLACES = 1 << 16;
/** Distinct answers that are kept. */
const MAX_LISTS = 1 << 16;

export class FilterSet {
  private readonly filters: Parts[] = [];
  private readonly byText = new Map<string, number>();
  private readonly atoms: Matcher[] = [];
  /** Of an atom that asks for a TCP flag alone: its bit, and 256 where it must be set; else 0. */
  private readonly flags: number[] = [];
  /** Some filter asks for headers that what is known of a conversation does not tell. */
  asksHeaders = false;
  /** What must be known beside the frame for any of the filters. */
  readonly needs = new Set<Need>();
  private readonly atomByText = new Map<string, number>();
  /** Frame of the last answer of each atom, doubled, plus one for yes. */
  private answers = new Float64Array(0);
  private stamps = new Float64Array(0);
  private frame = 0;
  private known = new Int32Array(1024 * RECORD);
  private turn = 0;
  /** Distinct answers, and their numbers. */
  private readonly lists: Candidates[] = [];
  private readonly listByKey = new Map<string, number>();
  private readonly watchers: Watcher[][] = [];
  /** Of filters that are counted: frames that no kept answer counts. */
  private readonly tallies = new Map<number, Tally>();
  /** Numbers of the filters that ask for an address, of those that ask for none, and of those whose address was found. */
  private readonly byHost = new Map<number, number[]>();
  private readonly free: number[] = [];
  private readonly found: number[] = [];

  private matched = new Int32Array(0);

  constructor(
    private readonly registry: Registry,
    private readonly extras: readonly ExtraField[],
  ) {}

  get size(): number {
    return this.filters.length;
  }

  /** Number of a filter. Throws FilterError. */
  add(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const { parts, needs } = partsOf(text, this.registry, this.extras);
    for (const need of needs) this.needs.add(need);
    const lasting: Matcher[] = [];
    const local: Matcher[] = [];
    const passing: number[] = [];
    let hosts: readonly number[] | null = null;
    for (const part of parts) {
      hosts ??= hostsOf(part.equality);
      if (lasts(part)) {
        this.headersOf(part.presence);
        (isLocal(part) ? local : lasting).push(part.matches);
      } else {
        passing.push(this.atom(part.text, part.matches, tcpFlag(part.equality)));
        if (part.needed === null) continue;
        this.headersOf(part.needed);
        // A test of the stack without which the part cannot hold.
        lasting.push(protocolPresent(this.registry, part.needed, null));
      }
    }
    return this.put({ text, lasting, local, passing, hosts });
  }

  /** A test of the conversation at hand; `hosts`: IPv4 addresses of which it must have one, null where any will do. */
  addTest(text: string, test: () => boolean, hosts: readonly number[] | null): number {
    const known = this.byText.get(text);
    return known ?? this.put({ text, lasting: [test], local: [], passing: [], hosts });
  }

  private put(parts: Parts): number {
    const id = this.filters.length;
    this.filters.push(parts);
    this.byText.set(parts.text, id);
    this.answers = new Float64Array(this.atoms.length);
    this.stamps = new Float64Array(this.filters.length);
    this.matched = new Int32Array(this.filters.length);
    if (parts.hosts === null) this.free.push(id);
    for (const host of new Set(parts.hosts)) this.byHost.set(host, [...(this.byHost.get(host) ?? []), id]);
    this.watchers.push([]);
    return id;
  }

  private atom(text: string, matcher: Matcher, flag: number): number {
    const known = this.atomByText.get(text);
    if (known !== undefined) return known;
    this.atoms.push(matcher);
    this.flags.push(flag);
    this.atomByText.set(text, this.atoms.length - 1);
    return this.atoms.length - 1;
  }

  /** Does a filter match the frame last asked about? */
  has(id: number): boolean {
    return this.stamps[id] === this.frame;
  }

  /** Hands the frames of a filter to a watcher, once it is known which other filters match the frame. */
  watch(id: number, watcher: Watcher): void {
    this.watchers[id].push(watcher);
  }

  /** Counts the frames of a filter, seen so far whenever it is asked. To be called before the first frame. */
  tally(id: number): () => Tally {
    const own = this.tallies.get(id) ?? new Tally();
    if (this.filters[id].passing.length > 0) {
      if (!this.tallies.has(id)) this.watch(id, (t) => own.add(t.packet.timeNs));
      this.tallies.set(id, own);
      return () => own;
    }
    this.tallies.set(id, own);
    // Nothing but the answer decides: its frames are counted for all who ask.
    return () => {
      const sum = new Tally();
      sum.merge(own);
      for (const { holding, tally } of this.lists) if (tally.count > 0 && holding.includes(id)) sum.merge(tally);
      return sum;
    };
  }

  /** The frame that the tracker observed last. */
  observe(tracker: Tracker): void {
    const frame = ++this.frame;
    const { holding, tally, watchers, asking, from, atoms } = this.candidates(tracker);
    const { stamps, matched } = this;
    tally.add(tracker.packet.timeNs);
    for (let i = 0; i < holding.length; i++) stamps[holding[i]] = frame;
    let count = 0;
    if (asking.length > 0) {
      const { packet } = tracker;
      for (let i = 0; i < asking.length; i++) {
        let holds = true;
        for (let k = from[i]; k < from[i + 1] && holds; k++) holds = this.ask(atoms[k], packet);
        if (!holds) continue;
        const id = asking[i];
        matched[count++] = id;
        stamps[id] = frame;
      }
    }
    for (let i = 0; i < watchers.length; i++) watchers[i](tracker);
    for (let i = 0; i < count; i++) {
      const list = this.watchers[matched[i]];
      for (let k = 0; k < list.length; k++) list[k](tracker);
    }
  }

  private ask(atom: number, p: Packet): boolean {
    const flag = this.flags[atom];
    // One TCP header and no more, and all of it there: its flags are known without a walk.
    if (flag !== 0 && p.proto === PROTO.tcp && p.hasL4 && isPlain(p)) return ((p.flags & flag) !== 0) === flag > 0xff;
    const answer = this.answers[atom];
    if (answer >= this.frame * 2) return answer > this.frame * 2;
    const yes = this.atoms[atom](p.layers);
    this.answers[atom] = this.frame * 2 + (yes ? 1 : 0);
    return yes;
  }

  private candidates(tracker: Tracker): Candidates {
    const p = tracker.packet;
    const c = tracker.conversation;
    // A quoted packet, a tunnel in a tunnel, and what the tables have no room for: nothing lasts there.
    if (c < 0 || p.isError || p.levels > 2 || p.port >= MAX_PORTS - 1) return this.work(tracker);
    const slot = c * 2 + tracker.way;
    const uid = tracker.conversations.uid[c] | 0;
    const place = p.port * 4 + p.direction + (tracker.edge + 1) * MAX_PLACES;
    const stack = this.asksHeaders || !isPlain(p) ? p.stackHash << 1 : plainStack(p);
    if ((slot + 1) * RECORD > this.known.length) {
      const grown = new Int32Array(Math.max(this.known.length * 2, (slot + 1) * RECORD));
      grown.set(this.known);
      this.known = grown;
    }
    const { known } = this;
    const base = slot * RECORD;
    for (let at = base; at < base + RECORD; at += WORDS)
      if (known[at] === uid && known[at + 1] === place && known[at + 2] === stack && known[at + 3] > 0)
        return this.lists[known[at + 3] - 1];
    const candidates = this.work(tracker, `${uid} ${tracker.way} ${tracker.edge} ${stack}`);
    // The next place in turn: a packet is seen at few.
    const at = base + (this.turn++ % ANSWERS) * WORDS;
    known[at] = uid;
    known[at + 1] = place;
    known[at + 2] = stack;
    known[at + 3] = this.lastList + 1;
    return candidates;
  }

  /** Number of the answer that `work` gave last; -1 when there are too many to keep. */
  private lastList = -1;
  private readonly scratch: number[] = [];

  /** Filters whose headers fit, of the frame with this key: the copy that leaves comes right after the one that came in. */
  private readonly headers: number[] = [];
  private headersKey = '';

  /** `key`: what the answers for the headers rest on; '' when they are this frame's alone. */
  private work(tracker: Tracker, key = ''): Candidates {
    const { filters, scratch, headers } = this;
    const { layers } = tracker.packet;
    if (key !== this.headersKey || key === '') {
      headers.length = 0;
      for (const id of this.free) if (all(filters[id].lasting, layers)) headers.push(id);
      this.seek(tracker, layers);
      for (const id of this.found) if (all(filters[id].lasting, layers)) headers.push(id);
      this.headersKey = key;
    }
    scratch.length = 0;
    for (const id of headers) if (all(filters[id].local, layers)) scratch.push(id);
    // Few distinct lists stand for many conversations.
    const joined = scratch.join();
    const number = this.listByKey.get(joined);
    if (number !== undefined) {
      this.lastList = number;
      return this.lists[number];
    }
    const holding = scratch.filter((id) => filters[id].passing.length === 0);
    const asking = scratch.filter((id) => filters[id].passing.length > 0);
    const atoms = asking.map((id) => filters[id].passing);
    const list: Candidates = {
      holding: Int32Array.from(holding),
      tally: new Tally(),
      watchers: holding.flatMap((id) => this.watchers[id]),
      asking: Int32Array.from(asking),
      from: Int32Array.from([0, ...atoms.map((_, i) => atoms.slice(0, i + 1).flat().length)]),
      atoms: Int32Array.from(atoms.flat()),
    };
    if (this.lists.length >= MAX_LISTS) {
      this.lastList = -1;
      const tallies = holding.flatMap((id) => this.tallies.get(id) ?? []);
      return {
        ...list,
        watchers: [
          ...list.watchers,
          ...tallies.map(
            (one): Watcher =>
              (t) =>
                one.add(t.packet.timeNs),
          ),
        ],
      };
    }
    this.lastList = this.lists.push(list) - 1;
    this.listByKey.set(joined, this.lastList);
    return list;
  }

  /** Finds the filters that ask for an address of the frame, or of its conversation. */
  private seek({ conversation: c, conversations }: Tracker, layers: Layers): void {
    this.found.length = 0;
    if (this.byHost.size === 0) return;
    const { bytes, start, end, proto } = layers;
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) {
      if (proto[i] !== ip.ref.id) continue;
      // Of a header that is cut, what is there.
      if (end[i] - start[i] >= 16) this.seekHost(ipHeader.get.src(bytes, start[i]));
      if (end[i] - start[i] >= 20) this.seekHost(ipHeader.get.dst(bytes, start[i]));
    }
    if (c < 0) return;
    this.seekHost(conversations.src[c * 4 + 3]);
    this.seekHost(conversations.dst[c * 4 + 3]);
  }

  private seekHost(address: number): void {
    const { found } = this;
    for (const id of this.byHost.get(address) ?? NOBODY) if (!found.includes(id)) found.push(id);
  }

  private headersOf(protos: readonly number[]): void {
    if (protos.some((proto) => !PLAIN.has(this.registry.protocols[proto].name))) this.asksHeaders = true;
  }
}

/** Whether the answer is the same for all frames of a conversation's way at one place under one stack. */
const lasts = ({ isPlain, names }: FilterPart): boolean => isPlain && [...names].every((name) => LASTING.has(name));

/** Of one that lasts: whether it asks where the frame was seen. */
const isLocal = ({ names }: FilterPart): boolean => [...names].some((name) => LOCAL.has(name));

/** Headers that a conversation, its tunnel and the place it was seen at tell of a plain packet. */
const PLAIN: ReadonlySet<string> = new Set(['eth', 'sll', 'ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6', 'vxlan', 'geneve']);

/** All of its headers are there, and it has one transport, or that of a UDP tunnel around it. */
const isPlain = (p: Packet): boolean => p.stop === STOP.done && (p.levels === 1 || (p.levels === 2 && p.outerPort !== 0));

/** A number for the stack of a plain packet, an odd one. */
const plainStack = (p: Packet): number => (p.levels << 3) | (p.family === 6 ? 4 : 0) | (p.hasL4 ? 2 : 0) | 1;

const TCP_FLAGS: Readonly<Record<string, number>> = {
  'tcp.flags.fin': 1,
  'tcp.flags.syn': 2,
  'tcp.flags.reset': 4,
  'tcp.flags.push': 8,
  'tcp.flags.ack': 16,
  'tcp.flags.urg': 32,
  'tcp.flags.ece': 64,
  'tcp.flags.cwr': 128,
};

/** Of `tcp.flags.syn == 1`: the flag's bit, and 256 where it is to be set; 0 of all else. */
function tcpFlag(asked: Equality | null): number {
  if (asked === null || asked.level === 'outer' || asked.numbered || asked.values.length !== 1) return 0;
  const bit = TCP_FLAGS[asked.name];
  if (bit === undefined) return 0;
  return asked.values[0] === 1 ? bit | 0x100 : bit;
}

const ADDRESSES: ReadonlySet<string> = new Set(['ip.src', 'ip.dst', 'ip.addr']);

/** IPv4 addresses of which a frame must have one for the comparison to hold; null where that cannot be said. */
const hostsOf = (asked: Equality | null): readonly number[] | null =>
  asked !== null && ADDRESSES.has(asked.name) ? (asked.values as readonly number[]) : null;

const NOBODY: readonly number[] = [];

function all(tests: readonly Matcher[], layers: Layers): boolean {
  for (let k = 0; k < tests.length; k++) if (!tests[k](layers)) return false;
  return true;
}
