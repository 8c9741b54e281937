// Findings as lines: root causes first, what they explain indented below them; passes are not shown.
import { quantity } from '../../bytes/units.js';
import { flowOf, kindOf } from '../../report/causes.js';
import type { Finding } from '../../rules/finding.js';
import { type Attr, cell, type Row, span } from '../screen/paint.js';
import { over, severityAttr, severitySign, type Theme } from '../screen/theme.js';
import type { Session } from '../session.js';

export interface FindingLine {
  readonly finding: Finding;
  /** Its place in the session's list. */
  readonly index: number;
  readonly depth: 0 | 1;
}

/** The list of a session is made anew when it changes: what was made of it is good as long as it is the same. */
const known = new WeakMap<readonly Finding[], readonly FindingLine[]>();

export function findingLines({ findings }: Session): readonly FindingLine[] {
  const before = known.get(findings);
  if (before !== undefined) return before;
  const lines = linesOf(findings);
  known.set(findings, lines);
  return lines;
}

function linesOf(findings: readonly Finding[]): FindingLine[] {
  const ids = new Set(findings.map(({ id }) => id));
  const lines: FindingLine[] = [];
  findings.forEach((finding, index) => {
    if (kindOf(finding) === 'pass') return;
    lines.push({ finding, index, depth: finding.foldedUnder !== null && ids.has(finding.foldedUnder) ? 1 : 0 });
  });
  return lines;
}

export interface FindingCounts {
  readonly faults: number;
  readonly open: number;
  readonly hints: number;
  readonly folded: number;
}

export function countFindings(lines: readonly FindingLine[]): FindingCounts {
  const roots = lines.filter(({ depth }) => depth === 0);
  const of = (kind: string) => roots.filter(({ finding }) => kindOf(finding) === kind).length;
  return { faults: of('fault'), open: of('open'), hints: of('info'), folded: lines.length - roots.length };
}

/** `1 fault · 2 folded`; what there is none of is left out. */
export function countsText({ faults, open, hints, folded }: FindingCounts): string {
  const parts = [
    faults > 0 ? quantity(faults, 'fault') : '',
    open > 0 ? `${open} undecided` : '',
    hints > 0 ? quantity(hints, 'hint') : '',
    folded > 0 ? `${folded} folded` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ') || 'no fault found';
}

/** `!` a fault, `?` not decided, `·` a hint. */
export const findingSign = (finding: Finding): string =>
  finding.verdict === 'inconclusive' ? '?' : severitySign(finding.severity);

export const findingAttr = (theme: Theme, finding: Finding): Attr =>
  finding.verdict === 'inconclusive' ? theme.info : severityAttr(theme, finding.severity);

/** One line: sign, rule, how many packets, headline. */
export function findingRow(
  { finding, depth }: FindingLine,
  theme: Theme,
  width: number,
  chosen: 'no' | 'focus' | 'away',
  ruleWidth: number,
): Row {
  const under = chosen === 'focus' ? theme.selected : chosen === 'away' ? theme.selectedAway : null;
  const of = (attr: Attr) => (under === null ? attr : over(attr, under));
  const count = `×${finding.count}`;
  const indent = depth === 0 ? '' : '└ ';
  const title = width >= 140 && flowOf(finding) !== '' ? `${finding.title}  (${flowOf(finding)})` : finding.title;
  const used = 2 + ruleWidth + 1 + 6 + 1;
  return [
    { text: `${findingSign(finding)} `, attr: of(findingAttr(theme, finding)) },
    cell(`${indent}${finding.rule}`, ruleWidth + 1, of(depth === 0 ? theme.strong : theme.text)),
    cell(count, 6, of(theme.dim), 'right'),
    span(' ', of(theme.text)),
    cell(title, Math.max(0, width - used), of(depth === 0 ? theme.text : theme.dim)),
  ];
}

export const ruleWidth = (lines: readonly FindingLine[], width: number): number =>
  Math.min(Math.max(22, width >> 2), Math.max(0, ...lines.map(({ finding, depth }) => finding.rule.length + depth * 2)));
