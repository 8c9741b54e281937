// What a picture of text is drawn on: cells, each with what it is, so that somebody may colour them.
import { displayWidth, plainWidth, truncate, truncateMiddle } from '../../bytes/text.js';
import type { TimelineOutcome, Tone } from '../model.js';

/** What a stretch of text is, for those who colour it. */
export type Ink = 'name' | 'dim' | 'wrong' | 'expected' | 'tunnel' | 'good';

/** Text that is one thing; `ink` null: nothing in particular. */
export interface Run {
  readonly ink: Ink | null;
  readonly text: string;
}

interface Cell {
  /** '' after a character that takes two columns. */
  readonly char: string;
  readonly ink: Ink | null;
}

const BLANK: Cell = { char: ' ', ink: null };

/** Lines of cells: whatever is written later covers what was there. */
export class Canvas {
  private readonly lines: Cell[][] = [];

  put(x: number, y: number, text: string, ink: Ink | null = null): void {
    while (this.lines.length <= y) this.lines.push([]);
    const line = this.lines[y];
    let at = x;
    for (const char of plainWidth(text)) {
      const columns = displayWidth(char);
      if (columns === 0) {
        // A mark on the character before.
        const before = line[at - 1];
        if (before !== undefined) line[at - 1] = { char: before.char + char, ink: before.ink };
        continue;
      }
      while (line.length < at) line.push(BLANK);
      line[at++] = { char, ink };
      if (columns === 2) line[at++] = { char: '', ink };
    }
  }

  /** One character of our own, whatever it is. */
  sign(x: number, y: number, char: string, ink: Ink | null = null): void {
    this.put(x, y, ' ', ink);
    this.lines[y][x] = { char, ink };
  }

  /** Its lines, without blanks at their ends. */
  runs(): Run[][] {
    return this.lines.map((line) => {
      let end = line.length;
      while (end > 0 && line[end - 1].char === ' ') end--;
      const runs: Run[] = [];
      for (let i = 0; i < end; ) {
        const { ink } = line[i];
        let text = '';
        while (i < end && line[i].ink === ink) text += line[i++].char;
        runs.push({ ink, text });
      }
      return runs;
    });
  }
}

export const width = (text: string): number => displayWidth(plainWidth(text));
export const cut = (text: string, columns: number): string => truncate(plainWidth(text), Math.max(1, columns));

/** The same, cut in the middle where both ends have room: names differ there. */
export const cutMiddle = (text: string, columns: number): string =>
  columns < 5 ? cut(text, columns) : truncateMiddle(plainWidth(text), columns);

export const INKS: Readonly<Record<Tone, Ink | null>> = { plain: null, wrong: 'wrong', expected: 'expected', implied: 'dim' };
/** Outcomes over time. */
export const BLOCKS: Readonly<Record<TimelineOutcome, string>> = { answered: '█', refused: '▒', lost: '░' };
export const BAND_INKS: Readonly<Record<TimelineOutcome, Ink>> = { answered: 'good', refused: 'wrong', lost: 'wrong' };

export const DASH: Readonly<Record<Tone, string>> = { plain: '─', wrong: '─', expected: '╌', implied: '·' };
