// The expectations of one set of captures: built before the first frame, judged after the last.
import { misspelt } from '../bytes/nearest.js';
import type { ExtraField, Need } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Tracker } from '../flows/tracker.js';
import type { Assessment } from '../rules/engine.js';
import type { Evidence, Finding } from '../rules/finding.js';
import { type Path, type Problems, suggest } from '../topology/document.js';
import { judgeOf } from './build.js';
import { nameOf } from './conversations.js';
import { expanded } from './expand.js';
import { GROUPS } from './groups.js';
import { type Expectation, given, type Judge, type NamedPlace } from './key.js';
import { keys } from './keys/index.js';
import knownIssue from './keys/known-issue.js';
import share from './keys/share.js';
import skip from './keys/skip.js';
import type { AddressBook } from './names.js';
import { type Outcome, some } from './outcome.js';
import { Plan } from './plan.js';
import type { Sheet, Written } from './read.js';
import { unionOf } from './uid-set.js';
import { type Bounds, parseShares, showShare } from './units.js';

/** What became of one expectation, each and some folded into one. */
export interface Judged {
  readonly sheet: Sheet;
  readonly written: Written;
  readonly outcome: Outcome;
  /** The finding that explains a failure, or that is one. */
  readonly cause: Finding | null;
  /** Evidence of the rule's own finding, where that is what was expected or not. */
  readonly found: readonly Evidence[];
}

interface Check {
  readonly sheet: Sheet;
  readonly written: Written;
  /** Null for what is skipped. */
  readonly judge: Judge | null;
  /** Interfaces that it names and that neither the topology nor the start of a capture knows. */
  readonly interfaces: readonly string[];
}

/** Points and interfaces that the keys of an expectation and of its members name. */
function placesOf(spec: Expectation, path: Path): NamedPlace[] {
  const own = keys.flatMap((one) => (spec[one.key] === undefined ? [] : (one.points?.(spec[one.key]) ?? [])));
  const inner = GROUPS.flatMap((key) =>
    ((spec[key] ?? []) as readonly Expectation[]).flatMap((member, i) => placesOf(member, [key, i])),
  );
  return [...own, ...inner].map((place) => ({ ...place, path: [...path, ...place.path] }));
}

export class Suite {
  private readonly plan: Plan;
  private readonly checks: Check[] = [];
  /** Names of interfaces that are known without any frame. */
  private readonly interfaces: ReadonlySet<string>;

  constructor(
    sheets: readonly Sheet[],
    private readonly points: readonly string[],
    registry: Registry,
    /** The dictionary, as it reads from the run. */
    fields: readonly ExtraField[],
    book: AddressBook,
    ruleIds: readonly string[],
    problems: Problems,
  ) {
    this.plan = new Plan(registry, fields, book, problems, ruleIds);
    const { topology } = book;
    this.interfaces = new Set([
      ...fields.flatMap(({ likely }) => likely ?? []),
      ...(topology?.nodeNames ?? []).flatMap((name) => topology?.node(name)?.interfaces.map((i) => i.name) ?? []),
    ]);
    for (const one of expanded(sheets, book, problems)) this.checks.push(this.build(one.sheet, one.written, problems));
  }

  /** Zero of the run's clock, in seconds since 1970, once it is known: for wall-clock times. */
  timedBy(zeroSeconds: () => number): void {
    this.plan.zeroSeconds = zeroSeconds;
  }

  private build(sheet: Sheet, written: Written, problems: Problems): Check {
    const { spec, subject } = written;
    const places = placesOf(spec, []);
    for (const place of places) {
      const wrong = this.wrongPlace(place);
      if (wrong !== null) problems.add(written.at(place.path), wrong);
    }
    if (given(spec, skip) !== undefined) return { sheet, written, judge: null, interfaces: [] };
    const named = new Set(places.flatMap(({ interface: name }) => (name == null || name === '*' ? [] : [name])));
    this.plan.named = named;
    const judge = judgeOf(this.plan, this.points, subject, spec, written.at);
    return { sheet, written, judge, interfaces: [...named].filter((name) => !this.interfaces.has(name)) };
  }

