// Sets of captures one after the other: what verify-jobs.ts does, where there are no threads and nothing is kept.
import { HopscopeError } from '../errors.js';
import type { VerifyOptions } from './verify-files.js';
import { type Done, undone, verifyGroup } from './verify-group.js';
import type { Work } from './verify-jobs.js';

export async function inTurn(works: readonly Work[], { signal, onProgress, failFast }: VerifyOptions): Promise<Done[]> {
  const done: Done[] = [];
  for (const { make, sheets } of works) {
    try {
      done.push(await verifyGroup(await make(), { signal, onProgress }));
    } catch (error) {
      if (!(error instanceof HopscopeError)) throw error;
      done.push(undone(sheets, error.message));
    }
    if (failFast && done.at(-1)?.result.findings.some(({ verdict }) => verdict === 'fail')) break;
  }
  return done;
}
