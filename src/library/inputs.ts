// What programs name as captures, and what they say of the network.
import type { Progress } from '../main/progress.js';
import type { LabTopology } from './lab-topology.js';

/** A capture: its path, or its bytes. A folder or an archive is all that is in it. */
export type Content = string | Uint8Array | Blob;

/** A capture; where it was taken is found out, or said by `point`. `name`: what reports call bytes that come from no file. */
export type Input =
  | Content
  | { readonly point: string; readonly path: string }
  | { readonly point?: string; readonly name?: string; readonly bytes: Uint8Array | Blob };

/** Captures that are analysed together: one, a list, or captures by the name of the node they were taken on. */
export type Inputs = Content | readonly Input[] | Readonly<Record<string, Content | readonly Content[]>>;

/** What is known of the lab, and how packets are read. */
export interface LabOptions {
  /** Topology files (later ones add to earlier ones), or what `loadTopology` and `importTopology` give. */
  readonly topology?: string | LabTopology | readonly (string | LabTopology)[];
  /** Names of interfaces by their numbers: `{ 2: 'eth0' }`. */
  readonly ifmap?: Readonly<Record<number, string>>;
  /** Another protocol than the port says: `udp.port==8472,vxlan`. */
  readonly decodeAs?: readonly string[];
  /** Ends the reading early: what was read is judged, and undecided where the rest could change it. */
  readonly signal?: AbortSignal;
  /** Called a few times a second while captures are read; a short reading ends before the first call. */
  readonly onProgress?: (progress: Progress) => void;
  /** Told what one should know beside the findings, a line each. */
  readonly onNote?: (note: string) => void;
  /** Threads that read captures beside this one, at most; 0: none. Left out: what the machine has cores for, where it is worth it. */
  readonly workers?: number;
}

/** What `analyze` takes: what is known of the lab, and what is asked. */
export interface RunOptions extends LabOptions {
  /** Display filter: only frames that match are analysed. */
  readonly filter?: string;
  /** Which rules run, and their limits; an id that no rule has is a UsageError. */
  readonly rules?: {
    /** Ids of the rules to run; left out: all. */
    readonly only?: readonly string[];
    readonly except?: readonly string[];
    /** `{ 'arp-no-reply.within': '2s' }` */
    readonly settings?: Readonly<Record<string, string | number>>;
  };
}
