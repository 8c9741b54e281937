// Findings have a life: raised, updated, resolved. Each assessment is compared with the one before.
import { macNumber } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { MAX_PHASES, type Phase } from '../flows/outcomes.js';
import type { Assessment } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { Ip } from '../topology/ip.js';

export type FindingEvent =
  | { readonly event: 'raised'; readonly finding: Finding }
  | { readonly event: 'updated'; readonly finding: Finding }
  /** `how`: what settled it. */
  | { readonly event: 'resolved'; readonly finding: Finding; readonly how: string };

interface Alive {
  /** As it is told: counted over all its life. */
  finding: Finding;
  /** What the last assessment counted of it, and what earlier ones did of that which was let go of since. */
  counted: number;
  gone: number;
  /** Uids of the conversations it was last about. */
  about: readonly number[];
  /** It rests on what was not seen. */
  absence: boolean;
  /** Assessments in a row that had it, up to ANNOUNCED; and that had it not. */
  present: number;
  missing: number;
  told: { count: number; verdict: string; atMs: number } | null;
  raisedMs: number;
}

/** Told once it stands twice: what the copies of one packet look like between two assessments is no news. */
const ANNOUNCED = 2;
/** A finding whose count grows is told again at most this often. */
const AGAIN_MS = 10_000;
/** As many as one report holds. */
const MAX_ALIVE = 2000;
const MAX_RESOLVED = 1000;
/** Assessments to wait for the path of the packets that settle a finding: it is known when no further copy can come. */
const PATIENCE = 8;
/** Findings of the past that are looked at in one assessment. */
const LOOKED_AT = 32;

export interface Resolved {
  readonly finding: Finding;
  readonly how: string;
  readonly raisedMs: number;
  readonly resolvedMs: number;
}

export class Life {
  private readonly alive = new Map<string, Alive>();
  /** The latest ones. */
  readonly resolved: Resolved[] = [];
  resolvedCount = 0;
  /** An assessment of what is left after conversations were let go of: what is counted less now has still been. */
  rebase({ findings, origins }: Assessment): void {
    const left = new Map(findings.map((finding) => [origins.get(finding.id)?.key ?? finding.id, finding.count]));
    for (const [key, known] of this.alive) {
      const count = left.get(key) ?? 0;
      known.gone += Math.max(0, known.counted - count);
      known.counted = count;
    }
  }

  /** The findings of an assessment, each with what was counted of it before and is let go of by now. */
  counted({ findings, origins }: Assessment): Finding[] {
    const current = new Set(findings.map(({ id }) => origins.get(id)?.key ?? id));
    return findings.map((finding) => {
      const origin = origins.get(finding.id);
      const known = this.alive.get(origin?.key ?? finding.id);
      const gone = known === undefined ? this.goneBefore(finding, origin?.about ?? [], current) : known.gone;
      return gone === 0 ? finding : { ...finding, count: gone + finding.count };
    });
  }

  /**
   * What was let go of while the fault was called by another name: the more is known of it, the better it is told. `current`: keys of what
   * is told now.
   */
  private goneBefore({ subject }: Finding, about: readonly number[], current: ReadonlySet<string>): number {
    if (subject.interfaceOut === null) return 0;
    let gone = 0;
    for (const [key, known] of this.alive) {
      const { dst, interfaceOut } = known.finding.subject;
      if (known.gone === 0 || current.has(key) || dst !== subject.dst || interfaceOut !== subject.interfaceOut) continue;
      if (known.about.some((uid) => about.includes(uid))) gone += known.gone;
    }
    return gone;
  }

  /** Findings that were raised and not resolved; those that the last assessment no longer had, too. */
  get open(): Finding[] {
    return [...this.alive.values()].filter((a) => a.told !== null).map((a) => a.finding);
  }

  /**
   * What is new in an assessment. `settled` is told the conversations of findings that were resolved: their past is over, and must not
   * be held against them.
   */
  compare(
    { findings, origins }: Assessment,
    facts: Facts,
    nowMs: number,
    settled: (uids: readonly number[]) => void,
  ): FindingEvent[] {
    const seen = new Set<string>();
    const current = new Set(findings.map(({ id }) => origins.get(id)?.key ?? id));
    for (const finding of findings) {
      if (finding.verdict === 'pass') continue;
      const origin = origins.get(finding.id);
      const key = origin?.key ?? finding.id;
      if (seen.has(key)) continue;
      seen.add(key);
      const { about = [], absence = false } = origin ?? {};
      const known = this.alive.get(key);
      if (known !== undefined) {
        // An answer that came late makes less of it, which is told in the end: a count that swings reads as a mistake.
        const count = Math.max(known.finding.count, known.gone + finding.count);
        const counted = finding.count;
        Object.assign(known, { finding: { ...finding, count }, counted, about, absence, missing: 0, present: known.present + 1 });
      } else if (this.alive.size < MAX_ALIVE) {
        const gone = this.goneBefore(finding, about, current);
        this.alive.set(key, {
          finding: gone === 0 ? finding : { ...finding, count: gone + finding.count },
          counted: finding.count,
          gone,
          about,
          absence,
          present: 1,
          missing: 0,
          told: null,
          raisedMs: nowMs,
        });
      }
    }
    const over = new Set<number>();
    const events = this.resolve(seen, facts, nowMs, over);
    if (over.size > 0) settled([...over]);
    for (const key of seen) {
      const known = this.alive.get(key);
      // What is left of a fault that was settled just now is its past.
      if (known === undefined || (known.told === null && known.about.length > 0 && known.about.every((uid) => over.has(uid))))
        continue;
      const { finding, told } = known;
      if (told === null) {
        if (known.present < ANNOUNCED) continue;
        events.push({ event: 'raised', finding });
      } else if (told.verdict !== finding.verdict || (told.count !== finding.count && nowMs - told.atMs >= AGAIN_MS))
        events.push({ event: 'updated', finding });
      else continue;
      known.told = { count: finding.count, verdict: finding.verdict, atMs: nowMs };
    }
    return events;
  }

