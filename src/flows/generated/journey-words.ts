// Written by scripts/generate-records.mjs: change the declaration, and run it again.

/** Where each value of the record is. Doubles count in pairs of words. */
export enum HOP {
  /** Time on the clock of the run. */
  ns = 0 / 2,
  /** File offset, its lower 32 bits. */
  offset = 2,
  manner = 3,
  /** What has to differ for a copy to be another hop of a packet. */
  where = 4,
  /** Frame number. */
  frame = 5,
  /** Captured bytes. */
  length = 6,
  ttls = 7,
}

export const HOP_WORDS = 8;

export const hopManner = (offsetHigh: number, kind: number, station: number): number =>
  offsetHigh | (kind << 13) | (station << 16);
export const hopWhere = (port: number, direction: number, tagged: number, edgeAndOne: number): number =>
  port | (direction << 12) | (tagged << 14) | (edgeAndOne << 15);
export const hopTtls = (ttl: number, outerTtl: number, capture: number): number => ttl | (outerTtl << 8) | (capture << 16);
/** The upper bits: files of up to 35 TB. */
export const offsetHighOf = (word: number): number => word & 0x1fff;
/** Kind of frame, see KIND. */
export const kindOf = (word: number): number => (word >> 13) & 0x7;
/** Destination MAC, as a number of Stations. */
export const stationOf = (word: number): number => word >>> 16;
export const portOf = (word: number): number => word & 0xfff;
export const directionOf = (word: number): number => (word >> 12) & 0x3;
/** It carried a VLAN tag. */
export const taggedOf = (word: number): number => (word >> 14) & 1;
/** Tunnel edge and one; 0: bare. */
export const edgeAndOneOf = (word: number): number => word >>> 15;
export const ttlOf = (word: number): number => word & 0xff;
/** Of the outermost header of a tunnel; 0: bare. */
export const outerTtlOf = (word: number): number => (word >> 8) & 0xff;
/** Index of the capture in the run. */
export const captureOf = (word: number): number => word >>> 16;

/** Where each value of the record is. Doubles count in pairs of words. */
export enum JOURNEY {
  conversation = 0,
  /** Direction within its conversation. */
  way = 1,
  /** Hops. */
  count = 2,
  /** Times that it passed a hop again, with a lower TTL. */
  loops = 3,
  /** Uid of the conversation: its slot may have been given to another one since. */
  uid = 4 / 2,
  /** Uid of the conversation that a NAT made it of, or -1. */
  translatedFrom = 6 / 2,
  /** Uid of the conversation that a NAT makes of it, or -1. */
  translatedTo = 8 / 2,
  /** Length of the packet. */
  size = 10,
  /** The hops were not seen in the order in which they were travelled. */
  mixed = 11,
  /** What the packet asks for, see outcomes.ts. */
  ask = 12,
  /** The number that an answer has to name. */
  value = 13,
}

export const JOURNEY_WORDS = 16;

/** Where each value of the record is. Doubles count in pairs of words. */
export enum USE {
  /** Its number. */
  path = 0,
  /** Packets that took it. */
  count = 1,
  /** Longest (innermost) IP packet that took it, in bytes. */
  longest = 2,
  /** Packets that passed the same hop more than once. */
  looped = 3,
  /** The use before this one of the same way, or -1; of a free row the next free one. */
  next = 4,
  /** Where its hops begin. */
  hops = 5,
  /** How many they are. */
  size = 6,
  /** Packets that want an answer: those that got one within a second. */
  answered = 7,
  /** Start of the last journey that took it. */
  lastNs = 8 / 2,
  /** Uid of the conversation that a NAT made it of, or -1. */
  translatedFrom = 10 / 2,
  /** Uid of the conversation that a NAT makes of it, or -1. */
  translatedTo = 12 / 2,
  /** Packets that want an answer and got none. */
  lost = 14,
}

export const USE_WORDS = 16;
