// A run of expectations: what became of each in every set of captures, then what failed, in full.
import { quantity } from '../../bytes/units.js';
import type { Finding } from '../../rules/finding.js';
import type { Cause } from '../causes.js';
import type { ReportExpectation, ReportSuite, Run } from '../run.js';
import { SIGNS } from '../words.js';
import { type About, anchor, body, sign } from './finding.js';
import { html, type Markup } from './markup.js';

const LOOK = { pass: 'pass', fail: 'error', inconclusive: 'open', skipped: 'pass' } as const;
const WORDS = { pass: 'passed', fail: 'failed', inconclusive: 'undecided', skipped: 'skipped' } as const;

const of = (suites: readonly ReportSuite[], verdict: ReportExpectation['verdict']): number =>
  suites.reduce((sum, { expectations }) => sum + expectations.filter((one) => one.verdict === verdict).length, 0);

const VERDICTS = ['fail', 'inconclusive', 'pass', 'skipped'] as const;

export function suitesResult(run: Run): string {
  const suites = run.suites ?? [];
  const parts = VERDICTS.flatMap((verdict) => {
    const n = of(suites, verdict);
    return n === 0 ? [] : [`${n} ${WORDS[verdict]}`];
  });
  const total = suites.reduce((sum, { expectations }) => sum + expectations.length, 0);
  return of(suites, 'fail') + of(suites, 'inconclusive') === 0 && total > 0
    ? `All expectations hold: ${parts.join(', ')}`
    : parts.join(', ') || 'No expectation was checked';
}

/** The findings of expectations that did not hold, the undecided ones last. */
export function shownOfSuites(run: Run, all: readonly Cause[]): Cause[] {
  const wanted = new Set(
    (run.suites ?? []).flatMap(({ expectations }) =>
      expectations.flatMap((one) => (one.verdict === 'fail' || one.verdict === 'inconclusive' ? (one.finding ?? []) : [])),
    ),
  );
  return all.filter(({ finding }) => wanted.has(finding.id));
}

function cell(one: ReportExpectation | undefined): Markup {
  if (one === undefined) return html`<td class="c"><span class="dim">\u2013</span></td>`;
  const mark = html`${one.verdict === 'skipped' ? html`<span class="sign" aria-hidden="true">-</span>` : sign(LOOK[one.verdict])}<span class="visually-hidden">${WORDS[one.verdict]}</span>`;
  const isBad = one.verdict === 'fail' || one.verdict === 'inconclusive';
  return html`<td class="c">${isBad && one.finding !== null ? html`<a href="#${anchor({ id: one.finding })}" title="${one.seen}">${mark}</a>` : mark}</td>`;
}

