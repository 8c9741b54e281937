// The library in a browser: what needs no files, and `analyze` of captures that are at hand as bytes. Of `analyze` nothing is loaded before it is
// called.
import { captureFrom } from '../capture/from-chunks.js';
import { piecesOf } from './bytes.js';
import type { Capture, OpenOptions } from './frame.js';
import { framesOf } from './frames-of.js';
import type { LabTopology } from './lab-topology.js';
import type { Run } from './result.js';

export type { CaptureProblem, ErrorCode } from '../errors.js';
export { CaptureError, FilterError, HopscopeError, TopologyError, UsageError } from '../errors.js';
export type { Report } from '../report/record.js';
export type { Finding, Verdict } from '../rules/finding.js';
export type { Conversation, Direction } from './conversation.js';
export { type Dissection, type DissectOptions, dissect, type Field, type Layer } from './dissect.js';
export { compileFilter, type Filter } from './filter.js';
export type { Capture, Frame, NewFrame, OpenOptions } from './frame.js';
export type { LabTopology } from './lab-topology.js';
export type { Result, Run } from './result.js';

/** Opens a capture: pcap, pcapng, gzip or zstd of them. */
export const openCapture = (bytes: Uint8Array | Blob, { signal }: OpenOptions = {}): Capture =>
  framesOf('bytes', signal, () => captureFrom(piecesOf(bytes), 'bytes'));

/** Captures by the name of the node they were taken on, or one. */
export type BrowserInputs = Uint8Array | Blob | Readonly<Record<string, Uint8Array | Blob>>;

/** What `analyze` takes in a browser beside captures. */
export interface BrowserOptions {
  readonly topology?: LabTopology;
  /** Names of interfaces by their numbers: `{ 2: 'eth0' }`. */
  readonly ifmap?: Readonly<Record<number, string>>;
  /** Another protocol than the port says: `udp.port==8472,vxlan`. */
  readonly decodeAs?: readonly string[];
  /** Display filter: only frames that match are analysed. */
  readonly filter?: string;
  /** Ends the reading early: what was read is judged, and undecided where the rest could change it. */
  readonly signal?: AbortSignal;
  /** Called a few times a second while captures are read; a short reading ends before the first call. */
  readonly onProgress?: (progress: {
    readonly bytes: number;
    readonly totalBytes: number | null;
    readonly frames: number;
  }) => void;
}

/**
 * Reads captures and says what is wrong, as `hopscope diagnose` does; its code is loaded when it is called first. A large capture is better
 * read in a worker. Throws FilterError, TopologyError, and CaptureError for what is no capture.
 */
export async function analyze(inputs: BrowserInputs, options: BrowserOptions = {}): Promise<Run> {
  return (await import('./browser-analyze.js')).analyze(inputs, options);
}
