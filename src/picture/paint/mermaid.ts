// Pictures as Mermaid: GitHub and GitLab draw it where it stands in Markdown. https://mermaid.js.org/syntax/sequenceDiagram.html,
// flowchart.html and gantt.html.
import { plainWidth } from '../../bytes/text.js';
import { duration } from '../../bytes/units.js';
import type { LadderPicture, MapPicture, Picture, TimelinePicture } from '../model.js';
import { arrowText, edgeText } from './layout.js';

/** Lines of a diagram, without a fence around them. */
export function paintMermaid(picture: Picture): readonly string[] {
  if (picture.kind === 'ladder') return ladder(picture);
  return picture.kind === 'map' ? map(picture) : timeline(picture);
}

/** Text that means nothing to Mermaid: all but letters, digits and a few signs as entity codes, which it shows as the characters. */
const say = (text: string): string =>
  plainWidth(text).replace(/[^\p{L}\p{M}\p{N} .,/_\u00b5\u00d7\u2192()-]/gu, (c) => `#${c.codePointAt(0)};`);

function ladder({ places, rows, tunnels, left }: LadderPicture): string[] {
  const lines = ['sequenceDiagram'];
  places.forEach(({ label, detail }, i) => {
    lines.push(`  participant p${i} as ${say(detail === '' ? label : `${label} (${detail})`)}`);
  });
  const last = places.length - 1;
  let tunnel = -1;
  let firstNs: number | null = null;
  for (const row of rows) {
    const inside = row.kind === 'arrow' ? row.tunnel : -1;
    if (inside !== tunnel && tunnel >= 0) lines.push('  end');
    if (inside !== tunnel && inside >= 0) {
      lines.push(
        '  rect rgba(130, 80, 223, 0.1)',
        `  Note over p0,p${last}: ${say(`${tunnels[inside].label}, ${tunnels[inside].detail}`)}`,
      );
    }
    tunnel = inside;
    if (row.kind === 'silence') {
      lines.push(`  Note over p0,p${last}: ${say(row.text)}`);
      continue;
    }
    if (row.kind === 'note') {
      lines.push(`  Note over p${row.at}: ${say(row.text)}`);
      continue;
    }
    const since =
      row.timeNs === null
        ? ''
        : firstNs === null
          ? (row.time ?? '').slice(11, 26)
          : `+${duration(Math.max(0, row.timeNs - firstNs))}`;
    firstNs ??= row.timeNs;
    const arrow = row.isLost ? '-x' : row.tone === 'expected' ? '--)' : row.tone === 'implied' ? '-->>' : '->>';
    const text =
      [arrowText(row), since].filter(Boolean).join(', ') ||
      (row.isLost ? 'lost' : row.tone === 'expected' ? 'expected' : 'arrives');
    lines.push(`  p${row.from}${arrow}p${row.to}: ${say(text)}`);
  }
  if (tunnel >= 0) lines.push('  end');
  for (const text of left) lines.push(`  Note over p0,p${last}: ${say(text)}`);
  return lines;
}

function map({ nodes, edges, left }: MapPicture): string[] {
  const lines = ['flowchart LR'];
  nodes.forEach(({ label, detail, kind }, i) => {
    const text = `"${say(label)}${detail === '' ? '' : `<br/>${say(detail)}`}"`;
    lines.push(`  n${i}${kind === 'captured' ? `[[${text}]]` : kind === 'network' ? `([${text}])` : `[${text}]`}`);
  });
  edges.forEach((edge) => {
    const text = say([edge.interface, edgeText(edge)].filter(Boolean).join(': '));
    const [from, to] = edge.tone === 'plain' && edge.in > edge.out ? [edge.far, edge.node] : [edge.node, edge.far];
    const line = edge.tone === 'expected' ? '-.->' : edge.tone === 'wrong' ? '--x' : edge.in > 0 && edge.out > 0 ? '<-->' : '-->';
    lines.push(`  n${from} ${line}|"${text}"| n${to}`);
  });
  edges.forEach(({ tone }, i) => {
    if (tone === 'wrong') lines.push(`  linkStyle ${i} stroke:#cf222e,color:#cf222e`);
  });
  left.forEach((text, i) => {
    lines.push(`  l${i}["${say(text)}"]`);
  });
  return lines;
}

function timeline({ bands, marks }: TimelinePicture): string[] {
  const ms = (time: string): number => Date.parse(`${time.slice(0, 23)}Z`);
  const lines = ['gantt', '  dateFormat x', '  axisFormat %H:%M:%S'];
  lines.push('  section Outcome');
  for (const { outcome, count, from, to } of bands) {
    const style = outcome === 'answered' ? 'done' : 'crit';
    lines.push(`  ${say(`${outcome} ×${count}`)} :${style}, ${ms(from)}, ${Math.max(ms(to), ms(from) + 1)}`);
  }
  if (marks.length > 0) lines.push('  section Events');
  for (const { text, time } of marks) lines.push(`  ${say(text)} :milestone, ${ms(time)}, 0d`);
  return lines;
}
