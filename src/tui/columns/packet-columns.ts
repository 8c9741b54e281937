// The columns of the packet list that are not fields: everything about each of them in one place. A new one is an entry here; the
// list, its order, search, the editor and what is taken over from Wireshark follow.
import { truncateMiddle } from '../../bytes/text.js';
import { UsageError } from '../../errors.js';
import { failed } from '../../plugin/added.js';
import type { ColumnSpec } from '../../plugin/rows.js';
import type { PacketCells } from '../session/cells.js';
import type { Packets } from '../session/packets.js';
import type { PacketColumn } from '../session.js';
import { TIMES } from './time-columns.js';

/** A name of a capture point where there is little room: without its middle. */
const SHORT_POINT = 12;

/** A column that is not a field of the packet. */
export interface ListedColumn {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /**
   * Where there is little room the lowest drops out first, which is the order in which columns go: Len, Tunnel, Delta, Proto, Time and fields, Info,
   * No. and Point, and Hop last: without its hop, two copies of a packet look the same. 9 never does.
   */
  readonly weight: number;
  /** Is it shown before the user has chosen his columns? */
  readonly isDefault: boolean;
  /**
   * `elastic`: takes what is left, and may be cut.
   * `on-demand`: comes with the first packet that has something to show.
   * `several`: as `on-demand`, and only where there are several captures.
   */
  readonly width?: 'elastic' | 'on-demand' | 'several';
  /** What is left of a text that has no room, before the column drops out, and before Info is cut to a few words. */
  shorter?(text: string): string;
  /** Takes the colour of the finding that the packet is evidence for. */
  readonly isMarked?: boolean;
  /** What `tshark -G column-formats` calls it. */
  readonly wireshark: readonly string[];
  /** The cell of the packet at hand. `before`: number of the packet before it in the list; 0: none. */
  value(packet: PacketCells, before: number): string;
  /** What it is ordered by; without one, by its text. `isIndexed`: the packets need not be read for it. */
  readonly order?: { readonly isIndexed: boolean; key(packets: Packets, number: number): number };
}

export const LISTED: readonly ListedColumn[] = [
  {
    id: 'no',
    title: 'No.',
    align: 'right',
    weight: 8,
    isDefault: true,
    isMarked: true,
    wireshark: ['m'],
    value: (packet) => String(packet.number),
    order: { isIndexed: true, key: (_packets, number) => number },
  },
  ...TIMES,
  {
    id: 'point',
    title: 'Point',
    align: 'left',
    weight: 8,
    isDefault: true,
    width: 'several',
    shorter: (text) => truncateMiddle(text, SHORT_POINT),
    wireshark: [],
    value: (packet) => packet.point(),
  },
  {
    id: 'hop',
    title: 'Hop',
    align: 'left',
    weight: 8.5,
    isDefault: true,
    width: 'on-demand',
    isMarked: true,
    wireshark: [],
    value: (packet) => packet.hop(),
  },
  {
    id: 'source',
    title: 'Source',
    align: 'left',
    weight: 9,
    isDefault: true,
    wireshark: ['s', 'rs', 'us'],
    value: (packet) => packet.source(),
  },
  {
    id: 'destination',
    title: 'Destination',
    align: 'left',
    weight: 9,
    isDefault: true,
    wireshark: ['d', 'rd', 'ud'],
    value: (packet) => packet.destination(),
  },
  {
    id: 'source-name',
    title: 'Source',
    align: 'left',
    weight: 9,
    isDefault: false,
    wireshark: [],
    value: (packet) => packet.sourceName(),
  },
  {
    id: 'destination-name',
    title: 'Destination',
    align: 'left',
    weight: 9,
    isDefault: false,
    wireshark: [],
    value: (packet) => packet.destinationName(),
  },
  {
    id: 'tunnel',
    title: 'Tunnel',
    align: 'left',
    weight: 3,
    isDefault: true,
    width: 'on-demand',
    // Without its addresses: `vxlan 63446`.
    shorter: (text) => text.replace(/ ?\S+>\S+/g, ''),
    wireshark: [],
    value: (packet) => packet.tunnel(),
  },
  {
    id: 'proto',
    title: 'Proto',
    align: 'left',
    weight: 5,
    isDefault: true,
    wireshark: ['p'],
    value: (packet) => packet.protocol(),
  },
  {
    id: 'length',
    title: 'Len',
    align: 'right',
    weight: 2,
    isDefault: true,
    wireshark: ['L'],
    value: (packet) => String(packet.lengthBytes),
    order: { isIndexed: false, key: ({ frame }) => frame.wireLength },
  },
  {
    id: 'info',
    title: 'Info',
    align: 'left',
    weight: 7,
    isDefault: true,
    width: 'elastic',
    wireshark: ['i'],
    value: (packet) => packet.info(),
  },
];

/** Fields of the user's choice are there because he wants them. */
export const FIELD_WEIGHT = 6;

const byId = new Map(LISTED.map((column) => [column.id, column]));

/** The column of that name; undefined: it is a field's name. */
export const listed = (id: string): ListedColumn | undefined => byId.get(id);

export const DEFAULT_COLUMNS: readonly PacketColumn[] = LISTED.filter(({ isDefault }) => isDefault).map(
  ({ id, title, align }) => ({ title, field: id, align }),
);

/** Weight of a plug-in's column: as that of a field. */
const ADDED_WEIGHT = FIELD_WEIGHT;

/** Adds a column of a plug-in, shown until the user chooses others. One that throws has no cell, and the failure is kept. */
export function addColumn(plugin: string, { id, title, align = 'left', value }: ColumnSpec): void {
  if (byId.has(id)) throw new UsageError(`the plug-in ${plugin}: there is a column ${id} already; choose another name`);
  const column: ListedColumn = {
    id,
    title,
    align,
    weight: ADDED_WEIGHT,
    isDefault: true,
    width: 'on-demand',
    wireshark: [],
    value: (packet) => {
      try {
        return packet.plain(value(packet.forPlugin()));
      } catch (error) {
        failed(plugin, `the column ${id}`, error);
        return '';
      }
    },
  };
  const before = LISTED.findIndex((one) => one.id === 'info');
  (LISTED as ListedColumn[]).splice(before, 0, column);
  byId.set(id, column);
  (DEFAULT_COLUMNS as PacketColumn[]).splice(
    DEFAULT_COLUMNS.findIndex(({ field }) => field === 'info'),
    0,
    { title, field: id, align },
  );
}

const NAMED: Readonly<Record<string, string>> = { source: 'source-name', destination: 'destination-name' };
const BY_NAME: ReadonlyMap<string, string> = new Map(Object.entries(NAMED));
const BY_ADDRESS: ReadonlyMap<string, string> = new Map(Object.entries(NAMED).map(([a, b]) => [b, a] as const));

/** Do the columns show names? */
export const showNames = (columns: readonly PacketColumn[]): boolean => columns.some(({ field }) => BY_ADDRESS.has(field));

/** The columns with names in place of addresses, or the other way round. */
export function withNames<T extends readonly PacketColumn[]>(columns: T): { readonly columns: T; readonly areNames: boolean } {
  const areNames = columns.some(({ field }) => BY_NAME.has(field));
  const other = areNames ? BY_NAME : BY_ADDRESS;
  return { columns: columns.map((one) => ({ ...one, field: other.get(one.field) ?? one.field })) as unknown as T, areNames };
}
