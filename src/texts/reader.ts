// A text that tcpdump has printed, line by line, as a capture. What belongs to one packet is collected first: -v breaks it in two, tunnels
// show what they carry on a line of its own, terminals break anywhere.
import { Blocks } from './blocks.js';
import { Content } from './content.js';
import { OPEN } from './frame.js';
import { HexDump } from './hexdump.js';
import { frameOf, LINK, Numbering, Where } from './link.js';
import { partName } from './nodes.js';
import { banner, isNoise, promptOf } from './noise.js';
import { Parts } from './parts.js';
import { type PrintedInfo, printedInfo } from './printed.js';
import { rebuild } from './rebuilt.js';
import { asPrinted, isPrinted } from './recognise.js';
import { type TimeKind, TimeLine, TimeText } from './time.js';

/** Lines of one packet, and what one line may be. */
const MAX_LINES = 64;
const MAX_LINE = 16_384;
/** Lines that were not understood, kept to be shown. */
const MAX_SHOWN = 20;
const TAGGED = /(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3,9} /;
const UNTIMED =
  /^(?:\S{1,16} +(?:In|Out|B|M|P) +|(?:In|Out|B|M|P) +)?(?:IP6? |ARP, |ifindex \d|(?:[0-9a-f]{2}:){5}[0-9a-f]{2} (?:> |ethertype ))/;
const INNER = /^(?:IP6? |ARP, |(?:[0-9a-f]{2}:){5}[0-9a-f]{2} > )/;

export interface ReaderOptions {
  /** Only what was printed on this node, in a text of several. */
  readonly only?: string | null;
  /** What times with a blank in front mean; told from the start of the text. */
  readonly differences?: 'since-last' | 'since-first' | null;
}

export class PrintedReader {
  readonly blocks = new Blocks();
  readonly info: PrintedInfo;
  private readonly parts = new Parts();
  private readonly time = new TimeText();
  private readonly clock = new TimeLine();
  private readonly where = new Where();
  private readonly numbering = new Numbering();
  private readonly dump = new HexDump();
  private readonly content = new Content();
  private readonly interfaces = new Map<string, number>();
  private received: number | null = null;
  private dropped: number | null = null;
  private filter: string | null = null;
  private device: string | null = null;
  private linkType: string | null = null;
  private namesAreOthers = false;

  // The packet whose lines are being collected.
  private text = '';
  private from = 0;
  private lines = 0;
  private firstLine = 0;
  private seconds = 0;
  private nanoseconds = 0;
  private isOpen = false;
  /** What stood in front of the time of the last packet. */
  private tag = '';
  /** Blanks in front of its first line; -1: what was read last is not of a packet. */
  private margin = -1;
  private wantsInner = false;
  private node: string | null = null;
  /** Of the parts that banners divide: its number, and whether a packet of it has come. */
  private part = 1;
  private hasPackets = false;

  constructor(private readonly options: ReaderOptions = {}) {
    this.info = printedInfo();
    this.blocks.section('tcpdump, as it prints');
    this.parts.names.learnt = (address, name) => this.blocks.name(address, name);
  }

