// What is written of a change looks as if all had been painted anew: a terminal emulator is the judge.
import headless from '@xterm/headless';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cells } from '../../../src/tui/screen/cells.js';
import { PLAIN, type Row } from '../../../src/tui/screen/paint.js';
import { attrOf } from '../../../src/tui/screen/theme.js';
import { times } from '../../thorough.js';

const [COLS, ROWS] = [24, 3];
const NONE = 0x1ff;
const color = fc.constantFrom(NONE, 0, 3, 7, 8, 15, 80, 234, 255);
const attr = fc
  .tuple(color, color, fc.constantFrom(0, 0, 1, 2, 8, 9))
  .map(([fg, bg, flags]) => (fg === NONE && bg === NONE && flags === 0 ? PLAIN : attrOf(fg, bg, flags)));
const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '   ', '        ', 'xyz', '한', '日本', 'e\u0301', '│', '…', '\ud835\udefc'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));
const row = fc.array(fc.record({ text, attr }), { maxLength: 5 });
const picture = fc.record({
  rows: fc.array(row, { minLength: ROWS, maxLength: ROWS }),
  overlay: fc.option(fc.record({ x: fc.integer({ min: 0, max: COLS - 1 }), y: fc.integer({ min: 0, max: ROWS - 1 }), row })),
});
type Drawn = { readonly rows: Row[]; readonly overlay: { readonly x: number; readonly y: number; readonly row: Row } | null };

function put(cells: Cells, { rows, overlay }: Drawn): string {
  rows.forEach((one, y) => {
    cells.put(one, 0, y, true);
  });
  if (overlay !== null) cells.put(overlay.row, overlay.x, overlay.y, false);
  return cells.write();
}

async function shown(output: string): Promise<string[]> {
  const terminal = new headless.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(output, done));
  const { active } = terminal.buffer;
  const all: string[] = [];
  for (let y = 0; y < ROWS; y++)
    for (let x = 0; x < COLS; x++) {
      const c = active.getLine(y)!.getCell(x)!;
      const isBlank = /^ ?$/.test(c.getChars()) && c.getWidth() === 1;
      // The colour of letters is not seen in a blank, nor is it bold.
      const ink = isBlank && !c.isUnderline() && !c.isInverse() ? '' : `${c.getFgColorMode()} ${c.getFgColor()} ${c.isBold()}`;
      all.push(
        `${isBlank ? ' ' : c.getChars()} ${ink} ${c.getBgColorMode()} ${c.getBgColor()} ${c.isUnderline()} ${c.isInverse()}`,
      );
    }
  terminal.dispose();
  return all;
}

it.each([
  ['a terminal that erases to the background', true],
  ['one that does not', false],
])('shows after any changes what painting it at once shows: %s', async (_name, erases) => {
  await fc.assert(
    fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 4 }), fc.constantFrom(null, 234), async (pictures, paper) => {
      const [changed, whole] = [new Cells(erases), new Cells(false)];
      if (paper !== null) for (const one of [changed, whole]) one.setBase({ ink: 252, paper });
      let output = changed.begin(COLS, ROWS);
      for (const one of pictures) output += put(changed, one as Drawn);
      const last = pictures.at(-1) as Drawn;
      expect(await shown(output)).toEqual(await shown(whole.begin(COLS, ROWS) + put(whole, last)));
    }),
    { numRuns: times(37, 150) },
  );
});

it('shows the text that was put there', async () => {
  const cells = new Cells(true);
  const output =
    cells.begin(COLS, ROWS) + put(cells, { rows: [[{ text: 'ab한e\u0301 c', attr: attrOf(1, 2, 1) }], [], []], overlay: null });
  const texts = (await shown(output)).slice(0, 7).map((cell) => cell.split(' ')[0]);
  expect(texts).toEqual(['a', 'b', '한', '', 'e\u0301', '', 'c']);
});

it('writes nothing where nothing changes, and of a change only what changes', () => {
  const cells = new Cells(true);
  cells.setBase({ ink: 252, paper: 234 });
  cells.begin(COLS, ROWS);
  const rows = (word: string): Row[] => [[{ text: `one ${word} three`, attr: PLAIN }], [], []];
  expect(put(cells, { rows: rows('two'), overlay: null })).toContain('one two three');
  expect(put(cells, { rows: rows('two'), overlay: null })).toBe('');
  expect(put(cells, { rows: rows('ten'), overlay: null })).toBe('\x1b[1;6H\x1b[38;5;252;48;5;234men\x1b[m');
});

it('puts a line again that another one lay over, or whose colours are others now', () => {
  const cells = new Cells(true);
  cells.setBase({ ink: 252, paper: 234 });
  cells.begin(COLS, ROWS);
  const rows: Row[] = [[{ text: 'one two three', attr: PLAIN }], [], []];
  put(cells, { rows, overlay: { x: 4, y: 0, row: [{ text: 'ten', attr: PLAIN }] } });
  expect(put(cells, { rows, overlay: null })).toContain('wo');
  cells.setBase({ ink: 235, paper: 231 });
  expect(put(cells, { rows, overlay: null })).toContain('one two three');
  cells.begin(COLS, ROWS);
  expect(put(cells, { rows, overlay: null })).toContain('one two three');
});

it('tells letters with marks apart up to a limit, and shows further ones without theirs', () => {
  const cells = new Cells(true);
  cells.begin(COLS, 1);
  for (let i = 0; i < 5000; i++) cells.put([{ text: `${String.fromCodePoint(0x4e00 + i)}\u0301`, attr: PLAIN }], 0, 0, true);
  expect(cells.write()).toContain(String.fromCodePoint(0x4e00 + 4999));
});
