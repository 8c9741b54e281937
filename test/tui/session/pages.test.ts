// A table that was asked for while the captures were read is whole in the end, also when nobody presses a key.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PagedTable } from '../../../src/tui/session/pages.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('is asked for anew when the load has ended just after it was made', async () => {
  let state = 'running 128';
  let draws = 0;
  const asked: string[] = [];
  const table: PagedTable = new PagedTable(
    async (from) => {
      asked.push(state);
      const isPartial = state.startsWith('running');
      return { columns: [], count: isPartial ? 16 : 18, tabs: [], from, rows: [], isPartial };
    },
    () => {
      draws++;
      table.rows(0, 10);
    },
    () => state,
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(table).toMatchObject({ count: 16, isPartial: true });
  state = 'done 150';
  table.rows(0, 10);
  await vi.advanceTimersByTimeAsync(2000);
  expect(table).toMatchObject({ count: 18, isPartial: false });
  // A whole table rests.
  const before = draws;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([draws, asked.length]).toEqual([before, 2]);
});

it('rests while nothing is read', async () => {
  let draws = 0;
  const table: PagedTable = new PagedTable(
    async (from) => ({ columns: [], count: 1, tabs: [], from, rows: [], isPartial: true }),
    () => {
      draws++;
      table.rows(0, 10);
    },
    () => 'following 7',
  );
  await vi.advanceTimersByTimeAsync(10_000);
  expect(draws).toBe(1);
});
