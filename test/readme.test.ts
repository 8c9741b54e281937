// The README shows what the program prints.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the README shows the output of npm start, word for word', () => {
  const start = spawnSync(process.execPath, ['scripts/start.mjs'], { encoding: 'utf8' });
  expect(start.status).toBe(0);
  expect(readFileSync('README.md', 'utf8')).toContain(`\`\`\`\n${start.stdout}\`\`\``);
});
