// The matchers in vitest: import this in a test file, or name it in `setupFiles`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, inject } from 'vitest';
import { type Context, matchers } from './matchers.js';
import type { Result } from './result.js';

export {
  type Asymmetric,
  type Checked,
  type Context,
  conversationWith,
  type Ends,
  type Flow,
  findingOf,
  Lab,
  lab,
  type Matched,
  matchers,
  type TunnelSpec,
} from './matchers.js';

/** Of matchers that have not come to their end. A test that ends before them has not waited: it would pass whatever they find. */
const waiting = new Set<string>();

/** What failed, with the report of it: for `hopscope/reporter`, if the tests are run with that. */
const failed: { readonly asked: string; readonly result: Result }[] = [];

type Matcher = (this: unknown, ...args: never[]) => Promise<{ readonly pass: boolean; readonly result: Result }>;

expect.extend(
  Object.fromEntries(
    Object.entries(matchers).map(([name, matcher]) => [
      name,
      function (this: unknown, ...args: never[]) {
        const asked = `${name}(${args
          .slice(1)
          .map((one) => JSON.stringify(one))
          .join(', ')})`;
        waiting.add(asked);
        const { isNot = false } = this as { readonly isNot?: boolean };
        return (async () => (matcher as Matcher).apply(this, args))()
          .then((done) => {
            if (done.pass === isNot) failed.push({ asked, result: done.result });
            return done;
          })
          .finally(() => waiting.delete(asked));
      },
    ]),
  ) as never,
);

afterEach(async ({ task }) => {
  const folder = (inject as (key: string) => unknown)('hopscopeReports');
  const reports = failed.splice(0);
  if (typeof folder === 'string') {
    mkdirSync(folder, { recursive: true });
    const paths: string[] = [];
    for (const [i, { result }] of reports.entries()) {
      const name = `${task.file.name} ${task.name} ${task.id}`.replace(/[^\w.-]+/g, '-').slice(-120);
      const path = join(folder, `${name}${i === 0 ? '' : `-${i + 1}`}.html`);
      writeFileSync(path, await result.format('html'));
      paths.push(path);
    }
    if (paths.length > 0) (task.meta as { hopscope?: readonly string[] }).hopscope = paths;
  }
  const [first] = waiting;
  waiting.clear();
  if (first !== undefined) throw new Error(`the test ended before ${first} did; write: await expect(run).${first}`);
});

/** What `expect(run)` can do: the matchers, without what `expect` hands them. */
export type LabMatchers<R> = {
  [K in keyof typeof matchers]: (typeof matchers)[K] extends (this: Context, lab: unknown, ...asked: infer A) => unknown
    ? (...asked: A) => Promise<R>
    : never;
};

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so
  interface Assertion<T = any> extends LabMatchers<T> {}
}
