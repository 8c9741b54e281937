// hopscope verify, record and diff as a shell and a pipeline see them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { report } from '../../src/report/schema.js';
import { loaded } from '../cli/loaded.js';
import { parseXml } from '../report/xml.js';
import { ipv4, sll2, udp } from '../rules/lab.js';
import { pcap } from './help.js';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hopscope-verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hopscope = loaded(() => ({ env: { COLUMNS: '100', GITHUB_STEP_SUMMARY: '' } }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const NATIVE = 'expectations/native-routing.yaml';
const FAULTY = ['--capture', 'router=captures/native-missing-route.pcap'];

describe('exit codes', () => {
  it('0: all expectations of the folder hold, which is the default', async () => {
    const run = await hopscope('verify');
    expect(run.code, run.stderr + run.stdout).toBe(0);
    expect(run.stdout).toMatch(/\d+ passed \(\d+ expectations/);
  });

  it('1: one failed; the report shows what was expected, what was seen, the frames, the place and the cause', async () => {
    const run = await hopscope('verify', NATIVE, ...FAULTY);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /✗ native routing: pods on k8s-w0 are reached through eth2\n {2}expectations\/native-routing\.yaml:7\n/,
    );
    expect(run.stdout).toMatch(/expected {2}path in eth1 → out eth2/);
    expect(run.stdout).toMatch(/seen {6}in eth1 → out eth0/);
    expect(run.stdout).toMatch(/frame 3 .*in eth1, ttl 63\n {2}frame 6 .*out eth0, ttl 62/);
    expect(run.stdout).toMatch(/why {7}egress-wrong-interface/);
    expect(run.stdout).toMatch(/\n5 failed, 1 passed/);
  });

  it('2: a mistake in a file', async () => {
    const path = write('wrong.yaml', 'version: 1\nexpect: [{ flwo: tcp }]\n');
    const run = await hopscope('verify', path);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/wrong\.yaml:2:12: unknown key 'flwo' in expect\.0; did you mean 'flow'\?/);
    expect((await hopscope('verify', join(folder, 'none.yaml'))).code).toBe(2);
  });

  it('3: undecided', async () => {
    // The first question of the capture is its last frame.
    const bytes = readFileSync('captures/native-healthy.pcap');
    let at = 24;
    let last = 24;
    for (let frame = 1; frame <= 8; frame++) {
      last = at;
      at += 16 + bytes.readUInt32LE(at + 8);
    }
    expect(last).toBeLessThan(at);
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, bytes.subarray(0, at));
    const path = write(
      'open.yaml',
      `version: 1\ncaptures: { router: cut.pcap }\nexpect: [{ flow: { proto: icmp }, answered: true }]\n`,
    );
    const run = await hopscope('verify', path);
    expect(run.code, run.stdout).toBe(3);
    expect(run.stdout).toMatch(/the capture ends before the answer was due/);
  });

  it('3: undecided too where conversations had to be given up', async () => {
    const frames = Array.from({ length: 1500 }, (_, i) =>
      sll2({ if: 3, dir: 'in' }, ipv4({ src: `10.1.${i >> 8}.${i & 255}`, dst: '10.2.0.5' }, udp({ src: 4000, dst: 4001 }))),
    );
    writeFileSync(join(folder, 'many.pcap'), pcap(frames));
    const path = write('many.yaml', 'version: 1\ncaptures: { router: many.pcap }\nexpect: [{ flow: { src: 10.1.0.1 } }]\n');
    const held = (most: string) =>
      spawnSync(process.execPath, [CLI, 'verify', path], {
        encoding: 'utf8',
        env: { ...process.env, HOPSCOPE_CONVERSATIONS: most },
      });
    expect(held('2000').status).toBe(0);
    const run = held('1000');
    expect(run.status, run.stdout + run.stderr).toBe(3);
    expect(run.stdout).toMatch(/no such conversation; 500 conversations had to be given up to stay within memory/);
  });

  it('4: a damaged capture', async () => {
    const bytes = readFileSync('captures/native-healthy.pcap');
    writeFileSync(join(folder, 'broken.pcap'), bytes.subarray(0, bytes.length - 7));
    const path = write('broken.yaml', 'version: 1\ncaptures: { router: broken.pcap }\nexpect: [{ where: icmp }]\n');
    expect((await hopscope('verify', path)).code).toBe(4);
  });
});