  private resolve(seen: ReadonlySet<string>, facts: Facts, nowMs: number, over: Set<number>): FindingEvent[] {
    const events: FindingEvent[] = [];
    let looked = 0;
    for (const [key, known] of this.alive) {
      const isSeen = seen.has(key);
      if (known.told === null) {
        if (!isSeen) this.alive.delete(key);
        continue;
      }
      if (!isSeen && (++known.missing < ANNOUNCED || looked++ >= LOOKED_AT)) continue;
      const { finding, about, raisedMs } = known;
      // What has been is found as long as the conversation lasts that it happened to.
      const how = isSeen ? endedBy(known, facts) : settledBy(finding, about, facts, known.missing < PATIENCE);
      // Nothing contradicts it, there is only nothing to be seen of it any more: it stands.
      if (how === null) continue;
      this.alive.delete(key);
      this.resolvedCount++;
      this.resolved.push({ finding, how, raisedMs, resolvedMs: nowMs });
      if (this.resolved.length > MAX_RESOLVED) this.resolved.shift();
      events.push({ event: 'resolved', finding, how });
      for (const uid of about) over.add(uid);
    }
    return events;
  }
}

/** A fault has ended when all was answered for so long: two pings, whose answers are known a second later. */
const ENDED_NS = 1.5e9;
/** And for so many times as long as ever between two losses. */
const ENDED_TIMES = 2;

/** What shows that a fault that is still found has ended: of its packets the last ones are answered, and have been for a while. */
function endedBy({ finding, about, absence }: Alive, facts: Facts): string | null {
  const { interfaceOut } = finding.subject;
  // What separates the lost from the delivered may be a matter of what is sent just now.
  if (finding.verdict !== 'fail' || (!absence && interfaceOut === null) || finding.contrast !== undefined) return null;
  let last: Direction | null = null;
  for (const uid of about)
    for (const direction of facts.conversation(uid)?.directions ?? []) {
      if (direction.lost === 0) continue;
      if (!isOver(direction.phases)) return null;
      if (!absence && exitOf(facts, direction) === interfaceOut) return null;
      last = direction;
    }
  if (last === null) return null;
  const out = exitOf(facts, last);
  const whom = facts.named(last.to);
  return interfaceOut !== null && out !== null && out !== interfaceOut
    ? `packets to ${whom} now leave by ${out} and are answered`
    : `${whom} answers now`;
}

function isOver(phases: readonly Phase[]): boolean {
  const last = phases.at(-1);
  const lost = phases.at(-2);
  // Beyond their bound, phases are no longer told apart.
  if (last?.outcome !== 'answered' || lost === undefined || phases.length === MAX_PHASES) return false;
  const between = phases.slice(1, -2).filter(({ outcome }) => outcome === 'answered');
  const longestNs = Math.max(0, ...between.map(({ fromNs, toNs }) => toNs - fromNs));
  return last.count > 1 && last.toNs - lost.toNs >= Math.max(ENDED_NS, longestNs * ENDED_TIMES);
}

/** What shows that a finding is settled, or null where nothing does; `patient`: or where more will be known soon. */
function settledBy(finding: Finding, about: readonly number[], facts: Facts, patient: boolean): string | null {
  const { subject } = finding;
  const target = subject.target === null ? null : Ip.parse(subject.target);
  if (target !== null && (subject.proto === 'arp' || finding.rule.startsWith('ndp-')))
    for (const n of facts.neighbours.of(target)) {
      const holder = n.holder >= 0 ? n.holder : null;
      if (holder === null || !Number.isNaN(n.openSinceNs)) continue;
      return finding.rule.endsWith('-no-reply')
        ? `${target} is now answered by ${macNumber(holder)}`
        : `${target} is now answered by ${macNumber(holder)} alone`;
    }
  const src = subject.src === null ? null : Ip.parse(subject.src);
  const dst = subject.dst === null ? target : Ip.parse(subject.dst);
  const concerned = new Set(about);
  for (const { uid, initiator: from, responder: to, request, reply } of facts.conversations()) {
    const mine =
      concerned.has(uid) ||
      (src !== null && dst !== null && ((from.equals(src) && to.equals(dst)) || (from.equals(dst) && to.equals(src))));
    if (!mine) continue;
    const direction = dst === null || to.equals(dst) ? request : reply;
    if (facts.delivery.of(direction) !== true) continue;
    const out = exitOf(facts, direction);
    const whom = facts.named(direction.to);
    if (subject.interfaceOut === null) return `${whom} answers now`;
    if (out !== null && out !== subject.interfaceOut) return `packets to ${whom} now leave by ${out} and are answered`;
    return patient ? null : `${whom} answers now`;
  }
  return null;
}

/** Interface by which the packets of this direction last left. */
function exitOf(facts: Facts, direction: Direction): string | null {
  // A path may have been taken up again.
  for (const use of [...direction.paths].sort((a, b) => b.lastNs - a.lastNs)) {
    const out = use.path.hops.filter((hop) => hop.direction === DIRECTION.out).at(-1);
    if (out !== undefined) return facts.interfaces.name(out.port);
  }
  return null;
}
