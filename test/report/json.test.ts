import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { json, KEYS } from '../../src/report/json.js';
import { report, reportJsonSchema } from '../../src/report/schema.js';
import { VERSION } from '../../src/report/version.js';
import { healthy, hostile, missingRoute, undecided } from './runs.js';

describe('the JSON report', () => {
  it.each(Object.entries({ missingRoute, undecided, healthy, hostile }))(
    'of %s passes its schema and loses nothing',
    (_, run) => {
      const parsed: unknown = JSON.parse(json(run));
      expect(report.parse(parsed)).toEqual(run);
    },
  );

  it('has the documented keys in the documented order', () => {
    const parsed = JSON.parse(json(missingRoute));
    expect(Object.keys(parsed)).toEqual(['schema', 'tool', 'captures', 'findings', 'summary']);
    expect(Object.keys(parsed.captures[0]).join(' ')).toBe(
      'point file format linkTypes frames bytes first last dropped clipped interfaces error',
    );
    expect(Object.keys(parsed.findings[0]).join(' ')).toBe(
      'rule verdict severity confidence title message cause hint commands subject evidence count first last id explains foldedUnder',
    );
    expect(Object.keys(parsed.findings[0].subject).join(' ')).toBe(
      'src dst proto srcPort dstPort tunnel vni interfaceIn interfaceOut interfaceExpected target macs node',
    );
    expect(Object.keys(parsed.findings[0].evidence[0]).join(' ')).toBe(
      'point frame conversation time fileOffset length field note',
    );
  });

  it('leaves out what is not part of the shape', () => {
    expect(json({ ...healthy, secret: 1 } as typeof healthy)).not.toContain('secret');
  });

  it('is safe to print, and still the same value', () => {
    expect(json(hostile)).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(JSON.parse(json(hostile)).findings[0].message).toBe(hostile.findings[0]!.message);
  });

  it('is refused by the schema when something is wrong', () => {
    const broken = (change: object) => report.safeParse({ ...missingRoute, ...change }).success;
    expect(broken({})).toBe(true);
    expect(broken({ schema: 'hopscope.report/99' })).toBe(false);
    expect(broken({ extra: 1 })).toBe(false);
    expect(broken({ findings: [{ ...missingRoute.findings[0], first: 'yesterday' }] })).toBe(false);
  });

  it('writes every key of its schema', () => {
    const named = new Set<string>();
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties, propertyNames } = node as { properties?: object; propertyNames?: { enum?: string[] } };
      for (const key of [...Object.keys(properties ?? {}), ...(propertyNames?.enum ?? [])]) named.add(key);
      for (const value of Object.values(node)) walk(value);
    };
    walk(JSON.parse(reportJsonSchema()));
    expect(named.size).toBeGreaterThan(80);
    expect([...named].filter((key) => !KEYS.includes(key))).toEqual([]);
  });

  it('has its schema in the repository (vitest -u test/report writes it)', async () => {
    await expect(reportJsonSchema()).toMatchFileSnapshot('../../schema/report.schema.json');
  });

  it('names the version of the package', () => {
    expect(VERSION).toBe(packageJson.version);
  });
});
