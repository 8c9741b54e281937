// Frame by frame the same answers as tshark, recorded by record.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CompiledFilter, compileFilter } from '../../src/filter/filter.js';
import { frameFields } from '../../src/filter/frame-fields.js';
import { everyFrame, ranges, registry } from './help.js';

type Recorded = Record<string, Record<string, string>>;
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as Recorded;

describe.each(Object.entries(recorded))('%s', (capture, answers) => {
  it(`answers ${Object.keys(answers).length} filters as tshark does`, async () => {
    const hits = new Map<string, number[]>();
    await everyFrame(join(import.meta.dirname, '../../captures', capture), (times) => {
      const compiled: CompiledFilter[] = Object.keys(answers).map((text) => compileFilter(text, registry, frameFields(times)));
      for (const { text } of compiled) hits.set(text, []);
      return (frame, layers) => {
        for (const { text, matches } of compiled) if (matches(layers)) hits.get(text)!.push(frame.number);
      };
    });
    expect(Object.fromEntries([...hits].map(([text, numbers]) => [text, ranges(numbers)]))).toEqual(answers);
  });
});

it('the recording covers filters that match some frames and not others', () => {
  const told = new Set<string>();
  for (const answers of Object.values(recorded))
    for (const [text, hits] of Object.entries(answers)) if (hits !== '') told.add(text);
  expect(told.size).toBeGreaterThan(180);
});
