// JSON whose names may be there twice, as tshark writes it.
import type { Line } from '../../bytes/line.js';
import { safeJson } from '../../bytes/text.js';

export class Members {
  readonly pairs: (readonly [name: string, value: Json])[] = [];
  put(name: string, value: Json): this {
    this.pairs.push([name, value]);
    return this;
  }
}

export type Json = string | number | boolean | null | Members | readonly Json[];

/** Printable ASCII without quotes and backslashes: nearly all texts are that. */
const PLAIN = /^[ !#-[\]-~]*$/;

export const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : safeJson(JSON.stringify(text)));

/** On one line. */
export function writeCompact(value: Json, line: Line): void {
  if (value instanceof Members) {
    line.byte(OPEN_BRACE);
    value.pairs.forEach(([name, one], i) => {
      if (i > 0) line.byte(COMMA);
      line.text(quoted(name));
      line.byte(COLON);
      writeCompact(one, line);
    });
    line.byte(CLOSE_BRACE);
  } else if (Array.isArray(value)) {
    line.byte(OPEN_BRACKET);
    value.forEach((one, i) => {
      if (i > 0) line.byte(COMMA);
      writeCompact(one, line);
    });
    line.byte(CLOSE_BRACKET);
  } else line.text(typeof value === 'string' ? quoted(value) : String(value));
}

/** One name or element a line; `indent` is that of the line that it begins on. */
export function writeIndented(value: Json, indent: string, line: Line): void {
  const isObject = value instanceof Members;
  if (!isObject && !Array.isArray(value)) {
    writeCompact(value, line);
    return;
  }
  const deeper = `${indent}  `;
  const inner = isObject ? value.pairs : (value as readonly Json[]);
  line.byte(isObject ? OPEN_BRACE : OPEN_BRACKET);
  for (let i = 0; i < inner.length; i++) {
    if (i > 0) line.byte(COMMA);
    line.newline();
    line.text(deeper);
    if (isObject) {
      const [name, one] = value.pairs[i];
      line.text(quoted(name));
      line.text(': ');
      writeIndented(one, deeper, line);
    } else writeIndented((inner as readonly Json[])[i], deeper, line);
  }
  if (inner.length > 0) {
    line.newline();
    line.text(indent);
  }
  line.byte(isObject ? CLOSE_BRACE : CLOSE_BRACKET);
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
