// The GitHub action and the GitLab job, run as their runners do: the shell steps as they are written, in a folder of their own.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Element, parseXml } from '../report/xml.js';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hopscope-ci-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'hopscope'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
chmodSync(join(bin, 'hopscope'), 0o755);

/** A checkout with the expectations and captures of this one, where reports may be written. */
function workspace(): string {
  const path = mkdtempSync(join(folder, 'work-'));
  for (const name of ['expectations', 'captures']) symlinkSync(resolve(name), join(path, name));
  return path;
}

interface Step {
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run: string;
}
const action = parse(readFileSync('action.yml', 'utf8'));

/** Runs the action; `inputs` as a workflow gives them. */
function act(inputs: Readonly<Record<string, string>>) {
  const cwd = workspace();
  const [summary, output] = [join(cwd, 'summary'), join(cwd, 'output')];
  for (const name of Object.keys(inputs)) expect(action.inputs, `the action has no input '${name}'`).toHaveProperty(name);
  const value = (name: string): string => inputs[name] ?? action.inputs[name].default;
  // The runner puts values in the place of expressions; these are all that the action uses.
  const fill = (text: string) => text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => value(name));
  let [stdout, stderr, status] = ['', '', 0 as number | null];
  for (const step of (action.runs.steps as Step[]).filter(({ run }) => run !== undefined)) {
    if (step.if !== undefined) {
      const [, name] = /^inputs\.([\w-]+) != ''$/.exec(step.if)!;
      if (value(name!) === '') continue;
    }
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([key, text]) => [key, fill(text)]));
    const script = join(cwd, 'step.sh');
    writeFileSync(script, step.run);
    const run = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...env,
        PATH: `${bin}${delimiter}${process.env['PATH']}`,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
        RUNNER_TEMP: folder,
      },
    });
    stdout += run.stdout;
    stderr += run.stderr;
    status = run.status;
    if (status !== 0) break;
  }
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    status,
    stderr,
    annotations: stdout.split('\n').filter((line) => line.startsWith('::')),
    rest: stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::')),
    summary: read(summary),
    output: read(output),
    file: (name: string) => read(join(cwd, name)),
  };
}

const FAULTY = 'router=captures/native-missing-route.pcap';

