// Every bundled capture has its recipe beside it: who took it, where, and what is in it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));

it.each(captures)('captures/%s has its recipe', (name) => {
  const recipe = `captures/${name.replace(/\.\w+$/, '')}.md`;
  expect(existsSync(recipe), `${recipe} is missing: say how ${name} was made`).toBe(true);
  expect(readFileSync(recipe, 'utf8')).toContain(`# ${name}`);
});
