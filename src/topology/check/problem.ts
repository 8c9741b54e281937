// What is wrong in a lab, as its topology alone shows it: plain data, of which a report makes findings.

import type { Command } from '../../bytes/command.js';
import { natural } from '../natural.js';

export type Severity = 'error' | 'warning' | 'info';

/** The gravest first. */
export const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

export interface Problem {
  /** Id of the rule; those that packets show as well have the same id. */
  readonly rule: string;
  /** `inconclusive`: what would decide it is not in the topology. */
  readonly verdict: 'fail' | 'inconclusive';
  readonly severity: Severity;
  /** Tells it from others of the same rule, in this and in a later topology of the lab. */
  readonly key: string;
  readonly title: string;
  readonly message: string;
  /** '' where the message is all there is to say. */
  readonly cause: string;
  /** What to do, or how to get what is missing. */
  readonly hint: string;
  /** Run on `node`; empty where none is certain. */
  readonly commands: readonly Command[];
  readonly node: string | null;
  readonly subject: ProblemSubject;
  /** Pairs of hosts, addresses or devices that it concerns. */
  readonly count: number;
}

export interface ProblemSubject {
  readonly src?: string;
  readonly dst?: string;
  readonly tunnel?: string;
  readonly vni?: number;
  readonly interfaceIn?: string;
  readonly interfaceOut?: string;
  readonly interfaceExpected?: string;
  readonly target?: string;
  readonly macs?: string[];
}

/** Takes a problem; what is left out is an error that is certain, without a command. */
export type Tell = (problem: Pick<Problem, 'rule' | 'key' | 'title' | 'message' | 'node' | 'count'> & Partial<Problem>) => void;

/** Names that a sentence lists; beyond them it says how many more there are. */
const SOME = 4;

/** `a`, `a and b`, `a, b and c`; `a, b, c, d and 7 more`. Sorted, so that the order of the file changes nothing. */
export function listed(names: Iterable<string>): string {
  const all = [...new Set(names)].sort(natural);
  if (all.length > SOME + 1) return `${all.slice(0, SOME).join(', ')} and ${all.length - SOME} more`;
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all[all.length - 1]}`;
}
