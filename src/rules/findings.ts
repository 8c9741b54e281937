// Findings as reports have them, made from what a rule says: named, dated, fingerprinted.

import { sha256 } from '#host';
import { utc } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { Told } from '../facts/witnesses.js';
import type { Mark } from '../flows/mark.js';
import type { Phase } from '../flows/outcomes.js';
import { hopText } from '../flows/ports.js';
import { saysText } from '../witnesses/says.js';
import type { Evidence, Finding, FindingPhase, Quote, Subject } from './finding.js';
import type { Draft, EvidenceDraft, Rule } from './rule.js';

export const MAX_EVIDENCE = 8;
const MAX_QUOTES = 6;

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

/** An id that stays the same from run to run, for what these texts together tell from all else. */
export const findingId = (...parts: readonly string[]): string => sha256(parts.join('\n')).slice(0, 16);

/** The finding that a draft becomes. */
export function finding(rule: Rule, draft: Draft, facts: Facts, time: Clock): Finding {
  const quoted = quotesOf(draft, facts);
  const told = quoted.flatMap((one) => [facts.witnesses.timeNs(one), facts.witnesses.timeNs(one, true)]);
  const seenAt = draft.evidence.map((e) => e.mark.timeNs);
  const times = seenAt.length > 0 ? seenAt : told.filter((ns) => ns !== null);
  const first = times.length > 0 ? Math.min(...times) : 0;
  const last = times.length > 0 ? Math.max(...times) : facts.nowNs;
  const spelt = (text: string): string => facts.spelt(text);
  const subject = { ...NO_SUBJECT, ...draft.subject };
  const names = namesOf(subject, facts);
  return {
    rule: rule.id,
    verdict: draft.verdict,
    severity: draft.severity ?? rule.severity,
    confidence: draft.confidence ?? 'high',
    title: spelt(draft.title),
    message: spelt(draft.message),
    cause: spelt(draft.cause ?? ''),
    hint: spelt(draft.hint ?? rule.hint),
    // A command for an address that stands for a word would do nothing, or harm.
    commands: (draft.commands ?? []).filter((command) => spelt(command) === command),
    subject,
    ...(names.length > 0 && { names }),
    evidence: draft.evidence.slice(0, MAX_EVIDENCE).map((e) => evidence(e, facts, time)),
    ...(quoted.length > 0 && { quotes: quoted.map((one) => quote(one, facts, time)) }),
    count: draft.count,
    first: time.at(first),
    last: time.at(last),
    ...(draft.phases !== undefined && draft.phases.length > 0 && { phases: draft.phases.map((one) => phase(one, time)) }),
    ...(draft.contrast !== undefined && draft.contrast.length > 0 && { contrast: draft.contrast.map(spelt) }),
    ...(draft.alternatives !== undefined && draft.alternatives.length > 0 && { alternatives: draft.alternatives.map(spelt) }),
    id: findingId(rule.id, draft.verdict, draft.key),
    explains: [],
    foldedUnder: null,
  };
}

/** The words that addresses of a finding stand for. */
function namesOf({ src, dst, target }: Subject, facts: Facts): NonNullable<Finding['names']> {
  return [...new Set([src, dst, target])].flatMap((address) => {
    const word = address === null ? null : facts.spelt(address);
    return address === null || word === null || word === address ? [] : [{ address, word }];
  });
}

/** What witnesses say of a finding: what the rule names, then what they say of its conversations, the telling things first. */
function quotesOf({ quotes = [], about, verdict }: Draft, facts: Facts): readonly Told[] {
  const { witnesses } = facts;
  if (!witnesses.any || verdict === 'pass') return quotes.slice(0, MAX_QUOTES);
  const others = about === undefined ? [] : witnesses.about(about);
  return [...new Set([...quotes, ...others])].slice(0, MAX_QUOTES);
}

function quote(told: Told, { witnesses }: Facts, time: Clock): Quote {
  const { event, count, place } = told.group;
  const ns = witnesses.timeNs(told);
  return {
    witness: event.kind,
    file: witnesses.list[told.witness].file,
    line: place.line,
    node: event.node === '' ? null : event.node,
    time: ns === null ? null : time.at(ns),
    count,
    says: saysText(event),
    text: place.text,
  };
}

const phase = ({ outcome, fromNs, toNs, count, first, last }: Phase, time: Clock): FindingPhase => ({
  outcome,
  from: time.at(fromNs, first.capture),
  to: time.at(toNs, last.capture),
  count,
});

/** What evidence was made of, and in which run. */
interface Origin {
  readonly draft: EvidenceDraft;
  readonly facts: Facts;
}

const origins = new WeakMap<Evidence, Origin>();

/** What this evidence was made of: pictures need more than its words. Undefined for evidence that was read from a report. */
export const draftOf = (one: Evidence): Origin | undefined => origins.get(one);

/** Evidence as reports have it. */
export function evidence(draft: EvidenceDraft, facts: Facts, time: Clock): Evidence {
  const { mark, field, note } = draft;
  const capture = facts.captures[mark.capture];
  const made = {
    point: capture.label ?? capture.point,
    frame: mark.frame,
    conversation: mark.conversation < 0 ? null : mark.conversation,
    time: time.at(mark.timeNs, mark.capture),
    fileOffset: mark.fileOffset,
    length: capture.recordLength?.(mark.length) ?? mark.length,
    field: field ?? null,
    note: facts.spelt([seen(mark, facts), note].filter((part) => part !== undefined && part !== '').join(', ')),
  };
  origins.set(made, { draft, facts });
  return made;
}

/** `in eth1, ttl 63`. */
function seen(mark: Mark, facts: Facts): string {
  const where = hopText(mark.direction, facts.interfaces.shown(mark.port));
  return mark.ttl > 0 ? `${where}, ttl ${mark.ttl}` : where;
}
