// npm run new:dissector NAME TABLE=KEY
// Starts a dissector: its file, its test, its line in docs/protocols.md and its entry in dissectors/index.ts. The test passes
// at once; then put the header of the specification in place of the one made up here, and real packets into the test.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...path) => join(root, ...path);

const USAGE = 'usage: npm run new:dissector NAME TABLE=KEY, e.g. npm run new:dissector mqtt-sn udp.port=1883';

function fail(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

const hex16 = (n) => n.toString(16).padStart(4, '0');
const ETHERNET = '02000000000b02000000000a';
const PAYLOAD = '01800004';
/** An IPv4 header without options or checksum around `length` bytes. */
const ipv4 = (proto, length) => `4500${hex16(20 + length)}0000000040${proto.toString(16).padStart(2, '0')}0000c0000201c0000202`;

/** A packet that leads to the protocol by its key, and the stack above it. */
const PACKETS = {
  ethertype: (key) => [`${ETHERNET}${hex16(key)}${PAYLOAD}`, 'eth:ethertype'],
  'ip.proto': (key) => [`${ETHERNET}0800${ipv4(key, 4)}${PAYLOAD}`, 'eth:ethertype:ip'],
  'udp.port': (key) => [`${ETHERNET}0800${ipv4(17, 12)}c000${hex16(key)}000c0000${PAYLOAD}`, 'eth:ethertype:ip:udp'],
  'tcp.port': (key) => [
    `${ETHERNET}0800${ipv4(6, 24)}c000${hex16(key)}0000000100000001501820000000${'0000'}${PAYLOAD}`,
    'eth:ethertype:ip:tcp',
  ],
};
const LARGEST = { 'ip.proto': 255 };

const [name, claim] = process.argv.slice(2);
if (name === undefined || claim === undefined) fail('two arguments are needed');
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) fail(`"${name}" is no name: lower case letters, digits and single hyphens`);
const [, table, number] = /^([a-z.]+)=(\d+|0x[0-9a-f]+)$/i.exec(claim) ?? [];
if (PACKETS[table] === undefined) fail(`"${claim}" names no table; there are ${Object.keys(PACKETS).join(', ')}`);
const key = Number(number);
if (key > (LARGEST[table] ?? 0xffff)) fail(`${number} is too large for ${table}`);

const identifier = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const files = { dissector: at('dissectors', `${name}.ts`), test: at('test', 'dissectors', `${name}.test.ts`) };
for (const file of Object.values(files)) if (existsSync(file)) fail(`${file} is already there`);

const index = readFileSync(at('dissectors', 'index.ts'), 'utf8');
if (new RegExp(`^ {2}${identifier},$`, 'm').test(index)) fail(`dissectors/index.ts already lists ${identifier}`);

const dissectorText = `// ${name}, RFC 0000 section 0.
import { dissector } from '../src/dissect/dissector.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('${name}', [
  uint('type', 8, 'Type of message'),
  uint('flags', 8, 'Flags', 'hex'),
  uint('length', 16, 'Length of header and payload'),
]);

export const ${identifier} = dissector({
  name: '${name}',
  title: '${name}',
  spec: 'RFC 0000',
  layout: header,
  claims: { ${/^\w+$/.test(table) ? table : `'${table}'`}: [${number}] },
});
`;

const [packet, above] = PACKETS[table](key);
const testText = `// ${name}.
import { vectors } from './vectors.js';

vectors(
  '${name}',
  ['${name}'],
  [
    {
      name: 'a header',
      hex: '${packet}',
      protocols: '${above}:${name}',
      fields: { '${name}.type': '1', '${name}.flags': '0x80', '${name}.length': '4' },
    },
  ],
);
`;

/** Puts a line among those that match, where the alphabet wants it. */
function insertSorted(text, isOne, line, keyOf) {
  const lines = text.split('\n');
  const ones = lines.map((l, i) => [l, i]).filter(([l]) => isOne(l));
  const after = ones.filter(([l]) => keyOf(l) < keyOf(line)).at(-1);
  lines.splice(after === undefined ? ones[0][1] : after[1] + 1, 0, line);
  return lines.join('\n');
}

const withImport = insertSorted(
  index,
  (line) => line.startsWith('import '),
  `import { ${identifier} } from './${name}.js';`,
  (line) => line.replace(/^.* from '\.\/(.*)\.js';$/, '$1'),
);
const newIndex = withImport.replace(/\n\];\n$/, `\n  ${identifier},\n];\n`);

const docs = readFileSync(at('docs', 'protocols.md'), 'utf8');
const newDocs = insertSorted(
  docs,
  (line) => line.startsWith('| `'),
  `| \`${name}\` | ${name} | RFC 0000 |`,
  (line) => line.split('`')[1],
);

writeFileSync(files.dissector, dissectorText);
writeFileSync(files.test, testText);
writeFileSync(at('dissectors', 'index.ts'), newIndex);
writeFileSync(at('docs', 'protocols.md'), newDocs);
process.stdout.write(`dissectors/${name}.ts            the header: write it down bit by bit, as its specification has it
test/dissectors/${name}.test.ts  packets and what tshark says of them: npx vitest run test/dissectors/${name}.test.ts
docs/protocols.md, dissectors/index.ts: one line each, with the title and the specification to put right
`);
