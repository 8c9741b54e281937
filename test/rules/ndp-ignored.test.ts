import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement6, answer6, attempts6, ignored6, question6 } from './neighbour-examples.js';

const OWNER = '0a:00:00:00:00:11';
const OTHER = '0a:00:00:00:00:12';

describe('ndp-ignored', () => {
  it('tells an announcement that does not override, after which nobody answers', () => {
    const findings = diagnose([question6(0), answer6(0.001, OWNER), ignored6(5, OTHER), ...attempts6(6, OWNER)]);
    const [root] = findings;
    expect(root).toMatchObject({ rule: 'ndp-ignored', verdict: 'fail', severity: 'error', subject: { macs: [OWNER, OTHER] } });
    expect(root.message).toContain('RFC 4861 section 7.2.5');
    // It has not moved, and what waits for it folds.
    expect(findings.some((f) => f.rule === 'ndp-takeover')).toBe(false);
    expect(findings.filter((f) => f.rule === 'tcp-no-answer')).toMatchObject([{ foldedUnder: root.id }]);
  });

  it('leaves it alone where the address goes on answering, and an announcement that overrides', () => {
    const only = ['ndp-ignored'];
    const start = [question6(0), answer6(0.001, OWNER)];
    expect(diagnose([...start, ignored6(5, OTHER), ...attempts6(6, OWNER, true)], { only })).toEqual([]);
    expect(diagnose([...start, ignored6(5, OTHER)], { only })).toEqual([]);
    expect(diagnose([...start, announcement6(5, OTHER), ...attempts6(6, OWNER)], { only })).toEqual([]);
    expect(diagnose([ignored6(5, OTHER), ...attempts6(6, OTHER)], { only })).toEqual([]);
  });
});
