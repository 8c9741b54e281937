// Expectations held against the captures that are shown, beside the screen: as `verify` does it, each time from the start.
import { HopscopeError } from '../../errors.js';
import { verifyAll } from '../../main/verify.js';
import { filesOf, type VerifyOptions } from '../../main/verify-files.js';
import { stampOf } from './stamps.js';
import type { CheckAsk, CheckResult, Wire } from './wire.js';

export class ChecksPart {
  constructor(wire: Wire<CheckResult, CheckAsk>) {
    wire.onMessage = (ask) => void answer(ask).then((result) => wire.post(result));
  }
}

async function answer({ id, paths, captures, known, topology, ifmap, decodeAs }: CheckAsk): Promise<CheckResult> {
  const options: VerifyOptions = {
    paths,
    captures,
    ...(known !== undefined && { known }),
    topology,
    ifmap,
    decodeAs,
    settings: [],
    grep: null,
    failFast: false,
    uncovered: false,
    workers: 1,
  };
  const start = performance.now();
  const files = filesOf(options).map((file) => [file, stampOf(file)] as const);
  try {
    const { run, unchecked } = await verifyAll(options);
    const { suites = [], findings } = run;
    const tookMs = performance.now() - start;
    return { id, suites, findings, error: unchecked, files, tookMs };
  } catch (error) {
    const text = error instanceof HopscopeError ? error.message : String((error as Error).stack ?? error);
    return { id, suites: [], findings: [], error: text, files, tookMs: performance.now() - start };
  }
}
