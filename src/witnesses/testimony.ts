// What one text tells: its lines, given to the readers of all kinds, and their events, counted by what they say and of which flow.
import { utf8 } from '#host';
import { banner, isNoise, promptOf } from '../texts/noise.js';
import { asPrinted, isPrinted } from '../texts/recognise.js';
import { arping } from './arping.js';
import { conntrack } from './conntrack.js';
import { curl } from './curl.js';
import type { Context, MakeReader, Place, Reader, WitnessEnd, WitnessEvent, WitnessKind } from './event.js';
import { hubble } from './hubble.js';
import { hubbleJson } from './hubble-json.js';
import { kernel } from './kernel.js';
import { lookup } from './lookup.js';
import { monitor } from './monitor.js';
import { nc } from './nc.js';
import { ping } from './ping.js';
import { windowsPing } from './ping-windows.js';
import { pwru } from './pwru.js';
import { hostOf } from './says.js';
import { trace } from './trace.js';
import { wget } from './wget.js';

/** One line for each kind: who reads it. The order counts only for lines that two could take. */
const READERS: readonly MakeReader[] = [
  hubble,
  hubbleJson,
  monitor,
  pwru,
  conntrack,
  kernel,
  ping,
  windowsPing,
  arping,
  trace,
  curl,
  wget,
  nc,
  lookup,
];

/** Different things told of different flows that are kept; as many again are kept without the client's port. */
const MAX_GROUPS = 20_000;
/** Longest line that is not JSON; a line of any tool is far below. */
const MAX_LINE = 4096;
/** Lines that were not understood that are kept to be shown. */
const MAX_SHOWN = 8;
/** Of a line that is quoted. */
const MAX_QUOTE = 400;

/** Events that say the same of the same flow. */
export interface Group {
  /** The first of them. */
  readonly event: WitnessEvent;
  count: number;
  /** Milliseconds since 1970 by the clock of the text; NaN where no time is told. */
  firstMs: number;
  lastMs: number;
  /** The first of them stands here. */
  readonly place: Place;
}

/** What a text was taken for. */
export interface TestimonyInfo {
  readonly kinds: readonly WitnessKind[];
  readonly lines: number;
  /** Lines that tell something, or belong to such. */
  readonly used: number;
  /** Prompts, banners, empty lines. */
  readonly noise: number;
  /** Lines of packets, as tcpdump prints them: the text is a capture as well. */
  readonly packets: number;
  readonly unread: number;
  /** The first few that were not understood. */
  readonly shown: readonly Place[];
  readonly events: number;
  /** Events that found no room. */
  readonly forgotten: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Somebody ended the reading before the text was at its end. */
  readonly interrupted: boolean;
}

export class Testimony {
  private readonly groups = new Map<string, Group>();
  private readonly readers: readonly Reader[];
  /** Who took the last line: the next one is likely to be his, too. */
  private current: Reader | null = null;
  private readonly found = new Set<WitnessKind>();
  private at: { -readonly [K in keyof Context]: Context[K] };
  private lines = 0;
  private used = 0;
  private noise = 0;
  private packets = 0;
  /** The line before was of a packet, which goes on in lines that are indented (-v, -x). */
  private isInPacket = false;
  private unread = 0;
  private readonly shown: Place[] = [];
  private events = 0;
  /** Lines of the kernel's log, also those that tell nothing of packets. */
  kernelLines = 0;
  private forgotten = 0;
  private firstMs = Number.NaN;
  private lastMs = Number.NaN;
  /** See TestimonyInfo. */
  interrupted = false;

  /** `nearMs`: a time near the run, since 1970; `node`: the machine that the user has named for the text, or ''. */
  constructor(
    nearMs: number,
    private readonly node = '',
  ) {
    this.at = { line: 0, text: '', node, command: '', nearMs };
    this.readers = READERS.map((make) => make((event, at) => this.take(event, at ?? this.at)));
  }

  get all(): readonly Group[] {
    return [...this.groups.values()];
  }

  get info(): TestimonyInfo {
    const { found, lines, used, noise, packets, unread, shown, events, forgotten, firstMs, lastMs, interrupted } = this;
    return { kinds: [...found], lines, used, noise, packets, unread, shown, events, forgotten, firstMs, lastMs, interrupted };
  }

  /** A line of the text, without its end. */
  line(raw: string): void {
    this.lines++;
    const line = asPrinted(raw).trimEnd();
    if (line === '') {
      this.noise++;
      return;
    }
    const { at } = this;
    at.line = this.lines;
    at.text = cut(line);
    if (this.offer(line)) {
      this.used++;
      this.isInPacket = false;
      return;
    }
    const { isInPacket } = this;
    this.isInPacket = false;
    const quoted = /^(?:> ?){1,3}(?=\S)/.exec(line);
    const bare = quoted === null ? line : line.slice(quoted[0].length);
    at.text = cut(bare);
    if (quoted !== null && this.offer(bare)) {
      this.used++;
      return;
    }
    const prompt = promptOf(bare);
    if (prompt !== null) {
      this.leave();
      at.command = prompt.command;
      // What was started elsewhere tells of another machine.
      const isElsewhere = /(?:^|[\s;|&])(?:ssh|sshpass|kubectl|docker|podman|nsenter|limactl|multipass|vagrant|crictl)\s/.test(
        prompt.command,
      );
      at.node = isElsewhere || prompt.node === null ? this.node : prompt.node;
      this.noise++;
    } else if (isNoise(bare) || banner(bare) !== null) this.noise++;
    else if ((isInPacket && /^(?:\s|IP6? \S)/.test(bare)) || isPrinted(bare)) {
      this.packets++;
      this.isInPacket = true;
    } else {
      this.unread++;
      if (this.shown.length < MAX_SHOWN) this.shown.push({ line: at.line, text: own(at.text, MAX_QUOTE + 1) });
    }
  }

