// Plug-ins from outside the tree, as a user has them: files in a folder of their own, and the built program. A process keeps a plug-in that it
// has loaded: runs with the same ones share a process, and what throws has one of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewFrame, writePcapng } from '../../src/library/index.js';
import { apart, loaded } from '../cli/loaded.js';
import { Pty } from '../tui/pty.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
const WEB = join(ROOT, 'captures', 'native-healthy.pcap');

/** A packet from UDP port 4000 to 7777 with `labp`: version, sequence, and text. */
function probe(seq: number, version = 1): NewFrame {
  const payload = [version, seq >> 8, seq & 255, ...new TextEncoder().encode('hi')];
  const length = 8 + payload.length;
  const udp = [0x0f, 0xa0, 0x1e, 0x61, length >> 8, length & 255, 0, 0, ...payload];
  const ip = [0x45, 0, 0, 20 + udp.length, 0, seq, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (ip[i]! << 8) | ip[i + 1]!;
  sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
  ip[10] = sum >> 8;
  ip[11] = sum & 255;
  return {
    bytes: Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, ...ip, ...udp]),
    timeNs: BigInt(seq) * 1_000_000n + 1_700_000_000_000_000_000n,
  };
}

const PROBE = `import { dissector, layout, plugin, rule, uint } from 'hopscope/plugin';
const header = layout('labp', [uint('version', 8, 'Version'), uint('seq', 16, 'Sequence')]);
export default plugin({
  name: 'lab-probe',
  api: 1,
  rules: [
    rule({
      id: 'probe-seen', title: 'A probe was sent', group: 'transport', severity: 'warning', hint: 'Stop the probe.', page: '# probe-seen\\n\\nOurs.\\n',
      judge(facts, say) {
        for (const { uid, responderPort, responder, request } of facts.conversations())
          if (responderPort === 7777)
            say({ verdict: 'fail', key: String(responder), title: 'A probe asks ' + facts.named(responder), message: 'Nobody should.', evidence: [{ mark: request.first, field: 'labp.seq' }], count: request.packets, about: [uid] });
      },
    }),
  ],
  dissectors: [
    dissector({
      name: 'labp', title: 'Lab probe', spec: 'house rules', layout: header, claims: { 'udp.port': [7777] },
      info(line, layers, i) { line.text('probe '); line.dec(header.get.seq(layers.bytes, layers.start[i])); },
    }),
  ],
  formats: [{ name: 'count', title: 'how many', render: (report) => report.findings.length + '\\n' }],
  texts: [{ name: 'a log of probes', looks: (head) => head.startsWith('#probes'), frames: (text) => text.split('\\n').slice(1).filter(Boolean).map((hex) => ({ bytes: Uint8Array.from(hex.match(/../g), (b) => parseInt(b, 16)), timeNs: 1700000000000000000n })) }],
  topologies: [{ name: 'our inventory', looks: (head) => head.startsWith('#inventory'), topology: (text) => ({ nodes: Object.fromEntries(text.split('\\n').slice(1).filter(Boolean).map((line) => line.split(' ')).map(([name, address]) => [name, { interfaces: { eth0: { addresses: [address] } } }])) }) }],
  columns: [{ id: 'parity', title: 'Parity', value: ({ number }) => (number % 2 === 0 ? 'even' : 'odd') }],
});
`;
const throwing = (what: string, body: string) =>
  `import { dissector, layout, plugin, rule, uint } from 'hopscope/plugin';\nconst boom = () => { throw new Error('boom of ${what}'); };\nexport default plugin({ name: 'bad-${what}', api: 1, ${body} });\n`;

let folder: string;
const at = (name: string) => join(folder, name);
const COLUMNS = { COLUMNS: '200' };

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}
type Run = (args: readonly string[], env?: Record<string, string>, cwd?: string) => Promise<Said>;

/** Runs in a process where no plug-in was ever loaded. */
const plain: Run = async (args, env = {}, cwd = folder) => {
  const run = await loaded(() => ({ cwd, env: { ...COLUMNS, ...env } }))(...args);
  return { out: run.stdout, err: run.stderr, code: run.code };
};
/** Runs in one process. */
const inOne = (): Run => {
  const run = apart();
  return async (args, env = {}, cwd = folder) => {
    const { stdout, stderr, code } = await run({ cwd, env: { ...COLUMNS, ...env } }, args);
    return { out: stdout, err: stderr, code };
  };
};
/** Runs with the plug-in of probes, which the first of them loads. */
const probing = inOne();
/** A process of its own. */
const hopscope = (args: readonly string[], env: Record<string, string> = {}): Said => {
  const run = spawnSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...COLUMNS, ...env },
  });
  return { out: run.stdout, err: run.stderr, code: run.status };
};

