// Colours and weight in the words of a terminal, as short as they can be said.
import { type Attr, PLAIN } from './paint.js';
import { partsOf } from './theme.js';

/** Bold, underlined, inverse: on and off. */
const FLAGS = [
  [1, '1', '22'],
  [2, '4', '24'],
  [8, '7', '27'],
] as const;

/** Changes that are remembered; a theme has some dozens of styles. */
const MAX_KNOWN = 4096;
const known = new Map<number, string>();

/** What turns one style into another. */
export function changeOf(from: Attr, to: Attr): string {
  const key = from * 2 ** 24 + to;
  let change = known.get(key);
  if (change === undefined) {
    change = madeOf(from, to);
    if (known.size < MAX_KNOWN) known.set(key, change);
  }
  return change;
}

function madeOf(from: Attr, to: Attr): string {
  if (from === to) return '';
  if (to === PLAIN) return '\x1b[m';
  const [was, is] = [partsOf(from), partsOf(to)];
  const ink = colorCode(is.fg, 30);
  const paper = colorCode(is.bg, 40);
  const whole = ['0', ...FLAGS.map(([bit, on]) => ((is.flags & bit) === 0 ? '' : on)), ink, paper];
  const change = [
    ...FLAGS.map(([bit, on, off]) => ((is.flags & bit) === (was.flags & bit) ? '' : (is.flags & bit) === 0 ? off : on)),
    is.fg === was.fg ? '' : ink || '39',
    is.bg === was.bg ? '' : paper || '49',
  ];
  const [all, part] = [said(whole), said(change)];
  return part.length <= all.length ? part : all;
}

const said = (parts: readonly string[]): string => `\x1b[${parts.filter((part) => part !== '').join(';')}m`;

/** `first`: 30 for letters, 40 for the background; '' for the terminal's own. */
function colorCode(color: number | null, first: number): string {
  if (color === null) return '';
  if (color < 8) return String(first + color);
  return color < 16 ? String(first + 52 + color) : `${first + 8};5;${color}`;
}
