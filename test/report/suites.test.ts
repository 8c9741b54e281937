import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { text } from '../../src/report/text.js';
import { suites } from './runs.js';

const shown = (width: number) => text(suites, { width, color: false, verbose: false });

describe('the text report of expectations', () => {
  it('is grouped by file, timed, with what failed once more at the end', async () => {
    await expect(shown(80)).toMatchFileSnapshot('snapshots/suites.80.txt');
  });

  it('keeps within the width, and leaves no two lines empty', () => {
    for (const width of [40, 80, 120]) {
      for (const line of shown(width).split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
      expect(shown(width)).not.toMatch(/\n\n\n/);
    }
  });

  it('tells all of the results in its last line', () => {
    expect(shown(100).trimEnd().split('\n').at(-1)).toBe(
      '2 failed, 2 undecided, 2 passed, 2 skipped (8 expectations, 320 frames, 24.6 ms)',
    );
  });
});
