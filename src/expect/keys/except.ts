import * as z from 'zod';
import type { Path } from '../../topology/document.js';
import { key } from '../key.js';
import type { Builder } from '../plan.js';
import type { FlowSelector } from '../selector.js';
import { filter, list, selector } from '../shapes.js';

const except = key({
  key: 'except',
  shape: list(z.union([selector, filter])).describe('What this is not about'),
  beside: ['flow', 'nat', 'where', 'never', 'encrypted', 'sequence'],
  means: 'what this is not about: filters, or ends as `flow` has them',
});
export default except;

/** Frames and conversations that an expectation is not about. */
export interface Excepted {
  readonly filters: readonly number[];
  readonly selectors: readonly FlowSelector[];
}

export function exceptOf(b: Builder): Excepted {
  const written = b.get(except);
  const all = written === undefined ? [] : Array.isArray(written) ? written : [written];
  const path = (i: number): Path => (Array.isArray(written) ? ['except', i] : ['except']);
  return {
    filters: all.flatMap((one, i) => (typeof one === 'string' ? (b.part(path(i), () => [b.plan.filter(one)]) ?? []) : [])),
    selectors: all.flatMap((one, i) => (typeof one === 'string' ? [] : [b.selector(one, path(i))])),
  };
}
