// What wants an answer, by kind, and what becomes of it: the words of the ledger, and the ledger as reports have it.

export const QUESTION_KINDS = ['connection', 'data', 'echo', 'dns', 'service', 'dhcp', 'arp', 'nd', 'session', 'rest'] as const;
/**
 * What is asked. `service`: of a UDP service that answers each datagram; `nd`: IPv6 neighbour discovery; `session`: a session of BGP, OSPF,
 * IS-IS or BFD that should come up; `rest`: of a datagram whose first fragment was seen.
 */
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export const OUTCOMES = ['answered', 'refused', 'lost', 'repeated', 'open', 'notDue', 'hidden'] as const;
/**
 * `refused`: by a reset, an ICMP error or an error code. `lost`: no answer within its time, where one would have been seen. `repeated`: the
 * question was repeated, which proves that there was no answer. `open`: nothing proves anything. `notDue`: the capture ended first. `hidden`:
 * an answer could not have been seen.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** Number of questions by what became of them. */
export type Tally = Record<Outcome, number>;

/** The ledger in numbers, as reports have it. `explained`: lost or repeated, and a finding says why; `undecided`: the rest of what is open. */
export interface LedgerSummary {
  readonly questions: number;
  readonly answered: number;
  readonly refused: number;
  readonly explained: number;
  readonly undecided: number;
  /** The capture ended before an answer was due, or an answer could not be seen here and nothing asks for it. */
  readonly notDue: number;
  readonly kinds: Readonly<Partial<Record<QuestionKind, Readonly<Tally>>>>;
  /** What was given up to stay within memory, and how many of it: questions of these are not counted. Left out where nothing was. */
  readonly forgotten?: readonly { readonly what: string; readonly count: number }[];
}
