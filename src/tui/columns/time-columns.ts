// The columns of the packet list that tell a time: each in one unit, with the same number of digits in every row, so that decimals stand
// below each other. `t` turns the first of them from one into the next.
import type { PacketCells } from '../session/cells.js';
import type { Packets } from '../session/packets.js';
import type { PacketColumn } from '../session.js';
import type { ListedColumn } from './packet-columns.js';

const byTime = { isIndexed: true, key: ({ store }: Packets, n: number) => store.timeNs(n) };
const bySince = { isIndexed: true, key: ({ store }: Packets, n: number) => (n > 1 ? store.timeNs(n) - store.timeNs(n - 1) : 0) };

const column = (
  id: string,
  title: string,
  help: string,
  wireshark: readonly string[],
  value: (packet: PacketCells, before: number) => string,
  rest: Partial<ListedColumn> = {},
): ListedColumn & { readonly help: string } => ({
  id,
  title,
  help,
  align: 'right',
  weight: 6,
  isDefault: false,
  wireshark,
  value,
  order: byTime,
  ...rest,
});

/** It is wide, and who asks for it would rather do without Info. */
const WIDE = { weight: 7.5 };

export const TIMES = [
  column('time', 'Time', 'seconds since the first packet', ['t', 'Rt'], (packet) => packet.time(), { isDefault: true }),
  column('delta', 'Delta', 'seconds since the packet shown before', ['Gt'], (packet, before) => packet.since(before), {
    weight: 4,
    order: bySince,
  }),
  column('delta-captured', 'Delta all', 'seconds since the packet captured before', ['Tt'], (packet) => packet.sinceCaptured(), {
    weight: 4,
    order: bySince,
  }),
  column('clock', 'UTC', 'time of day, UTC', ['Aut'], (packet) => packet.clock('utc')),
  column('clock-local', 'Local', 'time of day, local', ['At'], (packet) => packet.clock('local')),
  column('date', 'Date UTC', 'date and time, UTC', ['Yut'], (packet) => packet.date('utc'), WIDE),
  column('date-local', 'Date local', 'date and time, local', ['Yt'], (packet) => packet.date('local'), WIDE),
  column('epoch', 'Epoch', 'seconds since 1970', [], (packet) => packet.epoch()),
] as const;

const byId = new Map(TIMES.map((one) => [one.id, one]));
export type TimeColumn = (typeof TIMES)[number];
type Columns = readonly (PacketColumn & { readonly isHidden?: boolean })[];

/**
 * The columns with the first that tells a time turned into another: the one of that name, or the next where none is named. A title of the user's
 * own stays. Null: no column tells a time, or none is called so.
 */
export function withTime<T extends Columns>(
  columns: T,
  name?: string,
): { readonly columns: Columns; readonly now: TimeColumn } | null {
  const at = columns.findIndex(({ field, isHidden }) => isHidden !== true && byId.has(field));
  const old = byId.get(columns[at]?.field ?? '');
  if (old === undefined) return null;
  const now = name === undefined ? TIMES[(TIMES.indexOf(old) + 1) % TIMES.length] : byId.get(name);
  if (now === undefined) return null;
  const title = columns[at].title === old.title ? now.title : columns[at].title;
  return { columns: columns.map((one, i) => (i === at ? { ...one, title, field: now.id } : one)), now };
}
