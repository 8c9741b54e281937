import { describe, expect, it } from 'vitest';
import { diagnose, ipv4, sll2, tcp } from './lab.js';

const only = ['capture-clipped'];
const data = (snap: number) => sll2({ snap }, ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, tcp({ src: 1, dst: 80, data: 500 })));

describe('capture-clipped', () => {
  it('finds frames that were cut inside their headers', () => {
    const [finding] = diagnose([data(50), data(50), data(1500)], { only });
    expect(finding).toMatchObject({
      verdict: 'inconclusive',
      title: 'The capture at router cuts frames at 50 bytes, inside their headers',
      count: 2,
    });
    expect(finding.message).toContain('2 of 3 frames were cut');
  });

  it('leaves frames alone that lack only data', () => {
    expect(diagnose([data(96), data(96)], { only })).toEqual([]);
  });
});
