// Two captures of the same lab, a good one and another: the first difference of each flow, by who asks whom.
import { InterruptedError } from '../errors.js';
import { compareFlows, type Difference } from '../expect/compare.js';
import type { Pictures } from '../picture/model.js';
import { type About, RunPictures } from '../picture/pictures.js';
import type { Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { evidence, findingId, NO_SUBJECT } from '../rules/findings.js';
import { catalogue } from '../rules/index.js';
import { RunDetails } from './details.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';

/** The captures of one side, and what is known of their network. */
type Side = Pick<AnalyzeOptions, 'files' | 'known'>;

/** Throws UsageError, TopologyError, CaptureError. */
export const diff = async (good: Side, bad: Side, options: AnalyzeOptions): Promise<Run> =>
  (await compare(good, bad, options)).run;

/** The run of a diff, and pictures of the good side beside those of the bad one. Throws as `diff`. */
export async function compare(
  good: Side,
  bad: Side,
  options: AnalyzeOptions,
): Promise<{ readonly run: Run; readonly good: Pictures }> {
  const sides = [];
  for (const side of [good, bad]) {
    const run = await FileRun.open({ ...options, ...side });
    await run.read();
    // Against a side that was not read, everything would differ.
    if (run.interrupted && run.tracker.sources.every(({ frames }) => frames === 0)) throw new InterruptedError();
    const word = side === good ? 'good' : 'bad';
    run.labels = run.inputs.map(({ point }) => `${word} ${point}`);
    const world = run.facts(true);
    // The rules tell what explains a difference; the good side only needs what they learn of its tunnels and neighbours.
    const assessment = assess(world, chooseRules(catalogue, options.rules), run.time);
    sides.push({ world, time: run.time, assessment, captures: run.captures(), details: run.details() });
  }
  const [left, right] = sides;
  const isWhole = sides.every(({ world }) => world.doubts.incomplete() === null);
  const { differences, alike } = compareFlows(left.world, right.world);
  const findings = differences.map((one): Finding => {
    const marks = [
      ...one.good.slice(0, 4).map((e) => evidence(e, left.world, left.time)),
      ...one.bad.slice(0, 4).map((e) => evidence(e, right.world, right.time)),
    ];
    const times = marks.map((e) => e.time).sort();
    const cause = one.cause === null ? null : right.assessment.numbered[one.cause];
    return {
      rule: 'difference',
      verdict: isWhole || !BY_ABSENCE.has(one.kind) ? 'fail' : 'inconclusive',
      severity: one.kind === 'new' ? 'info' : one.kind === 'missing' ? 'warning' : 'error',
      confidence: 'high',
      title: `${one.flow}: ${TITLES[one.kind]}`,
      message: `Good: ${one.goodSeen}. Bad: ${one.badSeen}.`,
      cause: cause === null ? '' : `${cause.rule}: ${cause.message}`,
      hint: cause?.hint ?? '',
      commands: cause?.commands ?? [],
      subject: { ...(cause?.subject ?? NO_SUBJECT), ...one.subject },
      evidence: marks,
      count: one.count,
      first: times[0] ?? right.time.at(0),
      last: times[times.length - 1] ?? right.time.at(right.world.nowNs),
      id: findingId('difference', one.kind, one.flow),
      explains: [],
      foldedUnder: null,
    };
  });
  // What has one cause is one difference, told once.
  const roots = new Map<number, Finding>();
  differences.forEach(({ cause }, i) => {
    if (cause === null) return;
    const root = roots.get(cause);
    if (root === undefined) roots.set(cause, findings[i]);
    else {
      findings[i].foldedUnder = root.id;
      root.explains.push(findings[i].id);
    }
  });
  // The path of the good side is drawn beside the other one.
  const paths = new Map<string, About>();
  differences.forEach(({ kind, good: shown }, i) => {
    const hops = shown.map(({ mark }) => left.world.interfaces.of(mark.port)).filter(({ known }) => known);
    if (kind === 'path')
      paths.set(findings[i].id, {
        wanted: { isReply: false, hops: hops.map(({ point, name }) => ({ point, interface: name })) },
      });
  });
  // What neither side could judge is told of each.
  const untold = sides.flatMap(({ assessment }) => assessment.findings.filter(({ rule }) => rule === 'run-incomplete'));
  const all = [...findings, ...untold.filter(({ id }, i) => untold.findIndex((other) => other.id === id) === i)];
  const run: Run = {
    schema: 'hopscope.report/2',
    tool: { name: 'hopscope', version: VERSION },
    captures: sides.flatMap((side) => side.captures),
    findings: all,
    // What is wrong is in the bad one.
    pictures: new RunPictures(right.world, right.time, all, (id) => paths.get(id)),
    details: new RunDetails(sides.flatMap(({ details }) => details.captures)),
    summary: {
      fail: findings.filter((f) => f.verdict === 'fail' && f.foldedUnder === null && f.severity !== 'info').length,
      inconclusive: all.filter((f) => f.verdict === 'inconclusive').length,
      pass: alike,
    },
  };
  return { run, good: new RunPictures(left.world, left.time, all) };
}

/** What rests on packets that one side does not have. */
const BY_ABSENCE: ReadonlySet<Difference['kind']> = new Set<Difference['kind']>(['missing', 'answer', 'silent', 'new']);

const TITLES: Readonly<Record<Difference['kind'], string>> = {
  missing: 'not seen any more',
  path: 'takes another path',
  returnPath: 'is answered by another path',
  answer: 'is not answered any more',
  tunnel: 'is carried otherwise',
  translation: 'is translated otherwise',
  owner: 'is answered by another host',
  silent: 'does not answer any more',
  new: 'only in the bad capture',
};
