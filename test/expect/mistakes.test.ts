// One file with a mistake among others: it fails, and the others are checked and reported, in every format.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseXml } from '../report/xml.js';

const root = mkdtempSync(join(tmpdir(), 'hopscope-mistakes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sheet = (rest: string): string => `version: 1\nname: lab\ncaptures: healthy.pcap\nexpect:\n${rest}`;
const GOOD = sheet('  - where: icmp\n');

const folder = (name: string, files: Readonly<Record<string, string>>): string => {
  const own = join(root, name);
  mkdirSync(own);
  copyFileSync('captures/native-healthy.pcap', join(own, 'healthy.pcap'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text);
  return own;
};
const verify = (...args: string[]) =>
  spawnSync(process.execPath, [resolve('dist/cli.js'), 'verify', ...args], { cwd: root, encoding: 'utf8' });

describe('a folder of expectation files', () => {
  let run: ReturnType<typeof verify>;
  beforeAll(() => {
    folder('all', {
      'a-good.yaml': GOOD,
      'b-mistyped.yaml': sheet('  - flwo: tcp\n'),
      'c-absent.yaml': GOOD.replace('healthy.pcap', 'gone.pcap'),
      'e-topology.yaml': `${GOOD.replace('expect:', 'topology: broken.yml\nexpect:')}`,
      'broken.yml': 'nodes: { r1: { interfaces: { eth0: { index: none } } } }\n',
      'compose.yaml': 'services: { web: { image: nginx } }\n',
      'z-good.yaml': GOOD,
    });
    run = verify(
      'all',
      '-f',
      'text',
      '-f',
      'junit=r.xml',
      '-f',
      'github=r.txt',
      '-f',
      'tap=r.tap',
      '-f',
      'json=r.json',
      '-f',
      'markdown=r.md',
    );
  });
  const read = (name: string): string => readFileSync(join(root, name), 'utf8');

  it('checks those without mistakes, and ends with exit code 2', () => {
    expect(run.status, run.stderr + run.stdout).toBe(2);
    expect(run.stdout).toMatch(/all\/a-good\.yaml: lab\n.*\n {2}✓/);
    expect(run.stdout).toMatch(/all\/z-good\.yaml: lab\n.*\n {2}✓/);
    expect(run.stdout).toMatch(/\n3 failed, 2 passed/);
  });

  it('says of each other one what is wrong with it', () => {
    for (const what of [
      /b-mistyped\.yaml:5\n[\s\S]*?unknown key 'flwo'/,
      /c-absent\.yaml:3\n[\s\S]*?gone\.pcap does not exist/,
      /e-topology\.yaml:3\n[\s\S]*?broken\.yml/,
    ])
      expect(run.stdout).toMatch(what);
  });

  it('leaves out what expects nothing, and says so', () => {
    expect(run.stderr).toMatch(/note: all\/compose\.yaml expects nothing and was left out/);
    expect(run.stderr).not.toMatch(/good/);
  });

  it('tells it in every format, each suite and case by a name of its own', () => {
    const cases = parseXml(read('r.xml')).children.flatMap(({ children }) => children.filter(({ name }) => name === 'testcase'));
    const named = cases.map(({ attributes }) => `${attributes['classname']} ${attributes['name']}`);
    expect(new Set(named).size).toBe(named.length);
    expect(cases.filter(({ children }) => children.some(({ name }) => name === 'error'))).toHaveLength(3);
    expect(read('r.txt').match(/^::error file=all\/[b-e]-[a-z-]+\.yaml,line=[35],/gm)).toHaveLength(3);
    expect(read('r.tap').match(/^not ok/gm)).toHaveLength(3);
    expect(read('r.md').match(/❌ \| mistake in the file/g)).toHaveLength(3);
    const { suites } = JSON.parse(read('r.json'));
    expect(suites.map((suite: { expectations: { kind: string }[] }) => suite.expectations[0]?.kind).sort()).toEqual([
      'mistake',
      'mistake',
      'mistake',
      'where',
      'where',
    ]);
  });

  it('takes a file with a mistyped key for one that is meant, not for another kind', () => {
    folder('mistyped', { 'a.yaml': GOOD.replace('expect:', 'expct:'), 'b.yaml': GOOD });
    const { status, stdout } = verify('mistyped');
    expect(status).toBe(2);
    expect(stdout).toMatch(/unknown key 'expct'; did you mean 'expect'\?/);
  });
});

it('files of one name have a finding each, without a time, since nothing was captured', () => {
  const absent = (name: string) => GOOD.replace('healthy.pcap', name);
  folder('namesakes', { 'a.yaml': absent('a.pcap'), 'b.yaml': absent('b.pcap'), 'c.yaml': absent('c.pcap'), 'd.yaml': GOOD });
  const { findings, suites } = JSON.parse(verify('namesakes', '-f', 'json').stdout);
  const byId = new Map<string, { title: string; message: string; first: string | null }>(
    findings.map((finding: { id: string }) => [finding.id, finding]),
  );
  expect(byId.size).toBe(4);
  for (const name of ['a', 'b', 'c']) {
    const suite = suites.find(({ file }: { file: string }) => file === `namesakes/${name}.yaml`);
    const finding = byId.get(suite.expectations[0].finding);
    expect(finding).toMatchObject({ first: null, message: expect.stringContaining(`${name}.pcap does not exist`) });
  }
  expect([...byId.values()].map(({ title }) => title)).toContain('lab (namesakes/b.yaml): mistake in the file');
});

it('two expectations of one name, and two runs, have names of their own', () => {
  folder('twice', {
    'a.yaml':
      'version: 1\nname: lab\ncaptures: [healthy.pcap, { r1: healthy.pcap }]\nexpect:\n  - { name: x, where: icmp }\n  - { name: x, where: ip }\n',
    'b.yaml': 'version: 1\nname: lab\ncaptures: healthy.pcap\nexpect:\n  - { name: x, where: icmp }\n',
  });
  const { stdout } = verify('twice', '-f', 'junit');
  const cases = parseXml(stdout).children.flatMap(({ children }) => children.filter(({ name }) => name === 'testcase'));
  const named = cases.map(({ attributes }) => `${attributes['classname']} ${attributes['name']}`);
  expect(named.length).toBeGreaterThanOrEqual(5);
  expect(new Set(named).size).toBe(named.length);
});
