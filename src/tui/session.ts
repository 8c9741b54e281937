// What the screen may ask of the engine. Nothing here waits: an answer that is not known yet is null, and `onChange` is called
// when there is more to show. Positions count from 0 in the packets that are shown; packet numbers count from 1 in the run.
import type { TreeNode } from '../dissect/tree.js';
import type { Piece } from '../dump/http-bodies.js';
import type { Completions } from '../filter/complete.js';
import type { LadderPicture, MapPicture, TimelinePicture } from '../picture/model.js';
import type { Finding, Severity } from '../rules/finding.js';

/** How a pass over the captures is going: the load, a filter, an order, a search. */
export interface Progress {
  readonly state: 'running' | 'done' | 'stopped' | 'following' | 'failed';
  /** Bytes read of bytes to read; null where the end is not known (pipe). */
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly frames: number;
  readonly framesPerSecond: number;
  /** One line: why it ended early. */
  readonly error: string | null;
}

export interface CaptureFacts {
  readonly point: string;
  readonly file: string;
  readonly linkTypes: readonly string[];
  readonly interfaces: number;
}

/** A column of the packet list: a built-in one or any field, as `-e` of dump takes it (`ip.src#2`, `outer.ip.src`). */
export interface PacketColumn {
  readonly title: string;
  /** A column of columns/packet-columns.ts (`no`, `time`, `hop` ...), or a field's name. */
  readonly field: string;
  readonly align: 'left' | 'right';
}

export interface PacketRow {
  readonly number: number;
  /** One text for each column asked for, safe to print, not cut to any width. */
  readonly cells: readonly string[];
  /** The worst finding that has this packet as evidence; null: none. */
  readonly severity: Severity | null;
  /** Somebody has written on it. */
  readonly isCommented: boolean;
  /** Number of the first filter of `colorBy` that it matches; -1: none. */
  readonly color: number;
}

export type Order = { readonly field: string; readonly descending: boolean };

/** The packets that are shown: those of the filter, in the order asked for. */
export interface PacketList {
  /** Packets known to belong to it so far; grows while `progress.state` is `running` or `following`. */
  readonly count: number;
  readonly filter: string;
  readonly order: Order | null;
  readonly progress: Progress;
  /** Rows `from` to `from + n` (fewer at the end). */
  rows(from: number, n: number, columns: readonly PacketColumn[]): readonly PacketRow[];
  /** Packet number at a position, or 0. */
  numberAt(position: number): number;
  /** Position of the packet, or of the nearest shown one before it; -1 in an empty list. */
  positionOf(number: number): number;
}

/** One place that a packet was seen at. */
export interface JourneyHop {
  readonly number: number;
  /** In one text: `in eth1 ttl 63`; of several captures `router: in eth1 ttl 63`. */
  readonly hop: string;
  readonly isThis: boolean;
  /** `in`, `out`, `passing`; '' where that is not known. */
  readonly label: string;
  /** `eth1`, of several captures `router eth1`. */
  readonly place: string;
  /** `ttl 63`, with the tunnel and what was translated here. */
  readonly about: string;
  /** Nanoseconds since the hop before; 0 at the first. */
  readonly afterNs: number;
  /** Here it goes another way than it should. */
  readonly isWrong: boolean;
}

/** What is known of a packet beside what it says. */
export interface About {
  readonly number: number;
  /** What somebody has written on it; '' nothing. */
  readonly comment: string;
  /** Each place the packet was seen at, in order; one of them is this frame. */
  readonly journey: readonly JourneyHop[];
  /** Where it should have gone: `out eth2 (172.20.2.0/24 is k8s-w0)`, `to 192.168.10.100 by vxlan`. */
  readonly wanted: readonly string[];
  /** What came back: `no reply in 13.2 s`, `frame 9 after 1.2 ms`; `…` until that is known; '' where nothing is due. */
  readonly back: string;
  /** Indexes of `findings` that have this packet, or its conversation, as evidence. */
  readonly findings: readonly number[];
  /** Those of them that this packet shows. */
  readonly shows: readonly number[];
  readonly conversation: number | null;
}

export interface Detail extends About {
  /** The captured bytes; the offsets of the tree's nodes count in them. */
  readonly bytes: Uint8Array;
  readonly tree: readonly TreeNode[];
}

/** A view that is a table: made by the engine, shown by one table view. */
export type TableName = 'flows' | 'journeys' | 'neighbours' | 'tunnels' | 'hierarchy' | 'conversations' | 'properties';

export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Columns of the lowest weight drop out first on a narrow screen; 9 never does. */
  readonly weight: number;
}

