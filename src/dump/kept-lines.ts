// Lines that were written before, by the field, the depth and the value: most fields of most packets say what they said in others.

import { mix } from '../bytes/mix.js';
import { Stamp } from '../bytes/stamp.js';

/** Lines that are kept: newer ones take the places of older ones with the same hash. */
const SLOTS = 1 << 11;
/** Bytes of one at most. */
const MAX_LENGTH = 1024;

export class KeptLines {
  /** Field and depth, and value, of what is in each slot. */
  private readonly places = new Int32Array(SLOTS).fill(-1);
  private readonly values = new Float64Array(SLOTS);
  private readonly stamps: (Stamp | null)[] = new Array(SLOTS).fill(null);

  find(field: number, depth: number, value: number): Stamp | null {
    const place = placeOf(field, depth);
    const slot = slotOf(place, value);
    if (this.places[slot] === place && this.values[slot] === value) return this.stamps[slot];
    const beside = slot ^ 1;
    return this.places[beside] === place && this.values[beside] === value ? this.stamps[beside] : null;
  }

  keep(field: number, depth: number, value: number, lines: Uint8Array): void {
    if (lines.length > MAX_LENGTH) return;
    const place = placeOf(field, depth);
    const slot = slotOf(place, value);
    // Two that come in turn have the same hash too often: what was there moves to the slot beside it.
    this.places[slot ^ 1] = this.places[slot];
    this.values[slot ^ 1] = this.values[slot];
    this.stamps[slot ^ 1] = this.stamps[slot];
    this.places[slot] = place;
    this.values[slot] = value;
    this.stamps[slot] = new Stamp(lines);
  }
}

const placeOf = (field: number, depth: number): number => field * 32 + depth;
const slotOf = (place: number, value: number): number => mix(Math.imul(place, 0x9e3779b1) ^ value) & (SLOTS - 1);
