import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/report/formats.js';
import { github } from '../../src/report/github.js';
import { junit } from '../../src/report/junit.js';
import { markdown, md } from '../../src/report/markdown.js';
import { sarif, uri } from '../../src/report/sarif.js';
import { tap } from '../../src/report/tap.js';
import { capture, finding, healthy, hostile, missingRoute, run, undecided } from './runs.js';
import { type Element, parseXml } from './xml.js';

const samples = Object.entries({ missingRoute, undecided, healthy, hostile });
const options = { color: false, width: 100, verbose: false };

describe.each(Object.entries(FORMATS))('%s', (name, format) => {
  it('ends in one newline, is the same every time, and prints nothing that a terminal obeys', async () => {
    const render = await format.load();
    for (const [, sample] of samples) {
      const output = await render(sample, options);
      expect(output, `${name}: a report is never empty and ends in one newline`).toMatch(/[^\n]\n$/);
      expect(await render(sample, options)).toBe(output);
      expect(output).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });
});

describe('JUnit', () => {
  /** The structure that the XSDs of Jenkins, GitLab and Ant agree on. */
  function check(root: Element): Element[] {
    expect(root.name).toBe('testsuites');
    const cases: Element[] = [];
    for (const suite of root.children) {
      expect(suite.name).toBe('testsuite');
      const tests = suite.children.filter(({ name }) => name === 'testcase');
      for (const test of tests) {
        expect(Object.keys(test.attributes).sort()).toEqual(['classname', 'name', 'time']);
        expect(test.children.length).toBeLessThanOrEqual(1);
        for (const child of test.children) {
          expect(['failure', 'error', 'skipped']).toContain(child.name);
          if (child.name !== 'skipped') expect(Object.keys(child.attributes).sort()).toEqual(['message', 'type']);
        }
        cases.push(test);
      }
      const having = (name: string) => tests.filter((test) => test.children[0]?.name === name).length;
      expect({ skipped: '0', ...suite.attributes }).toMatchObject({
        tests: String(tests.length),
        failures: String(having('failure')),
        errors: String(having('error')),
        skipped: String(having('skipped')),
      });
      expect(suite.attributes['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    }
    return cases;
  }

  it.each(samples)('of %s has the structure of its schema', (_, sample) => {
    expect(check(parseXml(junit(sample))).length).toBeGreaterThan(0);
  });

  it('has a case for each capture and rule, and inconclusive is an error', () => {
    const names = (sample: typeof healthy) =>
      check(parseXml(junit(sample))).map((test) => `${test.attributes['name']} ${test.children[0]?.name ?? 'ok'}`);
    expect(names(missingRoute)).toEqual([
      'router: captures/router.pcap ok',
      'egress-wrong-interface failure',
      'arp-takeover ok',
      'icmp-echo-no-reply skipped',
      'tcp-no-answer skipped',
      'all other rules ok',
    ]);
    expect(names(undecided)).toEqual(['router: captures/router.pcap ok', 'k8s-w0: w0.pcapng error', 'arp-no-reply error']);
    expect(names(healthy)).toEqual(['router: captures/router.pcap ok', 'all other rules ok']);
  });

  it('tells expectations apart by their titles', () => {
    const two = [
      finding({ rule: 'expectation', verdict: 'pass', title: 'pods are reached through eth2', id: 'x1' }),
      finding({ rule: 'expectation', title: 'nothing leaves towards the internet', id: 'x2' }),
    ];
    const tests = check(parseXml(junit(run(two, [], 1))));
    expect(tests.map((test) => test.attributes['name'])).toEqual(two.map((one) => one.title));
    expect(tests.map((test) => test.children[0]?.name)).toEqual([undefined, 'failure']);
  });

  it('stays well-formed whatever a packet says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        parseXml(
          junit(run([finding({ rule: 'dns-error', title: text, message: text })], [capture({ file: text, error: text })])),
        );
      }),
    );
  });
});