describe('reports', () => {
  it('several at once, each in its own form', async () => {
    const [junit, sarif, json, tap, markdown] = ['r.xml', 'r.sarif', 'r.json', 'r.tap', 'r.md'].map((name) =>
      join(folder, name),
    ) as string[];
    const skip = write(
      'skip.yaml',
      `version: 1\nname: skips\ncaptures: { router: ${resolve('captures/native-healthy.pcap')} }\nexpect:\n  - { name: later, where: tcp, skip: "not <yet> & so on" }\n`,
    );
    const formats = [`junit=${junit}`, `sarif=${sarif}`, `json=${json}`, `tap=${tap}`, `markdown=${markdown}`];
    const run = await hopscope('verify', NATIVE, skip, ...FAULTY, '-f', 'github', ...formats.flatMap((f) => ['--format', f]));
    expect(run.code).toBe(1);
    expect(
      run.stdout.split('\n').filter((line) => line.startsWith('::error file=expectations/native-routing.yaml,line=')).length,
    ).toBe(5);

    const root = parseXml(readFileSync(junit!, 'utf8'));
    expect(root.children.map((suite) => suite.attributes['name'])).toEqual(['hopscope', 'native routing', 'skips']);
    for (const suite of root.children) {
      const cases = suite.children.filter(({ name }) => name === 'testcase');
      const having = (name: string) => cases.filter((test) => test.children[0]?.name === name).length;
      expect(suite.attributes).toMatchObject({
        tests: String(cases.length),
        failures: String(having('failure')),
        errors: String(having('error')),
        // The schema of Ant knows no count of them.
        ...(having('skipped') > 0 && { skipped: String(having('skipped')) }),
      });
      for (const test of cases) expect(Object.keys(test.attributes).sort()).toEqual(['classname', 'name', 'time']);
    }
    const skipped = root.children[2]?.children.find(({ name }) => name === 'testcase');
    expect(skipped?.children[0]?.text.trim()).toBe('not <yet> & so on');

    const log = JSON.parse(readFileSync(sarif!, 'utf8'));
    const [first] = log.runs[0].results.filter((r: { kind: string }) => r.kind === 'fail');
    expect(first.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'expectations/native-routing.yaml' },
      region: { startLine: 7 },
    });
    expect(first.relatedLocations[0].physicalLocation.region).toMatchObject({
      byteOffset: expect.any(Number),
      byteLength: expect.any(Number),
    });
    expect(first.partialFingerprints['hopscope/v1']).toMatch(/^[\da-f]{16}$/);

    const parsed = report.parse(JSON.parse(readFileSync(json!, 'utf8')));
    expect(parsed.suites?.flatMap((s) => s.expectations.map((e) => e.verdict)).sort()).toEqual([
      'fail',
      'fail',
      'fail',
      'fail',
      'fail',
      'pass',
      'skipped',
    ]);
    expect(readFileSync(tap!, 'utf8')).toMatch(/^ok \d+ - skips: later # SKIP not <yet> & so on$/m);
    expect(readFileSync(markdown!, 'utf8')).toMatch(/\| ❌ \| pods on k8s-w0 are reached through eth2 \|/);
  });

  it('--list names every expectation and checks nothing; --grep chooses', async () => {
    const run = await hopscope('verify', '--list', '--grep', 'DNS:');
    expect(run.code).toBe(0);
    expect(run.stdout.trim().split('\n')).toHaveLength(3);
    expect(run.stdout).toMatch(/^expectations\/dns\.yaml:\d+ {2}flow {6}DNS: every query is answered$/m);
  });

  it('--fail-fast stops at the first that fails, and at its file', async () => {
    const all = await hopscope('verify', NATIVE, 'expectations/dns.yaml', ...FAULTY, '-f', 'json');
    const first = await hopscope('verify', NATIVE, 'expectations/dns.yaml', ...FAULTY, '-f', 'json', '--fail-fast');
    const verdicts = (text: string) =>
      report.parse(JSON.parse(text)).suites?.flatMap((s) => s.expectations.map((e) => e.verdict)) ?? [];
    expect(first.code).toBe(1);
    expect(verdicts(all.stdout).length).toBeGreaterThan(verdicts(first.stdout).length);
    expect(verdicts(first.stdout).filter((verdict) => verdict === 'fail')).toHaveLength(1);
    expect(verdicts(first.stdout).at(-1)).toBe('fail');
  });

  it('--grep checks only those; no match is a mistake, as is no pattern', async () => {
    const run = await hopscope('verify', NATIVE, '--grep', 'ETH2$', '-f', 'json');
    expect(report.parse(JSON.parse(run.stdout)).suites?.[0]?.expectations.map((e) => e.name)).toEqual([
      'pods on k8s-w0 are reached through eth2',
    ]);
    expect(await hopscope('verify', NATIVE, '--grep', 'nothing like it')).toMatchObject({ code: 2, stdout: '' });
    expect((await hopscope('verify', NATIVE, '--grep', '(')).stderr).toMatch(/'\(' is no regular expression/);
  });

  it('--list shows what is skipped, and looks at no capture', async () => {
    const path = write('list.yaml', 'version: 1\ncaptures: none.pcap\nexpect: [{ where: tcp, name: one, skip: not yet }]\n');
    const run = await hopscope('verify', path, '--list');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/list\.yaml:3 {2}where {5}.*: one \(skipped: not yet\)\n$/);
  });

  it('strict: true makes what nobody speaks of fail', async () => {
    const text = (strict: boolean) =>
      `version: 1\nname: s\nstrict: ${strict}\ncaptures: { router: ${resolve('captures/native-healthy.pcap')} }\nexpect: [{ flow: { proto: icmp } }]\n`;
    expect((await hopscope('verify', write('loose.yaml', text(false)))).code).toBe(0);
    const run = await hopscope('verify', write('strict.yaml', text(true)));
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/✗ s: nothing else happens \(strict\)\n {2}\S*strict\.yaml:3\n/);
    expect(run.stdout).toMatch(/seen +172\.20\.\S+ → \S+:80 tcp; 172\.20\./);
  });

  it('--set changes an option of a rule, and names the nearest for one that is none', async () => {
    const path = write(
      'set.yaml',
      `version: 1\ncaptures: { router: ${resolve('captures/lb-unanswered.pcap')} }\nexpect: [{ findings: { none: arp-no-reply } }]\n`,
    );
    expect((await hopscope('verify', path)).code).toBe(1);
    expect((await hopscope('verify', path, '--set', 'arp-no-reply.within=3600s')).code).not.toBe(1);
    const wrong = await hopscope('verify', path, '--set', 'arp-no-reply.witin=1h');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/no option 'witin'; it has within/);
  });

  it('-d and -t add to what the file names', async () => {
    const path = write(
      'add.yaml',
      `version: 1\nname: a\ncaptures: { router: ${resolve('captures/native-healthy.pcap')} }\nexpect: [{ flow: { src: default/curl-pod } }]\n`,
    );
    expect((await hopscope('verify', path)).stderr).toMatch(
      /add\.yaml:4:25: 'default\/curl-pod' is neither an address nor a name; names need/,
    );
    expect((await hopscope('verify', path, '-t', 'captures/lab.topology.yaml')).code).toBe(0);
  });

  it('formats to files leave standard output to the text, and -q leaves it empty', async () => {
    const [json, junit] = [join(folder, 'q.json'), join(folder, 'q.xml')];
    const run = await hopscope('verify', NATIVE, '--format', `json=${json}`, '--format', `junit=${junit}`);
    expect(run.stdout).toMatch(/6 passed/);
    expect(JSON.parse(readFileSync(json, 'utf8')).summary.pass).toBe(6);
    expect(await hopscope('verify', NATIVE, '-q', '--format', `json=${json}`)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await hopscope('verify', NATIVE, '-f', 'junti')).stderr).toMatch(/did you mean 'junit'/);
    expect((await hopscope('verify', NATIVE, '-f', 'tap', '-f', 'json')).stderr).toMatch(
      /two formats \(tap, json\) for one output/,
    );
  });

  it('--uncovered lists what nobody speaks of', async () => {
    expect((await hopscope('verify', 'expectations/vxlan.yaml', '--uncovered')).stdout).toMatch(
      /conversations that no expectation speaks of:\n {4}192\.168\.10\.100/,
    );
  });
});