  /** What is wrong with a place that a key names: no capture was taken there, or an interface is nearly called so. */
  private wrongPlace({ point, interface: name }: NamedPlace): string | null {
    if (point !== null && !this.points.includes(point))
      return `no capture was taken at '${point}'; ${suggest(point, this.points)}`;
    const { topology } = this.plan.book;
    const nodes = point === null ? this.points : [point];
    const names = nodes.flatMap((node) => topology?.node(node)?.interfaces.map((i) => i.name) ?? []);
    const meant = name === undefined || name === null ? null : misspelt(name, names);
    return meant === null ? null : `the topology has no interface '${name}' there; did you mean '${meant}'?`;
  }

  /** Some filter asks for headers beyond the transport. */
  get asksHeaders(): boolean {
    return this.plan.filters.asksHeaders;
  }

  /** What must be known beside the frame for any of the filters. */
  get needs(): ReadonlySet<Need> {
    return this.plan.filters.needs;
  }

  /** The frame that the tracker observed last. */
  observe(tracker: Tracker): void {
    this.plan.observe(tracker);
  }

  /** The tracker lets go of a conversation: without an end, what is kept of each would have none either. */
  forget(uid: number): void {
    this.plan.forget(uid);
  }

  /**
   * `assess`: the rules' findings, worked out when they are asked for: where all is well and no expectation names them, they are
   * not. `early`: only what can be judged before the end.
   */
  judge(facts: Facts, assess: () => Assessment, { early = false } = {}): Judged[] {
    // Of what is known to fail a failure is no news.
    const isEarly = ({ written }: Check) => written.subject.early === true && given(written.spec, knownIssue) === undefined;
    const chosen = early ? this.checks.filter(isEarly) : this.checks;
    const judged = chosen.map(({ sheet, written, judge, interfaces }): Judged => {
      const outcome =
        judge === null
          ? skipped(given(written.spec, skip) ?? '')
          : withDoubt(whereItIs(judge(facts, assess), facts, early ? [] : interfaces), facts, written);
      const isWell = outcome.verdict === 'pass' || outcome.verdict === 'skipped';
      const cause = outcome.cause !== undefined ? outcome.cause : isWell ? null : causeOf(facts, assess, outcome);
      return { sheet, written, outcome, cause, found: outcome.found ?? [] };
    });
    return families(judged).map(asKnown);
  }
}

/**
 * What holds, as far as all was read and kept, is not known to hold where it was not; and what is missing may come later. What is asked of
 * each frame does not depend on what is kept.
 */
function withDoubt(outcome: Outcome, facts: Facts, { subject }: Written): Outcome {
  const { interrupted } = facts.doubts;
  const isKept = subject.about === 'frames' && !interrupted;
  const why = isKept ? null : facts.doubts.incomplete();
  if (why === null || outcome.verdict === 'inconclusive' || outcome.verdict === 'skipped') return outcome;
  const isProven = outcome.evidence.length > 0 || (outcome.found ?? []).length > 0;
  if (outcome.verdict === 'fail' && (isProven || !interrupted)) return outcome;
  return { ...outcome, verdict: 'inconclusive', seen: `${outcome.seen}; ${why}` };
}

/** What names an interface that is nowhere is mistyped: it would fail for ever, or hold for ever. */
function whereItIs(outcome: Outcome, facts: Facts, interfaces: readonly string[]): Outcome {
  const { list } = facts.tracker.ports;
  const [missing] = interfaces.filter((name) => !list.some((port) => port.name === name));
  if (missing === undefined || outcome.verdict === 'skipped') return outcome;
  const verdict = outcome.verdict === 'pass' ? 'fail' : outcome.verdict;
  return { ...outcome, verdict, seen: `${outcome.seen}; no interface is called '${missing}' in the topology or in a capture` };
}

/** What is known to fail: a failure is no news, and that it holds is one. */
function asKnown(one: Judged): Judged {
  const reason = given(one.written.spec, knownIssue);
  const { outcome } = one;
  if (reason === undefined || (outcome.verdict !== 'pass' && outcome.verdict !== 'fail')) return one;
  if (outcome.verdict === 'fail')
    return { ...one, outcome: { ...outcome, verdict: 'skipped', seen: `known issue (${reason}): ${outcome.seen}` } };
  const seen = `it holds (${outcome.seen}): the known issue (${reason}) is gone; remove knownIssue`;
  return { ...one, outcome: { ...outcome, verdict: 'fail', expected: 'the known issue to be there still', seen } };
}

const skipped = (reason: string): Outcome => ({
  verdict: 'skipped',
  expected: '',
  seen: reason,
  evidence: [],
  count: 0,
  about: [],
});

