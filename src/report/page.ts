// A page of text for a terminal: wrapped, labelled, coloured where that is wanted; and the parts that all texts have.

import { displayWidth, safeText, truncate } from '../bytes/text.js';
import type { Picture } from '../picture/model.js';
import { type Ink, paintText } from '../picture/paint/text.js';
import type { Evidence, Finding } from '../rules/finding.js';
import type { Cause } from './causes.js';
import type { ReportOptions } from './formats.js';
import type { Run } from './run.js';
import { firstJourney, framesOf, timesOf } from './words.js';
import { wrap, wrapCommand } from './wrap.js';

/** Below this width labels stand in the text instead of in a column of their own. */
const NARROW = 60;
const LABEL = 10;
/** What is shown of a list unless everything is asked for. */
export const SOME = 6;

const COLORS = {
  error: '1;31',
  warning: '1;33',
  info: '36',
  open: '1;35',
  pass: '1;32',
  dim: '2',
  bold: '1',
  command: '1;36',
} as const;
export type Style = keyof typeof COLORS;

export class Page {
  private readonly lines: string[] = [];
  readonly narrow: boolean;

  constructor(private readonly options: ReportOptions) {
    this.narrow = options.width < NARROW;
  }

  get width(): number {
    return Math.max(24, this.options.width);
  }

  paint(style: Style | null, text: string): string {
    return this.options.color && style !== null && text !== '' ? `\x1b[${COLORS[style]}m${text}\x1b[0m` : text;
  }

  /** One finished line. */
  line(text = ''): void {
    this.lines.push(text);
  }

  /** Wrapped text after `lead`, which stands on the first line; the others are indented to the same column. */
  hang(lead: string, text: string, leadStyle: Style | null = null, style: Style | null = null): void {
    const indent = displayWidth(lead);
    wrap(text, this.width - indent).forEach((line, i) => {
      this.line((i === 0 ? this.paint(leadStyle, lead) : ' '.repeat(indent)) + this.paint(style, line));
    });
  }

  /** A labelled paragraph of a finding. */
  paragraph(label: string, text: string): void {
    if (!this.narrow) this.hang(`  ${label.padEnd(LABEL)}`, text, 'dim');
    else
      wrap(`${label}: ${text}`, this.width - 4).forEach((line, i) => {
        this.line((i === 0 ? '  ' : '    ') + line);
      });
  }

  /** Lines that belong together under one label, each wrapped by itself. */
  list(label: string, items: readonly { sign: string; text: string }[]): void {
    if (this.narrow) this.line(`  ${label}:`);
    const indent = this.narrow ? '    ' : ' '.repeat(LABEL + 2);
    items.forEach(({ sign, text }, i) => {
      const lead = i === 0 && !this.narrow ? `  ${label.padEnd(LABEL)}` : indent;
      this.hang(`${lead}${sign} `, text, 'dim');
    });
  }

  /** Indent of what belongs to a labelled paragraph. */
  get indent(): string {
    return this.narrow ? '    ' : ' '.repeat(LABEL + 2);
  }

  toString(): string {
    return `${this.lines.join('\n').replace(/[ \t]+$/gm, '')}\n`;
  }
}

export function journey(page: Page, { finding, kind }: Cause, verbose: boolean, severalPoints: boolean): void {
  // Two notes on one frame are one row.
  const all = framesOf(finding);
  const shown = verbose ? finding.evidence : firstJourney(all).slice(0, SOME);
  if (shown.length === 0) return;
  const times = timesOf(shown);
  const rows = shown.map((e, i) => ({
    frame: `frame ${e.frame}`,
    time: times[i]!,
    point: severalPoints ? truncate(safeText(e.point), page.narrow ? 12 : 24) : '',
    note: safeText(e.note),
  }));
  const { interfaceExpected: expected, interfaceOut: out } = finding.subject;
  const instead = kind === 'fault' && expected !== null && expected !== out;
  const widest = (texts: string[]) => Math.max(...texts.map(displayWidth));
  const frameWidth = widest([...rows.map((row) => row.frame), ...(instead ? ['expected'] : [])]);
  const timeWidth = page.narrow ? 0 : widest(rows.map((row) => row.time));
  const pointWidth = widest(rows.map((row) => row.point));
  const fill = (text: string, width: number) =>
    width === 0 ? '' : `${text}${' '.repeat(Math.max(0, width - displayWidth(text)))}  `;
  const lead = (frame: string, time: string, point: string) =>
    `  ${fill(frame, frameWidth)}${timeWidth === 0 ? '' : `${time.padStart(timeWidth)}  `}${fill(point, pointWidth)}`;
  for (const row of rows) page.hang(lead(row.frame, row.time, row.point), row.note);
  if (instead) page.hang(lead('expected', '', ''), `${out === null ? '' : 'out '}${safeText(expected)}`, 'bold', 'bold');
  const rest = verbose ? [] : all.slice(shown.length);
  if (rest.length > 0) {
    const name = (e: Evidence) => (severalPoints ? `${safeText(e.point)} ${e.frame}` : String(e.frame));
    page.hang(
      '  ',
      `the same in ${rest.length === 1 ? 'frame' : 'frames'} ${rest
        .slice(0, 2 * SOME)
        .map(name)
        .join(', ')}${rest.length > 2 * SOME ? ', ...' : ''}`,
      null,
      'dim',
    );
  }
}

/** Colours of what pictures are made of. */
const INKS: Readonly<Record<Ink, Style>> = {
  name: 'bold',
  dim: 'dim',
  wrong: 'error',
  expected: 'info',
  tunnel: 'warning',
  good: 'pass',
};

/** What can be drawn of a finding: the kind that was asked for, else the other one. */
export function pictureOf(run: Run, { id }: Finding, kind: ReportOptions['picture']): Picture[] {
  if (kind === undefined || kind === 'none' || run.pictures === undefined) return [];
  const { pictures } = run;
  const [ladder, map] = [() => pictures.ladder(id), () => pictures.map(id)];
  return (kind === 'ladder' ? [ladder, map] : [map, ladder]).flatMap((draw) => draw() ?? []);
}

/** One picture of a finding, where it fits. */
export function drawing(page: Page, run: Run, finding: Finding, kind: ReportOptions['picture']): void {
  const paint = (ink: Ink, text: string): string => page.paint(INKS[ink], text);
  for (const picture of pictureOf(run, finding, kind)) {
    const lines = paintText(picture, { width: page.width - 2, paint });
    if (lines === null) continue;
    for (const line of lines) page.line(line === '' ? '' : `  ${line}`);
    page.line();
    return;
  }
}

export function remedy(page: Page, finding: Finding): void {
  const { commands, hint, subject } = finding;
  const where = subject.node === null ? 'Run:' : `On ${safeText(subject.node)}:`;
  if (hint !== '') page.paragraph('do', safeText(hint));
  if (commands.length === 0) return;
  if (hint === '') page.paragraph('do', where);
  else page.line(`${page.indent}${where}`);
  for (const command of commands)
    for (const line of wrapCommand(safeText(command), page.width - page.indent.length - 2))
      page.line(`${page.indent}  ${page.paint('command', line)}`);
}
