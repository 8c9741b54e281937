// The captures of a session against good ones: what `hopscope diff` finds, with both ladders of each difference.
import { HopscopeError, UsageError } from '../../errors.js';
import { compare } from '../../main/diff.js';
import type { CaptureInput } from '../../main/options.js';
import type { ComparedFlow, Comparison } from '../session.js';
import { NOT_COMPARED } from './compared.js';
import type { RunSettings } from './run.js';

/** Differences that are shown. */
const MAX_COMPARED = 200;
/** What `diff` puts before the points of either side. */
const BAD = /^bad /;

const RULES = { only: [], except: [], settings: [] };

/** `FILE`, `POINT=FILE`. */
function inputOf(text: string): CaptureInput {
  const parts = /^([^=/]+)=(.+)$/s.exec(text);
  return { point: parts?.[1] ?? null, path: parts?.[2] ?? text };
}

export async function compared(settings: RunSettings, paths: readonly string[]): Promise<Comparison> {
  const good = paths.join(' ');
  try {
    return { ...NOT_COMPARED, state: 'done', good, ...(await flowsOf(settings, paths)) };
  } catch (error) {
    if (!(error instanceof HopscopeError)) throw error;
    return { ...NOT_COMPARED, state: 'done', good, error: error.message.split('\n')[0] };
  }
}

async function flowsOf(settings: RunSettings, paths: readonly string[]): Promise<Pick<Comparison, 'flows' | 'alike'>> {
  const { captures, topology, known, ifmap, at, decodeAs, maxConversations } = settings;
  if (settings.joint !== undefined) throw new UsageError('points whose packets arrive cannot be compared; save them first');
  const files = captures.map(({ point, dataPath, labPath }) => ({ point, path: dataPath, file: labPath }));
  const sides = [{ files: paths.map(inputOf) }, { files }] as const;
  const options = {
    files: [],
    topology,
    ...(known !== undefined && { known }),
    ifmap,
    at,
    decodeAs,
    filter: null,
    rules: RULES,
    workers: 0,
    ...(maxConversations !== undefined && { maxConversations }),
  };
  const { run, good } = await compare(sides[0], sides[1], options);
  const differences = run.findings.filter(({ verdict }) => verdict !== 'pass').slice(0, MAX_COMPARED);
  const flows = differences.map((finding): ComparedFlow => {
    const shown = finding.evidence.find(({ point }) => BAD.test(point));
    return {
      finding,
      good: good.ladder(finding.id),
      bad: run.pictures?.ladder(finding.id) ?? null,
      frame: shown === undefined ? null : { point: shown.point.replace(BAD, ''), frame: shown.frame },
    };
  });
  return { flows, alike: run.summary.pass };
}
