import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyTableMarkdown } from '../../src/tui/help.js';
import { keysOfText, shownKeys } from '../../src/tui/key-names.js';
import { hints, KEYS, match, PLACES, type Place } from '../../src/tui/keys.js';

const DOC = join(import.meta.dirname, '..', '..', 'docs', 'tui.md');
const MARKS = /(<!-- keys -->\n)[\s\S]*(<!-- end of keys -->)/;

describe('the key table', () => {
  it('has each key once at a place, and words for all of them', () => {
    for (const place of Object.keys(PLACES) as Place[]) {
      const keys = KEYS.filter(({ where }) => where === place).flatMap((binding) => binding.keys);
      expect(
        keys.filter((key, i) => keys.indexOf(key) !== i),
        place,
      ).toEqual([]);
    }
    expect(KEYS.filter(({ help }) => help === '')).toEqual([]);
  });

  it('no key hides a longer sequence of its place', () => {
    for (const { keys, where } of KEYS)
      for (const text of keys) {
        const typed = text.split(' ');
        for (let n = 1; n < typed.length; n++) expect(match(typed.slice(0, n), [where]).kind, `${where}: ${text}`).toBe('more');
      }
  });

  it('finds an action: nearest place first, sequences, any letter', () => {
    expect(match(['enter'], ['tree', 'packets', 'lists'])).toMatchObject({ kind: 'action', action: 'toggle-branch' });
    expect(match(['enter'], ['packets', 'lists'])).toMatchObject({ action: 'accept' });
    expect(match(['g'], ['packets', 'lists'])).toEqual({ kind: 'more' });
    expect(match(['g', 'g'], ['packets', 'lists'])).toMatchObject({ action: 'top' });
    expect(match(['m', 'x'], ['packets'])).toMatchObject({ action: 'mark', argument: 'x' });
    expect(match(['alt-6'], ['everywhere'])).toMatchObject({ action: 'view', argument: '6' });
    expect(match(["'", "'"], ['packets'])).toMatchObject({ action: 'jump-back' });
    expect(match(['g', 'x'], ['lists'])).toEqual({ kind: 'none' });
  });

  it('shows keys as people write them', () => {
    expect(['ctrl-w ctrl-w', 'g g', 'm *', 'pgdn', 'alt-*', 'Z Z'].map(shownKeys)).toEqual([
      'Ctrl-W Ctrl-W',
      'gg',
      'm a-z',
      'PgDn',
      'Alt-1…9',
      'ZZ',
    ]);
  });

  it('offers each action once in the footer', () => {
    const shown = hints(['tree', 'packets', 'lists', 'everywhere']).map(({ action }) => action);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown[0]).toBe('toggle-branch');
  });

  it('reads the notation of :map', () => {
    expect(keysOfText('<f5>')).toEqual(['f5']);
    expect(keysOfText('<c-w><tab>x <CR><lt>')).toEqual(['ctrl-w', 'tab', 'x', 'space', 'enter', '<']);
    expect(keysOfText('<nonsense>')).toBeNull();
  });

  // vitest -u writes it anew.
  it('is the table of docs/tui.md', async () => {
    const now = readFileSync(DOC, 'utf8');
    expect(now).toMatch(MARKS);
    await expect(
      now.replace(MARKS, (_, start: string, end: string) => `${start}\n${keyTableMarkdown()}\n${end}`),
    ).toMatchFileSnapshot(DOC);
  });
});
