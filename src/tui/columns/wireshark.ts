// The columns of Wireshark's preferences, as columns of the packet list.
import type { Settings } from '../settings.js';
import { LISTED, listed } from './packet-columns.js';

type Column = Settings['columns'][number];

/** What `tshark -G column-formats` lists, where there is the same here: a column of the list, or a field. */
const FIELDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LISTED.flatMap(({ id, wireshark }) => wireshark.map((format) => [format, id]))),
  ns: 'ip.src',
  rns: 'ip.src',
  uns: 'ip.src',
  nd: 'ip.dst',
  rnd: 'ip.dst',
  und: 'ip.dst',
  hs: 'eth.src',
  rhs: 'eth.src',
  uhs: 'eth.src',
  hd: 'eth.dst',
  rhd: 'eth.dst',
  uhd: 'eth.dst',
  q: 'vlan.id',
  f: 'ip.dsfield.dscp',
};

export interface WiresharkColumns {
  readonly columns: readonly Column[];
  /** Titles of those that there is nothing for here. */
  readonly left: readonly string[];
}

/** `text`: the file `preferences`; `isField`: does a filter know it? Null where the file says nothing of columns. */
export function wiresharkColumns(text: string, isField: (field: string) => boolean): WiresharkColumns | null {
  const format = preference(text, 'gui.column.format');
  if (format === null) return null;
  const hidden = new Set((preference(text, 'gui.column.hidden') ?? '').split(',').map((one) => one.trim()));
  const words = [...format.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word.replace(/\\(.)/g, '$1'));
  const columns: Column[] = [];
  const left: string[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [title, shown] = [words[i].slice(0, 30), words[i + 1]];
    const field = fieldOf(shown, isField);
    if (field === null) left.push(title);
    else
      columns.push({
        title: title === '' ? field : title,
        field,
        align: listed(field)?.align ?? 'left',
        ...(hidden.has(shown) && { isHidden: true }),
      });
  }
  return { columns, left };
}

/** `%m`, or `%Cus:FIELD or FIELD:OCCURRENCE:R`; of several fields the first that is known here. */
function fieldOf(shown: string, isField: (field: string) => boolean): string | null {
  const [, expression, occurrence] = /^%Cus:(.*?)(?::(-?\d+)(?::\w*)?)?$/.exec(shown) ?? [];
  if (expression === undefined) {
    const field = FIELDS[shown.slice(1)];
    return field !== undefined && (!field.includes('.') || isField(field)) ? field : null;
  }
  const field = expression.split(/\s+or\s+|\s*\|\|\s*/).find((one) => /^[\w.-]+$/.test(one) && isField(one));
  if (field === undefined) return null;
  return Number(occurrence ?? 0) > 0 ? `${field}#${occurrence}` : field;
}

/** The value of a preference, which goes on in lines that are indented. */
function preference(text: string, name: string): string | null {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith(`${name}:`));
  if (at < 0) return null;
  const end = lines.findIndex((line, i) => i > at && !/^\s/.test(line));
  return [lines[at].slice(name.length + 1), ...lines.slice(at + 1, end < 0 ? undefined : end)].join(' ');
}
