import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement } from './neighbour-examples.js';

const only = ['arp-flap'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';
const turns = (macs: readonly string[], apart: number) => macs.map((mac, i) => announcement(i * apart, mac));

describe('arp-flap', () => {
  it('tells an address that changes again and again', () => {
    expect(diagnose(turns([A, B, A, B], 20), { only })).toMatchObject([
      { verdict: 'fail', severity: 'warning', title: '192.168.1.20 changed its MAC 3 times', count: 3 },
    ]);
  });

  it('leaves a fail-over and its way back alone, and two that answer at the same time', () => {
    expect(diagnose(turns([A, B, A], 20), { only })).toEqual([]);
    expect(diagnose(turns([A, B, A, B, A], 1), { only })).toEqual([]);
  });

  it('leaves the virtual MACs of GLBP, which are handed out in turn, and not one of them beside another MAC', () => {
    const [first, second] = ['00:07:b4:00:2e:01', '00:07:b4:00:2e:02'];
    expect(diagnose(turns([first, second, first, second], 20), { only })).toEqual([]);
    expect(diagnose(turns([first, A, first, A], 20), { only })).toHaveLength(1);
  });
});
