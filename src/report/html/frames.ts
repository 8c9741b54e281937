// Frames of the evidence: when and where each was seen, its field tree and its bytes. What shows the finding is marked.
import type { Evidence } from '../../rules/finding.js';
import { type FrameLine, frameKey, type ShownFrame } from '../details.js';
import { timesOf } from '../words.js';
import { html, type Markup } from './markup.js';

const PER_LINE = 16;

/** Bytes from `from` to before `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FrameList {
  readonly evidence: readonly Evidence[];
  readonly frames: ReadonlyMap<string, ShownFrame>;
  readonly severalPoints: boolean;
  /** Frames that were shown already, by key: in which finding. */
  readonly told: Map<string, string>;
  /** Id of the element of this finding. */
  readonly id: string;
}

export function frameList({ evidence, frames, severalPoints, told, id }: FrameList): Markup | null {
  if (evidence.length === 0) return null;
  const times = timesOf(evidence);
  const rows = evidence.map((e, i) => {
    const key = frameKey(e);
    const shown = frames.get(key);
    const row = html`<span class="mono">frame ${e.frame}</span><time datetime="${e.time}">${times[i]!}</time>${
      severalPoints && html`<span class="point">${e.point}</span>`
    }<span class="note">${e.note || shown?.summary || ''}${
      told.has(key) && html` <a href="#${told.get(key)!}">(shown above)</a>`
    }</span>`;
    if (shown === undefined || told.has(key)) return html`<div>${row}</div>`;
    told.set(key, id);
    return html`<details><summary>${row}</summary>${frameBody(shown, e.field)}</details>\n`;
  });
  return html`<div class="frames${severalPoints ? ' points' : ''}">\n${rows}</div>\n`;
}

/** Tree and bytes. `field`: what is marked. `chosen`: these bytes are marked instead, and each line of the tree says which are its own. */
export function frameBody(shown: ShownFrame, field: string | null, chosen: Span | null = null): Markup {
  const marks: Span[] = chosen === null ? [] : [chosen];
  const tree = html`<ul class="tree">${shown.tree.map((line) => treeLine(line, field, marks, chosen).markup)}</ul>`;
  const left = shown.captured - shown.bytes.length;
  return html`<div class="frame">${shown.summary !== '' && html`<p>${shown.summary}</p>`}${tree}<pre class="bytes" tabindex="0" role="group" aria-label="Bytes of the frame">${hexLines(shown.bytes, marks)}${
    left > 0 && html`<span class="as">and ${left} more bytes</span>`
  }</pre></div>`;
}

/** A line with what is under it. Open where something under it is marked. */
function treeLine(
  line: FrameLine,
  field: string | null,
  marks: Span[],
  chosen: Span | null,
): { readonly markup: Markup; readonly isMarked: boolean } {
  const { at, length } = line;
  const isHere =
    chosen === null ? field !== null && line.field === field : length > 0 && at === chosen.from && at + length === chosen.to;
  if (isHere && chosen === null && length > 0) marks.push({ from: line.at, to: line.at + line.length });
  const children = line.children.map((child) => treeLine(child, field, marks, chosen));
  // Bytes of a whole header are those of nothing in it.
  const isBelow = children.some(({ isMarked }) => isMarked);
  const notes = line.notes.map((note) => html` <span class="note">[${note}]</span>`);
  const own = chosen !== null && length > 0 && html` data-at="${at}" data-length="${length}"`;
  const text = html`<span${own}>${isHere ? html`<mark>${line.text}</mark>` : line.text}${notes}</span>`;
  const markup =
    children.length === 0
      ? html`<li>${text}</li>`
      : html`<li><details${isBelow && html` open`}><summary>${text}</summary><ul>${children.map(({ markup: m }) => m)}</ul></details></li>`;
  return { markup, isMarked: isHere || isBelow };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const character = (byte: number): string =>
  byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0x20 ? ' ' : '\u00b7';

function hexLines(bytes: Uint8Array, marks: readonly Span[]): Markup[] {
  const isMarked = (i: number): boolean => marks.some(({ from, to }) => i >= from && i < to);
  const lines: Markup[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const end = Math.min(at + PER_LINE, bytes.length);
    const parts: Markup[] = [];
    for (let i = at; i < end; ) {
      const marked = isMarked(i);
      let to = i + 1;
      while (to < end && isMarked(to) === marked) to++;
      const text = Array.from(bytes.subarray(i, to), hex).join(' ');
      parts.push(marked ? html`<mark>${text}</mark>` : html`${text}`);
      if (to < end) parts.push(html` `);
      i = to;
    }
    const fill = ' '.repeat((PER_LINE - (end - at)) * 3);
    const words = Array.from(bytes.subarray(at, end), character).join('');
    lines.push(
      html`<span class="at">${at.toString(16).padStart(4, '0')}</span>  ${parts}${fill}  <span class="as">${words}</span>\n`,
    );
  }
  return lines;
}
