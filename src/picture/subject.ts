// What a picture is drawn of.
import type { Facts } from '../facts/facts.js';
import type { Finding } from '../rules/finding.js';
import type { Clock } from '../rules/findings.js';
import type { EvidenceDraft } from '../rules/rule.js';

/** The path that an expectation asks for: the interfaces of it, in order; of the packets back, or of those there. */
export interface Wanted {
  readonly isReply: boolean;
  readonly hops: readonly { readonly point: string | null; readonly interface: string }[];
}

/** What pictures need of a finding; of a conversation with which nothing is wrong the same. */
export type Told = Pick<Finding, 'title' | 'verdict' | 'severity' | 'subject' | 'quotes'>;

export interface Subject {
  readonly facts: Facts;
  readonly time: Clock;
  readonly finding: Told;
  /** Its frames in this run. */
  readonly evidence: readonly EvidenceDraft[];
  /** Uids of the conversations that it explains, the telling ones first. */
  readonly about: readonly number[];
  /** The tunnel end that its packets should have gone to. */
  readonly meant: string | null;
  readonly wanted: Wanted | null;
}

/** Tells frames apart. */
export const keyOf = ({ capture, frame }: { readonly capture: number; readonly frame: number }): string => `${capture} ${frame}`;
