import { MAX_HOPS } from './hop-order.js';
import type { Path } from './uses.js';

/** A journey that has ended, its hops in the order in which they were travelled. One record for all: valid during the call. */
export class EndedJourney {
  /** Unique over the run, from 0, in the order in which journeys began. */
  number = 0;
  /** Uid of its conversation, of the one that a NAT made it of, and of the one that a NAT made of it (-1: none). */
  uid = 0;
  translatedFrom = -1;
  translatedTo = -1;
  way = 0;
  /** Times that it passed a hop again, with a smaller TTL. */
  loops = 0;
  hops = 0;
  /** Null where there are more paths than are kept. */
  path: Path | null = null;
  readonly frame = new Uint32Array(MAX_HOPS);
  /** Index of the capture in the run. */
  readonly capture = new Uint16Array(MAX_HOPS);
  readonly timeNs = new Float64Array(MAX_HOPS);
  readonly port = new Uint16Array(MAX_HOPS);
  readonly direction = new Uint8Array(MAX_HOPS);
  readonly tagged = new Uint8Array(MAX_HOPS);
  /** Tunnel edge, or -1. */
  readonly edge = new Int32Array(MAX_HOPS);
  readonly ttl = new Uint8Array(MAX_HOPS);
  /** Of the outermost header; 0 when bare. */
  readonly outerTtl = new Uint8Array(MAX_HOPS);
  /** Of the outermost header, or -1; and kind of frame, see KIND. */
  readonly destinationMac = new Float64Array(MAX_HOPS);
  readonly kind = new Uint8Array(MAX_HOPS);
}