  /** Takes in the next line, without its line break. */
  line(given: string): void {
    const { info, time } = this;
    info.lines++;
    let line = given;
    if (line.length > MAX_LINE) line = line.slice(0, MAX_LINE);
    line = asPrinted(line);
    if (line.charCodeAt(line.length - 1) === 13) line = line.slice(0, -1);
    let i = 0;
    // A quote of Markdown.
    for (let n = 0; n < 3 && line.charCodeAt(i) === 62 && line.charCodeAt(i + 1) === 32; n++) i += 2;
    const quote = i;
    for (let c = line.charCodeAt(i); c === 32 || c === 9; c = line.charCodeAt(++i));
    if (i >= line.length) return;
    const c = line.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      if (HexDump.isAt(line, i)) {
        if (this.isOther) return;
        // Those of a message within the packet stand further in.
        if (this.isOpen && (blanks(line, quote, i) - this.margin > TAB || this.dump.add(line, i))) info.used++;
        else this.unread(given);
        return;
      }
      let behind = time.read(line, i);
      // -#: the number of the packet.
      if (behind < 0 && line.charCodeAt(i + 1) !== 58) {
        let k = i;
        for (let d = line.charCodeAt(k); d >= 48 && d <= 57; d = line.charCodeAt(++k));
        if (k - i <= 9 && line.charCodeAt(k) === 32 && line.charCodeAt(k + 1) === 32) {
          for (; line.charCodeAt(k) === 32; k++);
          behind = time.read(line, k);
        }
      }
      if (behind > 0) {
        this.begin(
          line,
          behind,
          blanks(line, quote, i),
          time.kind === 'day' && i > quote && this.options.differences ? this.options.differences : time.kind,
        );
        return;
      }
    }
    this.other(given, quote === 0 ? line : line.slice(quote), blanks(line, quote, i));
  }

  /** The text has ended. */
  end(): void {
    this.flush();
    const { received, dropped, interfaces, blocks } = this;
    // Counters are of the whole run of tcpdump: those of its first interface say it.
    if (interfaces.size > 0 && (received !== null || dropped !== null)) blocks.statistics(0, received, dropped);
  }

  /** Lines of another node than the one that is wanted. */
  private get isOther(): boolean {
    const { only } = this.options;
    return only != null && (this.node ?? partName(this.part)) !== only;
  }

  private begin(line: string, behind: number, margin: number, kind: TimeKind): void {
    this.flush();
    this.margin = margin;
    this.content.packet();
    this.hasPackets ||= isPrinted(line);
    if (this.isOther) return;
    this.clock.next(this.time, kind);
    this.seconds = this.clock.seconds;
    this.nanoseconds = this.clock.nanoseconds;
    this.info.times ??= kind;
    this.text = line;
    this.from = behind;
    this.lines = 1;
    this.firstLine = this.info.lines;
    this.isOpen = true;
    this.wantsInner = isTunnel(line);
  }

  /** A line that does not start with a time. `indent`: blanks in front of what it says. */
  private other(given: string, line: string, indent: number): void {
    const said = line.slice(line.length - line.trimStart().length);
    const { tag } = this;
    if (tag !== '' && said.startsWith(tag)) {
      // What a script puts in front of every line: more lines of the packet.
      const rest = said.slice(tag.length);
      const words = rest.trimStart();
      if (this.isOpen && words.length < rest.length) this.append(words, '\n');
      else this.line(rest);
      return;
    }
    const found = promptOf(said);
    // -v prints lines of HTTP and of other messages, further in than the packet; -A all of it.
    const isFurther = this.margin >= 0 && indent > this.margin;
    if (
      !isFurther &&
      this.content.has(said, found) &&
      !(isPrinted(said) && (TAGGED.test(said.slice(0, 120)) || UNTIMED.test(said)))
    ) {
      if (!this.isOther) this.info.used++;
      return;
    }
    const prompt = isFurther && found !== null && !found.isSure && !found.runs ? null : found;
    if (prompt !== null) {
      this.close();
      this.info.noise++;
      this.enter(prompt.node);
      if (prompt.runs) {
        this.filter = prompt.filter;
        // What it was before another run printed its banner; a banner that follows says the same.
        this.device = prompt.device;
        this.linkType = null;
      }
      return;
    }
    if (!isFurther && this.takeBanner(said)) return;
    if (!isFurther && isNoise(said)) {
      this.close();
      this.info.noise++;
      return;
    }
    const tagged = TAGGED.exec(said.slice(0, 120));
    if (tagged !== null) {
      const behind = this.time.read(said, tagged.index);
      if (behind > 0) {
        this.begin(said, behind, indent, this.time.kind);
        this.tag = said.slice(0, tagged.index);
        return;
      }
    }
    if (this.isOther) {
      this.hasPackets ||= UNTIMED.test(said);
      return;
    }
    if (this.isOpen && (this.lines < MAX_LINES || isFurther)) {
      // Broken by the terminal in front of a blank.
      if (isFurther && indent < this.margin + 4 && !isComplete(this.text)) {
        this.append(said, ' ');
        return;
      }
      if (isFurther || (this.wantsInner && INNER.test(said))) {
        // -v prints what was quoted, or is inside, on lines that start with a blank.
        if (!isFurther) this.wantsInner = isTunnel(said);
        else if (isTunnel(said)) this.wantsInner = true;
        this.append(said, '\n');
        return;
      }
      if ((!isComplete(this.text) || /^[,:;\]]|^\d{1,4}(?:: |$)/.test(said)) && !UNTIMED.test(said)) {
        this.append(said, between(this.text, said));
        return;
      }
    }
    if (UNTIMED.test(said)) {
      this.begin(said, 0, indent, 'none');
      return;
    }
    this.margin = -1;
    this.unread(given);
  }

  private append(said: string, between: string): void {
    this.lines++;
    if (this.lines <= MAX_LINES && this.text.length + said.length <= MAX_LINE) this.text += between + said;
  }

  /** What follows is not of the packet before. */
  private close(): void {
    this.flush();
    this.margin = -1;
  }

  private takeBanner(said: string): boolean {
    const found = banner(said);
    if (found === null) return false;
    this.info.noise++;
    if (found.starts === true && this.hasPackets) {
      this.flush();
      this.part++;
      this.hasPackets = false;
    }
    if (found.device !== undefined) {
      this.flush();
      this.device = found.device;
    }
    if (found.linkType !== undefined) this.linkType = found.linkType;
    if (found.fromFile === true) this.namesAreOthers = true;
    if (this.isOther) return true;
    if (found.received !== undefined) this.received = (this.received ?? 0) + found.received;
    if (found.dropped !== undefined) this.dropped = (this.dropped ?? 0) + found.dropped;
    return true;
  }

  /** From here on the text is of this node. */
  private enter(node: string | null): void {
    if (node === null) return;
    this.node = node;
    if (!this.info.nodes.includes(node) && this.info.nodes.length < MAX_NODES) this.info.nodes.push(node);
  }

  private unread(line: string): void {
    const { info } = this;
    info.unread++;
    if (info.shown.length < MAX_SHOWN) info.shown.push({ line: info.lines, text: line.slice(0, 200) });
  }

  /** Makes a frame of the lines collected. */
  private flush(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { parts, where, dump, info } = this;
    const { frame, scan } = parts;
    frame.clear();
    parts.depth = 0;
    parts.atSeconds = this.seconds + this.nanoseconds / 1e9;
    parts.sent.length = 0;
    parts.sums.clear();
    scan.start(this.text, this.from);
    const any = this.device === 'any' || this.linkType?.startsWith('LINUX_SLL') === true;
    let made = false;
    try {
      made = frameOf(parts, where, this.numbering, any, this.linkType === 'RAW');
      if (made) {
        frame.finish();
        parts.measure();
        parts.sums.judge();
      }
      if (dump.length > 0) made = rebuild(parts, where, dump, made);
    } catch (error) {
      // Longer than any frame: not what it says it is.
      if (!(error instanceof RangeError)) throw error;
      made = false;
    }
    if (dump.length > 0) dump.clear();
    if (!made || frame.length === 0) {
      info.unread += this.lines;
      if (info.shown.length < MAX_SHOWN) info.shown.push({ line: this.firstLine, text: this.text.slice(0, 200) });
      return;
    }
    info.used += this.lines;
    info.packets++;
    if (CUT.test(this.text)) frame.open |= OPEN.cut;
    if ((frame.open & OPEN.ttl) !== 0) info.open++;
    this.blocks.packet(
      this.interface(),
      this.seconds,
      this.nanoseconds,
      frame.bytes,
      frame.length,
      Math.max(frame.wire, frame.length),
      frame.open,
    );
  }

  /** Number of the interface in the capture; describes it when it is new. */
  private interface(): number {
    const { where, interfaces } = this;
    const isCooked = where.linkType === LINK.cooked2;
    const name = isCooked
      ? this.namesAreOthers && (this.parts.frame.open & OPEN.index) === 0
        ? null
        : where.name
      : this.device === 'any'
        ? null
        : this.device;
    const key = isCooked ? where.index : `${where.linkType} ${name}`;
    let id = interfaces.get(String(key));
    if (id === undefined) {
      if (interfaces.size >= MAX_KINDS) return 0;
      id = interfaces.size;
      interfaces.set(String(key), id);
      const shown = name === null || name === '?' ? null : name;
      this.blocks.interface(where.linkType, 0, shown, isCooked ? `ifindex ${where.index}` : null, this.filter);
    }
    return id;
  }
}

