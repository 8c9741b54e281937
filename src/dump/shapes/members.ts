// JSON whose names may be there twice, as tshark writes it.
import { safeJson } from '../../bytes/text.js';

export class Members {
  readonly pairs: (readonly [name: string, value: Json])[] = [];
  put(name: string, value: Json): this {
    this.pairs.push([name, value]);
    return this;
  }
}

export type Json = string | number | boolean | null | Members | readonly Json[];

const quoted = (text: string): string => safeJson(JSON.stringify(text));

/** On one line. */
export function compact(value: Json): string {
  if (value instanceof Members) return `{${value.pairs.map(([name, one]) => `${quoted(name)}:${compact(one)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** One name or element a line; `indent` is that of the line that it begins on. */
export function indented(value: Json, indent: string): string {
  const deeper = `${indent}  `;
  const block = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0 ? open + close : `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`;
  if (value instanceof Members)
    return block(
      '{',
      value.pairs.map(([name, one]) => `${quoted(name)}: ${indented(one, deeper)}`),
      '}',
    );
  if (Array.isArray(value))
    return block(
      '[',
      value.map((one) => indented(one, deeper)),
      ']',
    );
  return compact(value);
}
