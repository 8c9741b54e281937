// Pictures as SVG. Colours are classes (`hs-wrong`, `hs-expected`, ...), for the page's own style sheet to set; a picture that stands alone
// carries one, for light and dark. Nothing in it has a style attribute or a script, so the strictest policy shows it.
import { displayWidth, plainWidth, truncate } from '../../bytes/text.js';
import { duration } from '../../bytes/units.js';
import type { LadderArrow, LadderPicture, LadderRow, MapEdge, MapPicture, Picture, TimelinePicture, Tone } from '../model.js';
import { arrowText, blocks, columns, edgeText } from './layout.js';

export interface SvgOptions {
  /** Begins the ids of this picture: unique in the document it stands in. */
  readonly id: string;
  /** With a style sheet of its own, as a file needs it. */
  readonly standalone?: boolean;
}

/** Width of a character of the text, and height of a row, in pixels at 12 px. */
const CHAR = 6.9;
const FONT = '12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';

/** Colours of a picture that stands alone. A page sets the same classes. */
const STYLE = [
  `text{font:${FONT};fill:#1f2328}`,
  '.hs-bg{fill:#fff}.hs-dim{fill:#59636e}.hs-strong{font-weight:600}',
  '.hs-line{stroke:#d1d9e0;fill:none}.hs-plain{stroke:#1f2328;fill:none}.hs-head-plain{fill:#1f2328}',
  '.hs-implied{stroke:#818b98;fill:none;stroke-dasharray:1 3}.hs-head-implied{fill:#818b98}',
  '.hs-expected{stroke:#0969da;fill:none;stroke-dasharray:5 4}.hs-head-expected,.hs-text-expected{fill:#0969da}',
  '.hs-wrong{stroke:#cf222e;fill:none;stroke-width:1.6}.hs-head-wrong,.hs-text-wrong{fill:#cf222e}',
  '.hs-box{fill:#f6f8fa;stroke:#818b98}.hs-tunnel{fill:#8250df;fill-opacity:.07;stroke:#8250df;stroke-opacity:.5}.hs-text-tunnel{fill:#8250df}',
  '.hs-answered{fill:#1a7f37}.hs-refused{fill:#bc4c00}.hs-lost{fill:#cf222e}.hs-silence{fill:#cf222e;fill-opacity:.06}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.hs-bg{fill:#0d1117}.hs-dim{fill:#9198a1}.hs-line{stroke:#3d444d}',
  '.hs-plain{stroke:#e6edf3}.hs-head-plain{fill:#e6edf3}.hs-box{fill:#151b23}.hs-expected{stroke:#4493f8}.hs-head-expected,.hs-text-expected{fill:#4493f8}',
  '.hs-wrong{stroke:#f85149}.hs-head-wrong,.hs-text-wrong,.hs-lost{fill:#f85149}.hs-text-tunnel{fill:#ab7df8}.hs-answered{fill:#3fb950}}',
].join('');

const width = (text: string): number => displayWidth(plainWidth(text)) * CHAR;
const cut = (text: string, pixels: number): string => truncate(plainWidth(text), Math.max(3, Math.floor(pixels / CHAR)));

