// The report for people. For each cause: what happened, one packet's journey as proof, why, what follows, the repair.

import { displayWidth, safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import type { Finding } from '../rules/finding.js';
import { type Cause, causes, conversationOf, extentOf, flowOf, isClean } from './causes.js';
import type { ReportOptions } from './formats.js';
import { drawing, journey, Page, remedy, SOME } from './page.js';
import type { Run } from './run.js';
import { suitesText } from './suites.js';
import {
  advice,
  inference,
  ledgerText,
  phasesText,
  resultOf,
  SIGNS,
  signOf,
  since,
  symptomsOf,
  troublesOf,
  witnessesSay,
  wordOf,
} from './words.js';

function symptomLines(page: Page, symptoms: readonly Finding[], verbose: boolean): void {
  page.list(
    'so',
    symptomsOf(symptoms, verbose).map(({ sign, rule, text }) => ({ sign: SIGNS[sign], text: `${rule} ${text}` })),
  );
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
  const style = signOf(cause);
  page.hang(`${SIGNS[style]} ${wordOf(cause)}: `, safeText(finding.title), style, 'bold');
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

function closing(page: Page, run: Run, all: readonly Cause[]): void {
  const open = all.filter(({ kind }) => kind === 'open');
  for (const { sign, text: said } of troublesOf(run)) page.hang(`${SIGNS[sign]} `, said, sign);
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const read = extentOf(run);
  const parts = resultOf(run, all);
  const questions = ledgerText(run);
  if (isClean(run)) page.hang(`${SIGNS.pass} nothing wrong found: `, [read, ...parts].join(', '), 'pass');
  else if (frames > 0 || run.captures.length === 0) {
    const [about, result] = [`${read}${since(run)}:`, parts.join(', ') || 'no fault in what could be read'];
    const isShort = displayWidth(about) + 1 + displayWidth(result) <= page.width;
    for (const line of isShort ? [`${about} ${result}`] : [about, result]) page.hang('', line, null, 'bold');
  } else if (run.captures.some(({ error }) => error === null))
    page.hang(`${SIGNS.open} `, `no frames, so nothing could be checked (${quantity(run.captures.length, 'capture')})`, 'open');
  for (const line of witnessesSay(run)) page.hang('', line, null, 'dim');
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
