// `verify`: what `hopscope verify` does, for programs.
import { verify as verifyFiles } from '../main/verify.js';
import type { ReportSuite } from '../report/record.js';
import type { Run as RunReport } from '../report/run.js';
import { capturesGiven, Folders, knownOf, listOf, rulesOf, surroundings } from './engine.js';
import type { Inputs, LabOptions, RunOptions } from './inputs.js';
import { checkKeys, SURROUNDINGS } from './keys.js';
import { Result } from './result.js';

/** One expectation, with the keys of docs/expectations.md: `{ flow: { src, dst }, answered: true }`, `{ never: 'icmp', witness: 'ip' }`. */
export type Expectation = Readonly<Record<string, unknown>>;

/** What `verify` takes beside the expectations. */
export interface VerifyOptions extends LabOptions {
  /** Captures, instead of those that expectation files name. */
  readonly captures?: Inputs;
  /** Limits of the rules whose findings expectations ask for: `{ settings: { 'arp-no-reply.within': '2s' } }`. */
  readonly rules?: Pick<NonNullable<RunOptions['rules']>, 'settings'>;
  /** Only expectations whose name matches. */
  readonly grep?: RegExp;
  /** Only expectations with one of these tags, and none of those after a `!`. */
  readonly tags?: readonly string[];
  /** List conversations that no expectation speaks of. */
  readonly uncovered?: boolean;
}

/** Captures held against expectations. */
export class Verification extends Result {
  readonly #suites: readonly ReportSuite[];

  /** @internal */
  constructor(report: RunReport) {
    super(report);
    this.#suites = report.suites ?? [];
  }

  /** What became of each expectation; its finding is the one with that id. */
  get suites(): readonly ReportSuite[] {
    return this.#suites;
  }
}

/**
 * Holds captures against expectations: files, folders, patterns, or expectations themselves. Throws UsageError, ExpectationError with all
 * mistakes where no file is sound; a mistake in one of several files is a failure of that file.
 */
export async function verify(
  expectations: string | readonly string[] | { readonly name?: string; readonly expect: readonly Expectation[] },
  options: VerifyOptions = {},
): Promise<Verification> {
  checkKeys('an option', options, [...SURROUNDINGS, 'captures', 'grep', 'tags', 'uncovered']);
  checkKeys('an option of rules', options.rules ?? {}, ['settings']);
  const folders = new Folders();
  const isGiven = typeof expectations === 'object' && 'expect' in expectations;
  const report = await verifyFiles({
    paths: isGiven ? [] : listOf(expectations),
    ...(isGiven && { texts: [textOf(expectations)] }),
    captures: options.captures === undefined ? [] : await capturesGiven(options.captures, folders),
    ...surroundings(options),
    ...knownOf(options),
    settings: rulesOf(options).settings,
    grep: options.grep ?? null,
    tags: options.tags ?? [],
    failFast: false,
    uncovered: options.uncovered === true,
    makeFolder: () => folders.make(),
  });
  return folders.keepFor(new Verification(report));
}

/** Expectations of a program, as a file would have them. */
const textOf = ({ name = 'expectations', expect }: { readonly name?: string; readonly expect: readonly Expectation[] }) => ({
  name,
  text: JSON.stringify({ version: 1, name, expect }),
});
