// Every format held to the form that its readers expect: for runs made by hand, for those of bundled captures, for hostile text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { Parser, type Result } from 'tap-parser';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { parse } from 'yaml';
import { analyze } from '../../src/main/analyze.js';
import { checkRun } from '../../src/main/topology-check.js';
import { verify } from '../../src/main/verify.js';
import { causes } from '../../src/report/causes.js';
import { codequality } from '../../src/report/codequality.js';
import { FORMATS } from '../../src/report/formats.js';
import { github } from '../../src/report/github.js';
import { htmlReport } from '../../src/report/html/report.js';
import { json } from '../../src/report/json.js';
import { junit, junitWithFiles } from '../../src/report/junit.js';
import { markdown } from '../../src/report/markdown.js';
import type { Run } from '../../src/report/run.js';
import { sarif } from '../../src/report/sarif.js';
import { tap } from '../../src/report/tap.js';
import { readTopology } from '../../src/topology/read.js';
import { PLAIN, PLAIN_VERIFY } from '../main/options.js';
import { times } from '../thorough.js';
import { capture, finding, HOSTILE, healthy, hostile, hostileSuites, missingRoute, run, suites, undecided } from './runs.js';
import { parseXml } from './xml.js';

const here = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
const XSD = here('junit.xsd');

const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
const isSarif = ajv.compile(JSON.parse(here('sarif.schema.json')));
// Its pattern of a language is none with the flag u.
const lenient = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
formats.default(lenient);
const isOfficial = lenient.compile(
  withoutId(JSON.parse(readFileSync('node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json', 'utf8'))),
);

