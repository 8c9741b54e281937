// What a live run says, line by line: findings as they are raised and settled, and what becomes of the capture itself.
import { safeText } from '../bytes/text.js';
import type { LiveEvent, LiveResult } from '../main/live.js';
import { flowOf, kindOf, quantity, span } from '../report/causes.js';

const COLORS = { error: '1;31', warning: '1;33', info: '36', open: '1;35', resolved: '1;32', dim: '2', command: '1;36' } as const;
const SIGNS = { error: '✗', warning: '!', info: 'i', open: '?' } as const;

export class LiveText {
  constructor(private readonly color: boolean) {}

  /** Lines of an event; '' where it is no news for people: a symptom stands under its cause. */
  event(event: LiveEvent, atMs: number): string {
    const time = this.paint('dim', clock(atMs));
    if (event.event === 'notice') return `${time} ${this.paint('dim', `- ${safeText(event.text)}`)}\n`;
    if (event.event === 'expectation') {
      const place = `${event.file}:${event.line}`;
      const lines = [`expected ${event.expected}`, `seen: ${event.seen}`].map((line) => `    ${safeText(line)}\n`);
      const head = `${this.paint('error', `${SIGNS.error} failed:`)} ${safeText(event.name)}`;
      return `${time} ${head} ${this.paint('dim', `(${safeText(place)})`)}\n${lines.join('')}`;
    }
    const { finding } = event;
    if (finding.foldedUnder !== null) return '';
    const title = safeText(finding.title);
    if (event.event === 'resolved')
      return `${time} ${this.paint('resolved', '✓ resolved:')} ${title}\n    ${safeText(event.how)}\n`;
    const kind = kindOf(finding);
    const style = kind === 'open' ? 'open' : finding.severity;
    const word = kind === 'open' ? 'undecided' : finding.severity;
    const head = `${time} ${this.paint(style, `${SIGNS[style]} ${word}:`)} ${title}`;
    if (event.event === 'updated') return `${head} ${this.paint('dim', `(now ×${finding.count})`)}\n`;
    const about = [finding.rule, `×${finding.count}`, flowOf(finding)].filter(Boolean).map(safeText).join(' · ');
    const lines = [this.paint('dim', about), safeText(finding.message), safeText(finding.cause)];
    const [command] = finding.commands;
    lines.push(command === undefined ? safeText(finding.hint) : this.paint('command', safeText(command)));
    return `${head}\n${lines
      .filter((line) => line !== '')
      .map((line) => `    ${line}\n`)
      .join('')}`;
  }

  /** What stands above the report at the end. */
  closing({ resolved, resolvedCount, forgotten, kept }: LiveResult): string {
    const lines: string[] = [];
    if (resolvedCount > 0) lines.push(`${quantity(resolvedCount, 'finding')} settled while capturing:`);
    for (const { finding, how, raisedMs, resolvedMs } of resolved.slice(-20))
      lines.push(
        `  ${this.paint('resolved', '✓')} ${safeText(finding.title)}: ${safeText(how)} (after ${span(BigInt(Math.round(resolvedMs - raisedMs)) * 1_000_000n)})`,
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
