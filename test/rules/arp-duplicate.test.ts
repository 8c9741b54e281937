import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement, answer, question } from './neighbour-examples.js';

const only = ['arp-duplicate'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';

describe('arp-duplicate', () => {
  it('tells two MACs that answer one question', () => {
    const [finding] = diagnose([question(0), answer(0.001, A), answer(0.002, B)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', title: '2 MACs answer for 192.168.1.20' });
    expect(finding.subject.macs).toEqual([A, B]);
  });

  it('tells two MACs that take turns within seconds', () => {
    expect(diagnose([announcement(0, A), announcement(1, B), announcement(2, A)], { only })).toHaveLength(1);
  });

  it('is a warning when both are interfaces of one machine', () => {
    const topology = { nodes: { web: { interfaces: { eth0: { mac: A, addresses: ['192.168.1.20/24'] }, eth1: { mac: B } } } } };
    const findings = diagnose([question(0), answer(0.001, A), answer(0.002, B)], { topology, only });
    expect(findings).toMatchObject([{ severity: 'warning' }]);
    expect(findings[0].cause).toContain('arp_ignore');
  });

  it('leaves a fail-over alone, and one machine that answers twice', () => {
    expect(diagnose([question(0), answer(0.001, A), announcement(9, B), question(12), answer(12.001, B)], { only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, A), answer(0.002, A)], { only })).toEqual([]);
  });
});
