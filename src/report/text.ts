// The report for people. For each cause: what happened, one packet's journey as proof, why, what follows, the repair.

import { displayWidth, safeText } from '../bytes/text.js';
import { duration, grouped, quantity } from '../bytes/units.js';
import type { Finding, FindingPhase } from '../rules/finding.js';
import { type Cause, causes, conversationOf, extentOf, flowOf, isClean } from './causes.js';
import type { ReportOptions } from './formats.js';
import { drawing, journey, Page, remedy, SIGNS, SOME, type Style } from './page.js';
import type { Run } from './run.js';
import { suitesText } from './suites.js';

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

/** `answered ×20 from 12:00:00.000 to 12:00:19.000, lost ×10 from 12:00:20.000 to 12:00:29.000`. */
function phasesText(phases: readonly FindingPhase[]): string {
  const clock = (time: string): string => time.slice(11, 23);
  return phases.map(({ outcome, count, from, to }) => `${outcome} ×${count} from ${clock(from)} to ${clock(to)}`).join(', ');
}

/** Lines of a finding that other tools have printed, under what they say. */
const SOME_QUOTES = 3;

function quotes(page: Page, { quotes: all = [] }: Finding, verbose: boolean): void {
  const shown = verbose ? all : all.slice(0, SOME_QUOTES);
  for (const { says, file, line, count, text: words } of shown) {
    page.hang('  ', `${safeText(says)}${count > 1 ? ` ×${count}` : ''} (${safeText(file)}:${line})`);
    page.hang('    | ', safeText(words), 'dim', 'dim');
  }
  if (shown.length < all.length) page.hang('  ', `and ${all.length - shown.length} more lines: -v shows them`, null, 'dim');
  if (shown.length > 0) page.line();
}