interface Findings {
  readonly findings: readonly { rule: string; verdict: string; title: string; message: string }[];
}
const JSON_FORMAT = ['-f', 'json'];
const found = ({ out }: Said): Findings['findings'] => (JSON.parse(out) as Findings).findings;
const titles = (said: Said): string[] => found(said).map(({ title }) => title);
/** Without a plug-in. */
const alone = async (capture: string): Promise<Findings['findings']> => found(await plain([capture, ...JSON_FORMAT]));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-plugins-'));
  await writePcapng(
    at('probes.pcapng'),
    Array.from({ length: 40 }, (_, i) => probe(i + 1)),
  );
  const files = {
    'probe.mjs': PROBE,
    'probes.log': `#probes\n${[1, 2, 3].map((n) => Buffer.from(probe(n).bytes).toString('hex')).join('\n')}\n`,
    'inventory.txt': '#inventory\nasker 10.0.0.1/24\nanswerer 10.0.0.2/24\n',
    'expect.yaml':
      'version: 1\ncaptures: { host: probes.pcapng }\nexpect:\n  - name: probes are of version 1\n    where: labp.version == 1\n    atLeast: 40\n  - name: the rule of the plug-in is asked\n    findings: { some: [probe-seen] }\n',
    'rule.mjs': throwing(
      'rule',
      "rules: [rule({ id: 'bad', title: 'B', group: 'path', severity: 'error', hint: 'h', judge: boom })]",
    ),
    'dissector.mjs': throwing(
      'dissector',
      "dissectors: [dissector({ name: 'labp', title: 'L', spec: '', layout: layout('labp', [uint('v', 8, 'V')]), claims: { 'udp.port': [7777] }, accepts: boom })]",
    ),
    'text.mjs': throwing('text', "texts: [{ name: 't', looks: () => true, frames: boom }]"),
    'format.mjs': throwing('format', "formats: [{ name: 'bad', title: 'b', render: boom }]"),
    'next.mjs': "export default { name: 'next', api: 2 };\n",
    'none.mjs': 'export const x = 1;\n',
    'broken.mjs': 'export default {\n',
    'twice.mjs': throwing(
      'twice',
      "rules: [rule({ id: 'tcp-refused', title: 'B', group: 'path', severity: 'error', hint: 'h', judge: boom })]",
    ),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WITH = ['--plugin', 'probe.mjs'];

describe('a plug-in adds', () => {
  it('a rule, beside all others', async () => {
    const said = await probing(['probes.pcapng', ...WITH, ...JSON_FORMAT]);
    expect(found(said).filter(({ rule }) => rule === 'probe-seen')).toEqual([
      expect.objectContaining({ verdict: 'fail', title: 'A probe asks 10.0.0.2' }),
    ]);
    expect(said.code).toBe(1);
    expect((await probing(['rules', 'probe-seen', ...WITH])).out).toContain('Ours.');
    // Where its rule has nothing to say all is as without it.
    expect(found(await probing([WEB, ...WITH, ...JSON_FORMAT]))).toEqual(await alone(WEB));
  });

  it('a protocol: names, fields, filters, its line in the list', async () => {
    const fields = ['-T', 'fields', '-e', 'frame.protocols', '-e', 'labp.seq'];
    const { out } = await probing(['dump', 'probes.pcapng', ...WITH, '-Y', 'labp.seq == 7', ...fields]);
    expect(out).toBe('eth:ethertype:ip:udp:labp:data\t7\n');
    expect((await probing(['dump', 'probes.pcapng', ...WITH, '-c', '1'])).out).toContain('probe 1');
    expect((await probing(['fields', 'labp', ...WITH])).out).toContain('labp.seq');
    expect((await probing(['protocols', ...WITH])).out).toContain('udp.port 7777');
    expect((await plain(['dump', 'probes.pcapng', '-Y', 'labp.seq == 7'])).code).toBe(2);
  });

  it('the same in threads that read', async () => {
    const args = ['flows', 'probes.pcapng', ...WITH, '-Y', 'labp.version == 1', ...JSON_FORMAT];
    const threads = await probing(args, { HOPSCOPE_WORKERS: '2' });
    expect(threads.code, threads.err).toBe(0);
    expect(threads.out).toBe((await probing(args, { HOPSCOPE_WORKERS: '0' })).out);
  });

  it('what verify asks for, in one thread and in several', async () => {
    for (const more of [[], ['--time-limit', '60s']]) {
      const { out, err, code } = await probing(['verify', 'expect.yaml', ...WITH, ...more]);
      expect(code, out + err).toBe(0);
    }
    expect((await plain(['verify', 'expect.yaml'])).code).toBe(2);
  });

  it('a format of reports', async () => {
    expect((await probing(['probes.pcapng', ...WITH, '-f', 'count'])).out).toMatch(/^\d+\n$/);
    expect((await plain(['probes.pcapng', '-f', 'count'])).code).toBe(2);
  });

  it('a reader of texts with packets, and one of topologies', async () => {
    const { out } = await probing(['dump', 'probes.log', ...WITH, '-T', 'fields', '-e', 'labp.seq']);
    expect(out).toBe('1\n2\n3\n');
    const told = await probing(['probes.log', '-t', 'inventory.txt', ...WITH, ...JSON_FORMAT]);
    expect(titles(told)).toContain('A probe asks 10.0.0.2 (answerer)');
    writeFileSync(at('route.txt'), 'default via 10.0.0.254 dev eth0\n');
    const { out: made, err } = await probing(['topology', 'import', 'inventory.txt', 'asker=route.txt', '--explain', ...WITH]);
    expect(err).toContain('inventory.txt:1-4: our inventory, read by the plug-in lab-probe: used');
    expect(made).toMatch(
      /asker:\n[\s\S]*10\.0\.0\.1\/24[\s\S]*default via 10\.0\.0\.254[\s\S]*answerer:\n[\s\S]*10\.0\.0\.2\/24/,
    );
    mkdirSync(at('run'), { recursive: true });
    writeFileSync(at('run/probes.log'), `#probes\n${Buffer.from(probe(9).bytes).toString('hex')}\n`);
    writeFileSync(at('run/net.txt'), '#inventory\nanswerer 10.0.0.2/24\n');
    expect((await probing(['info', 'run', ...WITH])).out).toContain('a log of probes, read by the plug-in lab-probe');
    expect(titles(await probing(['run', ...WITH, ...JSON_FORMAT]))).toContain('A probe asks 10.0.0.2 (answerer)');
  });

  it('all of it in the terminal UI', async () => {
    const pty = Pty.start(['tui', 'probes.pcapng', ...WITH], { cwd: folder, cols: 140, rows: 40 });
    try {
      await pty.until('A probe asks 10.0.0.2');
      await pty.until('Parity');
      await pty.until('probe 3');
      expect(pty.text()).toMatch(/\beven\b/);
    } finally {
      pty.close();
    }
  });
});

describe('a plug-in that throws', () => {
  it('is a finding against its rule, and hides no other', async () => {
    const said = hopscope([WEB, '--plugin', 'rule.mjs', ...JSON_FORMAT]);
    expect(found(said).filter(({ rule }) => rule === 'bad')).toEqual([
      expect.objectContaining({ verdict: 'inconclusive', message: expect.stringContaining('boom of rule') }),
    ]);
    expect(found(said).filter(({ rule }) => rule !== 'bad')).toEqual(await alone(WEB));
    expect(said.code).toBe(3);
  });

  it.each(['0', '2'])('in its dissector is one, too: %s threads', (workers) => {
    const said = hopscope(['probes.pcapng', '--plugin', 'dissector.mjs', ...JSON_FORMAT], { HOPSCOPE_WORKERS: workers });
    expect(found(said).filter(({ rule }) => rule === 'plugin-failed')).toEqual([
      expect.objectContaining({
        verdict: 'inconclusive',
        title: 'The plug-in bad-dissector failed: the dissector labp stopped with an error of its own',
      }),
    ]);
    expect(said.code).not.toBe(0);
  });

  it('over a file or a format fails that, in one line', () => {
    const text = hopscope(['probes.log', '--plugin', 'text.mjs']);
    expect(text.err).toBe('hopscope: probes.log: the plug-in bad-text could not read it: boom of text\n');
    expect(text.code).not.toBe(0);
    const format = hopscope([WEB, '--plugin', 'format.mjs', '-f', 'bad']);
    expect(format.err).toContain('the bad output failed: boom of format');
    expect(format.code).toBe(70);
  });
});

describe('a file that is no plug-in is refused in one line', () => {
  const refusing = inOne();
  it.each([
    ['next.mjs', /for version 2 of the plug-in API, and this hopscope has version 1/],
    ['none.mjs', /its default export is no plug-in/],
    ['broken.mjs', /cannot be loaded/],
    ['twice.mjs', /there is a rule tcp-refused already/],
    ['missing.mjs', /there is no such file/],
  ])('%s', async (name, message) => {
    const { err, out, code } = await refusing([WEB, '--plugin', name]);
    expect(err).toMatch(message);
    expect(err.trimEnd()).not.toContain('\n');
    expect([out, code]).toEqual(['', 2]);
  });
});

describe('the config of a project', () => {
  const project = (name: string, text: string): string => {
    const own = at(name.replace(/\W/g, '-'));
    mkdirSync(join(own, 'deep', 'er'), { recursive: true });
    writeFileSync(join(own, name), text);
    return own;
  };

  it('is found upwards; its paths are from where it lies; the command line comes first', async () => {
    const own = project(
      'hopscope.config.yaml',
      "plugins: ../probe.mjs\ntopology: ['../inventory.txt']\nrules: { except: udp-no-answer }\nformats: json\n",
    );
    const deep = join(own, 'deep', 'er');
    const run = await probing(['diagnose', at('probes.pcapng'), '-v'], {}, deep);
    expect(run.err).toContain(`hopscope: settings of the project: ${join(own, 'hopscope.config.yaml')}\n`);
    expect(titles(run)).toContain('A probe asks 10.0.0.2 (answerer)');
    expect((await probing(['info', at('probes.pcapng')], {}, deep)).err).toContain('hopscope.config.yaml');
    const text = await probing(['diagnose', at('probes.pcapng'), '-f', 'text'], {}, deep);
    expect(text.out).not.toMatch(/^\{/);
    expect(text.err).toContain('hopscope.config.yaml says which rules judge\n');
    // A command whose formats are others is left alone.
    expect((await probing(['flows', at('probes.pcapng')], {}, deep)).out).not.toMatch(/^\{/);
    expect((await plain(['diagnose', at('probes.pcapng'), '--no-config'], {}, deep)).out).not.toContain('A probe asks');
  });

  it('may be a program; verify takes its expectations', async () => {
    const own = project(
      'hopscope.config.mjs',
      "export default { plugins: ['../probe.mjs'], expectations: '../expect.yaml', ifmap: { 2: 'eth0' }, theme: 'light' };\n",
    );
    const { out, err, code } = await probing(['verify'], {}, own);
    expect(code, out + err).toBe(0);
    expect(out).toContain('probes are of version 1');
  });

  it('with mistakes is refused, each in a line', async () => {
    const own = project('hopscope.config.yml', 'topologie: a.yaml\ntheme: pink\nrules: { none: x }\n');
    const { err, code } = await plain(['diagnose', WEB], {}, own);
    expect(code).toBe(2);
    expect(err).toContain("topologie is no setting; did you mean 'topology'?");
    expect(err).toMatch(/theme: .*"light"/);
    expect(err).toContain('rules.none is no setting');
  });

  it('that others could have written is passed over, and named', async () => {
    const own = project('hopscope.config.js', "throw new Error('it was run');\n");
    spawnSync('chmod', ['666', join(own, 'hopscope.config.js')]);
    const { err, out } = await plain(['diagnose', WEB], {}, own);
    expect(err).toContain('is not used; --config FILE uses it');
    expect(err).not.toContain('it was run');
    expect(out).not.toBe('');
    const asked = await plain(['diagnose', WEB, '--config', join(own, 'hopscope.config.js')]);
    expect(asked.err).toContain('it was run');
  });
});

it('a program loads them as well', () => {
  writeFileSync(
    at('program.mjs'),
    `import { analyze, dissect, importTopology, loadTopology, openCapture, usePlugins } from ${JSON.stringify(join(ROOT, 'dist', 'library', 'index.mjs'))};
await usePlugins('probe.mjs');
const run = await analyze('probes.pcapng', { workers: 1 });
console.log(run.findings.map(({ rule }) => rule).includes('probe-seen'), await run.format('count') > 0);
const page = await run.format('html');
console.log(page.includes('A probe asks 10.0.0.2'), page.includes('Lab probe'));
for (const { nodes } of [importTopology(['inventory.txt']).topology, loadTopology('inventory.txt')]) console.log(Object.keys(nodes).join(' '));
for await (const { bytes } of openCapture('probes.pcapng')) { console.log(dissect(bytes).values('labp.seq')[0]); break; }
`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [at('program.mjs')], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe('true true\ntrue true\nasker answerer\nasker answerer\n1\n');
});