describe('the GitHub action', () => {
  it('passes where all expectations hold, which are those of the folder when none is named', () => {
    const run = act({});
    expect(run, run.stderr).toMatchObject({
      status: 0,
      stderr: '',
      output: expect.stringMatching(/^exit-code=0\n/),
      annotations: ['::notice title=hopscope::all expectations hold'],
      rest: [],
    });
    expect(run.summary).toMatch(/^## hopscope: ✅ all expectations hold\n/);
    expect(run.summary).toMatch(/\| ✅ \| pods on k8s-w0 are reached through eth2 \|/);
  });

  it('fails where one does not, at its line, and tells everything in the summary', () => {
    const run = act({
      path: 'expectations/native-routing.yaml',
      captures: FAULTY,
      junit: 'r.xml',
      sarif: 'r.sarif',
      json: 'r.json',
    });
    expect(run).toMatchObject({ status: 1, output: expect.stringMatching(/^exit-code=1\n/), rest: [] });
    expect(run.annotations[0]).toMatch(
      /^::error file=expectations\/native-routing\.yaml,line=7,title=native routing%3A pods on k8s-w0/,
    );
    expect(run.annotations).toHaveLength(5);
    expect(run.summary).toMatch(/### ❌ error: native routing: pods on k8s-w0 are reached through eth2/);
    expect(run.summary).toMatch(/ip route replace 172\.20\.2\.0\/24 via 192\.168\.20\.100 dev eth2/);
    expect(parseXml(run.file('r.xml')).name).toBe('testsuites');
    expect(JSON.parse(run.file('r.sarif')).version).toBe('2.1.0');
    expect(JSON.parse(run.file('r.json')).summary.fail).toBe(5);
    // What is uploaded: the reports, the captures that they speak of, the expectations.
    const [, reports, rest] = /\nreports=(.*)\nevidence<<(?:.*)\n\1\n([\s\S]*)\n/.exec(run.output)!;
    expect(readFileSync(join(reports!, 'report.md'), 'utf8')).toMatch(/^## hopscope: ❌ 5 failed expectations/);
    expect(JSON.parse(readFileSync(join(reports!, 'report.json'), 'utf8')).summary.fail).toBe(5);
    expect(rest!.split('\n').slice(0, 2)).toEqual(['captures/native-missing-route.pcap', 'expectations/native-routing.yaml']);
    const [upload] = action.runs.steps.filter(({ uses }: { uses?: string }) => uses !== undefined);
    expect(upload.with.path).toContain('steps.verify.outputs.evidence');
  });

  it('shows ten annotations at most, and the rest in the summary', () => {
    const run = act({ path: 'expectations/native-routing.yaml expectations/geneve.yaml expectations/v*.yaml', captures: FAULTY });
    expect(run.status).toBe(1);
    expect(run.annotations).toHaveLength(10);
    expect(run.annotations[9]).toMatch(/^::notice title=hopscope::\d+ more findings are in the step summary$/);
    const more = Number(/::(\d+) more/.exec(run.annotations[9]!)![1]);
    expect(run.summary.match(/^### (❌|❔)/gm)?.length).toBe(9 + more);
  });

  it('says what is undecided, and lets it pass where that is allowed', () => {
    const bytes = readFileSync('captures/native-healthy.pcap');
    let at = 24;
    for (let frame = 1; frame <= 8; frame++) at += 16 + bytes.readUInt32LE(at + 8);
    const [capture, file] = [join(folder, 'cut.pcap'), join(folder, 'open.yaml')];
    writeFileSync(capture, bytes.subarray(0, at));
    writeFileSync(file, 'version: 1\ncaptures: cut.pcap\nexpect: [{ flow: { proto: icmp }, answered: true }]\n');
    expect(act({ path: file })).toMatchObject({ status: 3, output: expect.stringMatching(/^exit-code=3\n/) });
    const run = act({ path: file, 'allow-inconclusive': 'true' });
    expect(run).toMatchObject({ status: 0, output: expect.stringMatching(/^exit-code=3\n/) });
    expect(run.annotations[0]).toMatch(/^::warning file=.*title=undecided/);
  });

  it('stops at a mistake in a file', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'version: 1\nexpect: [{ flwo: tcp }]\n');
    const run = act({ path: file });
    expect(run).toMatchObject({ status: 2, output: expect.stringMatching(/^exit-code=2\n/) });
    // The reviewer sees it at its line.
    expect(run.annotations).toEqual([expect.stringMatching(/^::error file=.*wrong\.yaml,line=2,.*unknown key 'flwo'/)]);
    expect(run.stderr).toMatch(/wrong\.yaml:2:12: unknown key 'flwo'/);
  });

  it('takes no input for a command', () => {
    const owned = join(folder, 'owned');
    const run = act({
      path: `$(touch ${owned})`,
      captures: `router=\`touch ${owned}\`.pcap\n; touch ${owned}`,
      junit: `$(touch ${owned})`,
    });
    expect(run.status).toBe(2);
    expect(existsSync(owned)).toBe(false);
  });
});

/** How many cases of a report have this child. */
const having = (report: Element, what: string) =>
  report.children.flatMap(({ children }) => children).filter(({ children }) => children.some(({ name }) => name === what)).length;

describe('the GitLab job', () => {
  const blocks = [...readFileSync('docs/gitlab-ci.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
  const job = parse(blocks[0]!)['verify-lab'];

  /** The script's lines, but for the one that installs the program. */
  function work(lines: readonly string[]) {
    const cwd = workspace();
    symlinkSync(resolve('captures/native-missing-route.pcap'), join(cwd, 'router.pcap'));
    symlinkSync(resolve('captures/native-missing-route.pcap'), join(cwd, 'w0.pcap'));
    const run = spawnSync('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    });
    return { ...run, cwd, report: parseXml(readFileSync(join(cwd, job.artifacts.reports.junit), 'utf8')) };
  }

  it('installs the program, runs it, and keeps its report', () => {
    const [install, ...lines] = job.script as string[];
    expect(install).toBe('npm install --global hopscope');
    const run = work(lines);
    expect(run.status, run.stderr + run.stdout).toBe(0);
    expect([having(run.report, 'failure'), having(run.report, 'error')]).toEqual([0, 0]);
    expect(existsSync(join(run.cwd, job.artifacts.reports.codequality))).toBe(true);
    expect(job.artifacts.when).toBe('always');
  });

  it('fails with the captures of the pipeline, and its report says where', () => {
    const [line] = parse(blocks[1]!) as string[];
    const run = work([line!.replace(' --capture k8s-w0=w0.pcap', '')]);
    expect(run.status).toBe(1);
    expect(having(run.report, 'failure')).toBeGreaterThan(3);
    expect(run.stdout).toMatch(/expectations\/native-routing\.yaml:7/);
  });

  it('may be undecided', () => {
    expect(parse(blocks[2]!)).toEqual({ allow_failure: { exit_codes: 3 } });
  });

  it('on several runners checks a part each, and one more job makes the report of all', () => {
    const { 'verify-part': part, 'verify-report': whole } = parse(blocks[3]!);
    const cwd = workspace();
    const runLine = (line: string, index: number) =>
      spawnSync('bash', ['-eo', 'pipefail', '-c', line.replace('labs/', 'expectations/')], {
        cwd,
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: `${bin}${delimiter}${process.env['PATH']}`,
          CI_NODE_INDEX: String(index),
          CI_NODE_TOTAL: '2',
        },
      });
    for (const index of [1, 2]) expect(runLine(part.script[1], index).status).toBe(0);
    expect(part.artifacts.paths).toEqual(['part*.json']);
    expect(whole.needs).toEqual(['verify-part']);
    const run = runLine(whole.script[1], 1);
    expect(run.status, run.stderr).toBe(0);
    const report = parseXml(readFileSync(join(cwd, whole.artifacts.reports.junit), 'utf8'));
    const suitesOf = (index: number) => JSON.parse(readFileSync(join(cwd, `part${index}.json`), 'utf8')).suites.length as number;
    // One more for the captures.
    expect(report.children.length).toBe(suitesOf(1) + suitesOf(2) + 1);
    expect(Math.min(suitesOf(1), suitesOf(2))).toBeGreaterThan(3);
  });
});

describe('other CI systems', () => {
  const page = readFileSync('docs/gitlab-ci.md', 'utf8');

  /** Runs a line of the page in a checkout. */
  function work(line: string): string {
    const cwd = workspace();
    const path = `${bin}${delimiter}${process.env['PATH']}`;
    const run = spawnSync('bash', ['-e', '-c', line], { cwd, encoding: 'utf8', env: { ...process.env, PATH: path } });
    expect(run.status, run.stderr + run.stdout).toBe(0);
    return cwd;
  }

  it('Jenkins takes the report that its step writes', () => {
    const [, pipeline] = /```groovy\n([\s\S]*?)```/.exec(page)!;
    const [, step] = /sh '([^']*)'/.exec(pipeline!)!;
    const [, report] = /junit '([^']*)'/.exec(pipeline!)!;
    const cwd = work(step!);
    expect(parseXml(readFileSync(join(cwd, report!), 'utf8')).name).toBe('testsuites');
    for (const kept of /artifacts: '([^']*)'/.exec(pipeline!)![1]!.split(', '))
      expect(existsSync(join(cwd, kept.replace('/**', '')))).toBe(true);
    // Braces stand in pairs: what else Groovy asks, only Jenkins knows.
    expect(pipeline!.split('{').length).toBe(pipeline!.split('}').length);
  });

  it('Azure takes the report and the summary that its script writes', () => {
    const [, text] = /## Azure Pipelines[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page)!;
    const [install, script, task, summary] = parse(text!).steps;
    expect(install.script).toBe('npm install --global hopscope');
    const cwd = work(script.script);
    expect(parseXml(readFileSync(join(cwd, task.inputs.testResultsFiles), 'utf8')).name).toBe('testsuites');
    const [, shown] = /\$\(System\.DefaultWorkingDirectory\)\/([\w.]+)"$/.exec(summary.script)!;
    expect(readFileSync(join(cwd, shown!), 'utf8')).toMatch(/^## hopscope: /);
  });
});
