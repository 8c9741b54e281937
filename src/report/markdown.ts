// GitHub-flavoured Markdown: a step summary, a comment, a page in a wiki.

import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { paintMermaid } from '../picture/paint/mermaid.js';
import { type Cause, captureAt, causes, conversationOf, extentOf, flowOf, isClean } from './causes.js';
import type { ReportOptions } from './formats.js';
import { pictureOf } from './page.js';
import type { ReportSuite, Run } from './run.js';

/** Text that Markdown shows as it is: no markup, no HTML, no link, no mention of a person. */
export function md(text: string): string {
  return (
    safeText(text)
      .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/@(?=\w)/g, '@<!-- -->')
      // What looks like an address of the web becomes a link without any markup (GFM, autolinks extension).
      .replace(/(https?|ftp|mailto|xmpp):/gi, '$1:<!-- -->')
      .replace(/(www)\./gi, '$1<!-- -->.')
      .replace(/^(\s*)([-=])/, '$1\\$2')
      .replace(/^(\s*\d+)\.(?=\s|$)/, '$1\\.')
  );
}

/** A block of code that no run of backticks in the text can end. */
function code(lines: readonly string[], language: string): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...lines.map(safeText), fence];
}

const SIGNS = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

/** `told`: causes that earlier sections told, with what to do about them. */
function section(run: Run, { finding, kind, symptoms }: Cause, told: Set<string>, picture: ReportOptions['picture']): string[] {
  const sign = kind === 'open' ? '❔ inconclusive' : `${SIGNS[finding.severity]} ${finding.severity}`;
  const lines = [`### ${sign}: ${md(finding.title)}`, '', md(finding.message), ''];
  // Several expectations may fail for one reason.
  const isTold = run.suites !== undefined && finding.cause !== '' && told.has(finding.cause);
  told.add(finding.cause);
  if (isTold) lines.push(`**Cause:** ${md(finding.cause.split(':')[0]!)}, as above`, '');
  else if (finding.cause !== '') lines.push(`**Cause:** ${md(finding.cause)}`, '');
  const [drawn] = kind === 'fault' && !isTold ? pictureOf(run, finding, picture) : [];
  if (drawn !== undefined) lines.push(...code(paintMermaid(drawn), 'mermaid'), '');
  if (finding.evidence.length > 0) {
    lines.push('| Capture | Frame | Time | Seen |', '|---|--:|---|---|');
    for (const e of finding.evidence) {
      const file = captureAt(run, e.point)?.file;
      const where = file === undefined || file === e.point ? md(e.point) : `${md(e.point)} (${md(file)})`;
      lines.push(`| ${where} | ${e.frame} | ${e.time} | ${md(e.note)} |`);
    }
    lines.push('');
  }
  for (const { says, file, line, text } of finding.quotes ?? []) lines.push(`- ${md(says)} (${md(file)}:${line}): ${md(text)}`);
  if (finding.quotes !== undefined) lines.push('');
  if (finding.hint !== '' && !isTold) lines.push(`**What to do:** ${md(finding.hint)}`, '');
  if (finding.commands.length > 0 && !isTold) {
    lines.push(...(finding.subject.node === null ? [] : [`On ${md(finding.subject.node)}:`, '']));
    lines.push(...code(finding.commands, 'sh'), '');
  }
  if (symptoms.length > 0) {
    lines.push('<details><summary>And because of that</summary>', '');
    for (const symptom of symptoms) lines.push(`- ${md(symptom.rule)} ×${symptom.count}: ${md(symptom.title)}`);
    lines.push('', '</details>', '');
  }
  const about = [
    md(finding.rule),
    `×${finding.count}`,
    md(flowOf(finding)),
    conversationOf(finding),
    `confidence ${finding.confidence}`,
    `id ${md(finding.id)}`,
  ];
  lines.push(`<sub>${about.filter(Boolean).join(' · ')}</sub>`, '');
  return lines;
}

const RESULTS = { pass: '✅', fail: '❌', inconclusive: '❔', skipped: '⏭️' } as const;

function expectations(suite: ReportSuite): string[] {
  const lines = [`### ${md(suite.title)}`, '', md(suite.file), '', '| | Expectation | Seen |', '|---|---|---|'];
  for (const one of suite.expectations)
    lines.push(`| ${RESULTS[one.verdict]}${one.flaky === true ? ' flaky' : ''} | ${md(one.name)} | ${md(one.seen)} |`);
  return [...lines, ''];
}

export function markdown(run: Run, { picture }: Pick<ReportOptions, 'picture'> = {}): string {
  const all = causes(run);
  const faults = all.filter((cause) => cause.kind === 'fault');
  const open = all.filter((cause) => cause.kind === 'open');
  const info = all.filter((cause) => cause.kind === 'info');
  const clean = run.suites === undefined ? 'nothing wrong found' : 'all expectations hold';
  const fault = run.suites === undefined ? 'fault' : 'failed expectation';
  const undecided = isClean(run) ? `✅ ${clean}` : '❔ undecided';
  const verdict = faults.length > 0 ? `❌ ${quantity(faults.length, fault)}` : undecided;
  const lines = [`## hopscope: ${verdict}`, ''];
  if (run.topology === undefined) lines.push('| Point | File | Frames | Dropped | First | Last |', '|---|---|--:|--:|---|---|');
  else lines.push(`Topology: ${run.topology.files.map(md).join(', ')}`);
  for (const c of run.captures)
    lines.push(`| ${md(c.point)} | ${md(c.file)} | ${c.frames} | ${c.dropped ?? '?'} | ${c.first ?? ''} | ${c.last ?? ''} |`);
  lines.push('');
  for (const c of run.captures) if (c.error !== null) lines.push(`> **${md(c.point)}**: ${md(c.error)}`, '');
  for (const suite of run.suites ?? []) lines.push(...expectations(suite));
  const told = new Set<string>();
  for (const cause of [...faults, ...open]) lines.push(...section(run, cause, told, picture));
  if (info.length > 0) {
    lines.push('### For information', '');
    for (const { finding } of info) lines.push(`- ${md(finding.rule)} ×${finding.count}: ${md(finding.title)}`);
    lines.push('');
  }
  lines.push(
    `${extentOf(run)}; ${run.summary.fail} failed, ${run.summary.inconclusive} inconclusive, ${run.summary.pass} passed.`,
  );
  return `${lines.join('\n')}\n`;
}
