// Runs the rules over the facts, and orders what they say: root causes first, what follows from them under them.

import type { Facts } from '../facts/facts.js';
import { summarize } from '../facts/ledger.js';
import type { LedgerSummary } from '../facts/questions.js';
import { withdrawnRoute } from '../facts/withdrawals.js';
import type { ChosenRule } from './choose.js';
import type { Finding } from './finding.js';
import { type Clock, finding, MAX_EVIDENCE } from './findings.js';
import type { Draft, Rule } from './rule.js';

interface Said {
  readonly rule: Rule;
  readonly rank: number;
  readonly draft: Draft;
}

export interface Assessment {
  readonly findings: readonly Finding[];
  /** The same by number, as `facts.causes.of` names them. */
  readonly numbered: readonly Finding[];
  /** Rules that ran and had nothing to say. */
  readonly passed: number;
  /** Everything that wanted an answer, counted. */
  readonly ledger: LedgerSummary;
  /** Nanoseconds each rule took, by id. */
  readonly timing: ReadonlyMap<string, number>;
  /** What the findings were made of, by their id. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface Origin {
  /** Stays the same whatever the verdict. */
  readonly key: string;
  /** Uids of the conversations it explains. */
  readonly about: readonly number[];
  /** The tunnel end that the packets should have gone to. */
  readonly meant?: string;
  /** It rests on what was not seen. */
  readonly absence: boolean;
}

const SEVERITY = { error: 0, warning: 1, info: 2 } as const;
const VERDICT = { fail: 0, inconclusive: 1, pass: 2 } as const;
/** A capture can hold more faults than anyone reads, or remarks; of those beyond, their number is reported. */
const MAX_FINDINGS = 2000;

export function assess(facts: Facts, rules: readonly ChosenRule[], time: Clock): Assessment {
  const said: Said[] = [];
  const timing = new Map<string, number>();
  // Each for itself: a flood of remarks must not leave the faults out.
  const counts = { fault: 0, remark: 0, undecided: 0 };
  let passed = 0;
  rules.forEach(({ rule, options }, rank) => {
    const before = said.length;
    const start = performance.now();
    const say = (given: Draft): number => {
      // While the capture goes on an open question is no result: its answer may still come.
      if (given.verdict === 'inconclusive' && !facts.ended && rule.group !== 'capture') return -1;
      const judged = withContrast(withDoubt(asConsequence(given, said), facts, rule.group === 'path'), facts);
      const draft = withWithdrawal(judged, facts);
      const kind = kindOf(rule, draft);
      if (counts[kind] >= MAX_FINDINGS && rule.always !== true) {
        facts.doubts.untold++;
        return said.length - 1;
      }
      const known = said.findIndex((other, i) => i >= before && isSameFault(other.draft, draft, i));
      if (known < 0) {
        said.push({ rule, rank, draft });
        counts[kind]++;
      } else said[known] = { rule, rank, draft: together(said[known].draft, draft) };
      const number = known < 0 ? said.length - 1 : known;
      // By the root: what follows from two of its consequences has still one cause.
      if (draft.about !== undefined && draft.verdict !== 'pass') facts.causes.explain(draft.about, rootOf(said, number), kind);
      if (draft.verdict !== 'pass')
        for (const ip of draft.silent ?? []) facts.causes.explainAddress(String(ip), rootOf(said, number));
      const target = draft.subject?.target ?? null;
      if (rule.group === 'neighbours' && target !== null && draft.verdict !== 'pass') facts.causes.explainAddress(target, number);
      return number;
    };
    try {
      rule.judge(facts, say, options);
    } catch (error) {
      // A rule that fails must not take the others with it, and must not look like a pass.
      said.push({ rule, rank, draft: broken(rule, error) });
    }
    timing.set(rule.id, (performance.now() - start) * 1e6);
    if (said.length === before && rule.always !== true) passed++;
  });
  const numbered = said.map(({ rule, draft }) => finding(rule, draft, facts, time));
  const origins = new Map(
    said.map(({ rule, draft: { key, about = [], meant, absence = false } }, i): [string, Origin] => [
      numbered[i].id,
      { key: `${rule.id} ${key}`, about: [...about], absence, ...(meant !== undefined && { meant }) },
    ]),
  );
  return { findings: order(said, numbered), numbered, passed, timing, origins, ledger: summarize(facts) };
}

/** How a finding explains what it is about. */
const kindOf = (rule: Rule, { verdict, severity, settles }: Draft): 'fault' | 'remark' | 'undecided' =>
  verdict !== 'fail' ? 'undecided' : (severity ?? rule.severity) === 'info' && settles !== true ? 'remark' : 'fault';

/**
 * What is not seen may well follow from something that is no fault, such as answers that take another way, and is none then. What is seen
 * to go wrong does not: a remark explains no fault.
 */
function asConsequence(draft: Draft, said: readonly Said[]): Draft {
  const cause = draft.under === undefined || draft.under === null ? undefined : said[draft.under];
  const isRemark = cause?.draft.verdict === 'fail' && (cause.draft.severity ?? cause.rule.severity) === 'info';
  if (!isRemark) return draft;
  return draft.absence === true ? { ...draft, severity: 'info' } : { ...draft, under: null };
}