export interface TableRow {
  readonly cells: readonly string[];
  readonly severity: Severity | null;
  /** A display filter that shows its packets; '' where there is none. */
  readonly filter: string;
  /** Its first packet, or 0. */
  readonly packet: number;
  /** Depth in a tree-like table (protocol hierarchy). */
  readonly depth: number;
  /** Ends of a conversation as filter parts, for `prepare a filter`; null elsewhere. */
  readonly ends: { readonly a: string; readonly b: string } | null;
}

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly count: number;
  /** Not yet whole: the load goes on. */
  readonly isPartial: boolean;
  readonly tabs: readonly { readonly title: string; readonly count: number }[];
  /** Rows in the order of the table; null for rows that are on their way. */
  rows(from: number, n: number): readonly (TableRow | null)[];
}

export interface TableQuery {
  readonly tab: number;
  /** Column number, or null for the natural order. */
  readonly sortBy: number | null;
  readonly descending: boolean;
  /** Only what the packets of the display filter belong to. */
  readonly limitToFilter: boolean;
}

export type SearchKind = 'string' | 'hex' | 'regex' | 'filter';
export interface Search {
  readonly text: string;
  readonly kind: SearchKind;
  readonly target: 'list' | 'details' | 'bytes';
  readonly matchCase: boolean;
}

/** One chunk of a followed stream. */
export type StreamChunk = Piece;

export interface Stream {
  /** Client and server, `address:port`. */
  readonly ends: readonly [client: string, server: string];
  readonly clientPackets: number;
  readonly serverPackets: number;
  readonly turns: number;
  readonly chunks: readonly StreamChunk[];
  /** Bodies unpacked and set out for reading; null: nothing reads better than it is. */
  readonly decoded: readonly StreamChunk[] | null;
  /** A display filter for the stream. */
  readonly filter: string;
  /** More than what is kept at once. */
  readonly isCut: boolean;
}

/** What the segments before say of one. `gap`: some before it were not captured. `late`: out of order. */
export type SegmentKind = 'plain' | 'again' | 'gap' | 'late' | 'duplicate-ack' | 'zero-window' | 'reset';
export interface Segment {
  readonly packet: number;
  readonly timeNs: number;
  readonly isClient: boolean;
  /** Counted from the start of the connection. */
  readonly seq: number;
  readonly length: number;
  readonly ack: number | null;
  readonly kind: SegmentKind;
}
/** A TCP conversation, each packet once. */
export interface Sequence {
  /** Client and server. */
  readonly ends: readonly [client: string, server: string];
  readonly segments: readonly Segment[];
  /** More than what is kept at once. */
  readonly isCut: boolean;
}

/** What a ladder is asked for: of a finding (its index; -1: of none), else of the conversation of a packet. */
export interface LadderQuestion {
  readonly finding: number;
  /** 0: none in particular. */
  readonly packet: number;
  /** A long conversation has parts; null: the one with the packet. */
  readonly part: number | null;
  /** Only packets that show what is wrong. */
  readonly onlyBroken: boolean;
}

/** Frames are told by their numbers in the run. */
export interface Ladder {
  readonly picture: LadderPicture;
  /** The finding that it shows; -1: none. */
  readonly finding: number;
  readonly part: number;
  readonly parts: number;
  /** Packets before this part, in it, and in all parts; 0 of a link, whose hosts ask each other. */
  readonly from: number;
  readonly shown: number;
  readonly total: number;
}

/** A difference to good captures. */
export interface ComparedFlow {
  readonly finding: Finding;
  /** Null: it was not seen there. */
  readonly good: LadderPicture | null;
  readonly bad: LadderPicture | null;
  /** A frame of the captures that are shown here; null: none shows it. */
  readonly frame: { readonly point: string; readonly frame: number } | null;
}
export interface Comparison {
  readonly state: 'none' | 'running' | 'done';
  /** What they are compared with. */
  readonly good: string;
  readonly flows: readonly ComparedFlow[];
  /** Flows that do not differ. */
  readonly alike: number;
  readonly error: string;
}

/** Packets and bytes over time, in steps of equal length, from the first packet on. */
export interface Traffic {
  readonly stepNs: number;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** Those of the display filter. */
  readonly shownPackets: Float64Array;
  readonly shownBytes: Float64Array;
}

/** An expectation, and how it stands. */
export interface CheckRow {
  readonly suite: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** `pending`: the capture goes on, and what is missing may still come. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'skipped' | 'pending';
  readonly expected: string;
  readonly seen: string;
  readonly finding: Finding | null;
}

/** Expectations held against what is shown. */
export interface Checks {
  readonly rows: readonly CheckRow[];
  readonly isRunning: boolean;
  /** Nothing could be checked, and why. */
  readonly error: string | null;
  /** How often they have been checked. */
  readonly runs: number;
  again(): void;
}

