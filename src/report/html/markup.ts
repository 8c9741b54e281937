// HTML by a template: whatever is put into it is text, and made harmless, unless it is markup already.
import { safeLines } from '../../bytes/text.js';

export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type Part = string | number | Markup | null | false | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML shows it, in an element or an attribute in quotes. Control, direction and invisible characters become visible. */
export const escaped = (text: string): string => safeLines(text).replace(/[&<>"']/g, (c) => ESCAPES[c]!);

function put(part: Part): string {
  if (part === null || part === false) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(put).join('') : escaped(String(part));
}

/** `html\`<p>${text}</p>\``. Attributes stand in double quotes. */
export function html(text: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(text.reduce((all, piece, i) => `${all}${put(parts[i - 1]!)}${piece}`));
}

/** A word as part of an id or a class. */
export const idOf = (text: string): string => text.replace(/[^\w-]/g, '-');
