// What a file format must be able to do for a source: find the next record in the window.
import type { CaptureInfo, Frame } from './frame.js';

export interface RecordReader {
  /** Frames handed out so far. */
  readonly count: number;
  /** Puts the next whole record into `frame`; false when the window holds none, or after `window.fail()`. */
  next(frame: Frame): boolean;
  /** The input has ended and `window` may hold the start of a record: says what is missing. */
  finish(): void;
}

export function emptyInfo(path: string, size: number | null): CaptureInfo {
  return {
    path,
    format: null,
    byteOrder: null,
    variant: null,
    compression: null,
    printed: null,
    withUnknown: false,
    size,
    interfaces: [],
    baseSeconds: 0,
    hardware: [],
    os: [],
    application: [],
    comments: [],
    frameComments: new Map(),
    names: new Map(),
    skippedBlocks: new Map(),
    dropCount: 0,
  };
}

/** D-Bus and USB captures hold whole transfers; others stay below what both libpcap and wiretap accept (256 KiB). */
const LARGE_RECORDS = new Set([231, 245, 249, 279]);
const STANDARD_RECORD = 262_144;

/** Longest believable record, in bytes: a snapshot length beyond the standard one is believed up to the bound. */
export const recordLimit = (linkType: number, snapLength: number, most: number): number =>
  LARGE_RECORDS.has(linkType) ? most : snapLength <= most ? Math.max(STANDARD_RECORD, snapLength) : STANDARD_RECORD;

/** What a break leaves, in words. `count`: frames before it. */
export const leftWhole = (count: number): string =>
  count === 0
    ? 'no whole frame is before it'
    : count === 1
      ? 'the frame before it is whole'
      : `the ${count} frames before it are whole`;

/** Length of a frame's record in its file, in bytes: of pcapng's, without the options that may follow the frame. */
export function recordLength({ format, variant }: CaptureInfo, captured: number): number {
  if (format === 'pcap') return (variant === 'modified' ? 24 : 16) + captured;
  return format === 'pcapng' ? 32 + captured + (-captured & 3) : captured;
}
