// The three pictures as plain data: what there is to draw, and neither colours nor a place on any page. Painters are in paint/.

/**
 * How a thing fares: `wrong`: here it breaks; `expected`: it should have been so, and was not seen; `implied`: not seen, and known by what
 * followed; `plain`: seen, nothing is wrong with it.
 */
export type Tone = 'plain' | 'wrong' | 'expected' | 'implied';

/** A frame that shows it. */
export interface FrameRef {
  /** Capture point, as evidence has it. */
  readonly point: string;
  /** Frame number, from 1. */
  readonly frame: number;
}

// Ladder

/** A column: a place that packets pass, from the initiator's side to the responder's. */
export interface LadderPlace {
  /** `end`: an end of the conversation; `interface`: where frames were captured; `tunnel`: an outer address; `unseen`: no frame was. */
  readonly kind: 'end' | 'interface' | 'tunnel' | 'unseen';
  /** `eth1`, `default/webpod`, an address. */
  readonly label: string;
  /** The node of an interface, the address of a name; '' when there is no more to say. */
  readonly detail: string;
}

/** What runs through a stretch: the frame around it. */
export interface LadderTunnel {
  /** `VXLAN VNI 63446`. */
  readonly label: string;
  /** Outer ends, `192.168.10.100 → 192.168.20.100`. */
  readonly detail: string;
}

/** One packet on its way from place to place. */
export interface LadderArrow {
  readonly kind: 'arrow';
  /** Columns. The same one twice: it turned round there. */
  readonly from: number;
  readonly to: number;
  /** It did not get there. */
  readonly isLost: boolean;
  readonly tone: Tone;
  /** `SYN`, `echo request`; '' where the arrow goes on with the packet of the one before. */
  readonly label: string;
  /** `ttl 63`, `source 10.0.0.1 becomes 192.0.2.1`; ''. */
  readonly detail: string;
  /** Nanoseconds on the clock of the run, and in UTC (RFC 3339); null where it was not seen. */
  readonly timeNs: number | null;
  readonly time: string | null;
  readonly frame: FrameRef | null;
  /** Number of its tunnel; -1: it goes bare. */
  readonly tunnel: number;
  /** A new packet begins here. */
  readonly begins: boolean;
}

/** Something that happened at a place, or was said there. */
export interface LadderNote {
  readonly kind: 'note';
  readonly at: number;
  readonly text: string;
  readonly tone: Tone;
  readonly timeNs: number | null;
  readonly time: string | null;
  readonly frame: FrameRef | null;
}

/** Nothing came, for so long: drawn over all places. `wrong`: something was due. */
export interface LadderSilence {
  readonly kind: 'silence';
  readonly text: string;
  readonly tone: 'wrong' | 'plain';
  readonly durationNs: number;
}

export type LadderRow = LadderArrow | LadderNote | LadderSilence;

export interface LadderPicture {
  readonly kind: 'ladder';
  readonly title: string;
  /** For who cannot see it: the same in one or two sentences. */
  readonly description: string;
  readonly places: readonly LadderPlace[];
  readonly tunnels: readonly LadderTunnel[];
  /** Time runs down. */
  readonly rows: readonly LadderRow[];
  /** What is not drawn, a sentence each: `10 more packets fare the same`. */
  readonly left: readonly string[];
}

// Map

export interface MapNode {
  /** `captured`: frames were captured there; `node`: known by the topology; `network`, `host`: what lives behind an interface. */
  readonly kind: 'captured' | 'node' | 'network' | 'host';
  readonly label: string;
  readonly detail: string;
}

/** What runs between a captured node and what lies behind one of its interfaces. */
export interface MapEdge {
  /** Numbers of nodes: the captured one, and the other. */
  readonly node: number;
  readonly far: number;
  /** Interface of the captured node; '' where the capture does not tell it. */
  readonly interface: string;
  /** Packets that came from the far side, and that went there; each counted once. */
  readonly in: number;
  readonly out: number;
  readonly tone: Tone;
  /** `11 packets to 172.20.2.0/24, none answered`; ''. */
  readonly note: string;
  /** Tunnels that it is carried in, as `VXLAN`; ''. */
  readonly tunnel: string;
}

export interface MapPicture {
  readonly kind: 'map';
  readonly title: string;
  readonly description: string;
  readonly nodes: readonly MapNode[];
  /** In the order of the nodes and their interfaces. */
  readonly edges: readonly MapEdge[];
  /** Commands that repair it, and where; of a map of one finding. */
  readonly repair: { readonly node: string; readonly commands: readonly string[] } | null;
  readonly left: readonly string[];
}

// Timeline

export type TimelineOutcome = 'answered' | 'refused' | 'lost';

/** A stretch of time in which all fared alike. */
export interface TimelineBand {
  readonly outcome: TimelineOutcome;
  readonly fromNs: number;
  readonly toNs: number;
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** What happened at one moment: an announcement, a new MAC, a line of another tool. */
export interface TimelineMark {
  readonly timeNs: number;
  readonly time: string;
  readonly text: string;
  readonly tone: Tone;
  /** The tool that says so; '' for a frame. */
  readonly witness: string;
  readonly frame: FrameRef | null;
}

export interface TimelinePicture {
  readonly kind: 'timeline';
  readonly title: string;
  readonly description: string;
  /** The whole time of the captures. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly from: string;
  readonly to: string;
  readonly bands: readonly TimelineBand[];
  readonly marks: readonly TimelineMark[];
  readonly left: readonly string[];
}

export type Picture = LadderPicture | MapPicture | TimelinePicture;

/** The pictures of a run; each is made when asked for. Null where there is nothing to draw. */
export interface Pictures {
  /** Of the whole run, or of what one finding is about. */
  map(finding: string | null): MapPicture | null;
  ladder(finding: string): LadderPicture | null;
  timeline(finding: string): TimelinePicture | null;
}
