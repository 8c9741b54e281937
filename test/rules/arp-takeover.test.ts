import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement, answer, question } from './neighbour-examples.js';

const only = ['arp-takeover'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';

describe('arp-takeover', () => {
  it('notes an announced move and how long it took', () => {
    const findings = diagnose([question(0), answer(1, A), announcement(9, B)], { only });
    expect(findings).toMatchObject([{ verdict: 'fail', severity: 'info', title: `192.168.1.20 moved to ${B}` }]);
    expect(findings[0].message).toContain('announced 8.0 s after');
  });

  it('notes a move that nobody announced', () => {
    const [finding] = diagnose([question(0), answer(0.001, A), question(60), answer(60.001, B)], { only });
    expect(finding.message).toContain('without an announcement');
  });

  it('leaves announcements of one owner alone', () => {
    expect(diagnose([announcement(0, A), announcement(2, A), question(4), answer(4.001, A)], { only })).toEqual([]);
  });
});