it('captures may be a list of runs and patterns, paths from the file; each run is told apart', async () => {
  const here = resolve('captures');
  const path = write(
    'runs.yaml',
    `version: 1\nname: runs\nifmap: { 2: eth0, 3: eth1, 4: eth2 }\ncaptures:\n  - ${here}/ipv6-{healthy,missing-route}.pcap\n  - { router: ${here}/native-h*.pcap }\nexpect:\n  - { name: out by eth2, where: "hop.interface == eth2" }\n`,
  );
  const run = await hopscope('verify', path, '-f', 'json');
  expect(run.code, run.stdout + run.stderr).toBe(0);
  const { suites, captures, findings } = report.parse(JSON.parse(run.stdout));
  expect(suites?.map((s) => s.points)).toEqual([['ipv6-healthy'], ['ipv6-missing-route'], ['router']]);
  expect(captures).toHaveLength(3);
  expect(new Set(findings.map((f) => f.title)).size).toBe(3);
  const none = write('none.yaml', 'version: 1\ncaptures: nothing-*.pcap\nexpect: [{ where: tcp }]\n');
  expect((await hopscope('verify', none)).stderr).toMatch(/none\.yaml:2:11: no file is like .*nothing-\*\.pcap/);
});

it('record writes a file that verify accepts', async () => {
  const path = join(folder, 'draft.yaml');
  const run = await hopscope('record', 'captures/vxlan-router.pcap', '-t', 'captures/lab.topology.yaml', '-o', path);
  expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect((await hopscope('verify', path)).code).toBe(0);
});

