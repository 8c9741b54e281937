import { expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { isisPair } from './service-examples.js';
import { isisHello } from './services-lab.js';

const only = ['isis-stuck'];
const titles = (...deaf: number[]) => diagnose(isisPair(deaf), { only }).map(({ title }) => title);

it('names who does not hear whom', () => {
  expect(titles(2)).toEqual(['IS-IS system 1920.0000.0002 (10.1.1.2) does not hear 1920.0000.0001 (10.1.1.1)']);
  expect(titles(1, 2)).toEqual(['IS-IS systems 1920.0000.0001 (10.1.1.1) and 1920.0000.0002 (10.1.1.2) do not hear each other']);
});

it('is about the one that does not hear, and the one that is not heard', () => {
  const subjects = (...deaf: number[]) => diagnose(isisPair(deaf), { only }).map(({ subject }) => [subject.src, subject.target]);
  expect(subjects(1)).toEqual([['10.1.1.1', '10.1.1.2']]);
  expect(subjects(2)).toEqual([['10.1.1.2', '10.1.1.1']]);
});

it('leaves those that hear each other, one that is alone, and what ends too soon', () => {
  expect(titles()).toEqual([]);
  const alone = [0, 3, 6, 9, 12].map((at) => isisHello({ at, src: '10.1.1.1', system: 1, mac: '02:00:00:00:00:01' }));
  expect(diagnose(alone, { only })).toEqual([]);
  expect(diagnose(isisPair([2], [0, 3, 6]), { only })).toEqual([]);
});
