// What a rule is. A rule looks at what a run has taught (src/facts) and says what is wrong; it does no I/O, reads no clock
// but the packets', and knows no report format. Rules run in the order of the catalogue, causes before symptoms: a rule
// asks `facts.causes.of` what already explains a conversation, and groups by it, so that a symptom folds under its cause.

import type { Command } from '../bytes/command.js';
import { entry } from '../bytes/groups.js';
import type { Facts } from '../facts/facts.js';
import type { Told } from '../facts/witnesses.js';
import type { Mark } from '../flows/mark.js';
import type { Phase } from '../flows/outcomes.js';
import type { Ip } from '../topology/ip.js';
import type { Confidence, Severity, Subject, Verdict } from './finding.js';

export { entry, groupedBy, push } from '../bytes/groups.js';

export type Group = 'path' | 'neighbours' | 'tunnel' | 'size' | 'transport' | 'witness' | 'capture' | 'topology';

export interface EvidenceDraft {
  readonly mark: Mark;
  /** Display filter name of the field that shows it. */
  readonly field?: string;
  /** Said behind `in eth1, ttl 63`. */
  readonly note?: string;
}

/** A finding as a rule says it; the engine adds times, names and the fingerprint. */
export interface Draft {
  readonly verdict: Verdict;
  /** `high` when not given. */
  readonly confidence?: Confidence;
  /** The rule's when not given. */
  readonly severity?: Severity;
  /** Tells this cause from others of the same rule; made of what stays the same in another capture of the same fault. */
  readonly key: string;
  readonly title: string;
  readonly message: string;
  readonly cause?: string;
  /** The rule's when not given. */
  readonly hint?: string;
  /** Made from parsed addresses and names of the topology only: they are there to be pasted into a shell. */
  readonly commands?: readonly Command[];
  readonly subject?: Partial<Subject>;
  readonly evidence: readonly EvidenceDraft[];
  /** What witnesses say of it; the engine adds what they say of the conversations in `about`. */
  readonly quotes?: readonly Told[];
  /** Packets or questions. */
  readonly count: number;
  /** It rests on packets that were not seen: where the capture lost some, or its filter hides them, a fail becomes inconclusive. */
  readonly absence?: boolean;
  /** Though it is a remark, it says what became of the questions that it is about. */
  readonly settles?: boolean;
  /** Uids of the conversations this explains. */
  readonly about?: Iterable<number>;
  /** The tunnel end that the packets should have gone to. */
  readonly meant?: string;
  /** Addresses whose silence to ARP and neighbour discovery this explains. */
  readonly silent?: readonly Ip[];
  /** How it went over time (`direction.phases`), where something was answered and something lost. */
  readonly phases?: readonly Phase[];
  /** What separates the lost from the delivered (facts/contrast.ts), a sentence each. */
  readonly contrast?: readonly string[];
  /** Other causes that would look the same, a sentence each. */
  readonly alternatives?: readonly string[];
  /** Number of the finding this is a consequence of (from `facts.causes.of`), or null. */
  readonly under?: number | null;
}

/** Reports a draft; the result is its number, for `under`. */
export type Say = (draft: Draft) => number;

/** A limit that the user may set with `--set rule.name=value`. */
export interface Option {
  readonly value: number;
  readonly unit: 'ns' | 'count' | 'bytes';
  readonly text: string;
}

export const seconds = (n: number, text: string): Option => ({ value: n * 1e9, unit: 'ns', text });
export const atLeast = (n: number, text: string): Option => ({ value: n, unit: 'count', text });

export interface RuleSpec<N extends string> {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly severity: Severity;
  /** Where the expected behaviour is defined. */
  readonly spec?: string;
  readonly hint: string;
  /** The rule's page, src/rules/ID.md. */
  readonly page: string;
  readonly options?: Readonly<Record<N, Option>>;
  /** It runs whatever rules are chosen, and does not count among those that passed. */
  readonly always?: boolean;
  readonly judge: (facts: Facts, say: Say, options: Readonly<Record<N, number>>) => void;
}

export interface Rule extends Omit<RuleSpec<string>, 'judge' | 'options'> {
  readonly options: Readonly<Record<string, Option>>;
  readonly judge: (facts: Facts, say: Say, options: Readonly<Record<string, number>>) => void;
}

/** What `hopscope topology check` says without a packet, and no capture shows: src/topology/check finds it. */
export type TopologyRule = Omit<RuleSpec<never>, 'judge' | 'options' | 'always' | 'group'> & { readonly group: 'topology' };

export const rule = <N extends string = never>(spec: RuleSpec<N>): Rule => ({
  ...spec,
  options: spec.options ?? {},
  judge: spec.judge as Rule['judge'],
});

/** A clause as a sentence. A name or an address at its start (`fd00::1`, `k8s-w0`) is left as it is. */
export const sentence = (text: string): string =>
  `${text.replace(/^[a-z]+(?= )/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}.`;

/** From so many addresses on, the same fault has one cause (a default route, a firewall, a scan) and is one finding. */
const MANY = 8;

/** Counts the targets of each kind of fault, so that those with many become one group. */
export class Spread {
  private readonly targets = new Map<string, Set<string>>();

  add(kind: string, target: string): void {
    entry(this.targets, kind, () => new Set<string>()).add(target);
  }

  /** Number of targets; 0 where they are few enough to be told apart. */
  many(kind: string): number {
    const count = this.targets.get(kind)?.size ?? 0;
    return count >= MANY ? count : 0;
  }
}