/** Text for XML, without the two characters that XML 1.0 cannot hold and a terminal could. */
export const xml = (text: string): string =>
  plainWidth(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** The parts of a picture, as they are added. */
class Canvas {
  private readonly parts: string[] = [];

  add(part: string): void {
    this.parts.push(part);
  }

  /** `whole`: shown when pointed at, where the text was cut. */
  text(x: number, y: number, text: string, classes = '', anchor: 'start' | 'middle' | 'end' = 'start', whole = text): void {
    if (text === '') return;
    const title = plainWidth(whole) === plainWidth(text) ? '' : `<title>${xml(whole)}</title>`;
    const at = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
    this.add(`<text x="${r(x)}" y="${r(y)}"${at}${classes === '' ? '' : ` class="${classes}"`}>${title}${xml(text)}</text>`);
  }

  path(d: string, classes: string): void {
    this.add(`<path d="${d}" class="${classes}"/>`);
  }

  rect(x: number, y: number, w: number, h: number, classes: string, round = 0): void {
    const corner = round === 0 ? '' : ` rx="${round}"`;
    this.add(`<rect x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}"${corner} class="${classes}"/>`);
  }

  /** A line with a head at its end. */
  arrow(x1: number, y1: number, x2: number, y2: number, tone: Tone): void {
    const back = x2 < x1 ? 7 : -7;
    this.path(`M${r(x1)} ${r(y1)}L${r(x2)} ${r(y2)}`, `hs-${tone}`);
    this.path(`M${r(x2)} ${r(y2)}l${back} -4v8z`, `hs-head-${tone}`);
  }

  cross(x: number, y: number): void {
    this.path(`M${r(x - 5)} ${r(y - 5)}l10 10m0 -10l-10 10`, 'hs-wrong hs-cross');
  }

  wrap({ title, description, kind }: Picture, w: number, h: number, { id, standalone = false }: SvgOptions): string {
    const size = `viewBox="0 0 ${r(w)} ${r(h)}" width="${r(w)}" height="${r(h)}"`;
    const key = xml(id);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} class="hs-picture hs-${kind}" role="img" aria-labelledby="${key}-t ${key}-d">`,
      `<title id="${key}-t">${xml(title)}</title><desc id="${key}-d">${xml(description)}</desc>`,
      ...(standalone ? [`<style>${STYLE}</style>`, `<rect width="100%" height="100%" class="hs-bg"/>`] : []),
      ...this.parts,
      '</svg>\n',
    ].join('\n');
  }
}

/** A coordinate, short. */
const r = (n: number): string => String(Math.round(n * 10) / 10);

export function paintSvg(picture: Picture, options: SvgOptions): string {
  if (picture.kind === 'ladder') return ladder(picture, options);
  return picture.kind === 'map' ? map(picture, options) : timeline(picture, options);
}

// Ladder

const TIME = 92;
const ROW = 34;
/** Width of a remark, at most. */
const NOTE = 420;
/** Height of the name of a tunnel. */
const NAME = 18;
const HEAD = 44;
const EDGE = 16;

function ladder(picture: LadderPicture, options: SvgOptions): string {
  const { places, rows, tunnels, left } = picture;
  const canvas = new Canvas();
  const side = (i: number): number => Math.max(width(places[i].label), width(places[i].detail)) / 2;
  const at = columns(picture, { width, least: 110, most: 330, space: 14 });
  const start = EDGE + TIME + Math.min(120, Math.max(30, side(0)));
  const x = at.map((one) => start + one);
  const end = x[x.length - 1] + Math.min(120, Math.max(40, side(places.length - 1))) + EDGE;
  const top = HEAD + 16;
  // What is in a tunnel has its name above.
  const tops: number[] = [];
  let bottom = top;
  rows.forEach((row, i) => {
    if (tunnelOf(row) >= 0 && (i === 0 || tunnelOf(rows[i - 1]) !== tunnelOf(row))) bottom += NAME;
    tops.push(bottom);
    bottom += ROW;
  });
  // Frames first, so that all else is over them.
  for (let i = 0; i < rows.length; i++) {
    const number = tunnelOf(rows[i]);
    if (number < 0 || (i > 0 && tunnelOf(rows[i - 1]) === number)) continue;
    let last = i;
    while (last + 1 < rows.length && tunnelOf(rows[last + 1]) === number) last++;
    const span = rows.slice(i, last + 1).flatMap((row) => (row.kind === 'arrow' ? [x[row.from], x[row.to]] : []));
    const [a, b] = [Math.min(...span), Math.max(...span)];
    const y = tops[i] - NAME + 2;
    canvas.rect(a + 4, y, b - a - 8, tops[last] + ROW - y - 4, 'hs-tunnel', 4);
    const whole = `${tunnels[number].label}, ${tunnels[number].detail}`;
    const shown = width(whole) > b - a - 20 ? tunnels[number].label : whole;
    canvas.text(a + 10, y + 13, cut(shown, b - a - 20), 'hs-text-tunnel', 'start', whole);
  }
  places.forEach((place, i) => {
    const tone = place.kind === 'unseen' ? 'hs-expected' : 'hs-line';
    canvas.path(`M${r(x[i])} ${HEAD}V${r(bottom + 6)}`, tone);
    const free = (other: number, gap: number): number => 2 * (gap - Math.min(side(other), gap / 2)) - 12;
    const room = Math.min(i === 0 ? 330 : free(i - 1, x[i] - x[i - 1]), i === x.length - 1 ? 330 : free(i + 1, x[i + 1] - x[i]));
    canvas.text(
      x[i],
      18,
      cut(place.label, room),
      `hs-strong${place.kind === 'unseen' ? ' hs-text-expected' : ''}`,
      'middle',
      place.label,
    );
    canvas.text(x[i], 34, cut(place.detail, room), 'hs-dim', 'middle', place.detail);
  });
  let firstNs: number | null = null;
  rows.forEach((row, i) => {
    const y = tops[i] + 20;
    if (row.kind !== 'silence' && row.timeNs !== null) {
      const told = firstNs === null ? (row.time ?? '').slice(11, 23) : `+${duration(Math.max(0, row.timeNs - firstNs))}`;
      firstNs ??= row.timeNs;
      canvas.text(
        EDGE + TIME - 14,
        y + 4,
        told,
        'hs-dim',
        'end',
        row.frame === null ? told : `${told}, ${row.frame.point} frame ${row.frame.frame}`,
      );
    }
    if (row.kind === 'silence') {
      canvas.rect(x[0], y - 13, x[x.length - 1] - x[0], 24, 'hs-silence');
      canvas.text((x[0] + x[x.length - 1]) / 2, y + 3, row.text, 'hs-text-wrong', 'middle');
    } else if (row.kind === 'note') {
      canvas.add(`<circle cx="${r(x[row.at])}" cy="${r(y)}" r="3.5" class="hs-head-${row.tone}"/>`);
      canvas.text(x[row.at] + 10, y + 4, cut(row.text, NOTE), `hs-text-${row.tone}`, 'start', row.text);
    } else drawArrow(canvas, row, x, y);
  });
  left.forEach((text, i) => {
    canvas.text(EDGE, bottom + 26 + i * 16, text, 'hs-dim');
  });
  const notes = rows.flatMap((row) => (row.kind === 'note' ? [x[row.at] + Math.min(NOTE, width(row.text)) + 10 + EDGE] : []));
  const wide = Math.max(end, ...notes, ...left.map((text) => width(text) + 2 * EDGE));
  return canvas.wrap(picture, wide, bottom + 18 + left.length * 16 + (left.length > 0 ? 6 : 0), options);
}

const tunnelOf = (row: LadderRow): number => (row.kind === 'arrow' ? row.tunnel : -1);

function drawArrow(canvas: Canvas, row: LadderArrow, x: readonly number[], y: number): void {
  const [from, to] = [x[row.from], x[row.to]];
  const text = arrowText(row);
  const classes = row.tone === 'plain' ? '' : `hs-text-${row.tone}`;
  if (row.from === row.to) {
    // It turns round at this place.
    canvas.path(`M${r(from)} ${r(y - 6)}h22v10h-15`, `hs-${row.tone}`);
    canvas.path(`M${r(from + 1)} ${r(y + 4)}l7 -4v8z`, `hs-head-${row.tone}`);
    const isLast = row.from === x.length - 1;
    canvas.text(isLast ? from - 8 : from + 28, y + 4, text, classes, isLast ? 'end' : 'start');
    if (row.isLost) canvas.cross(from, y);
    return;
  }
  const way = to < from ? -1 : 1;
  const stop = row.isLost ? to - way * 9 : to - way;
  canvas.arrow(from, y, stop, y, row.tone);
  if (row.isLost) canvas.cross(to, y);
  const room = Math.abs(to - from) - 16;
  canvas.text((from + to) / 2, y - 5, cut(text, room), classes, 'middle', text);
}

// Map

const BOX = { width: 190, height: 40, gap: 12, reach: 230 } as const;

function map(picture: MapPicture, options: SvgOptions): string {
  const { nodes, left, repair } = picture;
  const canvas = new Canvas();
  const all = blocks(picture);
  const texts = (edges: readonly MapEdge[]): string[] => edges.flatMap((edge) => [edge.interface, edgeText(edge)]);
  const reach = (edges: readonly MapEdge[]): number =>
    Math.min(420, Math.max(140, ...texts(edges).map((text) => width(text) + 40)));
  const toLeft = Math.max(0, ...all.map((block) => (block.left.length === 0 ? 0 : reach(block.left) + BOX.width)));
  const toRight = Math.max(0, ...all.map((block) => (block.right.length === 0 ? 0 : reach(block.right) + BOX.width)));
  const center = EDGE + toLeft;
  const wide = center + BOX.width + toRight + EDGE;
  const most = Math.max(1, ...picture.edges.map((edge) => edge.in + edge.out));
  let y = EDGE;
  const box = (x: number, top: number, height: number, node: number, classes = ''): void => {
    const { label, detail } = nodes[node];
    canvas.rect(x, top, BOX.width, height, `hs-box ${classes}`.trim(), 6);
    const middle = top + height / 2;
    const room = BOX.width - 12;
    canvas.text(x + BOX.width / 2, detail === '' ? middle + 4 : middle - 3, cut(label, room), 'hs-strong', 'middle', label);
    canvas.text(x + BOX.width / 2, middle + 13, cut(detail, room), 'hs-dim', 'middle', detail);
  };
  for (const { node, left: west, right: east } of all) {
    const lines = Math.max(1, west.length, east.length);
    const height = lines * (BOX.height + BOX.gap) - BOX.gap;
    box(center, y, height, node, 'hs-captured');
    const draw = (edges: readonly MapEdge[], isRight: boolean): void => {
      const step = edges.length === 0 ? 0 : height / edges.length;
      edges.forEach((edge, i) => {
        const middle = y + step * (i + 0.5);
        const length = reach(edges);
        const near = isRight ? center + BOX.width : center;
        const far = isRight ? near + length : near - length;
        box(isRight ? far : far - BOX.width, middle - BOX.height / 2, BOX.height, edge.far);
        // The more packets, the wider; by the logarithm, since few matter as well.
        const heavy =
          edge.tone === 'plain' ? ` hs-w${1 + Math.round((3 * Math.log1p(edge.in + edge.out)) / Math.log1p(most))}` : '';
        canvas.path(`M${r(near)} ${r(middle)}H${r(far)}`, `hs-${edge.tone}${heavy}`);
        const way = isRight ? 1 : -1;
        if (edge.out > 0 || edge.tone === 'expected')
          canvas.path(`M${r(far)} ${r(middle)}l${-way * 8} -4v8z`, `hs-head-${edge.tone}`);
        if (edge.in > 0) canvas.path(`M${r(near)} ${r(middle)}l${way * 8} -4v8z`, `hs-head-${edge.tone}`);
        if (edge.tone === 'wrong') canvas.cross((near + far) / 2, middle);
        const classes = edge.tone === 'plain' ? '' : `hs-text-${edge.tone}`;
        canvas.text((near + far) / 2, middle - 7, edge.interface, `hs-strong ${classes}`.trim(), 'middle');
        const text = edgeText(edge);
        canvas.text((near + far) / 2, middle + 17, cut(text, length - 12), classes === '' ? 'hs-dim' : classes, 'middle', text);
      });
    };
    draw(west, false);
    draw(east, true);
    y += height + 28;
  }
  const below = [...left];
  if (repair !== null) below.push(`On ${repair.node}: ${repair.commands.join('; ')}`);
  below.forEach((text) => {
    canvas.text(EDGE, y + 4, cut(text, Math.max(wide, 400) - 2 * EDGE), 'hs-dim', 'start', text);
    y += 18;
  });
  return canvas.wrap(picture, Math.max(wide, below.length > 0 ? 400 : 0), y, options);
}

// Timeline

const LINE = { left: 16, width: 720, top: 28, height: 18 } as const;

function timeline(picture: TimelinePicture, options: SvgOptions): string {
  const { bands, marks, fromNs, toNs, from, to, left } = picture;
  const canvas = new Canvas();
  const span = toNs - fromNs;
  const at = (ns: number): number => LINE.left + ((Math.min(Math.max(ns, fromNs), toNs) - fromNs) / span) * LINE.width;
  const clock = (time: string): string => time.slice(11, 23);
  canvas.text(LINE.left, 16, clock(from), 'hs-dim');
  canvas.text(LINE.left + LINE.width, 16, `${clock(to)} UTC`, 'hs-dim', 'end');
  canvas.rect(LINE.left, LINE.top, LINE.width, LINE.height, 'hs-box');
  let y = LINE.top + LINE.height + 18;
  bands.forEach((band, i) => {
    const x = at(band.fromNs);
    // One lost packet is a moment: it still has to be seen. A stretch lasts until the next one begins, so far as it is known.
    const w = Math.max(3, at(band.toNs) - x);
    canvas.add(
      `<g><title>${xml(bandText(band))}</title><rect x="${r(x)}" y="${LINE.top}" width="${r(Math.min(w, LINE.left + LINE.width - x))}" height="${LINE.height}" class="hs-${band.outcome}"/></g>`,
    );
    if (i >= 6) return;
    canvas.add(`<rect x="${LINE.left}" y="${r(y - 9)}" width="10" height="10" class="hs-${band.outcome}"/>`);
    canvas.text(LINE.left + 16, y, bandText(band));
    y += 16;
  });
  if (bands.length > 6) {
    canvas.text(LINE.left + 16, y, `and ${bands.length - 6} more changes`, 'hs-dim');
    y += 16;
  }
  marks.forEach((mark) => {
    canvas.path(`M${r(at(mark.timeNs))} ${LINE.top - 5}V${LINE.top + LINE.height + 5}`, 'hs-plain');
    const text = `${clock(mark.time)}  ${mark.text}`;
    canvas.path(`M${LINE.left + 5} ${r(y - 9)}v10`, 'hs-plain');
    canvas.text(LINE.left + 16, y, cut(text, LINE.width - 16), '', 'start', text);
    y += 16;
  });
  for (const text of left) {
    canvas.text(LINE.left + 16, y, text, 'hs-dim');
    y += 16;
  }
  return canvas.wrap(picture, LINE.left * 2 + LINE.width, y, options);
}

const bandText = ({ outcome, count, from, to }: TimelinePicture['bands'][number]): string =>
  `${outcome} ×${count}, ${from.slice(11, 23)} to ${to.slice(11, 23)}`;
