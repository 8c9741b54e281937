// The pictures of a run in its report.
import type { Picture } from '../../picture/model.js';
import { paintSvg } from '../../picture/paint/svg.js';
import type { Finding } from '../../rules/finding.js';
import type { Run } from '../run.js';
import { html, idOf, Markup } from './markup.js';

/** Of one finding: how its packets travelled, and how it went over time. */
export const figures = ({ pictures }: Run, { id }: Finding): (Markup | null)[] => [
  figure(pictures?.ladder(id) ?? null, `ladder-${idOf(id)}`),
  figure(pictures?.timeline(id) ?? null, `timeline-${idOf(id)}`),
];

/** Of the whole run: who was seen, and where it breaks; where there is a single fault, of what it is about. */
export function overview({ pictures }: Run, faults: readonly { readonly finding: Finding }[]): Markup | null {
  const only = faults.length === 1 ? (pictures?.map(faults[0]!.finding.id) ?? null) : null;
  const map = figure(only ?? pictures?.map(null) ?? null, 'map');
  return map === null
    ? null
    : html`<section aria-labelledby="network"><h2 id="network">The network, as it was captured</h2>\n${map}</section>\n`;
}

/** It may be wider than the page: then it is scrolled, by keys as well. */
function figure(picture: Picture | null, id: string): Markup | null {
  if (picture === null) return null;
  const svg = new Markup(paintSvg(picture, { id }));
  return html`<figure><div class="scroll" tabindex="0" role="group" aria-label="${picture.title}">${svg}</div></figure>\n`;
}
