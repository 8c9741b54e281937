import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { answer6, question6 } from './neighbour-examples.js';

const only = ['ndp-wrong-owner'];
const OWNER = '0a:00:00:00:00:11';
const OTHER = '0a:00:00:00:00:12';
const topology = { nodes: { web: { interfaces: { eth0: { mac: OWNER, addresses: ['2001:db8:1::20/64'] } } } } };

describe('ndp-wrong-owner', () => {
  it('names who answers and who should', () => {
    const findings = diagnose([question6(0), answer6(0.001, OTHER)], { topology, only });
    expect(findings).toMatchObject([{ verdict: 'fail', title: `2001:db8:1::20 is answered for by ${OTHER}` }]);
    expect(findings[0].message).toContain('belongs to web');
  });

  it('leaves the owner alone, and says nothing without a topology', () => {
    expect(diagnose([question6(0), answer6(0.001, OWNER)], { topology, only })).toEqual([]);
    expect(diagnose([question6(0), answer6(0.001, OTHER)], { only })).toEqual([]);
  });
});
