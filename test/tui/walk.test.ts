// A walk over all views at all sizes, in all themes: nothing that matters is cut, nothing runs over or stays behind, and all can be read.
import { afterEach, expect, it } from 'vitest';
import { widthOf } from '../../src/tui/screen/paint.js';
import { THEMES } from '../../src/tui/screen/theme.js';
import { times } from '../thorough.js';
import { Screen } from './here.js';
import { contrast } from './parts/contrast.js';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
  [40, 12],
] as const;
const DEPTHS = [256, 16, 0] as const;
/** Columns without which there is one line only. */
const LEAST = 60;

interface Scene {
  readonly name: string;
  readonly keys: string;
  /** What it is there for. */
  readonly shows: readonly (string | RegExp)[];
  /** A dialog, or text that is typed: Esc leaves it. */
  readonly leave?: string;
}

const alt = (digit: number) => `\x1b${digit}`;

const ROUTER: readonly Scene[] = [
  { name: 'packets', keys: alt(1), shows: ['172.20.0.96', /in if\d|out if\d/] },
  { name: 'why', keys: `${alt(1)}nn`, shows: [/evidence 3 of 22/] },
  { name: 'flows', keys: alt(2), shows: ['172.20.0.96', '172.20.2.1'] },
  { name: 'journeys', keys: alt(3), shows: ['172.20.0.96', '172.20.2.1'] },
  { name: 'neighbours', keys: alt(4), shows: [/192\.168\.\d+\.\d+|10\.0\.2\.\d+/] },
  { name: 'tunnels', keys: alt(5), shows: [/tunnel/] },
  { name: 'findings', keys: alt(6), shows: ['172.20.2.1'] },
  { name: 'conversations', keys: alt(7), shows: ['172.20.0.96'] },
  { name: 'protocols', keys: alt(8), shows: ['Share'] },
  { name: 'traffic', keys: alt(9), shows: [/packets?/] },
  { name: 'checks', keys: 'v', shows: [/!|\+/] },
  { name: 'properties', keys: 'i', shows: [/61/] },
  { name: 'ladder', keys: `${alt(6)}y`, shows: ['no answer for'] },
  { name: 'diff', keys: ':diff captures/native-healthy.pcap\r', shows: [/native-healthy|differ/i] },
  { name: 'help', keys: '?', shows: [/Esc/], leave: '\x1b' },
  { name: 'menu', keys: 'M', shows: ['Misc'], leave: '\x1b' },
  { name: 'columns', keys: ':columns\r', shows: [/Source/], leave: '\x1b' },
  { name: 'decode', keys: 'd', shows: [/[Dd]ecode/], leave: '\x1b' },
  { name: 'quit', keys: 'q', shows: ['Quit'], leave: '\x1b' },
  { name: 'save', keys: 'w', shows: [/[Ss]ave|pcapng/], leave: '\x1b\x1b' },
  { name: 'log', keys: ':logs\r', shows: ['nothing to report'], leave: '\x1b' },
  { name: 'files', keys: '\x0f', shows: [/[Oo]pen/], leave: '\x1b' },
  { name: 'rule', keys: `${alt(6)}r`, shows: [/egress/], leave: '\x1b' },
  { name: 'completion', keys: `${alt(1)}/ip.sr`, shows: ['ip.src'], leave: '\x1b\x1b\x15\r' },
  { name: 'wrong filter', keys: `${alt(1)}/ip.sr ==`, shows: [/×|unknown|ip\.sr/], leave: '\x15\r' },
  { name: 'search', keys: `${alt(1)}\x06echo\r`, shows: [/echo/i], leave: '\x1b\x06\x06' },
];
const TCP: readonly Scene[] = [
  { name: 'tcp packets', keys: alt(1), shows: ['172.20.2.1', 'mtu-blackhole'] },
  { name: 'sequence', keys: 'Snn', shows: ['172.20.0.96', /\d R|R \d|R retransmission/] },
  { name: 'stream', keys: `${alt(1)}s`, shows: ['172.20.0.96:38132', 'lab-push'] },
  { name: 'tcp ladder', keys: `${alt(6)}y`, shows: ['172.20.2.1', /│/] },
  { name: 'tcp timeline', keys: alt(9), shows: [/\d packets,/] },
];
const TUNNEL: readonly Scene[] = [
  { name: 'tunnel packets', keys: alt(1), shows: ['172.20.0.66', 'tunnel-wrong-endpoint'] },
  { name: 'tunnel tunnels', keys: alt(5), shows: ['192.168.20.100', '192.168.10.101'] },
  { name: 'tunnel journeys', keys: alt(3), shows: ['172.20.0.66', /in if4 .*out if3/] },
  { name: 'tunnel flows', keys: alt(2), shows: ['172.20.0.66'] },
  { name: 'tunnel ladder', keys: `${alt(6)}y`, shows: ['VXLAN VNI', /no answer|not seen/] },
  { name: 'tunnel findings', keys: alt(6), shows: ['192.168.10.101'] },
];
const SEVERAL: readonly Scene[] = [
  { name: 'points packets', keys: alt(1), shows: ['172.20.2.1', /gw-a/] },
  { name: 'points journeys', keys: alt(3), shows: ['172.20.2.1'] },
  { name: 'points findings', keys: alt(6), shows: ['172.20.2.1'] },
  { name: 'points ladder', keys: `${alt(6)}y`, shows: ['no answer'] },
];
const IPV6: readonly Scene[] = [
  { name: 'v6 packets', keys: alt(1), shows: ['fd00:172:20::96'] },
  { name: 'v6 flows', keys: alt(2), shows: ['fd00:172:20:2::1'] },
  { name: 'v6 neighbours', keys: alt(4), shows: ['fd17:625c:f037:2::2'] },
  { name: 'v6 conversations', keys: alt(7), shows: ['fd00:172:20::96', 'fd00:172:20:2::1'] },
  { name: 'v6 ladder', keys: `${alt(6)}y`, shows: ['no answer'] },
];
const WALKS = [
  ['router', ['captures/native-missing-route.pcap'], ROUTER, ['expectations/native-routing.yaml']],
  ['tcp', ['captures/mtu-blackhole.pcap'], TCP, []],
  ['tunnel', ['captures/vxlan-wrong-node.pcap'], TUNNEL, []],
  ['several', ['gw-a-south=captures/native-missing-route.pcap', 'gw-b-north=captures/native-healthy.pcap'], SEVERAL, []],
  ['ipv6', ['captures/ipv6-missing-route.pcap'], IPV6, []],
] as const;

