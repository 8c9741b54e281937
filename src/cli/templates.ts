// What `hopscope new` writes.

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
/** Field names have no dashes. */
const prefix = (name: string): string => name.replaceAll('-', '_');

const RULE = (name: string) => `  rule({
    id: '${name}',
    title: '${title(name)}: a question to port 9999 got no answer',
    group: 'transport',
    severity: 'error',
    hint: 'Is the service up, and is the way back right?',
    // What \`hopscope rules ${name}\` prints.
    page: '# ${name}\\n\\nQuestions to UDP port 9999 that nobody answered.\\n',
    judge(facts, say) {
      for (const conversation of facts.conversations()) {
        const { uid, responder, responderPort, protoName, request, reply } = conversation;
        if (protoName !== 'udp' || responderPort !== 9999 || reply.packets > 0) continue;
        // While packets arrive the answer may still come.
        if (!facts.ended) continue;
        say({
          verdict: 'fail',
          // The same in another capture of the same fault.
          key: String(responder),
          title: \`\${facts.named(responder)} does not answer on port 9999\`,
          message: \`\${request.packets} questions were sent, and nothing came back.\`,
          subject: { dst: String(responder), dstPort: 9999, proto: 'udp' },
          evidence: [{ mark: request.first, note: 'the first question' }],
          count: request.packets,
          // It rests on what was not seen: where the capture lost packets, it is undecided.
          absence: true,
          about: [uid],
        });
      }
    },
  }),`;

const DISSECTOR = (name: string) => `  dissector({
    name: '${prefix(name)}',
    title: '${title(name)}',
    spec: 'where the format is defined',
    layout: header,
    claims: { 'udp.port': [9999] },
    // The packet's line in lists.
    info(line, layers, i) {
      line.text('${title(name)} seq=');
      line.dec(header.get.seq(layers.bytes, layers.start[i]));
    },
  }),`;

const HEADER = (name: string) => `// The header, bit by bit, in the order of its specification.
const header = layout('${prefix(name)}', [
  uint('version', 8, 'Version'),
  bits('flags', 'Flags', [flag('ack', 'Acknowledgement'), rsv(7)]),
  uint('seq', 16, 'Sequence number'),
]);
`;

const PACKET = `/** An Ethernet frame with a UDP packet from 10.0.0.\${from} to 10.0.0.\${to}. */
function udp(from, to, fromPort, toPort, payload = []) {
  const length = 8 + payload.length;
  const ip = [0x45, 0, 0, 20 + length, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (ip[i] << 8) | ip[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  ip[10] = (~sum >> 8) & 255;
  ip[11] = ~sum & 255;
  const header = [fromPort >> 8, fromPort & 255, toPort >> 8, toPort & 255, length >> 8, length & 255, 0, 0];
  return Uint8Array.from([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0, ...ip, ...header, ...payload]);
}
`;

const RULE_TEST = (name: string) => `
const folder = mkdtempSync(join(tmpdir(), '${name}-'));
after(() => rmSync(folder, { recursive: true }));

/** A capture of these frames, a second apart. */
async function capture(...frames) {
  const path = join(folder, 'frames.pcapng');
  await writePcapng(path, frames.map((bytes, i) => ({ bytes, timeNs: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_000n })));
  return path;
}
const found = async (...frames) => (await analyze(await capture(...frames))).findings.filter(({ rule }) => rule === '${name}');
const ask = udp(1, 2, 5000, 9999);

test('a question without an answer is a fault', async () => {
  const [finding, ...more] = await found(ask, ask);
  assert.equal(finding.verdict, 'fail');
  assert.equal(finding.title, '10.0.0.2 does not answer on port 9999');
  assert.equal(more.length, 0);
});

test('one with an answer is none, nor is another port', async () => {
  assert.deepEqual(await found(ask, udp(2, 1, 9999, 5000)), []);
  assert.deepEqual(await found(udp(1, 2, 5000, 53)), []);
});
`;

