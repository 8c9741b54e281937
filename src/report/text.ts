// The report for people. For each cause: what happened, one packet's journey as proof, why, what follows, the repair.
import { displayWidth, safeText, truncate } from '../bytes/text.js';
import type { Evidence, Finding } from '../rules/finding.js';
import { type Cause, causes, duration, flowOf, isClean, nanoseconds, quantity, span } from './causes.js';
import type { ReportOptions } from './formats.js';
import type { Run } from './run.js';
import { wrap, wrapCommand } from './wrap.js';

/** Below this width labels stand in the text instead of in a column of their own. */
const NARROW = 60;
const LABEL = 10;
/** What is shown of a list unless everything is asked for. */
const SOME = 6;

// One column each in every terminal, and readable without colour.
const SIGNS = { error: '✗', warning: '!', info: 'i', open: '?', pass: '✓' } as const;
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
type Style = keyof typeof COLORS;

class Page {
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

  /** Wrapped text behind `lead`, which stands on the first line; the others are indented to the same column. */
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

/**
 * The frames of one example packet. Evidence lists the same fault over and over: once a point says again what it has
 * said before, the next packet begins.
 */
function firstJourney(evidence: readonly Evidence[]): readonly Evidence[] {
  const seen = new Set<string>();
  const end = evidence.findIndex((e) => seen.size === seen.add(`${e.point}\n${e.note}`).size);
  return end === -1 ? evidence : evidence.slice(0, end);
}

function journey(page: Page, { finding, kind }: Cause, verbose: boolean, severalPoints: boolean): void {
  const all = finding.evidence;
  const shown = verbose ? all : firstJourney(all).slice(0, SOME);
  if (shown.length === 0) return;
  const started = nanoseconds(shown[0]!.time);
  const rows = shown.map((e, i) => {
    const at = nanoseconds(e.time);
    const later = i === 0 || at === null || started === null ? null : at - started;
    return {
      frame: `frame ${e.frame}`,
      time: later === null ? e.time.slice(11, 26) : `${later < 0n ? '' : '+'}${span(later)}`,
      point: severalPoints ? truncate(safeText(e.point), page.narrow ? 12 : 24) : '',
      note: safeText(e.note),
    };
  });
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
  const rest = all.slice(shown.length);
  if (rest.length > 0) {
    const name = (e: Evidence) => (severalPoints ? `${safeText(e.point)} ${e.frame}` : String(e.frame));
    page.hang(
      '  ',
      `the same in frames ${rest
        .slice(0, 2 * SOME)
        .map(name)
        .join(', ')}${rest.length > 2 * SOME ? ', ...' : ''}`,
      null,
      'dim',
    );
  }
}

/** One line for each rule among the symptoms. */
function symptomLines(page: Page, symptoms: readonly Finding[], verbose: boolean): void {
  const byRule = new Map<string, Finding[]>();
  for (const symptom of symptoms) {
    const key = verbose ? symptom.id : symptom.rule;
    byRule.set(key, [...(byRule.get(key) ?? []), symptom]);
  }
  const items = [...byRule.values()].map((alike) => {
    const first = alike[0]!;
    const times = alike.reduce((sum, one) => sum + one.count, 0);
    const more = alike.length > 1 ? ` (and ${alike.length - 1} more like it)` : '';
    const sign = first.verdict === 'inconclusive' ? SIGNS.open : SIGNS[first.severity];
    return { sign, text: `${safeText(first.rule)} ×${times}: ${safeText(first.title)}${more}` };
  });
  page.list('so', items);
}

function remedy(page: Page, finding: Finding): void {
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

function section(page: Page, cause: Cause, options: ReportOptions, severalPoints: boolean): void {
  const { finding, kind, symptoms } = cause;
  const style: Style = kind === 'open' ? 'open' : kind === 'pass' ? 'pass' : finding.severity;
  const word = kind === 'open' ? 'undecided' : kind === 'pass' ? 'pass' : finding.severity;
  page.hang(`${SIGNS[style]} ${word}: `, safeText(finding.title), style, 'bold');
  const about = [finding.rule, `×${finding.count}`, flowOf(finding)].filter(Boolean).map(safeText);
  page.hang('  ', about.join(' · '), null, 'dim');
  page.line();
  journey(page, cause, options.verbose, severalPoints);
  if (finding.evidence.length > 0) page.line();
  page.paragraph(kind === 'open' ? 'open' : 'what', safeText(finding.message));
  if (finding.cause !== '') page.paragraph('why', safeText(finding.cause));
  if (finding.confidence !== 'high') page.paragraph('how sure', `${finding.confidence} confidence`);
  if (symptoms.length > 0) symptomLines(page, symptoms, options.verbose);
  // What to do about an open question stands once, at the end.
  if (kind !== 'open' || options.verbose) remedy(page, finding);
  page.line();
}

function information(page: Page, info: readonly Cause[], verbose: boolean): void {
  const shown = verbose ? info : info.slice(0, SOME);
  for (const { finding } of shown)
    page.hang(`${SIGNS.info} `, `${safeText(finding.rule)} ×${finding.count}: ${safeText(finding.title)}`, 'info');
  if (shown.length < info.length) page.line(`  and ${info.length - shown.length} more: -v shows all`);
  if (info.length > 0) page.line();
}

/** What is wrong with the captures themselves. */
function troubles(page: Page, run: Run): void {
  for (const capture of run.captures) {
    const name = safeText(capture.point);
    if (capture.error !== null)
      page.hang(`${SIGNS.error} ${name}: `, `reading stopped early: ${safeText(capture.error)}`, 'error');
    if (capture.dropped !== null && capture.dropped > 0)
      page.hang(`${SIGNS.warning} ${name}: `, `${quantity(capture.dropped, 'frame')} lost while capturing`, 'warning');
    if (capture.clipped > 0)
      page.hang(`${SIGNS.warning} ${name}: `, `${quantity(capture.clipped, 'frame')} cut by the snapshot length`, 'warning');
  }
}

/** How to capture so that what is open can be decided. */
function advice(run: Run, open: readonly Cause[]): string[] {
  const steps = open.map(({ finding }) => finding.hint).filter(Boolean);
  if (run.captures.some((capture) => (capture.dropped ?? 0) > 0))
    steps.push('lose no frames: tcpdump -B 16384, and -w to a fast disk');
  if (run.captures.some((capture) => capture.clipped > 0)) steps.push('keep whole frames: tcpdump -s 0');
  return [...new Set(steps)];
}

function closing(page: Page, run: Run, all: readonly Cause[]): void {
  const of = (kind: Cause['kind']) => all.filter((cause) => cause.kind === kind);
  const [faults, open] = [of('fault'), of('open')];
  troubles(page, run);
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const time = duration(run);
  const read = [quantity(run.captures.length, 'capture'), quantity(frames, 'frame'), ...(time === null ? [] : [span(time)])].join(
    ', ',
  );
  const symptoms = faults.reduce((sum, cause) => sum + cause.symptoms.length, 0);
  const parts: string[] = [];
  if (faults.length > 0)
    parts.push(quantity(faults.length, 'fault') + (symptoms > 0 ? ` with ${quantity(symptoms, 'symptom')}` : ''));
  if (open.length > 0) parts.push(`${open.length} undecided`);
  if (run.summary.pass > 0) parts.push(`${quantity(run.summary.pass, 'check')} passed`);
  if (isClean(run)) page.hang(`${SIGNS.pass} nothing wrong found: `, [read, ...parts].join(', '), 'pass');
  else if (frames === 0)
    page.hang(`${SIGNS.open} `, `no frames, so nothing could be checked (${quantity(run.captures.length, 'capture')})`, 'open');
  else page.hang('', `${read}: ${parts.join(', ') || 'no fault in what could be read'}`, null, 'bold');
  const steps = advice(run, open);
  if (steps.length === 0) return;
  page.line('To decide what is open:');
  for (const step of steps) page.hang('  - ', safeText(step));
}

export function text(run: Run, options: ReportOptions): string {
  const page = new Page(options);
  const all = causes(run);
  const severalPoints = run.captures.length > 1;
  const full = all.filter(({ kind }) => kind === 'fault').concat(all.filter(({ kind }) => kind === 'open'));
  if (options.verbose) full.push(...all.filter(({ kind }) => kind === 'info' || kind === 'pass'));
  for (const cause of full) section(page, cause, options, severalPoints);
  if (!options.verbose)
    information(
      page,
      all.filter(({ kind }) => kind === 'info'),
      false,
    );
  closing(page, run, all);
  return page.toString();
}
