// `dump -G fields` and `-G protocols`: hopscope's fields and protocols in the lines of tshark's glossaries.
import { dissectors } from '../../dissectors/index.js';
import type { FieldDef } from '../dissect/fields.js';
import { declaredFields } from '../dissect/registry.js';
import { UsageError } from '../errors.js';
import { namedFields } from '../filter/dictionary.js';

const TYPES: Readonly<Record<string, string>> = {
  bool: 'FT_BOOLEAN',
  ipv4: 'FT_IPv4',
  ipv6: 'FT_IPv6',
  time: 'FT_ABSOLUTE_TIME',
  duration: 'FT_RELATIVE_TIME',
};
const BASES: Readonly<Record<string, string>> = {
  dec: 'BASE_DEC',
  hex: 'BASE_HEX',
  dechex: 'BASE_DEC_HEX',
  hexdec: 'BASE_HEX_DEC',
  oct: 'BASE_OCT',
};

function fieldLine({ name, title, type, base }: FieldDef, parent: string): string {
  const isNumber = /^u?int\d+$/.test(type);
  return `F\t${title}\t${name}\t${TYPES[type] ?? `FT_${type.toUpperCase()}`}\t${parent}\t${isNumber ? BASES[base] : ''}\t0x0\t\n`;
}

/** Throws UsageError for another report. */
export function glossary(report: string): string {
  if (report === 'protocols')
    return dissectors.map((d) => `${d.title}\t${d.short ?? (d.as ?? d.name).toUpperCase()}\t${d.as ?? d.name}\n`).join('');
  if (report !== 'fields')
    throw new UsageError(`-G ${report}: fields and protocols are known; hopscope fields -f json and hopscope protocols say more`);
  const lines = new Set<string>();
  lines.add('P\tFrame\tframe\n');
  for (const { def } of namedFields()) lines.add(fieldLine(def, def.name.split('.')[0]!));
  for (const d of dissectors) {
    const name = d.as ?? d.name;
    lines.add(`P\t${d.title}\t${name}\n`);
    for (const def of declaredFields(d)) if (def.name !== name) lines.add(fieldLine(def, name));
  }
  return [...lines].join('');
}
