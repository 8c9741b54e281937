// Conversations as programs are given them: times as times, and what `hopscope flows --format json` says.

/** One direction of a conversation. Each packet is counted once, however often it was seen on its way. */
export interface Direction {
  readonly packets: number;
  /** Every sight of every packet. */
  readonly frames: number;
  /** Bytes of IP packets. */
  readonly bytes: number;
  /** Packets that were sent again; a forwarded copy is none. */
  readonly retransmissions: number;
  /** The path that most packets took, `in eth1 > out eth2`; null where the capture does not tell. */
  readonly path: string | null;
  /** Number of other paths that were taken. */
  readonly otherPaths: number;
  /** What carried the packets on that path, outermost first: `vxlan 63446 192.168.10.100>192.168.20.100`. */
  readonly tunnels: readonly string[];
}

/** Both directions of a flow: client and server, the paths taken, and the outcome. */
export interface Conversation {
  /** As `hopscope flows` and `conversation == 4` number it. */
  readonly id: number;
  /** `tcp`, `udp`, `icmp` ... */
  readonly proto: string;
  /** Who asked first, and whom. */
  readonly src: string;
  readonly srcPort: number | null;
  readonly dst: string;
  readonly dstPort: number | null;
  /** Pod, service or node by the topology; null where it has no name. */
  readonly srcName: string | null;
  readonly dstName: string | null;
  /** Zeek's conn_state (docs.zeek.org, base/protocols/conn); of what is no TCP: SF answered, S0 not answered, SHR only answers were seen. */
  readonly state: string;
  /** Zeek's history letters; '' for what is no TCP. */
  readonly history: string;
  /** UTC, RFC 3339 with nine decimals. */
  readonly start: string;
  readonly seconds: number;
  readonly forth: Direction;
  readonly back: Direction;
  /** The conversation that a NAT makes of this one, by its number, or null. */
  readonly translatedTo: number | null;
  readonly translatedFrom: number | null;
}
