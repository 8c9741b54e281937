// The packet of a time that a person has typed.
import type { Packets } from './packets.js';
import { firstAt } from './store.js';

/** Time of day, UTC as in reports, on a date or on that of the capture. */
const CLOCK = /^(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z?$/;
const DAY_S = 86_400;

/** The first packet at or after a time: `04:16:42.68`, `2026-11-21 04:16:42`, in UTC; 0: there is none. */
export function packetAt(packets: Packets, clock: string): number {
  const { store } = packets;
  const parts = CLOCK.exec(clock);
  if (parts === null || !packets.read(1) || !packets.frame.hasTime) return 0;
  const [, date, hours, minutes, seconds, fraction = ''] = parts;
  const { seconds: first, nanoseconds } = packets.frame;
  const midnight = date === undefined ? first - (first % DAY_S) : Date.parse(`${date}T00:00:00Z`) / 1000;
  const second = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + midnight;
  // A time of day that is over when the capture begins is that of the next day.
  const isNext = date === undefined && second < Math.floor(first / 60) * 60;
  const sinceNs = (second + (isNext ? DAY_S : 0) - first) * 1e9 + Number(fraction.padEnd(9, '0')) - nanoseconds;
  const { count } = store;
  const found = firstAt(store, sinceNs + store.timeNs(1), count);
  return found > count ? 0 : found;
}
