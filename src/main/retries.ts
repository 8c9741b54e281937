// `retry`: what failed in some runs of a file and holds in another one is flaky, which is told, and not a failure.
import type { ReportExpectation } from '../report/run.js';
import type { Result } from './verify-report.js';

interface Held {
  readonly runs: number;
  readonly held: number;
  readonly failed: number;
}

/** The results with failures that `retry` allows counted as skipped, marked as flaky. */
export function settleRetries(results: readonly Result[]): readonly Result[] {
  const all = new Map<string, Held>();
  const keyOf = (file: string, { line, name, kind }: ReportExpectation) => `${file}\n${line}\n${name}\n${kind}`;
  for (const { suites } of results)
    for (const { file, expectations } of suites)
      for (const one of expectations) {
        if (one.retry === undefined) continue;
        const key = keyOf(file, one);
        const { runs, held, failed } = all.get(key) ?? { runs: 0, held: 0, failed: 0 };
        const isFailed = one.verdict === 'fail';
        all.set(key, { runs: runs + 1, held: held + Number(one.verdict === 'pass'), failed: failed + Number(isFailed) });
      }
  const isFlaky = ({ held, failed }: Held, most: number) => held > 0 && failed > 0 && failed <= most;
  return results.map((result) => {
    const gone = new Set<string | null>();
    const suites = result.suites.map((suite) => ({
      ...suite,
      expectations: suite.expectations.map((one): ReportExpectation => {
        const known = one.retry === undefined ? undefined : all.get(keyOf(suite.file, one));
        if (known === undefined || !isFlaky(known, one.retry ?? 0)) return one;
        const told = `flaky, holds in ${known.held} of ${known.runs} runs`;
        if (one.verdict !== 'fail') return { ...one, flaky: true, seen: `${one.seen}; ${told}` };
        gone.add(one.finding);
        return { ...one, flaky: true, verdict: 'skipped', seen: `${told}; here: ${one.seen}`, finding: null };
      }),
    }));
    return gone.size === 0
      ? { ...result, suites }
      : { ...result, suites, findings: result.findings.filter(({ id }) => !gone.has(id)) };
  });
}
