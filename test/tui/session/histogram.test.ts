import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, readableStep, summed } from '../../../src/tui/session/histogram.js';

const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe('packets over time', () => {
  it('loses none when bins are folded, and its sums are exact', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e15, noNaN: true }), { minLength: 1, maxLength: 60 }), (times) => {
        const histogram = new Histogram();
        for (const time of times) histogram.add(time, 100);
        const { stepNs: binNs, packets, bytes } = histogram.bins;
        expect([total(packets), total(bytes)]).toEqual([times.length, times.length * 100]);
        const stepNs = readableStep(binNs, packets.length, 100);
        expect(stepNs % binNs).toBe(0);
        const steps = Math.ceil((packets.length * binNs) / stepNs);
        expect(steps).toBeLessThanOrEqual(100);
        const counts = summed(packets, binNs, stepNs, steps);
        const expected = new Float64Array(steps);
        for (const time of times) expected[Math.floor(time / stepNs)]!++;
        expect([...counts]).toEqual([...expected]);
      }),
    );
  });

  it('puts what comes before the first packet at the start', () => {
    const histogram = new Histogram();
    histogram.add(-5e9, 60);
    expect([...histogram.bins.packets]).toEqual([1]);
  });

  it('reads in steps of 1, 2 and 5, of minutes and hours', () => {
    expect(readableStep(1e6, 3000, 100)).toBe(50e6);
    expect(readableStep(1e6, 39_000, 100)).toBe(500e6);
    expect(readableStep(1e7, 30_000, 100)).toBe(5e9);
    expect(readableStep(1e9, 10_000, 100)).toBe(100e9);
    expect(readableStep(1e9, 36_000, 60)).toBe(600e9);
  });
});
