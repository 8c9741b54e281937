// Colours of packets by rules of the user's own, in the syntax of Wireshark's `colorfilters`: `@name@filter@[bg][fg]`, off with `!` before it.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { safeText } from '../../bytes/text.js';
import { readText, whyUnread } from '../../main/read-text.js';
import type { Attr } from '../screen/paint.js';
import type { Depth } from '../screen/theme.js';
import type { Session } from '../session.js';
import { nearestPair, type Rgb } from './palette.js';

/** Rules that are looked at for each row. */
const MAX_RULES = 500;
/** Letters of the file. */
const MAX_TEXT = 1 << 20;

export interface ColorRule {
  readonly name: string;
  readonly filter: string;
  readonly bg: Rgb;
  readonly fg: Rgb;
  /** In its file. */
  readonly line: number;
}

interface Wrong {
  readonly line: number;
  readonly what: string;
}

const LINE = /^@([^@]*)@(.*)@\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]$/;

/** Rules that are on, in their order, and lines that are none. */
export function readColorRules(text: string): { readonly rules: readonly ColorRule[]; readonly wrong: readonly Wrong[] } {
  const rules: ColorRule[] = [];
  const wrong: Wrong[] = [];
  for (const [i, whole] of text.slice(0, MAX_TEXT).split('\n').entries()) {
    const written = whole.trim();
    if (written === '' || written.startsWith('#') || written.startsWith('!')) continue;
    const parts = LINE.exec(written);
    const colors = parts?.slice(3).map(Number) ?? [];
    if (parts === null) wrong.push({ line: i + 1, what: 'this is not @name@filter@[background][text]' });
    else if (colors.some((part) => part > 65535)) wrong.push({ line: i + 1, what: 'parts of a colour are 0 to 65535' });
    else if (rules.length >= MAX_RULES) wrong.push({ line: i + 1, what: `more than ${MAX_RULES} rules are not looked at` });
    else {
      const [r, g, b, fr, fg, fb] = colors.map((part) => part >> 8);
      rules.push({ name: parts[1], filter: parts[2], bg: [r, g, b], fg: [fr, fg, fb], line: i + 1 });
    }
  }
  return { rules, wrong };
}

/** The rules in force; the first one that matches a packet colours it. */
export class ColorRules {
  private rules: readonly ColorRule[] = [];
  private wrong: readonly Wrong[] = [];
  private unread = '';
  private attrs: readonly Attr[] = [];

  /** `isGiven`: somebody has named the file, so it has to be there. */
  constructor(
    private readonly path: string,
    isGiven: boolean,
    depth: Depth,
  ) {
    if (!isGiven && !existsSync(path)) return;
    try {
      const { rules, wrong } = readColorRules(readText(path));
      this.rules = rules;
      this.wrong = wrong;
      if (depth !== 0) this.attrs = rules.map(({ bg, fg }) => nearestPair(bg, fg, depth));
    } catch (error) {
      this.unread = whyUnread(error);
    }
  }

  /** Puts them in force for what is shown; one line that says what is wrong, or null. */
  apply(session: Session): string | null {
    if (this.unread !== '') return `${safeText(this.path)}: ${this.unread}`;
    const faults = session.colorBy(this.rules.map(({ filter }) => filter));
    const all = [...this.wrong, ...this.rules.flatMap(({ line }, i) => (faults[i] === null ? [] : [{ line, what: faults[i] }]))];
    if (all.length === 0) return null;
    const [first] = all.sort((a, b) => a.line - b.line);
    const rest = all.length === 1 ? 'left out' : `${all.length} lines are left out`;
    return `${safeText(basename(this.path))}, line ${first.line}: ${safeText(first.what.replace(/ \(column \d+\)/, ''))}; ${rest}`;
  }

  /** The style of the rule with this number; null: it has none. */
  attr(rule: number): Attr | null {
    return this.attrs[rule] ?? null;
  }
}
