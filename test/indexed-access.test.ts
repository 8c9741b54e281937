// Where an index is not checked by types (scripts/indexed-access.mjs says where it is), `]!` would say nothing, and is left out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const script = '../scripts/indexed-access.mjs';
const { isChecked } = (await import(script)) as { isChecked(file: string): boolean };

it('elsewhere there is no mark that means nothing', () => {
  const files = ['src', 'dissectors'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const marked = files
    .filter((file) => /\.tsx?$/.test(file) && !isChecked(file))
    .filter((file) => /\]!(?!=)/.test(readFileSync(file, 'utf8')));
  expect(marked, 'take the ! after ] away').toEqual([]);
});
