// Writes src/flows/generated/ from the declarations in src/flows/declared.ts and from the layouts of headers: constants and readers that
// the compiler puts where they are used.
import * as eth from '../dissectors/eth.js';
import * as geneve from '../dissectors/geneve.js';
import * as icmp from '../dissectors/icmp.js';
import * as ip from '../dissectors/ip.js';
import * as ipv6 from '../dissectors/ipv6.js';
import * as sll from '../dissectors/sll.js';
import * as tcp from '../dissectors/tcp.js';
import * as udp from '../dissectors/udp.js';
import * as vlan from '../dissectors/vlan.js';
import * as vxlan from '../dissectors/vxlan.js';
import type { Layout } from '../src/dissect/layout.js';
import { type Bits, COLUMNS, type Column, HOP, JOURNEY, KEY_COLUMNS, PACKET, type RecordOf, USE } from '../src/flows/declared.js';

const HEAD = '// Written by scripts/generate-records.mjs: change the declaration, and run it again.\n';

const upper = (name: string): string => name[0].toUpperCase() + name.slice(1);
const says = (text: string, indent = '  '): string => (text === '' ? '' : `${indent}/** ${text} */\n`);

interface Placed {
  readonly name: string;
  readonly kind: RecordOf['values'][number]['kind'];
  readonly says: string;
  readonly at: number;
  readonly parts: readonly (Bits & { readonly shift: number })[];
}

function place(record: RecordOf): readonly Placed[] {
  let at = 0;
  const placed = record.values.map((value): Placed => {
    if (value.kind === 'double' && at % 2 !== 0) throw new Error(`${record.name}.${value.name}: doubles begin on even words`);
    let shift = 0;
    const parts = value.parts.map((part) => {
      shift += part.bits;
      if (shift > 32) throw new Error(`${record.name}.${value.name} has more than 32 bits`);
      return { ...part, shift: shift - part.bits };
    });
    at += value.words;
    return { name: value.name, kind: value.kind, says: value.says, at: at - value.words, parts };
  });
  if (at > record.words) throw new Error(`${record.name} needs ${at} words`);
  if (record.words % 2 !== 0) throw new Error(`${record.name}: doubles begin on even words`);
  return placed;
}

function read(word: string, part: Bits & { readonly shift: number }): string {
  if (part.bits === 1) return `(${word} & ${(2 ** part.shift) | 0}) !== 0`;
  if (part.shift + part.bits === 32) return `${word} >>> ${part.shift}`;
  const mask = `0x${(2 ** part.bits - 1).toString(16)}`;
  return part.shift === 0 ? `${word} & ${mask}` : `(${word} >> ${part.shift}) & ${mask}`;
}

/** Places of the values of a record, and how many words it has. */
function places(record: RecordOf): string {
  const lines = place(record).map(
    ({ name, kind, says: text, at }) => `${says(text)}  ${name} = ${at}${kind === 'double' ? ' / 2' : ''},\n`,
  );
  return `/** Where each value of the record is. Doubles count in pairs of words. */
export enum ${record.places} {
${lines.join('')}}

export const ${record.places === 'AT' ? '' : `${record.places}_`}WORDS = ${record.words};
`;
}

/** One function that puts a word together, for each that has parts; flags are or-ed by BIT. */
function packers(record: RecordOf): string {
  return place(record)
    .filter(({ parts }) => parts.length > 0 && parts.every(({ bits }) => bits > 1 || record.name === 'hop'))
    .map(({ name, parts }) => {
      const names = parts.map((part) => `${part.name}: number`).join(', ');
      const sum = parts.map((part) => (part.shift === 0 ? part.name : `(${part.name} << ${part.shift})`)).join(' | ');
      return `export const ${record.name}${upper(name)} = (${names}): number => ${sum};\n`;
    })
    .join('');
}

/** One function for each part that takes it out of its word. */
const takers = (record: RecordOf): string =>
  place(record)
    .flatMap(({ parts }) => parts)
    .map((part) => {
      const value = read('word', part);
      return `${says(part.says, '')}export const ${part.name}Of = (word: number): number => ${part.bits === 1 ? `(word >> ${part.shift}) & 1` : value};\n`;
    })
    .join('');

