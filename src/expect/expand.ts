// `for`, `each` and `some`: one expectation for each of their values.
import type { Problems } from '../topology/document.js';
import { given } from './key.js';
import each from './keys/each.js';
import forKey from './keys/for.js';
import someKey from './keys/some.js';
import { type AddressBook, isWrong } from './names.js';
import { replaced, type Sheet, type Value, type Written, withValues } from './read.js';

/** Combinations of one `for`: an expectation of each stands in every report. */
const MAX_COMBINATIONS = 1000;

export interface Expanded {
  readonly sheet: Sheet;
  readonly written: Written;
}

export function expanded(sheets: readonly Sheet[], book: AddressBook, problems: Problems): Expanded[] {
  let family = 0;
  return sheets.flatMap((sheet) =>
    sheet.expectations
      .flatMap((written) => combinations(written, book, problems))
      .flatMap((written) => members(written, book, family++, problems))
      .map((written) => ({ sheet, written })),
  );
}

/** An expectation of its own for each combination of the values of `for`. */
function combinations(written: Written, book: AddressBook, problems: Problems): Written[] {
  const choice = given(written.spec, forKey);
  if (choice === undefined) return [written];
  const lists = Object.entries(choice).map(([variable, chosen]) => {
    const values = [chosen].flat().flatMap((value) => podsOf(value, book) ?? valuesOf(value, book));
    if (values.length === 0)
      problems.add(written.at(['for', variable]), `no pod of the topology is among '${[chosen].flat().join(', ')}'`);
    return { variable, values };
  });
  const count = lists.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_COMBINATIONS) {
    problems.add(
      written.at(['for']),
      `these are ${count} combinations; more than ${MAX_COMBINATIONS} are not checked one by one`,
    );
    return [];
  }
  let all: Record<string, Value>[] = [{}];
  for (const { variable, values } of lists) all = all.flatMap((one) => values.map((value) => ({ ...one, [variable]: value })));
  // Nothing is paired with itself.
  const pairs = all.filter((one) => new Set(Object.values(one)).size === Object.keys(one).length);
  if (pairs.length === 0 && all.length > 0)
    problems.add(written.at(['for']), 'nothing is left when no value is paired with itself');
  return pairs.flatMap((values) => {
    const one = withValues(written, values, 'for');
    if (typeof one === 'string') {
      problems.add(written.at(['for']), one);
      return [];
    }
    const own = String(replaced(written.name, values));
    return [{ ...one, name: own === written.name ? `${own} (${Object.values(values).join(' → ')})` : own }];
  });
}

/** One for each value of `each` or `some`, in one family. */
function members(written: Written, book: AddressBook, id: number, problems: Problems): Written[] {
  const all = given(written.spec, each);
  const how = all !== undefined ? 'each' : 'some';
  const choice = all ?? given(written.spec, someKey);
  if (choice === undefined) return [written];
  const [[variable, chosen]] = Object.entries(choice);
  return [chosen]
    .flat()
    .flatMap((value) => valuesOf(value, book))
    .flatMap((value): Written[] => {
      const one = withValues(written, { [variable]: value }, how);
      if (typeof one !== 'string') return [{ ...one, family: { id, how, value: String(value) } }];
      problems.add(written.at([how, variable]), one);
      return [];
    });
}

/** A service stands for its backends; all else for itself. */
function valuesOf(value: Value, book: AddressBook): Value[] {
  if (typeof value === 'number') return [value];
  const backends = book.backends(value);
  const own = book.find(value);
  return isWrong(backends) || isWrong(own) || String(backends) === String(own) ? [value] : backends.map((p) => String(p.address));
}

/** The pods that `pods of NODE` stands for, by name where they have one; null for all else. */
function podsOf(value: Value, { topology }: AddressBook): string[] | null {
  const node = /^pods of (.+)$/.exec(String(value))?.[1];
  if (node === undefined || topology === null || !topology.nodeNames.includes(node)) return null;
  return topology.podList.filter((pod) => pod.node === node).map(({ ip, name }) => name ?? String(ip));
}
