// Many labs, night after night: several at once, results that are kept, parts of a run on several machines, and one report of all.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../src/main/verify.js';
import { relabel } from '../../src/main/verify-labels.js';
import type { Run } from '../../src/report/run.js';
import { report } from '../../src/report/schema.js';
import { loaded } from '../cli/loaded.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { parseXml } from '../report/xml.js';

const root = mkdtempSync(join(tmpdir(), 'hopscope-nights-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const cache = join(root, 'cache');

const run = loaded(() => ({ cwd: root, env: { XDG_CACHE_HOME: cache } }));
const hopscope = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args);
  return { status: code, stdout, stderr };
};
const reported = (run: { readonly stdout: string; readonly stderr: string }): Run => {
  expect(run.stdout, run.stderr).not.toBe('');
  return report.parse(JSON.parse(run.stdout)) as Run;
};
/** Without what a clock says. */
const settled = (run: Run) => ({ ...run, suites: run.suites?.map(({ seconds: _, cached: __, ...suite }) => suite) });
const verdicts = (run: Run) =>
  run.suites?.flatMap(({ title, expectations }) => expectations.map((e) => [title, e.name, e.verdict]));

const LABS = 5;
const sheet = (what: string) =>
  `version: 1\nname: lab\ncaptures: { router: router.pcap }\nexpect:\n  - { name: pings, where: icmp }\n  - { name: it, where: "${what}" }\n`;

beforeAll(() => {
  mkdirSync(cache);
  for (let i = 0; i < LABS; i++) {
    mkdirSync(join(root, 'labs', `lab${i}`), { recursive: true });
    copyFileSync('captures/native-healthy.pcap', join(root, 'labs', `lab${i}`, 'router.pcap'));
    writeFileSync(join(root, 'labs', `lab${i}`, 'lab.yaml'), sheet(i === 1 ? 'sctp' : 'tcp'));
  }
  writeFileSync(join(root, 'labs', 'lab3', 'router.pcap'), 'no capture at all');
});