/** Conversations that no expectation of these results speaks of; what hosts say to a whole link and ICMP errors are left out. */
export function uncovered(facts: Facts, judged: readonly Judged[]): Conversation[] {
  const sets = judged.flatMap((one) => one.outcome.covers?.() ?? []);
  return facts.conversationsThat((conversation) => {
    const { responder: to, uid } = conversation;
    if (to.isMulticast || to.isLinkLocal || to.d === 0xffff_ffff || facts.errors.isError(conversation)) return false;
    return !sets.some((set) => set.has(uid));
  });
}

/** `strict: true`: nothing may happen that no expectation speaks of. */
export function strict(facts: Facts, judged: readonly Judged[]): Outcome {
  const rest = uncovered(facts, judged);
  const common = { expected: 'every conversation is one that an expectation speaks of', count: rest.length };
  if (rest.length === 0) return { ...common, verdict: 'pass', seen: 'all of them', evidence: [], about: [] };
  const evidence = rest
    .slice(0, 6)
    .map((conversation) => ({ mark: conversation.seenDirection.first, note: nameOf(conversation) }));
  const seen = some(rest.map(nameOf), 6);
  return { ...common, verdict: 'fail', seen, evidence, about: rest.map((conversation) => conversation.uid) };
}

/** The rule's finding that explains most of what failed. */
function causeOf(facts: Facts, assess: () => Assessment, { about }: Outcome): Finding | null {
  if (about.length === 0) return null;
  const assessment = assess();
  const votes = new Map<number, number>();
  for (const uid of about) {
    const conversation = facts.conversation(uid);
    const cause = conversation === null ? null : facts.causes.of(conversation);
    if (cause !== null) votes.set(cause, (votes.get(cause) ?? 0) + 1);
  }
  const [best] = [...votes].sort(([, x], [, y]) => y - x);
  if (best === undefined) return null;
  const finding = assessment.numbered[best[0]];
  const root = finding.foldedUnder === null ? undefined : assessment.findings.find((f) => f.id === finding.foldedUnder);
  return root ?? finding;
}

const WORST = { fail: 3, inconclusive: 2, pass: 1, skipped: 0 } as const;

/** One result for each `each` and `some`. */
function families(all: readonly Judged[]): Judged[] {
  const done = new Set<number>();
  return all.flatMap((one) => {
    const { family } = one.written;
    if (family === null) return [one];
    if (done.has(family.id)) return [];
    done.add(family.id);
    const members = all.filter((other) => other.written.family?.id === family.id);
    const ranked = members.toSorted((x, y) => WORST[y.outcome.verdict] - WORST[x.outcome.verdict]);
    const shown = family.how === 'each' ? ranked[0] : ranked[ranked.length - 1];
    const alike = members.filter((m) => m.outcome.verdict === shown.outcome.verdict);
    const values = alike.map((m) => m.written.family?.value ?? '');
    const seen = `${some(values)}: ${shown.outcome.seen}${members.length > 1 ? ` (${alike.length} of ${members.length})` : ''}`;
    const count = members.reduce((sum, m) => sum + m.outcome.count, 0);
    const covers = unionOf(members.flatMap(({ outcome }) => outcome.covers ?? []));
    const outcome: Outcome = { ...shown.outcome, seen, count, covers };
    const bounds = given(one.written.spec, share);
    return [{ ...shown, outcome: bounds === undefined ? outcome : shared(outcome, members, bounds) }];
  });
}

/** Whether each value has its share of what all of them have; asked where each of them holds. */
function shared(outcome: Outcome, members: readonly Judged[], wanted: Parameters<typeof parseShares>[0]): Outcome {
  const { least, most } = parseShares(wanted) as Bounds;
  const expected = `${outcome.expected}, each with a share of ${showShare(least)} to ${showShare(most)}`;
  if (outcome.verdict !== 'pass') return { ...outcome, expected };
  const shares = members.map(({ written, outcome: { count } }) => ({
    value: written.family?.value ?? '',
    part: count / outcome.count,
  }));
  const seen = shares.map(({ value, part }) => `${value} has ${showShare(part)}`).join(', ');
  const isWell = shares.every(({ part }) => part >= least && part <= most);
  return { ...outcome, expected, verdict: isWell ? 'pass' : 'fail', seen: `${seen} of ${outcome.count}` };
}
