import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../src/capture/abort.js';

const never = new Promise<boolean>(() => {});

describe('waiting that an abort ends', () => {
  it('ends when the abort comes', async () => {
    const stop = new AbortController();
    const waiting = unlessAborted(never, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
  });

  it('ends when the abort came first', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await unlessAborted(never, stop.signal)).toBe(false);
    expect(await unlessAborted(Promise.reject(new Error('later')), stop.signal)).toBe(false);
  });

  it('is as long as what is waited for', async () => {
    expect(await unlessAborted(Promise.resolve(true), new AbortController().signal)).toBe(true);
    expect(await unlessAborted(Promise.resolve(true), undefined)).toBe(true);
  });
});
