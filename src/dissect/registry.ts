// The list of dissectors turned into rows of numbers that the walk reads.
import { UsageError } from '../errors.js';
import { allTables, type Dissector, dissector, protocol, type Role, type Step, table } from './dissector.js';
import type { FieldDef } from './fields.js';
import type { Placed } from './layout.js';
import { COL, NEXT, ROW } from './walk.js';

/** Whose key is the link type of the frame. */
const LINK = table('frame.linktype');

export const ROLE = { other: 0, link: 1, network: 2, transport: 3, tunnel: 4, neighbour: 5 } as const satisfies Record<
  Role,
  number
>;

/** What nobody claims. Always protocol 0. */
const data = dissector({ name: 'data', title: 'Data', spec: '', minLength: 0, payload: { none: true } });

/** One decode-as: `udp.port==8472-8480,vxlan`. */
export interface DecodeAs {
  readonly table: string;
  readonly from: number;
  readonly to: number;
  readonly protocol: string;
}

/** Parses tshark's `-d TABLE==KEY[-KEY],PROTOCOL`. Throws UsageError. */
export function parseDecodeAs(text: string): DecodeAs {
  const match = /^\s*([\w.]+)\s*==\s*(\d+|0x[0-9a-f]+)\s*(?:-\s*(\d+|0x[0-9a-f]+)\s*)?,\s*([\w.-]+)\s*$/i.exec(text);
  if (match === null) throw new UsageError(`decode-as "${text}" is not of the form udp.port==8472,vxlan`);
  const from = Number(match[2]);
  const to = match[3] === undefined ? from : Number(match[3]);
  if (to < from || to > 0xffff)
    throw new UsageError(`decode-as "${text}": ${match[2]}-${match[3] ?? match[2]} is no range of numbers up to 65535`);
  return { table: match[1]!, from, to, protocol: match[4]! };
}

export class Registry {
  /** By protocol number. */
  readonly protocols: readonly Dissector[];
  readonly rows: Int32Array;
  readonly steps: readonly Step[];
  /** By table number: key -> protocol number. */
  readonly tables: readonly Int16Array[];
  /** Role of each protocol, see ROLE. */
  readonly roles: Uint8Array;
  /** Display filter name -> definition; the presence fields of the protocols included. */
  readonly fields: ReadonlyMap<string, FieldDef>;

  constructor(dissectors: readonly Dissector[], decodeAs: readonly DecodeAs[] = []) {
    this.protocols = [data, ...dissectors];
    const fields = new Map<string, FieldDef>();
    const byName = new Map<string, number>();
    this.protocols.forEach((d, id) => {
      if (byName.has(d.name)) throw new Error(`two dissectors are named ${d.name}`);
      byName.set(d.name, id);
      d.ref.id = id;
      for (const def of declaredFields(d)) if (!fields.has(def.name)) fields.set(def.name, def);
    });
    this.fields = fields;
    this.rows = new Int32Array(this.protocols.length * ROW);
    this.roles = Uint8Array.from(this.protocols, (d) => ROLE[d.role ?? 'other']);
    this.steps = this.protocols.map((d) => (d.payload !== undefined && 'step' in d.payload ? d.payload.step : () => {}));
    for (const d of this.protocols) for (const name of Object.keys(d.claims ?? {})) table(name);
    this.protocols.forEach((d, id) => {
      this.writeRow(d, id * ROW);
    });
    const tables = allTables().map(() => new Int16Array(0x10000));
    for (const d of this.protocols)
      for (const [name, keys] of Object.entries(d.claims ?? {})) for (const key of keys) tables[table(name).id]![key] = d.ref.id;
    for (const as of decodeAs) {
      const known = allTables().find((t) => t.name === as.table);
      if (known === undefined)
        throw new UsageError(
          `decode-as: there is no table "${as.table}"; there are ${allTables()
            .map((t) => t.name)
            .sort()
            .join(', ')}`,
        );
      const id = byName.get(as.protocol);
      if (id === undefined)
        throw new UsageError(`decode-as: there is no protocol "${as.protocol}"; hopscope protocols lists them`);
      tables[known.id]!.fill(id, as.from, as.to + 1);
    }
    this.tables = tables;
  }

  /** The protocol that starts a frame of this LINKTYPE; `data` where hopscope does not know it. */
  linkProto(linkType: number): number {
    return linkType < 0x10000 ? this.tables[LINK.id]![linkType]! : 0;
  }

  /** Number of a protocol by name, or -1. */
  idOf(name: string): number {
    return this.protocols.findIndex((d) => d.name === name);
  }

  private writeRow(d: Dissector, row: number): void {
    const { rows } = this;
    const place = (name: string): Placed => {
      const found = (d.layout?.place as Record<string, Placed> | undefined)?.[name];
      if (found === undefined) throw new Error(`${d.name}: there is no field ${name} in its layout`);
      return found;
    };
    const size = d.layout?.size ?? 0;
    rows[row + COL.min] = d.minLength ?? size;
    rows[row + COL.lenPlus] = size;
    rows[row + COL.totalOffset] = -1;
    if (d.length !== undefined) {
      const p = place(d.length.field);
      if (p.bytes !== 1) throw new Error(`${d.name}: a header length must lie within one byte`);
      rows[row + COL.lenOffset] = p.offset;
      rows[row + COL.lenShift] = p.shift;
      rows[row + COL.lenMask] = p.mask;
      rows[row + COL.lenTimes] = d.length.times ?? p.times;
      rows[row + COL.lenPlus] = d.length.plus ?? 0;
    }
    if (d.total !== undefined) {
      const p = place(d.total.field);
      if (p.bytes !== 2 || p.shift !== 0) throw new Error(`${d.name}: a total length must be 16 bits`);
      rows[row + COL.totalOffset] = p.offset;
      rows[row + COL.totalPlus] = d.total.plus ?? 0;
    }
    const { payload } = d;
    rows[row + COL.next] = NEXT.data;
    if (payload === undefined) return;
    if ('none' in payload) rows[row + COL.next] = NEXT.none;
    else if ('always' in payload) {
      rows[row + COL.next] = NEXT.always;
      rows[row + COL.nextTable] = protocol(payload.always).id;
    } else if ('step' in payload) rows[row + COL.next] = NEXT.step;
    else if ('ports' in payload) {
      rows[row + COL.next] = NEXT.ports;
      rows[row + COL.nextTable] = table(payload.ports).id;
      rows[row + COL.nextOffset] = place(payload.src).offset;
      rows[row + COL.nextOffset2] = place(payload.dst).offset;
    } else {
      const by = place(payload.by);
      rows[row + COL.next] = by.bytes === 1 ? NEXT.table8 : NEXT.table16;
      rows[row + COL.nextTable] = table(payload.table).id;
      rows[row + COL.nextOffset] = by.offset;
      if (payload.unless !== undefined) {
        const unless = place(payload.unless);
        rows[row + COL.unlessOffset] = unless.offset;
        rows[row + COL.unlessMask] = unless.mask << unless.shift;
      }
    }
  }
}

/** Every field a dissector can put out, its own presence first. */
export function declaredFields(d: Dissector): FieldDef[] {
  const out: FieldDef[] = [d.self];
  const add = (items: readonly Placed[]) => {
    for (const item of items) {
      out.push(item.def);
      add(item.parts);
    }
  };
  add(d.layout?.items ?? []);
  out.push(...(d.fields ?? []));
  return out;
}