  /** No line follows. */
  end(): void {
    for (const reader of this.readers) reader.end();
  }

  private offer(line: string): boolean {
    const isJson = line.charCodeAt(0) === 123;
    if (line.length > MAX_LINE && !isJson) return false;
    const { current } = this;
    if (current?.take(line, this.at)) {
      this.count(current);
      return true;
    }
    for (const reader of this.readers)
      if (reader !== current && reader.take(line, this.at)) {
        this.leave();
        this.current = reader;
        this.count(reader);
        return true;
      }
    return false;
  }

  private count({ kind }: Reader): void {
    if (kind === 'kernel') this.kernelLines++;
  }

  private leave(): void {
    this.current?.end();
    this.current = null;
  }

  private take(event: WitnessEvent, { line, text }: Place): void {
    this.events++;
    this.found.add(event.kind);
    const { timeMs } = event;
    if (!Number.isNaN(timeMs)) {
      this.firstMs = Number.isNaN(this.firstMs) ? timeMs : Math.min(this.firstMs, timeMs);
      this.lastMs = Number.isNaN(this.lastMs) ? timeMs : Math.max(this.lastMs, timeMs);
    }
    const { groups } = this;
    let told = event;
    let key = keyOf(told);
    let group = groups.get(key);
    if (group === undefined && groups.size >= MAX_GROUPS) {
      told = withoutPort(event);
      key = keyOf(told);
      group = groups.get(key);
      if (group === undefined && groups.size >= 2 * MAX_GROUPS) {
        this.forgotten++;
        return;
      }
    }
    if (group === undefined) {
      const place = { line, text: own(text, MAX_QUOTE + 1) };
      groups.set(own(key, 4096), { event: kept(told), count: 1, firstMs: timeMs, lastMs: timeMs, place });
      return;
    }
    group.count++;
    if (Number.isNaN(timeMs)) return;
    group.firstMs = Number.isNaN(group.firstMs) ? timeMs : Math.min(group.firstMs, timeMs);
    group.lastMs = Number.isNaN(group.lastMs) ? timeMs : Math.max(group.lastMs, timeMs);
  }
}

const cut = (line: string): string => (line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE)}…` : line);

const endKey = (end: WitnessEnd): string => `${hostOf(end)} ${end.port}`;

/** What a program reports at its end stands for itself; all other events are counted by what they say. */
const keyOf = (e: WitnessEvent): string =>
  `${e.kind}|${e.saying}|${e.node}|${e.point}|${e.interface}|${e.reason}|${e.fault}|${e.proto}|${e.isReply}|${e.asks}|${e.acknowledges}|${endKey(e.src)}|${endKey(e.dst)}|${e.asked > 0 ? `${e.asked} ${e.answers} ${e.waitedMs} ${e.detail}` : ''}`;

/** The same of all connections of the client: its port is the one that is made up for each. */
function withoutPort(e: WitnessEvent): WitnessEvent {
  const isFromClient = e.isReply === null ? e.src.port > e.dst.port : !e.isReply;
  return isFromClient
    ? { ...e, src: { ...e.src, port: 0 }, translated: null }
    : { ...e, dst: { ...e.dst, port: 0 }, translated: null };
}

/** A copy that does not hold the piece of the text that it was cut from. */
const own = (text: string, most = 200): string => (text === '' ? '' : utf8(new TextEncoder().encode(text.slice(0, most))));
const ownEnd = ({ address, name, port, identity, labels }: WitnessEnd): WitnessEnd => ({
  address: own(address),
  name: own(name),
  port,
  identity: own(identity),
  labels: own(labels, 300),
});

/** To be kept: no field of it holds more than people read. */
const kept = (e: WitnessEvent): WitnessEvent => ({
  ...e,
  node: own(e.node, 100),
  point: own(e.point, 100),
  interface: own(e.interface, 64),
  src: ownEnd(e.src),
  dst: ownEnd(e.dst),
  proto: own(e.proto),
  reason: own(e.reason),
  detail: own(e.detail, 300),
  translated: e.translated === null ? null : { src: ownEnd(e.translated.src), dst: ownEnd(e.translated.dst) },
});

/**
 * The tools that a text, or its start, is of, `, ` between them, and whether hardly anything else is in it; null where it tells nothing. Lines
 * of the kernel's log without a complaint make one, too.
 */
export function witnessesIn(head: string): { readonly kinds: string; readonly isAll: boolean } | null {
  const testimony = new Testimony(0);
  for (const line of head.split('\n')) testimony.line(line);
  testimony.end();
  const { events, used, packets, kinds } = testimony.info;
  const unread = testimony.info.unread + packets;
  const isAll = used > 10 * unread || (used > 0 && unread === 1);
  if (events > 0) return { kinds: kinds.join(', '), isAll };
  return testimony.kernelLines > 4 * unread ? { kinds: 'kernel', isAll } : null;
}

/** One text of a run, read to its end. */
export interface Witness {
  /** As the user gave it. */
  readonly file: string;
  readonly info: TestimonyInfo;
  readonly groups: readonly Group[];
}