function section(page: Page, run: Run, cause: Cause, options: ReportOptions, inferred: string): void {
  const { finding, kind, symptoms } = cause;
  const style: Style = kind === 'open' ? 'open' : kind === 'pass' ? 'pass' : finding.severity;
  const word = kind === 'open' ? 'undecided' : kind === 'pass' ? 'pass' : finding.severity;
  page.hang(`${SIGNS[style]} ${word}: `, safeText(finding.title), style, 'bold');
  const about = [finding.rule, `×${finding.count}`, flowOf(finding), conversationOf(finding)].filter(Boolean).map(safeText);
  page.hang('  ', about.join(' · '), null, 'dim');
  page.line();
  journey(page, cause, options.verbose, run.captures.length > 1);
  if (finding.evidence.length > 0) page.line();
  if (kind === 'fault') drawing(page, run, finding, options.picture);
  quotes(page, finding, options.verbose);
  page.paragraph(kind === 'open' ? 'open' : 'what', safeText(finding.message));
  if (finding.cause !== '') page.paragraph('why', safeText(finding.cause));
  for (const sentence of finding.contrast ?? []) page.paragraph('contrast', safeText(sentence));
  if (finding.phases !== undefined) page.paragraph('when', phasesText(finding.phases));
  for (const sentence of finding.alternatives ?? []) page.paragraph('or', safeText(sentence));
  if (finding.confidence !== 'high') page.paragraph('how sure', `${finding.confidence}: ${inferred}`);
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

/** Where a cause comes from that is not sure. */
function inference(run: Run): string {
  if (run.topology !== undefined) return 'inferred from the topology';
  if (run.captures.length === 0) return 'it rests on what the texts tell';
  const isKnown = run.captures.some(({ interfaces }) => interfaces.some(({ nameFrom }) => nameFrom === 'topology'));
  return isKnown ? 'inferred from what was captured' : 'inferred from what was captured; a topology (-t) can make it sure';
}

/** What is wrong with the captures themselves, and no finding says. */
function troubles(page: Page, run: Run): void {
  const said = new Set(run.findings.map(({ rule }) => rule));
  for (const capture of run.captures) {
    const name = safeText(capture.point);
    if (capture.error !== null && capture.frames === 0) page.hang(`${SIGNS.error} `, safeText(capture.error), 'error');
    else if (capture.error !== null)
      page.hang(`${SIGNS.error} `, `${name}: reading stopped early: ${safeText(capture.error)}`, 'error');
    if (capture.dropped !== null && capture.dropped > 0 && !said.has('capture-dropped'))
      page.hang(`${SIGNS.warning} `, `${name}: ${quantity(capture.dropped, 'frame')} lost while capturing`, 'warning');
    if (capture.clipped > 0 && !said.has('capture-clipped'))
      page.hang(`${SIGNS.warning} `, `${name}: ${quantity(capture.clipped, 'frame')} cut by the snapshot length`, 'warning');
  }
}

/** How to capture so that what is open can be decided. */
function advice(run: Run, open: readonly Cause[]): string[] {
  const steps = open.map(({ finding }) => finding.hint).filter(Boolean);
  const said = new Set(run.findings.map(({ rule }) => rule));
  if (run.captures.some((capture) => (capture.dropped ?? 0) > 0) && !said.has('capture-dropped'))
    steps.push('Lose no frames: tcpdump -B 16384, and -w to a fast disk.');
  if (run.captures.some((capture) => capture.clipped > 0) && !said.has('capture-clipped'))
    steps.push('Keep whole frames: tcpdump -s 0.');
  return [...new Set(steps)];
}

/** Day and zone of the times that the frames are shown with; '' without frames. */
function since(run: Run): string {
  const [first] = run.captures.flatMap((capture) => capture.first ?? []).sort();
  return first === undefined ? '' : ` from ${first.slice(0, 10)} ${first.slice(11, 19)} UTC`;
}

/** `412 questions: 398 answered, 12 explained above, 2 undecided`; null where nothing wants an answer. */
function ledgerText({ ledger }: Run): string | null {
  if (ledger === undefined || (ledger.questions === 0 && ledger.forgotten === undefined)) return null;
  const { questions, answered, refused, explained, undecided, notDue, forgotten = [] } = ledger;
  const parts = [
    [answered, 'answered'],
    [refused, 'refused'],
    [explained, 'explained above'],
    [undecided, 'undecided'],
    [notDue, 'whose answer was not due here'],
  ] as const;
  const shown = parts.flatMap(([count, what]) => (count === 0 ? [] : [`${grouped(count)} ${what}`]));
  for (const { what, count } of forgotten) shown.push(`${grouped(count)} ${what} forgotten`);
  return `${quantity(questions, 'question')}: ${shown.join(', ')}`;
}

/** What is odd about the texts of other tools, and how their clocks run. */
function witnessLines(page: Page, { witnesses = [], captures }: Run): void {
  for (const { file, unread, clockAheadMs, flows, joined } of witnesses) {
    const parts: string[] = [];
    // What else is in a paste of packets is read as that.
    const isCapture = captures.some((capture) => capture.file === file || capture.file.startsWith(`${file}#`));
    if (unread > 0 && !isCapture)
      parts.push(`${quantity(unread, 'line')} not understood (hopscope info shows ${unread === 1 ? 'it' : 'some'})`);
    if (clockAheadMs !== null && clockAheadMs !== 0)
      parts.push(
        `its clock is ${duration(Math.abs(clockAheadMs) * 1e6)} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of the captures`,
      );
    if (captures.length > 0 && flows > 0) parts.push(`${joined} of ${quantity(flows, 'flow')} are in the captures`);
    if (parts.length > 0) page.hang('', `${safeText(file)}: ${parts.join('; ')}`, null, 'dim');
  }
}

function closing(page: Page, run: Run, all: readonly Cause[]): void {
  const of = (kind: Cause['kind']) => all.filter((cause) => cause.kind === kind);
  const [faults, open] = [of('fault'), of('open')];
  troubles(page, run);
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const read = extentOf(run);
  const symptoms = faults.reduce((sum, cause) => sum + cause.symptoms.length, 0);
  const parts: string[] = [];
  if (faults.length > 0)
    parts.push(quantity(faults.length, 'fault') + (symptoms > 0 ? ` with ${quantity(symptoms, 'symptom')}` : ''));
  if (open.length > 0) parts.push(`${open.length} undecided`);
  // Where questions are counted, the number of rules without a word says little.
  if (run.ledger === undefined && run.summary.pass > 0) parts.push(`${quantity(run.summary.pass, 'check')} passed`);
  const questions = ledgerText(run);
  if (isClean(run)) page.hang(`${SIGNS.pass} nothing wrong found: `, [read, ...parts].join(', '), 'pass');
  else if (frames > 0 || run.captures.length === 0) {
    const [about, result] = [`${read}${since(run)}:`, parts.join(', ') || 'no fault in what could be read'];
    const isShort = displayWidth(about) + 1 + displayWidth(result) <= page.width;
    for (const line of isShort ? [`${about} ${result}`] : [about, result]) page.hang('', line, null, 'bold');
  } else if (run.captures.some(({ error }) => error === null))
    page.hang(`${SIGNS.open} `, `no frames, so nothing could be checked (${quantity(run.captures.length, 'capture')})`, 'open');
  witnessLines(page, run);
  if (questions !== null) page.hang('', questions, null, 'dim');
  const steps = advice(run, open);
  if (open.length === 0 || steps.length === 0) return;
  page.line('To decide what is open:');
  for (const step of steps) page.hang('  - ', safeText(step));
}

export function text(run: Run, options: ReportOptions): string {
  if (run.suites !== undefined) return suitesText(run, run.suites, options);
  const page = new Page(options);
  const all = causes(run);
  const full = all.filter(({ kind }) => kind === 'fault').concat(all.filter(({ kind }) => kind === 'open'));
  if (options.verbose) full.push(...all.filter(({ kind }) => kind === 'info' || kind === 'pass'));
  const inferred = inference(run);
  for (const cause of full) section(page, run, cause, options, inferred);
  if (!options.verbose)
    information(
      page,
      all.filter(({ kind }) => kind === 'info'),
      false,
    );
  closing(page, run, all);
  return page.toString();
}
