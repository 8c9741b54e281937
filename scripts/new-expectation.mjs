// npm run new:expectation NAME
// Starts an expectation key: its file, its cases, its line in src/expect/keys/index.ts, its rows in docs/expectations.md and in the
// schema. All tests pass at once, on a check made up here (the TTL of each frame); then put the real one in its place.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.HOPSCOPE_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...path) => join(root, ...path);

const USAGE = 'usage: npm run new:expectation NAME, e.g. npm run new:expectation jitter';

function fail(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

const [name] = process.argv.slice(2);
if (name === undefined) fail('a name is needed: the key as it is written in a file');
if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) fail(`"${name}" is no key: letters and digits, the first one small, as in returnPath`);

const file = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const key = at('src', 'expect', 'keys', `${file}.ts`);
const cases = at('test', 'expect', 'keys', `${file}.ts`);
for (const path of [key, cases]) if (existsSync(path)) fail(`${path} is already there`);

const indexPath = at('src', 'expect', 'keys', 'index.ts');
const index = readFileSync(indexPath, 'utf8');
const imports = [...index.matchAll(/^import .* from '\.\/(.*)\.js';$/gm)];
const before = imports.find((match) => match[1] > file) ?? imports.at(-1);
const withImport = `${index.slice(0, before.index)}import ${name} from './${file}.js';\n${index.slice(before.index)}`;
// Before the keys that only say how many, when and where.
const newIndex = withImport.replace(/\n {2}count,\n/, `\n  ${name},\n  count,\n`);
if (newIndex === withImport) fail('src/expect/keys/index.ts lists no count: where should the key go?');

const MEANS = 'what it means, and how its value is written: `64`';
const docsPath = at('docs', 'expectations.md');
const docs = readFileSync(docsPath, 'utf8');
const newDocs = docs.replace(/\n\| `count` \|/, `\n| \`${name}\` | where | ${MEANS} |\n| \`count\` |`);
if (newDocs === docs) fail('docs/expectations.md has no row of count: where should the row go?');

const keyText = `import * as z from 'zod';
import { key } from '../key.js';

export default key({
  key: '${name}',
  // src/expect/shapes.ts has times, ranges, addresses and hops with their messages; each part of a shape needs its own cases.
  shape: z.int().min(0),
  beside: ['where'],
  means: '${MEANS}',
  hold: (value) => ({
    text: \`${name} \${value}\`,
    // Null where it holds, undefined where the frame is none of its business. See Hold in ../key.ts for conversations.
    frame: ({ packet }) => (packet.ttl === value ? null : \`${name} \${packet.ttl}\`),
  }),
});
`;

const casesText = `import { echo, ipv4, sll2 } from '../../rules/lab.js';
import { cut } from '../pings.js';

const ping = sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5', ttl: 64 }, echo()));

/** Name (it begins with the key), expectation, frames, and what becomes of it: one that holds, one that fails, one that is undecided at least. */
export const cases = [
  ['${name}', '- where: icmp\\n  ${name}: 64', [ping], 'pass'],
  ['${name}', '- where: icmp\\n  ${name}: 63', [ping], /^fail: ${name} 64/],
  ['${name}, in a capture with gaps', '- where: tcp\\n  ${name}: 64', [ping, cut], /^inconclusive: 0 frames/],
] as const;
`;

mkdirSync(dirname(cases), { recursive: true });
writeFileSync(key, keyText);
writeFileSync(cases, casesText);
writeFileSync(indexPath, newIndex);
writeFileSync(docsPath, newDocs);
process.stdout.write(`src/expect/keys/${file}.ts   how it is written, what it may stand beside, what it asks
test/expect/keys/${file}.ts  its cases: npx vitest run test/expect/keys.test.ts
src/expect/keys/index.ts, docs/expectations.md: one line each; the order of the list is the order in which failures are told
schema/expectations.schema.json, docs/expectations.md: npx vitest run test/expect/docs.test.ts test/expect/shipped.test.ts -u
`);
