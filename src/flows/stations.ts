// MACs as small numbers, so that a hop and a conversation can keep theirs in 16 bits.
import { mix, newSeed } from '../bytes/mix.js';

/** MACs that are told apart: those that come later have the number 0, as frames without a MAC do. */
export const MAX_STATIONS = 0xffff;
/** Slots of the table; twice as many as there are MACs. */
const SLOTS = 1 << 17;
/** Not known to anyone who makes captures. */
const SEED = newSeed();

export class Stations {
  /** By number, from 1. */
  private macs = new Float64Array(64);
  private count = 1;
  private table = new Uint16Array(128);
  /** Frames with a MAC that got no number. */
  forgotten = 0;
  private lastMac = -1;
  private lastNumber = 0;

  /** The number of a MAC (48 bits), given to it when it is first asked for; 0 for -1, and when there are too many. */
  of(mac: number): number {
    // Frames for one station come in runs.
    if (mac === this.lastMac) return this.lastNumber;
    const number = mac < 0 ? 0 : this.lookUp(mac);
    this.lastMac = mac;
    this.lastNumber = number;
    return number;
  }

  /** The MAC that has a number; -1 for 0. */
  mac(number: number): number {
    return number === 0 ? -1 : this.macs[number];
  }

  private lookUp(mac: number): number {
    const { table, macs } = this;
    const mask = table.length - 1;
    let slot = hashOf(mac) & mask;
    for (; table[slot] !== 0; slot = (slot + 1) & mask) if (macs[table[slot]] === mac) return table[slot];
    if (this.count > MAX_STATIONS) {
      this.forgotten++;
      return 0;
    }
    const number = this.count++;
    if (number === macs.length) {
      this.macs = new Float64Array(macs.length * 2);
      this.macs.set(macs);
    }
    this.macs[number] = mac;
    table[slot] = number;
    if (number * 2 > table.length && table.length < SLOTS) this.growTable();
    return number;
  }

  private growTable(): void {
    const table = new Uint16Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let number = 1; number < this.count; number++) {
      let slot = hashOf(this.macs[number]) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = number;
    }
    this.table = table;
  }
}

const hashOf = (mac: number): number => mix(mix(mac ^ SEED) ^ Math.floor(mac / 0x1_0000_0000));
