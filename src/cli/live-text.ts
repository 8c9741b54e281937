// What a live run says, line by line: findings as they are raised and settled, and what becomes of the capture itself.

import { safeText } from '../bytes/text.js';
import { duration, quantity } from '../bytes/units.js';
import type { LiveEvent, LiveResult } from '../main/live.js';
import { flowOf, kindOf } from '../report/causes.js';
import { wrap, wrapCommand } from '../report/wrap.js';

const COLORS = { error: '1;31', warning: '1;33', info: '36', open: '1;35', resolved: '1;32', dim: '2', command: '1;36' } as const;
const SIGNS = { error: '✗', warning: '!', info: 'i', open: '?' } as const;

const INDENT = '    ';

export class LiveText {
  constructor(
    private readonly color: boolean,
    /** Columns of the terminal; Infinity where the text goes elsewhere. */
    private readonly width: () => number,
  ) {}

  /** Lines of an event; '' where it is no news for people: a symptom stands under its cause. */
  event(event: LiveEvent, atMs: number): string {
    const time = this.paint('dim', clock(atMs));
    if (event.event === 'notice') return `${time} ${this.paint('dim', `- ${safeText(event.text)}`)}\n`;
    if (event.event === 'expectation') {
      const place = `${event.file}:${event.line}`;
      const lines = this.body(`expected ${event.expected}`) + this.body(`seen: ${event.seen}`);
      const head = `${this.paint('error', `${SIGNS.error} failed:`)} ${safeText(event.name)}`;
      return `${time} ${head} ${this.paint('dim', `(${safeText(place)})`)}\n${lines}`;
    }
    const { finding } = event;
    if (finding.foldedUnder !== null) return '';
    const title = safeText(finding.title);
    if (event.event === 'resolved') return `${time} ${this.paint('resolved', '✓ resolved:')} ${title}\n${this.body(event.how)}`;
    const kind = kindOf(finding);
    const style = kind === 'open' ? 'open' : finding.severity;
    const word = kind === 'open' ? 'undecided' : finding.severity;
    const head = `${time} ${this.paint(style, `${SIGNS[style]} ${word}:`)} ${title}`;
    if (event.event === 'updated') return `${head} ${this.paint('dim', `(now ×${finding.count})`)}\n`;
    const about = [finding.rule, `×${finding.count}`, flowOf(finding)].filter(Boolean).join(' · ');
    const [command] = finding.commands;
    const remedy =
      command === undefined
        ? this.body(finding.hint)
        : this.indented(wrapCommand(safeText(command), this.width() - INDENT.length), 'command');
    return `${head}\n${this.body(about, 'dim')}${this.body(finding.message)}${this.body(finding.cause)}${remedy}`;
  }

  /** Words under a headline. */
  private body(text: string, style: keyof typeof COLORS | null = null): string {
    return text === '' ? '' : this.indented(wrap(safeText(text), this.width() - INDENT.length), style);
  }

  private indented(lines: readonly string[], style: keyof typeof COLORS | null): string {
    return lines.map((line) => `${INDENT}${style === null ? line : this.paint(style, line)}\n`).join('');
  }

  /** What stands above the report at the end. */
  closing({ resolved, resolvedCount, forgotten, kept }: LiveResult): string {
    const lines: string[] = [];
    if (resolvedCount > 0) lines.push(`${quantity(resolvedCount, 'finding')} settled while capturing:`);
    for (const { finding, how, raisedMs, resolvedMs } of resolved.slice(-20))
      lines.push(
        `  ${this.paint('resolved', '✓')} ${safeText(finding.title)}: ${safeText(how)} (after ${duration((resolvedMs - raisedMs) * 1e6)})`,
      );
    if (forgotten > 0) lines.push(`${quantity(forgotten, 'conversation')} had to be forgotten to make room.`);
    if (kept.length > 0) lines.push(`Packets are kept in ${kept.map(safeText).join(', ')}.`);
    return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
  }

  private paint(style: keyof typeof COLORS, text: string): string {
    return this.color ? `\x1b[${COLORS[style]}m${text}\x1b[0m` : text;
  }
}

/** Local time of day, as the one who watches reads it from the wall. */
function clock(ms: number): string {
  const t = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}.${String(t.getMilliseconds()).padStart(3, '0')}`;
}

/** Lines of packets on a terminal: one that is too long for it gives up the spaces that align its columns, but for number and time. */
export const fitted = (lines: string, columns: number): string =>
  lines
    .split('\n')
    .map((line) => (line.length > columns ? line.replace(/^ *\d+ +\S+| {2,}/g, (part, at) => (at === 0 ? part : ' ')) : line))
    .join('\n');