const WORDS =
  /^(?:Flags|id|TS|ttl|tos|seq|ack|win|options|length|mss|sackOK|sack|val|ecr|nop|wscale|cksum|correct|incorrect|proto|offset|flags|none|next-header|payload|flowlabel|hlim|ethertype|ICMP6?|ICMPv6|UDP|OTV|VXLAN|overlay|instance|vni|echo|request|reply|unreachable|who-has|tell|is-at|Request|Reply|neighbor|solicitation|advertisement)$/;
/** Between these a line breaks where there is no blank: numbers, addresses, MACs, and brackets. */
const WITHIN =
  /\d\n\d+(?![\d/])|[\w-]\.\n\w|[-[({]\n|\bseq \d+:\n\d|\b0x[0-9a-f]*\n[0-9a-f]+\b|\b0\nx|(?:[0-9a-f]:{1,2}[0-9a-f]*|> [0-9a-f]{1,3})\n[0-9a-f]{0,4}[:.]|(?:[0-9a-f]{2}:){2}[0-9a-f]?\n[0-9a-f]{1,2}\b|\n[,\].:;)]/;

/** What a line was broken at by the terminal: a blank, which it leaves out, or the middle of a word. */
function between(text: string, said: string): string {
  if (text.endsWith(' ')) return '';
  const [tail, head] = [text.slice(-40), said.slice(0, 40)];
  if (WITHIN.test(`${tail}\n${head}`)) return '';
  const [before, behind] = [/[\w-]+$/.exec(tail), /^[\w-]+/.exec(head)];
  return before !== null && behind !== null && WORDS.test(before[0] + behind[0]) ? '' : ' ';
}

/** How far in -v, -x and -X print what belongs to a packet: by a tab. */
const TAB = 8;

/** Columns of blanks and tabs between two places of a line. */
function blanks(line: string, from: number, to: number): number {
  let columns = 0;
  for (let i = from; i < to; i++) columns += line.charCodeAt(i) === 9 ? TAB - (columns % TAB) : 1;
  return columns;
}

/** Nodes of one text, and interfaces; further ones are not told apart. */
const MAX_NODES = 256;
const MAX_KINDS = 4096;

const isTunnel = (line: string): boolean => line.includes('VXLAN, flags') || line.includes('OTV, flags');

/** Where the captured bytes of a packet end (nd_print_trunc of netdissect). What a stream carries (HTTP, BGP) may end there by nature. */
const CUT = /\[\|(?:arp|bfd|bootp|dhcp6|domain|ether|geneve|gre|icmp6?|ip6?|ospf\d?|otv|tcp|udp|vlan|vrrp|vxlan)\]/;

/** A line that says how long its packet is ends there. */
const isComplete = (text: string): boolean =>
  /(?:length:? \d+|\(\d+\)|is-at [0-9a-f:]{17}|(?:tcp|udp) \d+|(?:vni|instance) \d+|\))(?:: [A-Z].*)?$/.test(text.trimEnd());
