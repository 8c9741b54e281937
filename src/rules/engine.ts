// Runs the rules over the facts and turns what they say into findings: named, dated, fingerprinted, root causes first.

import { createHash } from 'node:crypto';
import { utc } from '../bytes/show.js';
import { parseCount, parseDuration, parseSize } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import { hopText } from '../flows/ports.js';
import type { Evidence, Finding, Subject } from './finding.js';
import type { Draft, EvidenceDraft, Rule } from './rule.js';

export interface RuleSelection {
  readonly only: readonly string[];
  readonly except: readonly string[];
  /** `arp-no-reply.within=3s` */
  readonly settings: readonly string[];
}

export interface ChosenRule {
  readonly rule: Rule;
  readonly options: Readonly<Record<string, number>>;
}

export interface Assessment {
  readonly findings: readonly Finding[];
  /** The same by number, as `facts.causes.of` names them. */
  readonly numbered: readonly Finding[];
  /** Rules that ran and had nothing to say. */
  readonly passed: number;
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
}

/** Picks and sets up rules as the command line says. Throws UsageError. */
export function chooseRules(catalogue: readonly Rule[], selection: RuleSelection): ChosenRule[] {
  const byId = new Map(catalogue.map((rule) => [rule.id, rule]));
  const known = (id: string): Rule => {
    const rule = byId.get(id);
    if (rule === undefined) throw new UsageError(`no rule is called '${id}'; 'hopscope rules' lists them`);
    return rule;
  };
  for (const id of [...selection.only, ...selection.except]) known(id);
  const settings = new Map<string, Record<string, number>>();
  for (const text of selection.settings) {
    const match = /^([a-z0-9-]+)\.([a-zA-Z]+)=(.+)$/.exec(text);
    if (match === null) throw new UsageError(`--set: '${text}' is not of the form arp-no-reply.within=2s`);
    const [, id, name, value] = match;
    const option = known(id).options[name];
    if (option === undefined) {
      const names = Object.keys(known(id).options);
      throw new UsageError(
        `--set: the rule ${id} has no option '${name}'; ${names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`}`,
      );
    }
    settings.set(id, { ...settings.get(id), [name]: parseValue(text, value, option.unit) });
  }
  return catalogue
    .filter((rule) => (selection.only.length === 0 || selection.only.includes(rule.id)) && !selection.except.includes(rule.id))
    .map((rule) => ({
      rule,
      options: {
        ...Object.fromEntries(Object.entries(rule.options).map(([name, o]) => [name, o.value])),
        ...settings.get(rule.id),
      },
    }));
}

const VALUES = {
  ns: { parse: parseDuration, such: 'a time such as 2s or 500ms' },
  count: { parse: parseCount, such: 'a number' },
  bytes: { parse: parseSize, such: 'a number of bytes, such as 1400 or 64kB' },
} as const;

function parseValue(text: string, value: string, unit: keyof typeof VALUES): number {
  const { parse, such } = VALUES[unit];
  const parsed = parse(value);
  if (parsed === null) throw new UsageError(`--set: '${text}': write ${such}`);
  return parsed;
}

interface Said {
  readonly rule: Rule;
  readonly rank: number;
  readonly draft: Draft;
}

const SEVERITY = { error: 0, warning: 1, info: 2 } as const;
const VERDICT = { fail: 0, inconclusive: 1, pass: 2 } as const;
const MAX_EVIDENCE = 8;
/** A capture can hold more faults than anyone reads; those behind are counted in the last one. */
const MAX_FINDINGS = 2000;

/**
 * What a shell acts on. A command is there to be pasted, and the name of an interface in it may come from a capture
 * (`eth0;reboot`): a finding goes without a command rather than with such a one.
 */
const SHELL = /[^\p{L}\p{N} ./:@,=+%_-]/u;

export interface Clock {
  /** UTC of a time of the run, RFC 3339 with nine decimals; by the clock of a capture, where one is given. */
  at(timeNs: number, capture?: number): string;
}

/** The clock of a run whose zero is `baseSeconds` after 1970; `aheadNs`: how far the clock of each capture is ahead of it. */
export const clock = (baseSeconds: number, aheadNs: readonly number[] = []): Clock => ({
  at(timeNs, capture = -1) {
    const ns = timeNs + (aheadNs[capture] ?? 0);
    const whole = Math.floor(ns / 1e9);
    return utc(baseSeconds + whole, Math.round(ns - whole * 1e9));
  },
});

export function assess(facts: Facts, rules: readonly ChosenRule[], time: Clock): Assessment {
  const said: Said[] = [];
  const timing = new Map<string, number>();
  let passed = 0;
  rules.forEach(({ rule, options }, rank) => {
    const before = said.length;
    const start = process.hrtime.bigint();
    const say = (given: Draft): number => {
      // While the capture goes on an open question is no result: its answer may still come.
      if (given.verdict === 'inconclusive' && !facts.ended && rule.group !== 'capture') return -1;
      if (said.length >= MAX_FINDINGS) return said.length - 1;
      const draft = withDoubt(asConsequence(given, said), facts);
      const known = said.findIndex((other, i) => i >= before && isSameFault(other.draft, draft));
      if (known < 0) said.push({ rule, rank, draft });
      else said[known] = { rule, rank, draft: together(said[known].draft, draft) };
      const number = known < 0 ? said.length - 1 : known;
      // By the root: what follows from two of its consequences has still one cause.
      if (draft.about !== undefined && draft.verdict !== 'pass') facts.causes.explain(draft.about, rootOf(said, number));
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
    timing.set(rule.id, Number(process.hrtime.bigint() - start));
    if (said.length === before) passed++;
  });
  const numbered = said.map((s) => finding(s, facts, time));
  const origins = new Map(
    said.map(({ rule, draft }, i) => [numbered[i].id, { key: `${rule.id} ${draft.key}`, about: [...(draft.about ?? [])] }]),
  );
  return { findings: order(said, numbered), numbered, passed, timing, origins };
}

/** What follows from something that is no fault is none either. */
function asConsequence(draft: Draft, said: readonly Said[]): Draft {
  const cause = draft.under === undefined || draft.under === null ? undefined : said[draft.under];
  const isRemark = cause?.draft.verdict === 'fail' && (cause.draft.severity ?? cause.rule.severity) === 'info';
  return isRemark ? { ...draft, severity: 'info' } : draft;
}

/** Two capture points tell of one fault: the same key, each with frames of its own. */
function isSameFault(a: Draft, b: Draft): boolean {
  if (a.key !== b.key || a.verdict !== b.verdict || (a.under ?? null) !== (b.under ?? null)) return false;
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
function withDoubt(draft: Draft, facts: Facts): Draft {
  if (draft.absence !== true || draft.verdict !== 'fail') return draft;
  for (const source of new Set(draft.evidence.map((e) => e.mark.source))) {
    const { point } = facts.captures[source];
    const filter = facts.doubts.halfFilter(source);
    const doubt =
      filter !== null
        ? `The capture filter of ${point} (${filter}) hides the other half of the traffic, so the packets may be there unseen.`
        : facts.doubts.lossy(source)
          ? `The capture at ${point} lost ${facts.doubts.lost(source)} frames, so the packets may be there unseen.`
          : null;
    if (doubt !== null) return { ...draft, verdict: 'inconclusive', message: `${draft.message} ${doubt}` };
  }
  return draft;
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
    else children.set(root, [...(children.get(root) ?? []), i]);
  });
  const compare = (a: number, b: number): number =>
    VERDICT[made[a].verdict] - VERDICT[made[b].verdict] ||
    SEVERITY[made[a].severity] - SEVERITY[made[b].severity] ||
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

export const NO_SUBJECT: Subject = {
  src: null,
  dst: null,
  proto: null,
  srcPort: null,
  dstPort: null,
  tunnel: null,
  vni: null,
  interfaceIn: null,
  interfaceOut: null,
  interfaceExpected: null,
  target: null,
  macs: [],
  node: null,
};

function finding({ rule, draft }: Said, facts: Facts, time: Clock): Finding {
  const times = draft.evidence.map((e) => e.mark.timeNs);
  const first = times.length > 0 ? Math.min(...times) : 0;
  const last = times.length > 0 ? Math.max(...times) : facts.nowNs;
  return {
    rule: rule.id,
    verdict: draft.verdict,
    severity: draft.severity ?? rule.severity,
    confidence: draft.confidence ?? 'high',
    title: draft.title,
    message: draft.message,
    cause: draft.cause ?? '',
    hint: draft.hint ?? rule.hint,
    commands: (draft.commands ?? []).filter((command) => !SHELL.test(command)),
    subject: { ...NO_SUBJECT, ...draft.subject },
    evidence: draft.evidence.slice(0, MAX_EVIDENCE).map((e) => evidence(e, facts, time)),
    count: draft.count,
    first: time.at(first),
    last: time.at(last),
    id: createHash('sha256').update(`${rule.id}\n${draft.verdict}\n${draft.key}`).digest('hex').slice(0, 16),
    explains: [],
    foldedUnder: null,
  };
}

/** Evidence as reports have it. */
export function evidence({ mark, field, note }: EvidenceDraft, facts: Facts, time: Clock): Evidence {
  const capture = facts.captures[mark.capture];
  return {
    point: capture.label ?? capture.point,
    frame: mark.frame,
    time: time.at(mark.timeNs, mark.capture),
    fileOffset: mark.fileOffset,
    length: capture.recordLength?.(mark.length) ?? mark.length,
    field: field ?? null,
    note: [seen(mark, facts), note].filter((part) => part !== undefined && part !== '').join(', '),
  };
}

/** `in eth1, ttl 63`. */
function seen(mark: Mark, facts: Facts): string {
  const where = hopText(mark.direction, facts.interfaces.name(mark.port));
  return mark.ttl > 0 ? `${where}, ttl ${mark.ttl}` : where;
}
