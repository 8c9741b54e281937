// Pictures of the terminal UI on bundled captures, recorded from a real terminal: docs/screen.svg, and those of other views in docs/pictures.
//   npm run screen [-- --scene ladder --cols 120 --rows 36 --out /tmp/screen.svg --theme light]
import { renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadPty } from './pty.mjs';

const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const [FINDINGS, TRAFFIC] = ['\x1b6', '\x1b9'];

/** What is pressed, one after the other, and what has to be there then. */
const SCENES = {
  packets: {
    out: 'docs/screen.svg',
    title: 'packets, journey, structure, bytes and findings',
    args: ROUTER,
    // The second piece of evidence: the tree opens at its field.
    keys: ['n', 'n'],
    there: 'egress-wrong-interface',
  },
  why: {
    out: 'docs/pictures/screen-why.svg',
    title: 'why a packet is evidence: in, out, wanted, back',
    args: ROUTER,
    // A SYN, on its way out by the wrong interface.
    keys: ['n', 'n', 'n'],
    there: 'wanted',
  },
  checks: {
    out: 'docs/pictures/screen-checks.svg',
    title: 'expectations beside the packets',
    // The expectations name the topology.
    args: ['captures/native-missing-route.pcap', '--expect', 'expectations/native-routing.yaml'],
    keys: [],
    there: / of \d+ checks?/,
  },
  sequence: {
    out: 'docs/pictures/screen-sequence.svg',
    title: 'sequence numbers of a TCP connection over time',
    args: ['captures/mtu-blackhole.pcap'],
    keys: ['S', 'n', 'n', 'n'],
    there: 'retransmission',
  },
  ladder: {
    out: 'docs/pictures/screen-ladder.svg',
    title: 'the ladder of a finding',
    args: ROUTER,
    keys: [FINDINGS, 'y'],
    there: 'no answer for',
  },
  tunnel: {
    out: 'docs/pictures/screen-tunnel.svg',
    title: 'the ladder of pings through VXLAN to the wrong node',
    args: ['captures/vxlan-wrong-node.pcap'],
    keys: [FINDINGS, 'y'],
    there: 'VXLAN VNI',
  },
  map: {
    out: 'docs/pictures/screen-map.svg',
    title: 'the map above the findings',
    args: ROUTER,
    keys: [FINDINGS],
    there: 'expected here',
  },
  timeline: {
    out: 'docs/pictures/screen-timeline.svg',
    title: 'traffic, and how what is wrong fared over time',
    args: ['captures/lb-failover.pcap'],
    // To the step in which the address moves.
    keys: [TRAFFIC, '38l'],
    there: ' moves from ',
  },
};

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    cols: { type: 'string', default: '120' },
    rows: { type: 'string', default: '34' },
    out: { type: 'string' },
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

/** Bars and upright lines fill their cells: letters of a font would leave gaps between the rows. In cells: x, y, width, height. */
function filled(letter) {
  if (letter === '\u2502') return [0.44, 0, 0.12, 1];
  const eighths = letter.codePointAt(0) - 0x2580;
  return eighths >= 1 && eighths <= 8 ? [0, 1 - eighths / 8, 1, eighths / 8] : null;
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const px = (v) => Number(v.toFixed(2));

const { Pty } = await loadPty();
if (values.scene !== undefined && SCENES[values.scene] === undefined)
  throw new Error(`no scene '${values.scene}': ${Object.keys(SCENES).join(', ')}`);
for (const [name, scene] of Object.entries(SCENES)) if (values.scene === undefined || values.scene === name) await record(scene);

async function record({ out: path, title, args, keys, there }) {
  const pty = Pty.start(['tui', ...args], { cols, rows });
  await pty.until(/[1-9] faults?/);
  if (values.theme !== 'dark') await pty.press(`:theme ${values.theme}\r`);
  for (const key of keys) {
    await pty.press(key);
    // Pictures are made beside the screen, and what came back for a packet is looked for there.
    await pty.until((text) => !/drawing \u2026|reading|^ +back +\u2026/m.test(text));
  }
  await pty.until(there);
  await pty.still();
  write(pty, values.out ?? path, title);
  pty.send('ZZ');
  await pty.close();
}

function write(pty, path, title) {
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${px(cols * CELL_W + 2 * MARGIN)} ${rows * CELL_H + 2 * MARGIN}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${SIZE}">`,
    `<title>hopscope tui: ${title}</title>`,
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
  for (const { fg, isBold, x, y, width, text: whole } of runs) {
    let text = '';
    for (const letter of whole) {
      const part = filled(letter);
      if (part !== null) {
        const [left, top, wide, high] = part;
        const at = `x="${px(MARGIN + (x + text.length + left) * CELL_W)}" y="${px(MARGIN + (y + top) * CELL_H)}"`;
        out.push(`<rect ${at} width="${px(wide * CELL_W)}" height="${px(high * CELL_H)}" fill="${fg}"/>`);
      }
      text += part === null ? letter : ' ';
    }
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
  writeFileSync(`${path}.new`, out.join('\n'));
  renameSync(`${path}.new`, path);
  console.log(`${path}: ${cols}x${rows}`);
}