describe('many labs', () => {
  it('are the same report by one thread and by several, each lab by a title of its own', async () => {
    const one = await hopscope('verify', 'labs', '-j', '1', '--no-cache', '-f', 'json');
    const two = await hopscope('verify', 'labs', '-j', '2', '--no-cache', '-f', 'json');
    const run = reported(one);
    expect(settled(reported(two))).toEqual(settled(run));
    expect(one.status).toBe(4);
    // One that cannot be read is a failure of its own; the others are checked.
    expect(run.suites?.map(({ title, expectations }) => [title, expectations[0]?.verdict])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [`lab (labs/lab${i}/lab.yaml)`, i === 3 ? 'inconclusive' : 'pass']),
    );
    expect(run.captures.filter(({ error }) => error !== null).map(({ file }) => file)).toEqual(['labs/lab3/router.pcap']);
    // Captures of one point and one name are told apart, so that evidence leads into the right file.
    expect(new Set(run.captures.map(({ point }) => point)).size).toBe(LABS);
    expect(existsSync(join(cache, 'hopscope', 'verify'))).toBe(false);
  });

  it('are read once more only where something has changed, and what is damaged or of others is not believed', async () => {
    const kept = join(cache, 'hopscope', 'verify');
    // Files that were changed just now are not taken for known by what the system says of them.
    for (let i = 0; i < LABS; i++) utimesSync(join(root, 'labs', `lab${i}`, 'router.pcap'), 1, 1);
    const first = reported(await hopscope('verify', 'labs', '-f', 'json'));
    const again = async () => reported(await hopscope('verify', 'labs', '-f', 'json'));
    const second = await again();
    expect(settled(second)).toEqual(settled(first));
    const cached = (run: Run) => run.suites?.map((suite) => suite.cached === true);
    expect(cached(first)).toEqual([false, false, false, false, false]);
    expect(cached(second)).toEqual([true, true, true, true, true]);
    // The content counts, not the time of a file.
    utimesSync(join(root, 'labs', 'lab0', 'router.pcap'), 5, 5);
    expect(cached(await again())?.[0]).toBe(true);
    writeFileSync(join(root, 'labs', 'lab0', 'lab.yaml'), sheet('udp'));
    const changed = await again();
    expect(cached(changed)?.slice(0, 2)).toEqual([false, true]);
    writeFileSync(join(root, 'labs', 'lab0', 'lab.yaml'), sheet('tcp'));
    for (const name of readdirSync(kept)) {
      const bytes = readFileSync(join(kept, name));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(kept, name), bytes);
    }
    expect(cached(await again())).toEqual([false, false, false, false, false]);
    chmodSync(kept, 0o777);
    expect(cached(await again())).toEqual([false, false, false, false, false]);
    chmodSync(kept, 0o700);
  });

  it('make one report of the parts of several machines, and none where a part is missing', async () => {
    const whole = reported(await hopscope('verify', 'labs', '--no-cache', '-f', 'json'));
    const part = (i: number) => join(root, `part${i}.json`);
    for (const i of [1, 2, 3]) await hopscope('verify', 'labs', '--no-cache', '--shard', `${i}/3`, '-f', `json=${part(i)}`, '-q');
    const merged = await hopscope('merge-reports', part(1), part(2), part(3), '-f', 'json');
    const byTitle = (run: Run) => verdicts(run)?.sort();
    expect(byTitle(reported(merged))).toEqual(byTitle(whole));
    expect(
      reported(merged)
        .findings.map(({ id }) => id)
        .sort(),
    ).toEqual(whole.findings.map(({ id }) => id).sort());
    expect(merged.status).toBe(4);
    const missing = await hopscope('merge-reports', part(1), part(3), '-f', 'json');
    expect([missing.status, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/^hopscope: 2\/3 of the parts is missing; .*\n$/);
    const junit = (await hopscope('merge-reports', part(1), part(2), part(3), '-f', 'junit')).stdout;
    const cases = parseXml(junit).children.flatMap(({ children }) => children.filter(({ name }) => name === 'testcase'));
    expect(new Set(cases.map(({ attributes }) => `${attributes['classname']} ${attributes['name']}`)).size).toBe(cases.length);
  });

  it('merges labs that have the same files, marks what is flaky, and refuses what is no such report', async () => {
    const [good, bad] = [join(root, 'good.json'), join(root, 'bad.json')];
    const path = join(root, 'one.yaml');
    const held = (capture: string, file: string) =>
      hopscope('verify', path, '--capture', `router=${resolve(capture)}`, '-f', `json=${file}`, '-q');
    writeFileSync(
      path,
      `version: 1\nname: lab\nexpect:\n  - { name: by eth2, where: "sll.ifindex == 4 && ip.dst == 172.20.2.0/24" }\n`,
    );
    expect((await held('captures/native-healthy.pcap', good)).status).toBe(0);
    expect((await held('captures/native-missing-route.pcap', bad)).status).toBe(1);
    const twice = reported(await hopscope('merge-reports', good, bad, '-f', 'json'));
    expect(twice.suites?.map(({ expectations }) => expectations)).toEqual([
      [expect.objectContaining({ verdict: 'fail', flaky: true })],
    ]);
    expect(twice.summary).toEqual({ fail: 1, inconclusive: 0, pass: 0 });
    const labs = reported(await hopscope('merge-reports', `a=${good}`, `b=${bad}`, '-f', 'json'));
    expect(verdicts(labs)).toEqual([
      ['a: lab', 'by eth2', 'pass'],
      ['b: lab', 'by eth2', 'fail'],
    ]);
    expect(new Set(labs.findings.map(({ id }) => id)).size).toBe(2);
    const rules = join(root, 'rules.json');
    await hopscope(resolve('captures/native-healthy.pcap'), '-f', `json=${rules}`, '-q');
    for (const [file, why] of [
      [rules, /a report of rules, not of expectations/],
      [path, /is no JSON/],
      [join(root, 'none.json'), /none\.json/],
    ] as const) {
      const { status, stderr } = await hopscope('merge-reports', file);
      expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
      expect(stderr).toMatch(why);
    }
  });

  it('stop after a time limit: what was not read is undecided, never a pass', () => {
    const pipe = join(root, 'slow.pcap');
    spawnSync('mkfifo', [pipe]);
    writeFileSync(join(root, 'slow.yaml'), 'version: 1\nname: slow\ncaptures: { r: slow.pcap }\nexpect: [{ where: icmp }]\n');
    // Somebody writes a capture and then no more, and does not close the pipe; it holds 64 kB.
    const writer = openSync(pipe, 'r+');
    writeSync(writer, readFileSync('captures/native-healthy.pcap'));
    const args = ['verify', 'slow.yaml', '--time-limit', '1s', '-f', 'json'];
    const run = spawnSync(process.execPath, [resolve('dist/cli.js'), ...args], { cwd: root, encoding: 'utf8' });
    closeSync(writer);
    expect(run.status, run.stderr).toBe(3);
    expect(reported(run).suites?.[0]?.expectations[0]).toMatchObject({
      verdict: 'inconclusive',
      seen: expect.stringMatching(/reading took longer than 1 s and was stopped/),
    });
  });

  it('refuses parts, times and numbers that are none', async () => {
    for (const [option, value] of [
      ['--shard', '5/4'],
      ['--shard', '0/4'],
      ['--time-limit', 'soon'],
      ['--jobs', '0'],
    ] as const) {
      const { status, stderr } = await hopscope('verify', 'labs', option, value);
      expect([option, status]).toEqual([option, 2]);
      expect(stderr).toMatch(new RegExp(`^hopscope: ${option} ${value}: give `));
    }
  });
});

