// Frame by frame the same answers as tshark, recorded by record.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FilterError } from '../../src/errors.js';
import { type CompiledFilter, compileFilter } from '../../src/filter/filter.js';
import { frameFields } from '../../src/filter/frame-fields.js';
import { everyFrame, ranges, registry } from './help.js';
import { CAPTURES, FILTERS } from './list.mjs';

/** By filter, then by capture where it has frames; null: it is refused. */
type Recorded = Record<string, Record<string, string> | null>;
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as Recorded;
const taken = Object.entries(recorded).flatMap(([text, frames]) => (frames === null ? [] : [{ text, frames }]));

describe.each(CAPTURES)('%s', (capture) => {
  it(`answers ${taken.length} filters as tshark does`, async () => {
    const hits = new Map<string, number[]>();
    await everyFrame(join(import.meta.dirname, '../../captures', capture), (times) => {
      const compiled: CompiledFilter[] = taken.map(({ text }) => compileFilter(text, registry, frameFields(times)));
      for (const { text } of compiled) hits.set(text, []);
      return (frame, layers) => {
        for (const { text, matches } of compiled) if (matches(layers)) hits.get(text)!.push(frame.number);
      };
    });
    const wanted = Object.fromEntries(taken.map(({ text, frames }) => [text, frames[capture] ?? '']));
    expect(Object.fromEntries([...hits].map(([text, numbers]) => [text, ranges(numbers)]))).toEqual(wanted);
  });
});

describe('the recording', () => {
  it('is of the filters of the list', () => {
    expect(Object.keys(recorded)).toEqual(FILTERS);
    expect(FILTERS.length).toBeGreaterThanOrEqual(900);
  });
  it('covers filters that match some frames and not others', () => {
    expect(taken.filter(({ frames }) => Object.keys(frames).length > 0).length).toBeGreaterThan(600);
  });
});

it.each(FILTERS.filter((text) => recorded[text] === null))('%s is refused, as by tshark', (text) => {
  const times = { firstSeconds: 0, firstNanoseconds: 0, previousSeconds: 0, previousNanoseconds: 0 };
  expect(() => compileFilter(text, registry, frameFields(times as Parameters<typeof frameFields>[0]))).toThrow(FilterError);
});
