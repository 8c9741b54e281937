// How tcpdump prints a layer, declared beside the dissector; src/dump/tcpdump.ts puts the lines together.
import type { Line } from '../bytes/line.js';
import type { Dissector } from './dissector.js';
import type { Origins } from './origins.js';
import type { Layers } from './walk.js';

/** What tcpdump's options ask of a line. */
export interface TcpdumpChoice {
  /** `-e`: the headers of links. */
  readonly links: boolean;
  /** `-v`, so many times. */
  readonly verbose: number;
  /** `-q`: less of each protocol. */
  readonly quick: boolean;
  /** `-S`: TCP's sequence numbers as they are. */
  readonly absolute: boolean;
  /** `-K`: no checksums are checked. */
  readonly unchecked: boolean;
}

/** What a printer may ask of the line at hand. */
export interface Printing {
  readonly choice: TcpdumpChoice;
  readonly layers: Layers;
  readonly line: Line;
  /** Layers of the packet itself: those from here on are quoted by an ICMP error. */
  readonly shown: number;
  /** Is the IP packet at hand a fragment? */
  isFragment: boolean;
  /** Where the IP packet at hand ends, as it says itself: after the end of what there is when it was cut. */
  ipEnd: number;
  /** Where the sequence numbers of each conversation begin. */
  readonly origins: Origins;
  /** Prints layer `i` and what it carries as the start of a packet; headers of links are passed over. */
  packet(i: number): void;
  /** Prints the packet that an ICMP error quotes, which begins with layer `i`. */
  quote(i: number): void;
  /** Prints layer `i` as it stands after `below`; false where tcpdump has no words of its own for it there. */
  after(below: Below, i: number): boolean;
  /** Name and length of layer `i`, for those without a printer. */
  plain(i: number): void;
}

/** What a layer stands on: tcpdump has words for a protocol in some places only. `frame`: the header of a link, which `-e` prints. */
export type Below = 'frame' | 'link' | 'ip' | 'udp';

export interface TcpdumpStyle {
  readonly of: readonly Dissector[];
  readonly after: readonly Below[];
  /** Called for every packet of a listing: writes to `p.line`, reads no byte that was not captured. */
  readonly print: (p: Printing, i: number) => void;
}

export const tcpdumpStyle = (style: TcpdumpStyle): TcpdumpStyle => style;