let screen: Screen | null = null;
afterEach(async () => {
  await screen?.close();
  screen = null;
});

/** Lines of frames, plots and bars: no text. */
const LINE = /^[─-▟⠀-⣿╌╎┄┊]$/;
const NONE = 0x1ff;

/** Cells whose text cannot be told from what is behind it. */
function unreadable(one: Screen): string[] {
  const { active } = one.terminal.buffer;
  const bad: string[] = [];
  for (let y = 0; y < one.terminal.rows; y++)
    for (let x = 0; x < one.terminal.cols; x++) {
      const cell = active.getLine(y)!.getCell(x)!;
      const text = cell.getChars();
      if (text === '' || text === ' ') continue;
      const fg = cell.isFgDefault() ? NONE : cell.getFgColor();
      const bg = cell.isBgDefault() ? NONE : cell.getBgColor();
      if (fg === NONE && bg === NONE) continue;
      if (fg === NONE || bg === NONE) bad.push(`${x},${y} ${text}: half of its colours are the terminal's`);
      else if (contrast((fg << 9) | bg) < (LINE.test(text) ? 3 : 4.5)) bad.push(`${x},${y} ${text}: ${fg} on ${bg}`);
    }
  return bad;
}
/** All that can be seen. */
function looks(one: Screen): string[] {
  const { active } = one.terminal.buffer;
  return Array.from({ length: one.terminal.rows }, (_, y) =>
    Array.from({ length: one.terminal.cols }, (_, x) => {
      const cell = active.getLine(y)!.getCell(x)!;
      const text = cell.getChars() || ' ';
      const ink = text === ' ' && !cell.isInverse() && !cell.isUnderline() ? '' : `${cell.getFgColor()}`;
      return `${text}${ink}/${cell.getBgColor()}${cell.isInverse() ? 'i' : ''}${cell.isUnderline() ? 'u' : ''}`;
    }).join(' '),
  );
}

/** A share of the sizes for each view; all of them where all is tried. */
const sizesOf = (n: number) => SIZES.filter((_, i) => times(i === n % SIZES.length ? 1 : 0, 1) === 1);
/** Each walk in other colours; in all where all is tried. */
const depthsOf = (n: number) => DEPTHS.filter((_, i) => times(i === n % DEPTHS.length ? 1 : 0, 1) === 1);

const steps = WALKS.flatMap(([walk, ...rest], n) => depthsOf(n).map((depth) => [walk, depth, ...rest] as const));

