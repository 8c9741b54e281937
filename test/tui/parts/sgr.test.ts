// What is written shorter looks the same: a terminal emulator is the judge.
import headless from '@xterm/headless';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shortened } from '../../../src/tui/screen/sgr.js';

async function cellsOf(text: string): Promise<string[]> {
  const terminal = new headless.Terminal({ cols: 60, rows: 2, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(`\x1b[m${text}`, done));
  const line = terminal.buffer.active.getLine(0)!;
  const cells = Array.from({ length: 60 }, (_, x) => line.getCell(x)!);
  const shown = cells.map(
    (c) =>
      `${c.getChars()} ${c.getFgColorMode()} ${c.getFgColor()} ${c.getBgColorMode()} ${c.getBgColor()} ${c.isBold()} ${c.isUnderline()} ${c.isInverse()}`,
  );
  terminal.dispose();
  return shown;
}

/** As the driver writes: a reset, then all of a style; and what may come besides. */
const piece = fc.oneof(
  fc.constantFrom('a', 'b ', '한', ' ', '\x1b[m', '\x1b[3m', '\x1b[38;2;1;2;3m', '\x1b[K'),
  fc
    .tuple(fc.constantFrom('', '1;', '4;', '7;', '1;7;'), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
    .map(([flags, fg, bg]) => `\x1b[m\x1b[${flags}38;5;${fg};48;5;${bg}m`),
  fc.constantFrom('\x1b[m\x1b[31;47m', '\x1b[m\x1b[1;97m', '\x1b[m\x1b[48;5;234m', '\x1b[39m'),
);

it('looks the same, and is never longer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      const text = pieces.join('');
      const short = shortened(text);
      expect(short.length).toBeLessThanOrEqual(text.length + 2);
      expect(await cellsOf(short)).toEqual(await cellsOf(text));
    }),
    { numRuns: 150 },
  );
});

it('says of a change only what changes', () => {
  const [a, b] = ['\x1b[m\x1b[38;5;252;48;5;234m', '\x1b[m\x1b[38;5;80;48;5;234m'];
  expect(shortened(`${a}x${b}y${b}z${a}`)).toBe('\x1b[0;38;5;252;48;5;234mx\x1b[38;5;80myz\x1b[38;5;252m');
  // To take all back is shorter than to name what goes.
  expect(shortened(`${a}x\x1b[my`)).toBe('\x1b[0;38;5;252;48;5;234mx\x1b[my');
});
