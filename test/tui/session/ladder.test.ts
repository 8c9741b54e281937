// Ladders of all bundled captures, asked for as the screen asks: of each finding, and of packets.
import { expect, it } from 'vitest';
import { displayWidth } from '../../../src/bytes/text.js';
import { ladderLines } from '../../../src/picture/paint/text-ladder.js';
import type { Ladder } from '../../../src/tui/session.js';
import { some } from '../../thorough.js';
import { bundled, loaded, open, until } from './help.js';

/** Every packet that is drawn has its frame, of a conversation once; the ends of all arrows are places. */
function check({ picture, total }: Ladder): void {
  const frames = picture.rows.flatMap((row) => (row.kind === 'arrow' && row.frame !== null ? [row.frame.frame] : []));
  if (total > 0) expect(new Set(frames).size).toBe(frames.length);
  for (const row of picture.rows)
    if (row.kind === 'arrow') for (const end of [row.from, row.to]) expect(picture.places[end]).toBeDefined();
  for (const width of [59, 79, 199]) {
    const lines = ladderLines(picture, { width, isTight: true, clock: 'since' })!;
    const texts = [...lines.head, ...lines.body.map(({ runs }) => runs)].map((runs) => runs.map(({ text }) => text).join(''));
    expect(Math.max(...texts.map(displayWidth))).toBeLessThanOrEqual(lines.width);
    // Each row has its line, in order.
    expect(lines.body.flatMap(({ row }) => (row < 0 ? [] : [row]))).toEqual(picture.rows.map((_, i) => i));
  }
}

it.each(some(bundled, 6))('%s', async (path) => {
  const session = await open(path);
  try {
    await loaded(session);
    await until(session, () => session.findingsKnown);
    const ask = { packet: 0, part: null, onlyBroken: false };
    for (let finding = 0; finding < session.findings.length; finding++) {
      const ladder = await session.ladder({ ...ask, finding });
      if (ladder === null) continue;
      check(ladder);
      expect(ladder.picture.title).toBe(session.findings[finding]!.title);
    }
    for (const packet of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89].filter((n) => n <= session.load.frames)) {
      const ladder = await session.ladder({ ...ask, finding: -1, packet });
      if (ladder === null) continue;
      check(ladder);
      // The packet that it was asked for is there, where it is of a conversation and a place of its path.
      expect(ladder.shown).toBeLessThanOrEqual(200);
      if (ladder.total > 0) expect(ladder.from + ladder.shown).toBeLessThanOrEqual(ladder.total);
    }
  } finally {
    await session.close();
  }
});