/** Draft 4 names itself by a keyword that later drafts do not have. */
function withoutId({ id: _, $schema: __, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}

const diagnosed = (name: string): Promise<Run> =>
  analyze({
    ...PLAIN,
    topology: ['captures/lab.topology.yaml'],
    files: [{ point: 'router', path: `captures/${name}` }],
  });
const verified = (path: string, capture?: string): Promise<Run> =>
  verify({
    ...PLAIN_VERIFY,
    paths: [path],
    captures: capture === undefined ? [] : [{ point: 'router', path: `captures/${capture}` }],
    uncovered: true,
  });

const checked = (name: string) => readTopology([{ name, text: readFileSync(`captures/${name}`, 'utf8') }]);

/** Made when it is first asked for, and once. */
const once = (make: () => Run | Promise<Run>): (() => Promise<Run>) => {
  let made: Promise<Run> | undefined;
  return () => (made ??= Promise.resolve(make()));
};

const RUNS = (
  [
    ...Object.entries({ missingRoute, undecided, healthy, hostile, suites, hostileSuites }).map(
      ([name, one]) => [name, () => one] as const,
    ),
    ['nothing at all', () => run([], [], 0)],
    ['a topology', () => checkRun(checked('lab-mistakes.topology.yaml'), ['captures/lab-mistakes.topology.yaml'])],
    ['a topology without mistakes', () => checkRun(checked('lab-right.topology.yaml'), ['lab right.yaml'])],
    ['a healthy capture', () => diagnosed('native-healthy.pcap')],
    ['a faulty capture', () => diagnosed('vxlan-wrong-node.pcap')],
    ['a capture with gaps', () => diagnosed('capture-dropped.pcapng')],
    ['all expectations', () => verified('expectations')],
    ['expectations that fail', () => verified('expectations/native-routing.yaml', 'native-missing-route.pcap')],
    ['expectations that are undecided', () => verified('expectations/dns.yaml', 'capture-clipped.pcap')],
  ] as const satisfies readonly (readonly [string, () => Run | Promise<Run>])[]
).map(([name, make]) => [name, once(make)] as const);

describe('JUnit', () => {
  it.each(RUNS)('of %s is valid', async (_, make) => {
    const made = await make();
    const xml = junit(made);
    // For GitLab alone.
    expect(xml).not.toMatch(/<[^>]* file="/);
    const both = [xml, junitWithFiles(made)].map((contents, i) => ({ fileName: `${i}.xml`, contents }));
    const { valid, errors } = await validateXML({ xml: both, schema: XSD });
    expect(errors.map((e) => e.message)).toEqual([]);
    expect(valid).toBe(true);
    // Counts are what is counted.
    let failures = 0;
    for (const { attributes, children } of parseXml(xml).children) {
      const tests = children.filter(({ name }) => name === 'testcase');
      const having = (name: string) => String(tests.filter((test) => test.children.some((c) => c.name === name)).length);
      expect({ skipped: '0', ...attributes }).toMatchObject({
        tests: String(tests.length),
        failures: having('failure'),
        errors: having('error'),
        skipped: having('skipped'),
      });
      failures += Number(having('failure'));
    }
    // What follows from a fault is none.
    if (made.suites === undefined) expect(failures).toBe(causes(made).filter(({ kind }) => kind === 'fault').length);
  });

  it('is refused by the schema when it is wrong', async () => {
    const good = junit(suites);
    const wrong = [
      good.replace('<failure type="fail"', '<failure'),
      good.replace(/time="[^"]*"/, 'time="soon"'),
      good.replace(/time="[^"]*"/, 'time="0.0001"'),
      good.replace(/(<failure[\s\S]*?<\/failure>)/, '$1<skipped/>'),
      good.replace('classname=', 'class='),
      good.replace(/(<testcase [^>]*\/>)/, '$1$1'),
      ...['package', 'id', 'timestamp', 'hostname', 'tests', 'failures', 'errors', 'time'].map((name) =>
        good.replace(new RegExp(`(<testsuite[^>]*) ${name}="[^"]*"`), '$1'),
      ),
      good.replace(/ hostname=/, ' flaky="1" hostname='),
      good.replace(/timestamp="([^"]*)"/, 'timestamp="$1Z"'),
      good.replace(/<property [^>]*>/, ''),
      good.replace(/ {4}<system-err\/>\n/, ''),
      good.replace(/ {4}<properties>.*\n/, ''),
    ];
    for (const xml of wrong) expect(xml).not.toBe(good);
    const all = [good, ...wrong].map((contents, i) => ({ fileName: `${i}.xml`, contents }));
    const { errors } = await validateXML({ xml: all, schema: XSD });
    const refused = new Set(errors.map(({ loc }) => loc?.fileName));
    expect(all.map(({ fileName }) => fileName).filter((name) => !refused.has(name))).toEqual(['0.xml']);
  });

  it('counts what is undecided as an error, and what is skipped as skipped', () => {
    const [, lab] = parseXml(junit(suites)).children;
    expect(lab?.children.filter(({ name }) => name === 'testcase').map(({ children }) => children[0]?.name ?? 'passed')).toEqual([
      'failure',
      'error',
      'passed',
      'skipped',
    ]);
  });
});

describe('SARIF', () => {
  it.each(RUNS)('of %s is valid', async (_, make) => {
    const log = JSON.parse(sarif(await make()));
    isSarif(log);
    expect(isSarif.errors ?? []).toEqual([]);
    isOfficial(log);
    expect(isOfficial.errors ?? []).toEqual([]);
    const [one] = log.runs;
    for (const result of one.results) expect(one.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
  });

  it('is refused by the schema when it is wrong', () => {
    const refused = (change: (first: ReturnType<typeof JSON.parse>, log: ReturnType<typeof JSON.parse>) => void) => {
      const log = JSON.parse(sarif(missingRoute));
      change(log.runs[0].results[0], log);
      return !isSarif(log);
    };
    expect(refused(() => {})).toBe(false);
    expect(refused((_, log) => (log.version = '2.0.0'))).toBe(true);
    expect(refused((first) => (first.kind = 'open'))).toBe(true);
    expect(refused((first) => (first.level = 'critical'))).toBe(true);
    expect(refused((first) => delete first.message)).toBe(true);
    expect(refused((first) => (first.occurrenceCount = 0))).toBe(true);
    expect(refused((first) => (first.locations[0].physicalLocation.region.startLine = 3))).toBe(true);
    expect(refused((first) => (first.locations[0].physicalLocation.artifactLocation.uri = 'a b'))).toBe(true);
    expect(refused((first) => (first.severity = 'error'))).toBe(true);
  });

  it('says open where it is undecided, and keeps its fingerprints from one run to the next', async () => {
    const results = (log: string) => JSON.parse(log).runs[0].results as { kind: string; partialFingerprints: object }[];
    expect(results(sarif(suites)).map((result) => result.kind)).toEqual(['fail', 'open']);
    const prints = async () =>
      results(sarif(await verified('expectations/native-routing.yaml', 'native-missing-route.pcap'))).map(
        (r) => r.partialFingerprints,
      );
    const first = await prints();
    expect(await prints()).toEqual(first);
    expect(new Set(first.map((print) => JSON.stringify(print))).size).toBe(first.length);
  });

  it('points at the very record of the capture', async () => {
    const log = JSON.parse(sarif(await verified('expectations/native-routing.yaml', 'native-missing-route.pcap')));
    const bytes = readFileSync('captures/native-missing-route.pcap');
    const places = log.runs[0].results.flatMap((result: { relatedLocations?: object[] }) => result.relatedLocations ?? []);
    expect(places.length).toBeGreaterThan(3);
    for (const { physicalLocation, logicalLocations } of places) {
      const { byteOffset, byteLength } = physicalLocation.region;
      // A record of a pcap file: four words, of which the third is the number of captured bytes, and these.
      expect(byteLength).toBe(16 + bytes.readUInt32LE(byteOffset + 8));
      let [at, frame] = [24, 1];
      for (; at < byteOffset; frame++) at += 16 + bytes.readUInt32LE(at + 8);
      expect(logicalLocations[0].name).toBe(`frame ${frame}`);
    }
  });
});

describe('TAP', () => {
  it.each(RUNS)('of %s is read by a strict parser', async (_, make) => {
    const made = await make();
    const results: Result[] = [];
    const wrong: string[] = [];
    const parser = new Parser({ strict: true }, undefined);
    parser.on('assert', (one: Result) => results.push(one));
    parser.on('extra', (line: string) => wrong.push(line));
    parser.end(tap(made));
    expect(parser.failures.filter(({ tapError }) => tapError !== null && tapError !== undefined)).toEqual([]);
    expect(wrong).toEqual([]);
    expect(results.length).toBe(parser.planEnd);
    // What passed says nothing of how bad it would be.
    expect(results.filter(({ ok, skip, diag }) => ok && skip === false && diag !== undefined && diag !== null)).toEqual([]);
  });
});

describe('Code Quality', () => {
  it.each(RUNS)('of %s has what GitLab asks for, once each', async (_, make) => {
    const made = await make();
    const issues = JSON.parse(codequality(made));
    for (const one of issues)
      expect(one).toEqual({
        type: 'issue',
        check_name: expect.any(String),
        description: expect.any(String),
        fingerprint: expect.stringMatching(/./),
        severity: expect.stringMatching(/^(info|minor|major|critical|blocker)$/),
        location: { path: expect.stringMatching(/./), lines: { begin: expect.any(Number) } },
      });
    const shown = causes(made).filter(({ kind }) => kind === 'fault' || kind === 'open');
    expect(issues.length).toBe(shown.length + made.captures.filter(({ error }) => error !== null).length);
  });
});

describe('text of an attacker', () => {
  const unicode = fc.string({ unit: 'binary', maxLength: 40 });
  const parts = fc.constantFrom(
    ...[HOSTILE, ']]>', '<![CDATA[', '&#0;', '\n::error::x', '%0A::error::', '|', '``````', '\n---\n', '\n  ...\n', '# TODO'],
    ...['\x1b[2J', '\x9b31m', '\u202e', '\u2066', '\ud800', '\udfff', '\ufffe', '\x00', '\r\n', '</testsuite>', '\u2028', '-->'],
  );
  const text = fc.array(fc.oneof(unicode, parts), { maxLength: 4 }).map((list) => `x${list.join('')}`);
  const made = (t: string): readonly Run[] => {
    const one = finding({
      rule: 'dns-error',
      title: t,
      message: t,
      cause: t,
      hint: t,
      commands: [t],
      subject: { src: t, target: t, node: t },
      evidence: [{ note: t, point: t }],
      id: 'e1',
    });
    const caught = capture({ point: t, file: t, error: t, interfaces: [] });
    const first = suites.suites![0]!;
    const expectations = first.expectations.map((e, i) => ({ ...e, name: i === 0 ? t : `${t} #${i + 1}`, expected: t, seen: t }));
    const suite = { ...first, name: t, file: t, points: [t], expectations, uncovered: [t] };
    return [run([one], [caught]), { ...run([{ ...one, rule: 'expectation' }], [caught]), suites: [suite] }];
  };
  const each = (check: (one: Run) => void | Promise<void>, numRuns = times(10, 150)) =>
    fc.assert(
      fc.asyncProperty(text, async (t) => {
        for (const one of made(t)) await check(one);
      }),
      { numRuns, examples: [[HOSTILE]] },
    );

  it.each(Object.keys(FORMATS))('reaches no terminal through %s', async (name) => {
    const render = await FORMATS[name]!.load();
    await each(async (one) => {
      const output = await render(one, { color: false, width: 100, verbose: true });
      expect(output).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      expect(output).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
    });
  });

  it('is well-formed in JUnit, valid in SARIF, and the same value in JSON', async () => {
    await each((one) => {
      parseXml(junit(one));
      isSarif(JSON.parse(sarif(one)));
      expect(isSarif.errors ?? []).toEqual([]);
      expect(JSON.parse(json(one))).toEqual(JSON.parse(JSON.stringify(one)));
    });
    for (const one of made(HOSTILE)) expect((await validateXML({ xml: junit(one), schema: XSD })).errors).toEqual([]);
  });

  it('gives no command to the GitHub runner', async () => {
    await each((one) => {
      // What the runner makes of a line: `::command key=value,key=value::data`.
      for (const line of github(one).trimEnd().split('\n'))
        expect(line).toMatch(/^::(error|warning|notice) (file=[^:,]*,)?(line=\d+,)?title=[^:,]*::[^\r\n]*$/);
    });
  });

  it('makes no element and no attribute of its own in HTML', async () => {
    const shape = async (one: Run) => {
      const page = await htmlReport(one, { color: false, width: 100, verbose: true });
      return (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
    };
    const plain = await Promise.all(made('plain').map(shape));
    await each(async (one) => expect(plain).toContainEqual(await shape(one)));
  });

  it('makes no row, fence or heading of its own in Markdown', async () => {
    const shape = (one: Run) => {
      let fence = '';
      return markdown(one)
        .split('\n')
        .map((line) => {
          const [own] = /^`{3,}/.exec(line) ?? [''];
          // In a block of code only its own fence means anything.
          if (fence !== '' && line !== fence) return '';
          fence = fence === '' ? own : '';
          return own === '' ? (/^(\||#|<|- )/.exec(line)?.[1] ?? '') : 'fence';
        })
        .filter(Boolean);
    };
    const cells = (one: Run) =>
      markdown(one)
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => line.replace(/\\./g, '').split('|').length);
    const plain = made('x').map((one) => ({ shape: shape(one), cells: cells(one) }));
    await fc.assert(
      fc.asyncProperty(text, async (t) => {
        made(t).forEach((one, i) => {
          expect(shape(one)).toEqual(plain[i]!.shape);
          expect(cells(one)).toEqual(plain[i]!.cells);
        });
      }),
      { numRuns: times(10, 150), examples: [[HOSTILE]] },
    );
  });

  it('is one result for one case in TAP, with YAML that reads back', async () => {
    await each((one) => {
      const lines = tap(one).trimEnd().split('\n');
      const results = lines.filter((line) => /^(not )?ok/.test(line));
      expect(lines[1]).toBe(`1..${results.length}`);
      for (const line of results) expect(line.replace(/ # SKIP.*$/, '').replace(/\\./g, '')).not.toContain('#');
      const blocks = lines.join('\n').matchAll(/^ {2}---\n([\s\S]*?)\n {2}\.\.\.$/gm);
      for (const [, block] of blocks) expect(parse(block!)).toHaveProperty('verdict');
    });
  });
});