describe('SARIF', () => {
  it('has a help for a rule only where all its findings have the same', () => {
    const help = (...hints: string[]) => {
      const page = sarif(run(hints.map((hint, i) => finding({ rule: 'expectation', id: `e${i}`, hint }))));
      return JSON.parse(page).runs[0].tool.driver.rules[0].help;
    };
    expect(help('Add the route.', 'Add the route.')).toEqual({ text: 'Add the route.' });
    expect(help('Add the route.', 'Open the port.')).toBeUndefined();
  });

  /** The parts of the 2.1.0 schema and of the standard's text that this log touches. */
  function check(log: ReturnType<typeof JSON.parse>) {
    expect(log.version).toBe('2.1.0');
    expect(Object.keys(log).sort()).toEqual(['$schema', 'runs', 'version']);
    const [one] = log.runs;
    const { driver } = one.tool;
    expect(typeof driver.name).toBe('string');
    expect(driver.semanticVersion).toMatch(/^\d+\.\d+\.\d+$/);
    const ids = driver.rules.map((rule: { id: string }) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const invocation of one.invocations) expect(typeof invocation.executionSuccessful).toBe('boolean');
    for (const artifact of one.artifacts) expect(() => new URL(artifact.location.uri, 'file:///')).not.toThrow();
    for (const result of one.results) {
      expect(ids[result.ruleIndex]).toBe(result.ruleId);
      expect(['fail', 'open', 'pass']).toContain(result.kind);
      expect(result.kind === 'fail' ? ['error', 'warning', 'note'] : ['none']).toContain(result.level);
      expect(result.message.text.length).toBeGreaterThan(0);
      expect(result.occurrenceCount).toBeGreaterThanOrEqual(1);
      for (const value of Object.values(result.partialFingerprints)) expect(typeof value).toBe('string');
      for (const location of [...result.locations, ...(result.relatedLocations ?? [])]) {
        expect(location.logicalLocations[0].fullyQualifiedName).toContain('frame');
        const region = location.physicalLocation?.region;
        if (region === undefined) continue;
        expect(region.byteOffset).toBeGreaterThanOrEqual(0);
        expect(region.byteLength).toBeGreaterThan(0);
        expect(one.artifacts.map((a: { location: { uri: string } }) => a.location.uri)).toContain(
          location.physicalLocation.artifactLocation.uri,
        );
      }
    }
    return one;
  }

  it.each(samples)('of %s has the structure of its schema', (_, sample) => {
    check(JSON.parse(sarif(sample)));
  });

  it('points into the capture and says open for inconclusive', () => {
    const [first] = check(JSON.parse(sarif(missingRoute))).results;
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'captures/router.pcap' },
      region: { byteOffset: 24, byteLength: 120 },
    });
    const open = check(JSON.parse(sarif(undecided)));
    expect(open.results[0]).toMatchObject({ kind: 'open', level: 'none' });
    expect(open.invocations[0].executionSuccessful).toBe(false);
  });

  it('writes paths as URI references', () => {
    expect(uri('-')).toBeNull();
    expect(uri('a b/ü#1.pcap')).toBe('a%20b/%C3%BC%231.pcap');
    expect(uri('/tmp/a b.pcap')).toBe('file:///tmp/a%20b.pcap');
    expect(uri('c:x.pcap')).toBe('./c%3Ax.pcap');
    expect(uri('\ud800.pcap')).toBe('%EF%BF%BD.pcap');
  });
});