/** Two capture points tell of one fault: the same key, each with frames of its own. */
function isSameFault(a: Draft, b: Draft, number: number): boolean {
  if (a.key !== b.key || a.verdict !== b.verdict) return false;
  // What the first point said may already stand for the cause of what the second one says.
  if ((a.under ?? null) !== (b.under ?? null) && b.under !== number) return false;
  const sources = new Set(a.evidence.map(({ mark }) => mark.source));
  return sources.size > 0 && b.evidence.length > 0 && !b.evidence.some(({ mark }) => sources.has(mark.source));
}

/** The finding of the point that saw more, with the frames of both. */
function together(a: Draft, b: Draft): Draft {
  const [more, less] = b.count > a.count ? [b, a] : [a, b];
  const half = MAX_EVIDENCE / 2;
  return { ...more, evidence: [...more.evidence.slice(0, half), ...less.evidence.slice(0, half)] };
}

/** What was not seen may have been there: dropped by the kernel, or kept out by the capture filter. */
function withDoubt(draft: Draft, facts: Facts, isPath: boolean): Draft {
  if (draft.absence !== true || draft.verdict !== 'fail') return draft;
  for (const source of new Set(draft.evidence.map((e) => e.mark.source))) {
    const { point } = facts.captures[source];
    const filter = facts.doubts.halfFilter(source);
    const doubt =
      filter !== null
        ? `The capture filter of ${point} (${filter}) hides the other half of the traffic, so the packets may be there unseen.`
        : facts.doubts.lossy(source)
          ? `The capture at ${facts.doubts.lack(source)}, so the packets may be there unseen.`
          : null;
    if (doubt !== null) return { ...draft, verdict: 'inconclusive', message: `${draft.message} ${doubt}` };
  }
  const refuted = draft.about === undefined ? null : facts.witnesses.refutes(draft.about, isPath);
  if (refuted !== null) return { ...draft, verdict: 'inconclusive', message: `${draft.message} ${refuted}` };
  return draft;
}

/** What is missing for some conversations and there for others: a rule that knows no better says what separates them. */
const withContrast = (draft: Draft, facts: Facts): Draft =>
  draft.verdict === 'fail' && draft.absence === true && draft.about !== undefined && (draft.contrast ?? []).length === 0
    ? { ...draft, contrast: facts.separation.of(draft.about) }
    : draft;

/** What goes to a network to which a neighbour took its route back: whatever became of it there, that is why. */
function withWithdrawal(draft: Draft, facts: Facts): Draft {
  if (draft.verdict !== 'fail' || draft.about === undefined || (draft.under ?? null) !== null) return draft;
  const route = withdrawnRoute(facts, draft.about);
  if (route === null) return draft;
  const { prefix, by, mark } = route;
  const text = `${facts.named(by)} withdrew its route to ${prefix} by BGP (frame ${mark.frame} of ${facts.captures[mark.source].point}), and has announced none since.`;
  return {
    ...draft,
    cause: [text, draft.cause ?? ''].filter((part) => part !== '').join(' '),
    evidence: [{ mark, field: 'bgp.withdrawn_prefix', note: 'withdrawn' }, ...draft.evidence],
  };
}

function broken(rule: Rule, error: unknown): Draft {
  const what = error instanceof Error ? error.message : String(error);
  return {
    verdict: 'inconclusive',
    confidence: 'low',
    key: 'internal',
    title: `The rule ${rule.id} stopped with an error of its own`,
    message: `${what}. The other rules ran; this one says nothing about the capture.`,
    hint: `Run without it (--no-rule ${rule.id}) and report the capture.`,
    evidence: [],
    count: 0,
  };
}

/** A cause can itself be a consequence: all fold under the root, so that the story has one headline. */
function rootOf(said: readonly Said[], i: number): number {
  let root = i;
  for (
    let up = said[root].draft.under ?? null;
    up !== null && up !== root && said[up].draft.verdict === 'fail';
    up = said[root].draft.under ?? null
  )
    root = up;
  return root;
}

function order(said: readonly Said[], made: readonly Finding[]): Finding[] {
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  made.forEach((_, i) => {
    const root = rootOf(said, i);
    if (root === i) roots.push(i);
    else {
      const known = children.get(root);
      if (known === undefined) children.set(root, [i]);
      else known.push(i);
    }
  });
  // What another tool says of packets that are not in the captures may be of something else: the captures come first.
  const isBeside = (i: number): boolean =>
    made[i].quotes !== undefined && made[i].evidence.length === 0 && new Set(said[i].draft.about).size === 0 && !children.has(i);
  const compare = (a: number, b: number): number =>
    VERDICT[made[a].verdict] - VERDICT[made[b].verdict] ||
    SEVERITY[made[a].severity] - SEVERITY[made[b].severity] ||
    Number(isBeside(a)) - Number(isBeside(b)) ||
    said[a].rank - said[b].rank ||
    made[b].count - made[a].count ||
    (made[a].id < made[b].id ? -1 : 1);
  const result: Finding[] = [];
  for (const root of roots.sort(compare)) {
    result.push(made[root]);
    for (const child of (children.get(root) ?? []).sort(compare)) {
      made[child].foldedUnder = made[root].id;
      made[root].explains.push(made[child].id);
      result.push(made[child]);
    }
  }
  return result;
}