const DISSECTOR_TEST = (name: string) => `
const bytes = udp(1, 2, 5000, 9999, [1, 0x80, 0, 7]);

test('its fields are read', () => {
  const { protocols, values } = dissect(bytes);
  assert.deepEqual(protocols.slice(-1), ['${prefix(name)}']);
  assert.deepEqual(values('${prefix(name)}.seq'), ['7']);
  assert.ok(compileFilter('${prefix(name)}.ack == 1').matches({ bytes }));
});

test('a packet that is cut anywhere is read as far as it goes', () => {
  for (let length = 0; length <= bytes.length; length++) dissect(bytes.subarray(0, length), { wireLength: bytes.length });
});
`;

const file = (name: string, imports: string, before: string, rows: string) => `import { ${imports} } from 'hopscope/plugin';
${before === '' ? '' : `\n${before}`}
export default plugin({
  name: '${name}',
  // Version of the plug-in API.
  api: 1,
${rows}
});
`;

const test = (plugin: string, named: string, extra: string, body: string) => `import assert from 'node:assert/strict';
${extra}import { ${extra === '' ? '' : 'after, '}test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ${named}, usePlugins } from 'hopscope';

await usePlugins(fileURLToPath(new URL('${plugin}', import.meta.url)));

${PACKET}${body}`;

const TEMPORARY = `import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
`;

const rules = (name: string) => `  rules: [\n${RULE(name).replace(/^/gm, '  ')}\n  ],`;
const dissectors = (name: string) => `  dissectors: [\n${DISSECTOR(name).replace(/^/gm, '  ')}\n  ],`;

/** Files by their paths, the plug-in first. */
export function templateOf(
  kind: 'rule' | 'dissector' | 'plugin',
  name: string,
  version: string,
): Readonly<Record<string, string>> {
  if (kind === 'rule')
    return {
      [`${name}.mjs`]: file(name, 'plugin, rule', '', rules(name)),
      [`${name}.test.mjs`]: test(`./${name}.mjs`, 'analyze, writePcapng', TEMPORARY, RULE_TEST(name)),
    };
  if (kind === 'dissector')
    return {
      [`${name}.mjs`]: file(name, 'bits, dissector, flag, layout, plugin, rsv, uint', HEADER(name), dissectors(name)),
      [`${name}.test.mjs`]: test(`./${name}.mjs`, 'compileFilter, dissect', '', DISSECTOR_TEST(name)),
    };
  const rule = `${name}-silent`;
  return {
    [`${name}/index.mjs`]: file(
      name,
      'bits, dissector, flag, layout, plugin, rsv, rule, uint',
      HEADER(name),
      `${rules(rule)}\n${dissectors(name)}`,
    ),
    [`${name}/${name}.test.mjs`]: test(
      './index.mjs',
      'analyze, compileFilter, dissect, writePcapng',
      TEMPORARY,
      `${RULE_TEST(rule)}${DISSECTOR_TEST(name)}`,
    ),
    [`${name}/package.json`]: `${JSON.stringify(
      {
        name: `hopscope-${name}`,
        version: '0.1.0',
        description: `A plug-in of hopscope: ${camel(name)}`,
        type: 'module',
        exports: './index.mjs',
        scripts: { test: 'node --test' },
        peerDependencies: { hopscope: `^${version}` },
        devDependencies: { hopscope: `^${version}` },
      },
      null,
      2,
    )}\n`,
    [`${name}/README.md`]: `# ${name}

A plug-in of hopscope: the rule \`${rule}\` and the protocol \`${prefix(name)}\`.

\`\`\`sh
hopscope FILE --plugin node_modules/hopscope-${name}/index.mjs
\`\`\`

or, for all commands in a project, in \`hopscope.config.yaml\`: \`plugins: node_modules/hopscope-${name}/index.mjs\`
`,
  };
}