it.each(steps)('%s in %i colours', { timeout: 300_000 }, async (_walk, depth, files, scenes, expectations) => {
  screen = new Screen({ cols: 120, rows: 40 }, depth, expectations);
  const { app } = screen;
  app.load(files);
  const isKnown = ([title = '']: string[]) =>
    /\d fault|no fault/.test(title) && (expectations.length === 0 || title.includes('check'));
  await screen.until((text) => isKnown(text.split('\n')));
  const problems: string[] = [];
  for (const [n, scene] of scenes.entries()) {
    if (n % times(2, 1) !== 0) continue;
    screen.resize(120, 40);
    await screen.still();
    screen.send(scene.keys);
    await screen.still();
    await screen.until((text) => !/drawing …|reading …|not yet/.test(text));
    for (const [cols, rows] of sizesOf(n)) {
      const theme = THEMES[(n + cols) % THEMES.length]!;
      app.settings.change({ theme });
      screen.resize(cols, rows);
      // What earlier segments say of one comes to the list when it rests.
      await screen.still(300);
      const seen = await problemsOf(screen, scene, cols, rows);
      problems.push(...seen.map((what) => `${scene.name} at ${cols}x${rows}, ${theme}: ${what}\n${screen?.text()}`));
    }
    screen.resize(120, 40);
    for (const key of scene.leave ?? '') {
      screen.send(key);
      await screen.still(45);
    }
  }
  expect(problems.join('\n\n')).toBe('');
});

/** What is wrong with what is shown. */
async function problemsOf(one: Screen, { shows }: Scene, cols: number, rows: number): Promise<string[]> {
  const text = one.text();
  if (cols < LEAST)
    return text.startsWith(`hopscope needs 60x15, this is ${cols}x${rows}`) ? [] : ['does not say that it is too small'];
  const problems: string[] = [];
  if (!/^ hopscope {2}\S{8}/.test(text)) problems.push('the name of the file is cut');
  if (/undefined|NaN|\[object/.test(text)) problems.push('a value is none');
  // The last column of a list may be cut, as it was made to be.
  const cut = /(?:\d+\.\d+\.\d+\.?\d*|[0-9a-f]+:[0-9a-f:]*:)…(?=\S| {1,2}[^│\s])/.exec(text);
  if (cut !== null) problems.push(`an address is cut: ${cut[0]}`);
  const bad = unreadable(one);
  if (bad.length > 0) problems.push(`${bad.length} signs cannot be read, ${bad[0]}`);
  for (const wanted of shows)
    if (typeof wanted === 'string' ? !text.includes(wanted) : !wanted.test(text)) problems.push(`lacks ${String(wanted)}`);
  const top = rows >= 24 ? 2 : 1;
  const picture = one.app.stage.view.draw(cols, rows - top - 1);
  if (picture.rows.length !== rows - top - 1) problems.push(`${picture.rows.length} rows`);
  const wrong = picture.rows.findIndex((row) => widthOf(row) !== cols);
  if (wrong >= 0) problems.push(`row ${wrong} has ${widthOf(picture.rows[wrong]!)} columns`);
  for (const { x, rows: over } of picture.overlays ?? [])
    if (over.some((row) => x + widthOf(row) > cols)) problems.push('an overlay runs over');
  if ((await isLeft(one)) !== null) {
    // More may have become known in between, on a busy machine: what stays behind does so again.
    one.resize(120, 40);
    await one.still();
    one.resize(cols, rows);
    await one.still(900);
    const line = await isLeft(one);
    if (line !== null) problems.push(`a line is another when all is drawn anew: ${line}`);
  }
  return problems;
}

/** A line that changes when all is drawn anew; null: there is none. */
async function isLeft(one: Screen): Promise<string | null> {
  const before = looks(one);
  const lines = one.lines();
  one.app.act('redraw');
  await one.still(20);
  const after = looks(one);
  return lines.find((_, y) => before[y] !== after[y]) ?? null;
}

it('what is wrong is noticed', async () => {
  screen = new Screen({ cols: 80, rows: 24 });
  screen.app.load(['captures/native-missing-route.pcap']);
  await screen.until((text) => text.includes('1 fault'));
  await screen.still();
  const { terminal } = screen;
  const put = (text: string) => new Promise<void>((done) => terminal.write(text, done));
  expect(unreadable(screen)).toEqual([]);
  await put('\x1b[2;1H\x1b[38;5;234;48;5;235mx');
  expect(unreadable(screen)).toHaveLength(1);
  expect(await isLeft(screen)).toMatch(/^x/);
  await put('\x1b[2;1H\x1b[38;5;234;48;5;235mx');
  const problems = await problemsOf(screen, { name: '', keys: '', shows: ['there'] }, 80, 24);
  expect(problems.join()).toMatch(/cannot be read.*lacks there/);
});
