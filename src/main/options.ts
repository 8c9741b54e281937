// What the engine is asked to do: nothing in it belongs to a command line.
import type { Piped } from '../capture/piped.js';
import type { TestimonyReader } from '../witnesses/read.js';
import type { Progress } from './progress.js';

export type { Progress } from './progress.js';

export interface CaptureInput {
  /** Name of the node it was taken on; null: find out. */
  readonly point: string | null;
  /** `-` for standard input. */
  readonly path: string;
  /** Where its bytes lie, if not at the path that is shown: it was unpacked. */
  readonly file?: string;
  /**
   * What a prompt in it calls the machine, or its path within the folder it came in: it counts where a node is called so, and where its frames
   * tell of no node.
   */
  readonly suggested?: string;
  /** What `capture` knows of it. */
  readonly taken?: Taken;
  /** Of the first capture of a bundle: what went wrong when that was made. */
  readonly lacking?: readonly Lack[];
  /** What comes through a pipe at `path`, and was looked at: it is told from its start whether it is a capture. */
  readonly piped?: Piped;
}

/** When packets of a point were captured for certain, and what its clock showed then. */
export interface Taken {
  /** Milliseconds since 1970, by the clock of whoever captured at all points. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How far the point's clock was ahead of that one, more or less; 0 and 0 where it was not asked. */
  readonly aheadMs: number;
  readonly doubtMs: number;
}

/** A point that was not captured, or not to the end; or a command that failed. */
export interface Lack {
  /** Null: of a command. */
  readonly point: string | null;
  /** `webpod failed: connection refused`, `'curl webpod' ended with exit code 28`. */
  readonly text: string;
}

export interface WitnessInput extends CaptureInput {
  /** Who hears of its lines while its packets are read: both come through one pipe. */
  readonly told?: TestimonyReader;
}

/** A text of a folder that says what is known of the network: a topology file, or what the tools of a lab have printed. */
export interface KnownText {
  readonly path: string;
  readonly file?: string;
  /** Where it was read already. */
  readonly text?: string;
  readonly isTopology: boolean;
  /** The machine that its name is of; prompts and headings in it count first. */
  readonly machine: string | null;
  /** `machine` is what the user has said (NODE=FILE): it is no guess from the name of a file. */
  readonly isNamed?: boolean;
}

export interface Timing {
  /** Nanoseconds of reading, dissecting and following the frames, and their number. */
  readonly readingNs: number;
  readonly frames: number;
  /** Nanoseconds that each rule took, by id. */
  readonly rules: ReadonlyMap<string, number>;
}

export interface AnalyzeOptions {
  readonly files: readonly CaptureInput[];
  /** Paths of topology files; later ones add to earlier ones. */
  readonly topology: readonly string[];
  /** Of the folders that captures come in: what is known of the network where no topology file is named. */
  readonly known?: readonly KnownText[];
  /** Of the same folders: what other tools have printed of the run. Such texts may be among `files`, too. */
  readonly witnesses?: readonly WitnessInput[];
  /** `2=eth0,3=eth1`. */
  readonly ifmap: string | null;
  /** `udp.port==8472,vxlan`. */
  readonly decodeAs: readonly string[];
  /** Display filter: only frames that match are analysed. */
  readonly filter: string | null;
  /** Point of captures that name none. */
  readonly at: string | null;
  readonly rules: {
    /** Ids of the rules to run; empty: all. */
    readonly only: readonly string[];
    readonly except: readonly string[];
    /** `arp-no-reply.within=2s`. */
    readonly settings: readonly string[];
  };
  /** Threads that read captures beside this one, at most; undefined: what the machine has cores for, where it is worth it. */
  readonly workers?: number;
  /** Conversations kept at once; undefined: 120 000. */
  readonly maxConversations?: number;
  /** Bytes read at a time. Results do not depend on it: tests read by the smallest. */
  readonly chunkBytes?: number;
  /** Ends the reading early; what was read is still analysed. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told what the user should know beside the findings, a line each. */
  readonly onNote?: (note: string) => void;
  /** Told at the end what took how long. */
  readonly onTiming?: (timing: Timing) => void;
}
