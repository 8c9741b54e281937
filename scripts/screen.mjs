// docs/screen.svg: the terminal UI on a bundled capture, recorded from a real terminal.
//   npm run screen [-- --cols 120 --rows 36 --out docs/screen.svg]
import { renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadPty } from './pty.mjs';

const { values } = parseArgs({
  options: {
    cols: { type: 'string', default: '120' },
    rows: { type: 'string', default: '34' },
    out: { type: 'string', default: 'docs/screen.svg' },
    theme: { type: 'string', default: 'dark' },
  },
});
const [cols, rows] = [Number(values.cols), Number(values.rows)];

const PAPER = values.theme === 'light' ? '#fdfdfb' : '#16181d';
const INK = values.theme === 'light' ? '#24292f' : '#d8dbe0';
const [CELL_W, CELL_H, SIZE, MARGIN] = [8.4, 18, 14, 14];

const BASE = ['#1d1f26', '#e06c75', '#8fbf7f', '#d8b26a', '#6fa8dc', '#c58fd6', '#62b8c4', '#d8dbe0'];
const BRIGHT = ['#6b7280', '#ff8087', '#a5d693', '#f0cb85', '#8dbff0', '#d9a8e8', '#7fd3de', '#ffffff'];

/** The xterm palette: 16 named colours, a cube of 6, 24 greys. */
function color(n) {
  if (n < 8) return BASE[n];
  if (n < 16) return BRIGHT[n - 8];
  const hex = (v) => v.toString(16).padStart(2, '0');
  if (n >= 232) return `#${hex(8 + (n - 232) * 10).repeat(3)}`;
  const level = (v) => (v === 0 ? 0 : 55 + v * 40);
  const i = n - 16;
  return `#${[Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6].map((v) => hex(level(v))).join('')}`;
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const px = (v) => Number(v.toFixed(2));

const { Pty } = await loadPty();
const pty = Pty.start(['tui', 'captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'], {
  cols,
  rows,
});
await pty.until(/[1-9] faults?/);
if (values.theme !== 'dark') await pty.press(`:theme ${values.theme}\r`);
// The second piece of evidence, with the IP header open.
await pty.press('n');
await pty.press('n');
await pty.press('\tjj\r');
await pty.press('jjjjjj');
// Escape gives the focus back to the list; the animation of the load is over.
await pty.press('\x1b');
await pty.until((text) => !text.includes('reading'));

const out = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(cols * CELL_W + 2 * MARGIN)} ${rows * CELL_H + 2 * MARGIN}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${SIZE}">`,
  `<title>hopscope tui: packets, journey, structure, bytes and findings</title>`,
  `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
];
const runs = [];
for (let y = 0; y < rows; y++) {
  const line = pty.terminal.buffer.active.getLine(y);
  let run = null;
  for (let x = 0; x < cols; x++) {
    const cell = line.getCell(x);
    if (cell.getWidth() === 0) {
      if (run !== null) run.width++;
      continue;
    }
    let fg = cell.isFgDefault() ? INK : color(cell.getFgColor());
    let bg = cell.isBgDefault() ? PAPER : color(cell.getBgColor());
    if (cell.isInverse()) [fg, bg] = [bg, fg];
    const style = `${fg} ${bg} ${cell.isBold()} ${cell.isUnderline()}`;
    if (run === null || run.style !== style) {
      run = { style, fg, bg, isBold: cell.isBold() !== 0, x, y, width: 0, text: '' };
      runs.push(run);
    }
    run.width += cell.getWidth();
    run.text += cell.getChars() || ' ';
  }
}
for (const { bg, x, y, width } of runs)
  if (bg !== PAPER)
    out.push(
      `<rect x="${px(MARGIN + x * CELL_W)}" y="${MARGIN + y * CELL_H}" width="${px(width * CELL_W)}" height="${CELL_H}" fill="${bg}"/>`,
    );
for (const { fg, isBold, x, y, width, text } of runs) {
  if (text.trim() === '') continue;
  const start = text.length - text.trimStart().length;
  const shown = text.trim();
  const end = text.length - text.trimEnd().length;
  const at = `x="${px(MARGIN + (x + start) * CELL_W)}" y="${px(MARGIN + y * CELL_H + CELL_H * 0.74)}"`;
  // The length keeps columns in line with any font.
  const length = `textLength="${px((width - start - end) * CELL_W)}" lengthAdjust="spacingAndGlyphs"`;
  out.push(
    `<text ${at} ${length} fill="${fg}"${isBold ? ' font-weight="bold"' : ''} xml:space="preserve">${escaped(shown)}</text>`,
  );
}
out.push('</svg>', '');
writeFileSync(`${values.out}.new`, out.join('\n'));
renameSync(`${values.out}.new`, values.out);
console.log(`${values.out}: ${cols}x${rows}`);
pty.send('ZZ');
await pty.close();
