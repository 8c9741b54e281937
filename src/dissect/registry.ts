// The list of dissectors turned into rows of numbers that the walk reads.
import { UsageError } from '../errors.js';
import { allTables, type Dissector, dissector, type Looks, protocol, type Step, table } from './dissector.js';
import { type FieldDef, field } from './fields.js';
import type { Placed } from './layout.js';
import { NEXT, ROW, SHAPE, TABLE_SIZE } from './walk.js';

/** Whose key is the link type of the frame. */
const LINK = table('frame.linktype');

/** By the names in Role. An enum: see STOP. */
export enum ROLE {
  other = 0,
  link = 1,
  network = 2,
  transport = 3,
  tunnel = 4,
  neighbour = 5,
}

/** What nobody claims. Always protocol 0. */
const dataBytes = field('data.data', 'Data', 'bytes');
const dataLength = field('data.len', 'Length', 'int32');
const data = dissector({
  name: 'data',
  title: 'Data',
  spec: '',
  minLength: 0,
  payload: { none: true },
  fields: [dataBytes, dataLength],
  details(out, layers, i) {
    const at = layers.start[i]!;
    const length = layers.end[i]! - at;
    if (length <= 0) return;
    out.add(dataBytes, at, length, null);
    out.add(dataLength, at, 0, length);
  },
});

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
  /** By protocol number: what is shown of a cut header. */
  readonly ofCut: readonly Dissector['ofCut'][];
  /** By protocol number: does it take a payload that its port leads to? */
  readonly accepts: readonly Dissector['accepts'][];
  /** By table number: protocols that may claim a payload whose port is nobody's, by its looks. */
  readonly guesses: readonly (readonly { readonly proto: number; readonly looksLike: Looks }[])[];
  /** All tables, one after the other: table number * TABLE_SIZE + key -> protocol number. */
  readonly keys: Int16Array;
  /** Role of each protocol, see ROLE. */
  readonly roles: Uint8Array;
  /** By protocol number: where the header has its source address, followed by the destination; 0 bytes: nowhere. */
  readonly addresses: readonly { readonly offset: number; readonly bytes: number }[];
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
    this.ofCut = this.protocols.map((d) => d.ofCut);
    this.accepts = this.protocols.map((d) => d.accepts);
    this.addresses = this.protocols.map((d) => {
      const source = d.role === 'network' ? (d.layout?.place as Record<string, Placed> | undefined)?.['src'] : undefined;
      return { offset: source?.offset ?? 0, bytes: source?.bytes ?? 0 };
    });
    for (const d of this.protocols) for (const name of Object.keys(d.claims ?? {})) table(name);
    const guesses: { proto: number; looksLike: Looks }[][] = allTables().map(() => []);
    for (const d of this.protocols)
      for (const [name, looksLike] of Object.entries(d.guesses ?? {}))
        guesses[table(name).id]!.push({ proto: d.ref.id, looksLike });
    this.guesses = guesses;
    this.protocols.forEach((d, id) => {
      this.writeRow(d, id * ROW);
    });
    const keys = new Int16Array(allTables().length * TABLE_SIZE);
    for (const d of this.protocols)
      for (const [name, claimed] of Object.entries(d.claims ?? {}))
        for (const key of claimed) keys[table(name).id * TABLE_SIZE + key] = d.ref.id;
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
      keys.fill(id, known.id * TABLE_SIZE + as.from, known.id * TABLE_SIZE + as.to + 1);
    }
    this.keys = keys;
  }

  /** Whether it is of these, and the numbers that it gave them are still theirs: a registry that is made later gives them anew. */
  isOf(dissectors: readonly Dissector[]): boolean {
    return this.protocols.length === dissectors.length + 1 && this.protocols.every(({ ref }, id) => ref.id === id);
  }

  /** The protocol that starts a frame of this LINKTYPE; `data` where hopscope does not know it. */
  linkProto(linkType: number): number {
    return linkType < TABLE_SIZE ? this.keys[LINK.id * TABLE_SIZE + linkType]! : 0;
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
    const least = d.minLength ?? size;
    // The walk has checked the least length, and no more, when it reads these.
    const within = (p: Placed, bytes: number): void => {
      if (p.offset + bytes > least) throw new Error(`${d.name}: its least length must hold what the walk goes by`);
    };
    let shape = 0;
    let constant = size;
    if (d.length !== undefined) {
      const p = place(d.length.field);
      if (p.bytes !== 1) throw new Error(`${d.name}: a header length must lie within one byte`);
      within(p, 1);
      shape |= SHAPE.length;
      constant = d.length.plus ?? 0;
      rows[row + 3] = p.offset | (p.shift << 8) | (p.mask << 16) | ((d.length.times ?? p.times) << 24);
    }
    if (d.total !== undefined) {
      const p = place(d.total.field);
      if (p.bytes !== 2 || p.shift !== 0) throw new Error(`${d.name}: a total length must be 16 bits`);
      within(p, 2);
      shape |= SHAPE.total;
      rows[row + 4] = p.offset | ((d.total.plus ?? 0) << 8);
    }
    if (d.version !== undefined) {
      shape |= SHAPE.version;
      rows[row + 5] = d.version.is;
      if (d.version.else !== undefined) rows[row + 6] = protocol(d.version.else).id;
    }
    let next: number = NEXT.data;
    let keyAt = 0;
    const { payload } = d;
    if (payload === undefined) next = NEXT.data;
    else if ('none' in payload) next = NEXT.none;
    else if ('always' in payload) {
      next = NEXT.always;
      rows[row + 1] = protocol(payload.always).id;
    } else if ('ports' in payload) {
      next = NEXT.ports;
      keyAt = place(payload.src).offset;
      within(place(payload.dst), 2);
      if (place(payload.dst).offset !== keyAt + 2) throw new Error(`${d.name}: the two ports must be neighbours`);
      rows[row + 1] = table(payload.ports).id * TABLE_SIZE;
    } else if ('table' in payload) {
      const by = place(payload.by);
      next = by.bytes === 1 ? NEXT.table8 : NEXT.table16;
      keyAt = by.offset;
      within(by, by.bytes);
      rows[row + 1] = table(payload.table).id * TABLE_SIZE;
      if ('least' in payload) rows[row + 2] = payload.least;
      else if (payload.unless !== undefined) {
        const unless = place(payload.unless);
        rows[row + 2] = (unless.offset << 16) | (unless.mask << unless.shift);
      }
    } else next = NEXT.step;
    rows[row] = least | (constant << 8) | (keyAt << 16) | (next << 24) | (shape << 28);
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
  out.push(...(d.fields ?? []), ...(d.remembers?.fields ?? []));
  return out;
}