/** What people have written on packets and captures, with what was changed here. Lines end in `\n`. */
export interface Comments {
  /** Changes that no saved file has. */
  readonly unsaved: number;
  /** Of a packet; '' none. */
  of(number: number): string;
  /** Throws UsageError for one that is too long, and for too many. */
  write(number: number, text: string): void;
  /** Of a capture, by its index. */
  ofCapture(capture: number): readonly string[];
  writeCapture(capture: number, text: string): void;
}

export interface Session {
  readonly captures: readonly CaptureFacts[];
  /** Packets read so far, and how the reading goes. */
  readonly load: Progress;
  readonly packets: PacketList;
  /** Root causes first, folded symptoms after theirs; empty until they are known. */
  readonly findings: readonly Finding[];
  readonly findingsKnown: boolean;
  /** Null: none were given. */
  readonly checks: Checks | null;
  readonly comments: Comments;
  /** Lines for the log view: notes, errors, what was forgotten. */
  readonly log: readonly { readonly time: Date; readonly text: string }[];
  /** Journeys and what is known of a packet have names of the topology in place of addresses. */
  areNames: boolean;
  /** Called after anything above changed; may be called often. */
  onChange: () => void;

  /** Stops the load and keeps what was read. */
  stop(): void;
  close(): Promise<void>;

  /** Null: good; else what is wrong, with the place in the text. Quick enough for every key. */
  checkFilter(
    text: string,
  ): { readonly message: string; readonly from: number; readonly to: number; readonly hint: string } | null;
  complete(text: string, cursor: number): Completions;
  /** Rows say which of these filters they match first; by filter what is wrong with it, or null. */
  colorBy(filters: readonly string[]): readonly (string | null)[];
  /** Shows other packets; `packets` is a new list from then on, which fills up by itself. */
  show(filter: string, order: Order | null): void;
  detail(number: number): Detail | null;
  /** The same without dissecting it. */
  about(number: number): About | null;
  table(name: TableName, query: TableQuery): Table;
  /** Position of the next match after (or before) a position; -1: none. The signal ends it. */
  find(search: Search, from: number, backwards: boolean, signal: AbortSignal): Promise<number>;
  /** All matches from a position on, as they are found: `take` is given their positions, and how far it is. Ends early where something else is searched for. */
  hits(search: Search, from: number, take: (positions: Uint32Array, upTo: number) => void, signal: AbortSignal): Promise<void>;
  stream(number: number): Promise<Stream | null>;
  /** Null: the packet is of no TCP conversation. */
  sequence(number: number): Promise<Sequence | null>;
  /** Null: there is nothing to draw, or not yet. */
  ladder(question: LadderQuestion): Promise<Ladder | null>;
  /** Compares the captures with good ones, from files or a folder; `compared` says what came of it. */
  compare(good: readonly string[]): void;
  readonly compared: Comparison;
  /** Of a finding by its index, or (-1) of the whole run; null: there is nothing to draw, or not yet. */
  map(finding: number): Promise<MapPicture | null>;
  timeline(finding: number): Promise<TimelinePicture | null>;
  /** In the shortest readable step (1, 2, 5 ms ... 1 h) that gives at most so many. */
  traffic(steps: number): Promise<Traffic>;
  /** How many packets show a finding; its evidence is a sample of them. */
  evidenceCount(finding: number): number;
  /** Number of one of them, in order; 0 where it is not there. */
  evidence(finding: number, i: number): number;
  /** Packet number in the run of a frame by its number in the capture of a point (of the only one, where none is named); 0: not there (yet). */
  packetOf(point: string | null, frame: number): number;
  /** What people call a packet: its number in the file; of several captures with its point, `gw-b:7`. */
  nameOf(number: number): string;
  /** Packet number of a frame of the capture that a packet is of; 0: not there (yet). */
  frameBeside(number: number, frame: number): number;
  /** The first packet at or after a time: `04:16:42.68`, `2026-11-21 04:16:42`, in UTC; 0: there is none. */
  packetAt(clock: string): number;
  /** The decode-as rules in force. */
  readonly decodedAs: readonly string[];
  /** Decode-as from now on, everywhere: `udp.port==8472,vxlan`. Throws UsageError. Reads again. */
  decodeAs(rules: readonly string[]): void;
  /** Writes the shown packets (or those of these numbers) as pcapng. Resolves to how many; rejects with a typed error. */
  save(path: string, numbers: readonly number[] | null, signal: AbortSignal): Promise<number>;
  /** The page of a rule, as Markdown. */
  page(rule: string): string;
}