it('diff and --baseline are the same', async () => {
  const [good, bad] = ['captures/native-healthy.pcap', 'captures/native-missing-route.pcap'];
  const a = await hopscope('diff', good, bad, '-t', 'captures/lab.topology.yaml');
  const b = await hopscope('verify', '--baseline', good, bad, '-t', 'captures/lab.topology.yaml');
  expect(a.code).toBe(1);
  expect(a.stdout).toBe(b.stdout);
  expect(a.stdout).toMatch(/Good: in eth1 → out eth2\. Bad: in eth1 → out eth0\./);
});

it('diff takes several points on both sides, each twice or as two folders', async () => {
  const [good, bad, same] = ['captures/native-healthy.pcap', 'captures/native-missing-route.pcap', 'captures/arp-flap.pcap'];
  const many = await hopscope('diff', `router=${good}`, `router=${bad}`, `w0=${same}`, `w0=${same}`, '-f', 'json');
  expect(many.code, many.stderr).toBe(1);
  const { captures, findings } = report.parse(JSON.parse(many.stdout));
  expect(captures.map(({ point }) => point)).toEqual(['good router', 'good w0', 'bad router', 'bad w0']);
  expect(findings.some(({ message }) => /Good: .*out .*Bad: /.test(message))).toBe(true);
  for (const [args, why] of [
    [[`router=${good}`, `router=${bad}`, `w0=${same}`], /w0 has 1 capture; give a good one/],
    [[good, bad, same], /name the point of each of several captures/],
  ] as const) {
    const { code, stderr } = await hopscope('diff', ...args);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(why);
  }
});

it('the GitHub action only calls the command line', async () => {
  const action = parse(readFileSync('action.yml', 'utf8'));
  expect(action.runs.using).toBe('composite');
  const lines = action.runs.steps.map((step: { run?: string }) => step.run ?? '').join('\n');
  // What a user gives is never pasted into the script.
  expect(lines).not.toMatch(/\$\{\{/);
  expect(lines).toMatch(/hopscope verify "\$\{args\[@\]\}"/);
});