describe('ids and names', () => {
  const word = fc.constantFrom('a', 'a #2', 'a (x.yaml)', 'a (r1)', 'b');
  const file = fc.record({
    name: word,
    names: fc.array(word, { minLength: 1, maxLength: 4 }),
    runs: fc.integer({ min: 1, max: 2 }),
  });

  it('are unique over all suites, runs and expectations, and do not depend on what else is checked', async () => {
    const capture = resolve('captures/arp-flap.pcap');
    const text = ({ name, names, runs }: { name: string; names: string[]; runs: number }) =>
      JSON.stringify({
        version: 1,
        name,
        captures: runs === 1 ? capture : [{ r1: capture }, { r2: capture }],
        expect: names.map((each) => ({ name: each, where: 'arp' })),
      });
    const held = (texts: { name: string; text: string }[], more = {}) => verify({ ...PLAIN_VERIFY, ...more, paths: [], texts });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), async (files) => {
        const texts = files.map((one, i) => ({ name: `${'xyz'[i]}.yaml`, text: text(one) }));
        const { suites = [], findings } = await held(texts);
        const titles = suites.map(({ title }) => title);
        expect(new Set(titles).size).toBe(titles.length);
        const all = suites.flatMap(({ title, expectations }) =>
          expectations.map(({ id, name }) => ({ id, name: `${title}\n${name}` })),
        );
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
        expect(findings.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
        // The first of two parts calls them as the whole does.
        const part = await held(texts, { shard: { index: 1, of: 2 } });
        for (const suite of part.suites ?? []) expect(titles).toContain(suite.title);
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  it('labels of captures are told apart by as much of the path as it takes', () => {
    const result = (file: string) => ({ captures: [{ point: 'r', file }], suites: [], findings: [] });
    const labels = (...files: string[]) =>
      relabel(files.map(result) as never).flatMap(({ captures }) => captures.map(({ point }) => point));
    expect(labels('a/r.pcap', 'b/r.pcap')).toEqual(['r (a/r.pcap)', 'r (b/r.pcap)']);
    expect(labels('a/x.pcap', 'b/y.pcap')).toEqual(['r (x.pcap)', 'r (y.pcap)']);
    expect(labels('a/x.pcap', 'a/x.pcap')).toEqual(['r', 'r']);
  });
});