describe('GitHub annotations', () => {
  const lines = (sample: typeof healthy) => github(sample).trimEnd().split('\n');

  it('are commands only, one a line, whatever a packet says', () => {
    for (const [, sample] of samples)
      for (const line of lines(sample)) expect(line).toMatch(/^::(error|warning|notice) [^:]*::[^\r\n]*$/);
    expect(github(hostile)).not.toContain('x%0A');
    expect(github(hostile)).toContain('x%250A');
  });

  it('show causes, with their symptoms inside', () => {
    expect(lines(missingRoute)).toHaveLength(1);
    expect(lines(missingRoute)[0]).toContain(
      '::error file=captures/router.pcap,title=egress-wrong-interface%3A Packets to 172.20.2.0/24 leave by eth0 instead of eth2::',
    );
    expect(lines(missingRoute)[0]).toContain('%0Aand because of that: icmp-echo-no-reply ×4');
  });

  it('are ten at most', () => {
    const many = run(Array.from({ length: 25 }, (_, i) => finding({ rule: 'tcp-refused', id: `r${i}` })));
    expect(lines(many)).toHaveLength(10);
    expect(lines(many)[9]).toBe('::notice title=hopscope::16 more findings are in the step summary');
    expect(lines(run(many.findings.slice(0, 10)))).toHaveLength(10);
    expect(lines(run(many.findings.slice(0, 10)))[9]).toContain('::error ');
  });

  it('claim health only where it is true', () => {
    expect(github(healthy)).toBe('::notice title=hopscope::nothing wrong found\n');
    expect(github(run([], [capture({ frames: 0 })]))).not.toContain('nothing wrong');
  });
});

describe('Markdown', () => {
  it('shows the missing route', async () => {
    await expect(markdown(missingRoute)).toMatchFileSnapshot('snapshots/missing-route.markdown.txt');
  });

  it('takes the meaning out of what packets say', () => {
    expect(md('<b>|`x`*_[a](b)')).toBe('&lt;b&gt;\\|\\`x\\`\\*\\_\\[a\\]\\(b\\)');
    expect(md('@all 172.20.2.1')).toBe('@<!-- -->all 172.20.2.1');
    expect(md('- x')).toBe('\\- x');
    expect(md('1. x')).toBe('1\\. x');
    const prose = markdown(hostile).replace(/^```sh\n[\s\S]*?\n```$/gm, '');
    expect(prose).not.toMatch(/<(?!\/?(details|summary|sub)>|!-- -->)/);
    expect(prose).not.toMatch(/[^\\]\[a/);
  });

  it('tells once what explains several expectations', () => {
    const why = { cause: 'egress-wrong-interface: no route', hint: 'Add the route.', commands: ['ip route add x'] };
    const failed = run(['a', 'b'].map((id) => finding({ rule: 'expectation', id, ...why })));
    const page = markdown({ ...failed, suites: [] });
    expect(page.match(/ip route add x/g)).toHaveLength(1);
    expect(page.match(/Add the route/g)).toHaveLength(1);
    expect(page).toContain('**Cause:** egress-wrong-interface, as above');
    expect(markdown(failed).match(/ip route add x/g)).toHaveLength(2);
  });

  it('fences code so that the code cannot end it', () => {
    const page = markdown(run([finding({ rule: 'dns-error', commands: ['echo ```` x'] })]));
    expect(page).toContain('`````sh\necho ```` x\n`````\n');
  });
});

describe('TAP', () => {
  it('has a plan, numbered lines and no directive that a packet wrote', () => {
    for (const [, sample] of samples) {
      const lines = tap(sample).trimEnd().split('\n');
      expect(lines[0]).toBe('TAP version 14');
      const results = lines.filter((line) => /^(not )?ok /.test(line));
      expect(lines[1]).toBe(`1..${results.length}`);
      results.forEach((line, i) => {
        expect(line).toMatch(new RegExp(`^(not )?ok ${i + 1} - `));
        expect(line.replace(/^ok \d+ - [^#]* # SKIP /, '')).not.toMatch(/(?<!\\)#/);
      });
      const blocks = lines.filter((line) => /^ {2}(---|\.\.\.)$/.test(line));
      expect(blocks.map((line) => line.trim())).toEqual(blocks.map((_, i) => (i % 2 === 0 ? '---' : '...')));
    }
  });

  it('counts inconclusive as not ok', () => {
    expect(tap(undecided)).toContain('not ok 3 - rule arp-no-reply\n  ---\n  verdict: inconclusive\n');
  });
});