function view(record: RecordOf): string {
  const getters = place(record).flatMap(({ name, kind, says: text, at, parts }) => {
    const word = `this.words[this.at + ${at}]`;
    const get = (its: string, type: string, value: string, comment: string): string =>
      `${says(comment)}  get ${its}(): ${type} {\n    return ${value};\n  }\n`;
    if (parts.length > 0)
      return parts.map((part) => get(part.name, part.bits === 1 ? 'boolean' : 'number', read(word, part), part.says));
    if (kind === 'words') return [];
    if (kind === 'double') return [get(name, 'number', `this.doubles[this.at / 2${at === 0 ? '' : ` + ${at / 2}`}]`, text)];
    return [get(name, 'number', kind === 'uint' ? `${word} >>> 0` : word, text)];
  });
  return `/** Reads the record at \`at\`. */
export abstract class ${upper(record.name)}View {
  abstract words: Int32Array;
  protected abstract doubles: Float64Array;
  /** Its first word. */
  at = 0;

${getters.join('')}}
`;
}

function packetText(): string {
  const parts = place(PACKET).flatMap((value) => value.parts);
  const bit = parts.filter(({ bits }) => bits === 1).map(({ name, shift }) => `  ${name} = ${(2 ** shift) | 0},\n`);
  const shift = parts.filter(({ bits }) => bits > 1).map(({ name, shift: by }) => `  ${name} = ${by},\n`);
  return `${HEAD}
${places(PACKET)}
/** Flags, each within the word that holds it. */
export enum BIT {
${bit.join('')}}

/** Where small numbers begin in the word that holds them. */
export enum SHIFT {
${shift.join('')}}

${packers(PACKET)}
${view(PACKET)}`;
}

const journeyText = (): string => `${HEAD}
${places(HOP)}
${packers(HOP)}${takers(HOP)}
${places(JOURNEY)}
${places(USE)}`;

const SIZES: Readonly<Record<Column['type'], number>> = { Uint8: 1, Uint16: 2, Uint32: 4, Int32: 4, Float64: 8 };

function columnsText(): string {
  const all = [...KEY_COLUMNS, ...COLUMNS];
  const names = new Set(all.map(({ name }) => name));
  if (names.size < all.length) throw new Error('a column is declared twice');
  const bytes = all.reduce((sum, { type, values }) => sum + SIZES[type] * values, 0);
  const fields = all.map(
    ({ name, type, values, says: text }) =>
      `${says(text)}  ${name} = new ${type}Array(${values === 1 ? '' : `${values} * `}FIRST_ROOM);\n`,
  );
  return `${HEAD}
/** Conversations that there is room for at first. */
export const FIRST_ROOM = 1024;

/** What one conversation takes, in bytes. */
export const CONVERSATION_BYTES = ${bytes};

export abstract class ConversationColumns {
${fields.join('')}
  /** Makes room for twice as many. */
  protected growColumns(): void {
${all.map(({ name }) => `    this.${name} = grown(this.${name});\n`).join('')}  }

  /** Nothing has been seen of conversation \`c\`, either way. */
  protected clearColumns(c: number): void {
    const i = c * 2;
${COLUMNS.map(({ name }) => `    this.${name}[i] = this.${name}[i + 1] = 0;\n`).join('')}  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(column: T): T {
  const twice = new (column.constructor as new (length: number) => T)(column.length * 2);
  twice.set(column);
  return twice;
}
`;
}

function offsets(name: string, layout: Layout): string {
  const lines = Object.entries(layout.place).map(([field, { offset }]) => `  ${field.replaceAll('.', '_')} = ${offset},\n`);
  return `export enum ${name} {\n${lines.join('')}}\n`;
}

const offsetsText = (): string => `${HEAD}
// Where each field of a header begins, in bytes from its first. Of fields that share a byte, that byte.

${[
  offsets('ETH', eth.header),
  offsets('VLAN', vlan.header),
  offsets('SLL', sll.header),
  offsets('SLL2', sll.header2),
  offsets('IP', ip.header),
  offsets('IPV6', ipv6.header),
  offsets('FRAGMENT', ipv6.fragmentHeader),
  offsets('TCP', tcp.header),
  offsets('UDP', udp.header),
  offsets('ICMP', icmp.header),
  offsets('VXLAN', vxlan.header),
  offsets('GENEVE', geneve.header),
].join('\n')}
/** Bytes of the fixed headers. */
export enum SIZE {
  ETH = ${eth.header.size},
  VLAN = ${vlan.header.size},
  IP = ${ip.header.size},
  IPV6 = ${ipv6.header.size},
  TCP = ${tcp.header.size},
  UDP = ${udp.header.size},
  ICMP = ${icmp.header.size},
}
`;

/** Texts of the files in src/flows/generated/, before they are formatted. */
export const generated: Readonly<Record<string, () => string>> = {
  'packet-words.ts': packetText,
  'journey-words.ts': journeyText,
  'conversation-columns.ts': columnsText,
  'header-offsets.ts': offsetsText,
};