/** Labs and what was expected of them. Files that were held against several sets of captures have a column for each. */
export function matrix(run: Run): Markup {
  const suites = run.suites ?? [];
  const files = [...new Set(suites.map(({ file }) => file))];
  const overview = html`<div class="scroll" tabindex="0" role="group" aria-label="Files"><table><thead><tr><th scope="col">Lab</th>${VERDICTS.map((verdict) => html`<th scope="col" class="n">${WORDS[verdict]}</th>`)}<th scope="col">Expectations</th></tr></thead><tbody>${files.map(
    (file) => {
      const own = suites.filter((suite) => suite.file === file);
      return html`<tr><td><a href="#${fileId(files, file)}">${own[0]!.name}</a></td>${VERDICTS.map((verdict) => {
        const n = of(own, verdict);
        return html`<td class="n">${n === 0 ? html`<span class="dim">0</span>` : verdict === 'fail' ? html`<span class="broken">${n}</span>` : n}</td>`;
      })}<td>${own.flatMap(({ expectations }) => expectations.map((one) => html`<span class="sign sign-${LOOK[one.verdict]}" title="${one.name}: ${WORDS[one.verdict]}" aria-hidden="true">${one.verdict === 'skipped' ? '-' : SIGNS[LOOK[one.verdict]]}</span>`))}</td></tr>\n`;
    },
  )}</tbody></table></div>`;
  const tables = files.map((file) => {
    const own = suites.filter((suite) => suite.file === file);
    const names = [...new Set(own.flatMap(({ expectations }) => expectations.map(({ name }) => name)))];
    const isOne = own.length === 1;
    return html`<h3 id="${fileId(files, file)}">${own[0]!.name} <span class="dim">${file}</span></h3>
<div class="scroll" tabindex="0" role="group" aria-label="${own[0]!.name}"><table><thead><tr><th scope="col">Expectation</th>${own.map(({ points }) => html`<th scope="col" class="c">${isOne ? 'Result' : points.join(', ')}</th>`)}${isOne && html`<th scope="col">Seen</th>`}</tr></thead><tbody>${names.map(
      (name) => {
        const found = own.map(({ expectations }) => expectations.find((one) => one.name === name));
        return html`<tr><td>${name}${found.some((one) => one?.flaky === true) && html` <span class="dim">(flaky)</span>`}</td>${found.map(cell)}${isOne && html`<td class="dim">${found[0]!.seen || quantity(found[0]!.count, 'time')}</td>`}</tr>\n`;
      },
    )}</tbody></table></div>${own.flatMap(({ uncovered }) => uncovered).length > 0 && html`<details class="more"><summary>Conversations that no expectation speaks of</summary><ul class="plain">${own.flatMap(({ uncovered }) => uncovered.map((text) => html`<li>${text}</li>`))}</ul></details>`}\n`;
  });
  return html`<section aria-labelledby="labs"><h2 id="labs">Expectations</h2>\n${files.length > 1 && overview}${tables}</section>\n`;
}

const fileId = (files: readonly string[], file: string): string => `file-${files.indexOf(file)}`;

/** What did not hold, in full: expected, seen, frames, why. */
export function failures(about: About, all: readonly Cause[]): Markup | null {
  const { run } = about;
  const byId = new Map<string, Cause>(all.map((cause) => [cause.finding.id, cause]));
  const told = new Set<string>();
  const parts = (['fail', 'inconclusive'] as const).flatMap((verdict) =>
    (run.suites ?? []).flatMap((suite) =>
      suite.expectations
        .filter((one) => one.verdict === verdict)
        .map((one) => failure(suite, one, byId.get(one.finding ?? ''), about, told)),
    ),
  );
  return parts.length === 0
    ? null
    : html`<section aria-labelledby="failed"><h2 id="failed">What did not hold</h2>\n${parts}</section>\n`;
}

function failure(suite: ReportSuite, one: ReportExpectation, cause: Cause | undefined, about: About, told: Set<string>): Markup {
  const several = (about.run.suites ?? []).filter((other) => other.file === suite.file).length > 1;
  const heading = html`${sign(LOOK[one.verdict])}<span class="visually-hidden">${WORDS[one.verdict]}: </span>${suite.name}: ${one.name}${several && html` <span class="dim">(${suite.points.join(', ')})</span>`}`;
  const before = html`<p class="meta">${suite.file}:${one.line}</p>\n<dl class="says"><dt>expected</dt><dd>${one.expected}</dd><dt>seen</dt><dd>${one.seen}</dd></dl>\n`;
  if (cause === undefined) return html`<article class="${LOOK[one.verdict]}" data-cause><h2>${heading}</h2>${before}</article>`;
  const id = anchor(cause.finding);
  return html`<article id="${id}" class="${LOOK[one.verdict]}" data-cause><details open><summary><h2>${heading}</h2></summary>
${body({ ...cause, finding: toldOnce(cause.finding, told) }, about, id, before)}
</details></article>\n`;
}

/** What explains several expectations is told once, with what to do about it. */
function toldOnce(finding: Finding, told: Set<string>): Finding {
  if (finding.cause === '') return finding;
  const isTold = told.has(finding.cause);
  told.add(finding.cause);
  return isTold ? { ...finding, cause: `${finding.cause.split(':')[0]!}, as above`, hint: '', commands: [] } : finding;
}
