// The first rows: what is shown here, what was found, and the views.
import { basename } from 'node:path';
import { displayWidth } from '../../bytes/text.js';
import { quantity } from '../../bytes/units.js';
import { countFindings, countsText, findingLines } from '../findings/list.js';
import { ends, fit, type Row, type Span, span, widthOf } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';
import type { Session } from '../session.js';
import { keyOf } from '../views.js';
import type { Stage } from './stage.js';

const NAME = ' hopscope  ';
const HELP = '  ? help ';
/** Columns in which names of files can be told apart. */
const LEAST_NAME = 16;
/** Facts of the title that stay when it is narrow. */
const [DAMAGED, STOPPED, DECODED] = ['damaged', 'stopped', 'decode-as'];
const WARNINGS = new Set([DAMAGED, STOPPED, DECODED]);

/** What a click into the title means. */
export const titleAction = (x: number, width: number): 'help' | 'menu' | null =>
  x > width - HELP.length ? 'help' : x < NAME.length ? 'menu' : null;

export function titleRow(session: Session, t: Theme, width: number): Row {
  const { captures, load } = session;
  const names = captures.map(({ file }) => (file === '-' ? 'standard input' : basename(file)));
  const files = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' + ');
  const types = [...new Set(captures.flatMap(({ linkTypes }) => linkTypes))].map((one) => one.replace(/^LINUX_/, ''));
  const interfaces = captures.reduce((sum, one) => sum + one.interfaces, 0);
  const facts = [
    load.frames === 0 && (load.state === 'running' || captures.length === 0) ? '' : quantity(load.frames, 'packet'),
    types.join(' '),
    interfaces > 0 ? quantity(interfaces, 'interface') : '',
    load.error === null ? '' : DAMAGED,
    load.state === 'stopped' ? STOPPED : '',
    session.decodedAs.length > 0 ? DECODED : '',
  ].filter((fact) => fact !== '');
  const counts = countFindings(findingLines(session));
  const attr = counts.faults > 0 ? t.barError : counts.open > 0 ? t.barWarning : t.barGood;
  const sign = counts.faults > 0 ? '! ' : counts.open > 0 ? '? ' : '';
  const known = session.findingsKnown || counts.faults + counts.open > 0;
  const checks = session.checks?.rows ?? [];
  const failed = checks.filter(({ verdict }) => verdict === 'fail').length;
  const asked: Span[] =
    checks.length === 0
      ? []
      : [
          span(
            ` ${failed > 0 ? `! ${failed} of ` : '+ '}${quantity(checks.length, 'check')} `,
            failed > 0 ? t.barError : t.barGood,
          ),
        ];
  const found: Span[] = [...asked, span(known ? ` ${sign}${countsText(counts)} ` : '', attr)];
  // The name of the file is worth more than the name of a key.
  const hasHelp = NAME.length + Math.min(displayWidth(files), LEAST_NAME) + widthOf(found) + HELP.length < width;
  const right: Span[] = hasHelp ? [...found, { text: HELP, attr: t.bar }] : found;
  const left = (): Span[] => [
    { text: NAME, attr: t.barStrong },
    span(files, t.bar),
    ...facts.flatMap((fact) => [{ text: '  ', attr: t.bar }, span(fact, WARNINGS.has(fact) ? t.barWarning : t.bar)]),
    { text: ' ', attr: t.bar },
  ];
  // A fact that does not fit is left out whole: half a number is another number.
  while (widthOf(left()) + widthOf(right) > width) {
    const last = facts.findLastIndex((fact) => !WARNINGS.has(fact));
    if (last < 0) break;
    facts.splice(last, 1);
  }
  return ends(left(), right, width, t.bar);
}

export function tabsRow(stage: Stage, t: Theme, width: number): Row {
  const spans = stage.tabs(width).flatMap(({ entry, title, between }): Span[] => [
    { text: `${between}${keyOf(entry)}`, attr: t.key },
    { text: `${between}${title} `, attr: entry === stage.entry ? t.heading : t.dim },
  ]);
  return fit(spans, width, t.text);
}
