// What a run has taught, as far as it is promised: rules of plug-ins and programs read it. The engine's own facts are these and more, and
// what more there is may change with any version.

/** An IPv4 or IPv6 address; `String(address)` is its text. */
export interface Address {
  readonly family: 4 | 6;
  /** `172.20.2.1`, `fd00::1`. */
  toString(): string;
}

/** A frame worth pointing at, for `evidence` of a finding. */
export interface Mark {
  /** Index of its capture in `captures`, and of the first capture of the same point. */
  readonly capture: number;
  readonly source: number;
  /** From 1. */
  readonly frame: number;
  readonly fileOffset: number;
  /** Captured bytes. */
  readonly length: number;
  /** Nanoseconds since the run's first frame. */
  readonly timeNs: number;
  /** Of the innermost packet; 0 where there is no IP. */
  readonly ttl: number;
}

/** One direction of a conversation: requests, or replies. */
export interface FactDirection {
  readonly other: FactDirection;
  readonly from: Address;
  readonly to: Address;
  readonly fromPort: number;
  readonly toPort: number;
  /** Each counted once however often it was seen. */
  readonly packets: number;
  /** Packets that want an answer: those that got one within a second, and those that did not. */
  readonly answered: number;
  readonly lost: number;
  /** Longest IP packet, in bytes. */
  readonly longest: number;
  /** Nanoseconds since the run's first frame. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly firstTtl: number;
  /** VLAN id of the first frame; -1: it had no tag. */
  readonly firstVlan: number;
  readonly firstDscp: number;
  /** The first frame. */
  readonly first: Mark;
  /** TCP: a packet with one of these flags was seen (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32). */
  sent(flags: number): boolean;
  readonly syns: number;
  readonly resets: number;
  /** MSS option of the SYN; 0: none was seen. */
  readonly mss: number;
  readonly dataSegments: number;
  readonly retransmissions: number;
  readonly zeroWindows: number;
}

/** A conversation as rules read it: numbers and addresses, with the frames that show them. */
export interface FactConversation {
  /** As `hopscope flows` numbers it. */
  readonly uid: number;
  readonly initiator: Address;
  readonly responder: Address;
  /** 0 where the protocol has none; of an echo its identifier. */
  readonly initiatorPort: number;
  readonly responderPort: number;
  /** IANA's number of the protocol, and its name: 6, `tcp`. */
  readonly proto: number;
  readonly protoName: string;
  readonly isTcp: boolean;
  /** Packets of who asked first, and what came back. */
  readonly request: FactDirection;
  readonly reply: FactDirection;
  readonly lastNs: number;
}

/** One capture of the run. */
export interface FactCapture {
  /** Where it was taken: the node, else the name of the file. */
  readonly point: string;
  /** The node of the topology, or null. */
  readonly node: string | null;
  /** Frames lost by the capturing program; null where the file does not say. */
  readonly dropped: number | null;
  /** Its reading stopped early. */
  readonly broken: boolean;
  /** The capture filter that was set, where the file says so. */
  readonly filter: string | null;
}

/** What rules judge by: `facts` of a run, and the first argument of a rule of a plug-in. */
export interface Facts {
  readonly captures: readonly FactCapture[];
  /** False while packets arrive: what is open may still be answered. */
  readonly ended: boolean;
  /** Last moment any frame was seen, in nanoseconds since the first one. */
  readonly nowNs: number;
  /** Every conversation that is still known, by number. */
  conversations(): readonly FactConversation[];
  /** Those that are not known to be healthy. */
  ailing(): readonly FactConversation[];
  /** By `uid`; null where it was forgotten. */
  conversation(uid: number): FactConversation | null;
  /** Number of packets. */
  packets(): number;
  /** `172.20.2.1 (default/webpod)` */
  named(address: Address): string;
}
