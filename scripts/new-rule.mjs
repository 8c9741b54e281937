// npm run new:rule NAME
// Starts a rule: its file, its page, its test and its line in src/rules/index.ts. The rule is an example (it finds answers without
// questions) and its test passes; the tests of the page fail until the page is written and its capture is there.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.HOPSCOPE_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...path) => join(root, ...path);

const USAGE = 'usage: npm run new:rule NAME, e.g. npm run new:rule tcp-window-full';

function fail(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

const [name] = process.argv.slice(2);
if (name === undefined) fail('a name is needed: the id of the rule, which names the fault');
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(name))
  fail(`"${name}" is no id: lower case words and digits, joined by single hyphens`);

// Of the first rule whose id begins with the same word, where there is one.
const rules = at('src', 'rules');
const like = readdirSync(rules).find((file) => file.startsWith(`${name.split('-')[0]}-`) && file.endsWith('.ts'));
const group = (like && /^ {2}group: '(\w+)'/m.exec(readFileSync(join(rules, like), 'utf8'))?.[1]) ?? 'path';
const identifier = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const files = {
  rule: at('src', 'rules', `${name}.ts`),
  page: at('src', 'rules', `${name}.md`),
  test: at('test', 'rules', `${name}.test.ts`),
};
for (const file of Object.values(files)) if (existsSync(file)) fail(`${file} is already there`);

const index = readFileSync(at('src', 'rules', 'index.ts'), 'utf8');
const imports = [...index.matchAll(/^import .* from '\.\/(.*)\.js';$/gm)];
const before = imports.find((match) => match[1] > name) ?? imports.at(-1);
const line = `import ${identifier} from './${name}.js';\n`;
const withImport = `${index.slice(0, before.index)}${line}${index.slice(before.index)}`;
const newIndex = withImport.replace(/\n\];\n$/, `\n  ${identifier},\n];\n`);
if (newIndex === withImport) fail('src/rules/index.ts does not end in a list: where should the rule go?');

const ruleText = `// What is wrong when this rule speaks, in one sentence.
${[`import page from './${name}.md';`, "import { rule } from './rule.js';"].sort((x, y) => (x.split("'./")[1] < y.split("'./")[1] ? -1 : 1)).join('\n')}

export default rule({
  id: '${name}',
  title: 'Questions to UDP port 60009 get no answer',
  group: '${group}',
  severity: 'warning',
  hint: 'What should somebody do who reads this?',
  page,
  judge(facts, say) {
    // Most conversations are healthy: those that ail are asked. facts.directions() and facts.conversations() walk them all.
    for (const conversation of facts.ailing()) {
      const { request, reply, initiator, responder, responderPort, protoName, uid } = conversation;
      if (protoName !== 'udp' || responderPort !== 60_009 || reply.packets > 0) continue;
      say({
        verdict: 'fail',
        key: \`\${responder}\`,
        title: \`No answer from \${responder} port 60009\`,
        message: 'What is wrong, in at most three sentences.',
        subject: { src: String(initiator), dst: String(responder), proto: protoName, dstPort: responderPort },
        evidence: [{ mark: request.first, field: 'udp.dstport' }],
        count: request.packets,
        about: [uid],
        // It rests on what was not seen: where the capture lost packets, it is undecided.
        absence: true,
        under: facts.causes.of(conversation),
      });
    }
  },
});
`;

const pageText = `# ${name}

## What it says

## Why it matters

## Example

\`\`\`
$ hopscope diagnose captures/${name}.pcap
No answer from 192.0.2.9 port 60009
\`\`\`

## What to do

## Options

None.

## When it stays silent
`;

const testText = `import { expect, it } from 'vitest';
import { diagnose, ipv4, sll2, summary, udp } from './lab.js';

const only = ['${name}'];
const [client, server] = ['192.0.2.1', '192.0.2.9'];
const ask = sll2({ if: 3, dir: 'in' }, ipv4({ src: client, dst: server }, udp({ src: 5000, dst: 60_009, data: 8 })));
const answer = sll2({ if: 3, dir: 'out' }, ipv4({ src: server, dst: client }, udp({ src: 60_009, dst: 5000, data: 8 })));

it('finds the fault', () => {
  expect(summary(diagnose([ask, ask], { only }))).toEqual(['fail ${name}']);
});

it('leaves what is healthy alone', () => {
  expect(diagnose([ask, answer], { only })).toEqual([]);
});
`;

writeFileSync(files.rule, ruleText);
writeFileSync(files.page, pageText);
writeFileSync(files.test, testText);
writeFileSync(at('src', 'rules', 'index.ts'), newIndex);
process.stdout.write(`src/rules/${name}.ts        the rule: write what it looks for in place of the example
test/rules/${name}.test.ts  a test for each verdict and one for what it must leave alone: npx vitest run test/rules/${name}.test.ts
src/rules/${name}.md        its page: fill every section
captures/${name}.pcap       the page's example: list its frames in test/rules/examples.ts, then
                            UPDATE_CAPTURES=1 npx vitest run test/rules/pages.test.ts writes the file
captures/${name}.md         what happens in it and how it was made, as in captures/arp-flap.md
src/rules/index.ts: added at the end; causes come before symptoms, so move it to its place
npx vitest run test/rules/pages.test.ts test/rules/complete.test.ts -t ${name} says what is left to do
`);
