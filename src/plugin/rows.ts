// Rows that plug-ins add beside rules and dissectors: their types are promised.
import type { Report } from '../report/record.js';

/** Version of what plug-ins are given and give. It grows when something of it is taken away or means something else. */
export const PLUGIN_API = 1;

/** A frame that a text reader makes. */
export interface ReadFrame {
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970; left out: the text does not say. */
  readonly timeNs?: bigint;
  readonly wireLength?: number;
  /** LINKTYPE_ number; Ethernet when not given. */
  readonly linkType?: number;
  readonly interface?: string;
  readonly direction?: 'in' | 'out';
  readonly comment?: string;
}

/** Reads packets of a text that is no capture: a log, an export of a device. */
export interface TextReader {
  /** What it reads, as `info` says it: `packets of the lab's probe`. */
  readonly name: string;
  /** Is it one? From the first 64 kB. */
  looks(head: string): boolean;
  /** Its packets, in the order of time. */
  frames(text: string): Iterable<ReadFrame>;
}

/** Reads what a tool tells of the network: an inventory, the output of a device. */
export interface TopologyReader {
  /** What it reads, as messages call it. */
  readonly name: string;
  /** Is it one? From the first 64 kB. */
  looks(head: string): boolean;
  /** The content of a topology file (docs/topology.md). */
  topology(text: string): object;
}

/** A format of reports. */
export interface ReportFormatSpec {
  /** As `--format` names it. */
  readonly name: string;
  readonly title: string;
  /** `report`: as the JSON report has it. */
  render(
    report: Report,
    options: { readonly color: boolean; readonly width: number; readonly verbose: boolean },
  ): string | Promise<string>;
}

/** What a column may ask of a packet. */
export interface ColumnPacket {
  /** In the file of its capture. */
  readonly number: number;
  readonly protocol: string;
  /** Addresses of the innermost packet. */
  readonly source: string;
  readonly destination: string;
  readonly lengthBytes: number;
  /** The captured bytes; valid during the call. */
  readonly bytes: Uint8Array;
}

/** A column of the packet list of the terminal UI. Fields need none: any field can be a column by its name. */
export interface ColumnSpec {
  readonly id: string;
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** The cell; '' for none. */
  value(packet: ColumnPacket): string;
}
