// Options of runs in which nothing is asked for: a test spreads them first, and then says what it is about.
import type { AnalyzeOptions } from '../../src/main/options.js';
import type { VerifyOptions } from '../../src/main/verify-files.js';

const EVERY = { topology: [], ifmap: null, decodeAs: [] } as const;

export const PLAIN: Omit<AnalyzeOptions, 'files'> = {
  ...EVERY,
  filter: null,
  at: null,
  rules: { only: [], except: [], settings: [] },
};

export const PLAIN_VERIFY: Omit<VerifyOptions, 'paths'> = {
  ...EVERY,
  captures: [],
  settings: [],
  grep: null,
  failFast: false,
  uncovered: false,
};
