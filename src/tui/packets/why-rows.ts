// Where the chosen packet was seen, in one line; of a packet that shows a finding as many lines as there is room for: where it came in and
// went out, where it should have gone, and what came back.
import { displayWidth, truncateMiddle } from '../../bytes/text.js';
import { duration } from '../../bytes/units.js';
import { type Row, ruled, type Span, span, widthOf } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';
import type { Detail, JourneyHop } from '../session.js';
import { wrapRow } from '../widgets/pager.js';
import { ARROW, journeyLine, WRONG } from './journey-line.js';

/** Hops that have a line of their own. */
const MOST_HOPS = 4;
const LABEL = 9;
const MOST_PLACE = 24;

/** Where the walk through the evidence is: `egress-wrong-interface: 3 of 22`; '' where it is elsewhere. */
export interface About {
  readonly detail: Detail | null;
  readonly walk: string;
}

/** What stands below the line of the journey. `hasHops`: the hops, too. */
export interface WhyRows {
  readonly rows: readonly Row[];
  readonly hasHops: boolean;
}

const NOTHING: WhyRows = { rows: [], hasHops: false };
const only = (rows: readonly Row[]): WhyRows => ({ rows, hasHops: false });

/** The lines of a packet that shows a finding, at most `most` of them; none where there is nothing to say. */
export function whyRows(detail: Detail | null, theme: Theme, width: number, most: number): WhyRows {
  if (detail === null || detail.shows.length === 0 || most < 1) return NOTHING;
  const { journey, wanted, back } = detail;
  const missing = back.startsWith('no ');
  const label = (text: string): Span => span(`  ${text.padEnd(LABEL - 2)}`, theme.dim);
  const backSpan = span(back, missing ? theme.warning : theme.text);
  const rest: Row[] = [
    ...wanted.map((text): Row => [label('wanted'), span(text, theme.good)]),
    ...(back === '' ? [] : [[label('back'), backSpan]]),
  ];
  const hops = hopRows(journey, theme, width);
  // Whole where there is room for all of it; else what is not in the line above, one after the other.
  if (hops.length > 0 && hops.length + rest.length <= most) return { rows: [...hops, ...rest], hasHops: true };
  if (rest.length === 0) return NOTHING;
  const spans = rest.flatMap(
    ([name, ...row], i): Row => [span(`${i === 0 ? '  ' : ' · '}${name.text.trim()} `, theme.dim), ...row],
  );
  const joined = wrapRow(spans, width - 1, 2);
  return only(joined.length === 1 || rest.length > most ? joined.slice(0, most) : rest);
}

/** One hop a row; of a long journey the first, and the end at which it goes wrong. */
function hopRows(journey: readonly JourneyHop[], theme: Theme, width: number): Row[] {
  if (journey.length === 0) return [];
  const wrong = journey.findIndex(({ isWrong }) => isWrong);
  const here = journey.findIndex(({ isThis }) => isThis);
  const kept = new Set([0, wrong < 0 ? journey.length - 1 : wrong, here]);
  for (let i = journey.length - 1; i > 0 && kept.size < MOST_HOPS; i--) kept.add(i);
  const shown = journey.length <= MOST_HOPS ? journey : journey.filter((_, i) => kept.has(i));
  const place = Math.min(MOST_PLACE, Math.max(...shown.map((hop) => displayWidth(hop.place))));
  return shown.map((hop) => {
    const left = journey.indexOf(hop) - (shown.indexOf(hop) === 0 ? 0 : journey.indexOf(shown[shown.indexOf(hop) - 1]) + 1);
    const attr = hop.isWrong ? theme.error : hop.isThis ? theme.heading : theme.text;
    const spans: Span[] = [
      span(hop.isWrong ? WRONG : '  ', theme.error),
      span(hop.label.padEnd(LABEL - 2), theme.dim),
      span(truncateMiddle(hop.place, place).padEnd(place + 2), attr),
      span(hop.about, attr),
    ];
    const after = hop.afterNs > 0 ? `  +${duration(hop.afterNs)}` : '';
    const notes = `${left > 0 ? `  (${left} more before)` : ''}${hop.isThis ? '  ◀ this frame' : ''}`;
    if (widthOf(spans) + displayWidth(after + notes) < width) spans.push(span(after, theme.dim), span(notes, theme.dim));
    return spans;
  });
}

/** `── in eth1 ttl 63 → out eth0 ttl 62 · expected out eth2 · no reply in 13.2 s ──`; what the lines below it say is left out. */
export function journeyRow({ detail, walk }: About, theme: Theme, width: number, { rows, hasHops }: WhyRows): Row {
  const spans: Span[] = [{ text: '── ', attr: theme.edge }];
  const isBelow = rows.length > 0;
  const right: Row = walk === '' ? [] : [span(` ${walk} `, theme.dim), { text: '──', attr: theme.edge }];
  if (detail === null) return ruled(spans, width, theme.edge);
  if (hasHops) return ruled([...spans, span('why ', theme.heading)], width, theme.edge, right);
  const missing = detail.back.startsWith('no ') ? [detail.back] : [];
  const remarks = isBelow ? [] : [...detail.wanted.map((text) => `expected ${text}`), ...missing];
  const end = remarks.map((remark) => span(`· ${remark} `, theme.warning));
  if (detail.journey.length > 0) {
    // What should have been is worth more than the far ends of what was.
    const room = width - widthOf(spans) - Math.min(widthOf(end), width >> 1) - 1;
    journeyLine(detail.journey, room).forEach(({ hop, isThis, isWrong }, i) => {
      if (i > 0) spans.push({ text: ARROW, attr: theme.dim });
      spans.push(span(isWrong ? WRONG + hop : hop, isWrong ? theme.error : isThis ? theme.heading : theme.text));
    });
    spans.push({ text: ' ', attr: theme.text });
  }
  spans.push(...end);
  return ruled(spans, width, theme.edge, right);
}
