// What a rule says. Plain data: a report needs no more than this.

export type { LedgerSummary } from '../facts/questions.js';

/** `inconclusive`: the captures cannot show it; never to be taken for a pass. */
export type Verdict = 'pass' | 'fail' | 'inconclusive';
/** How bad it is: `error`, something does not work; `warning`, it works and is not as it should be; `info`, worth knowing. */
export type Severity = 'error' | 'warning' | 'info';
/** How sure a rule is: `high` where a topology or the packets themselves say so, less where it was inferred from what is usual. */
export type Confidence = 'high' | 'medium' | 'low';

/** A frame that shows a finding. */
export interface Evidence {
  /** Capture point, e.g. `router`. */
  readonly point: string;
  /** Frame number, from 1. */
  readonly frame: number;
  /** Number of its conversation, as `flows` lists it; null where it has none (ARP). */
  readonly conversation: number | null;
  /** UTC, RFC 3339 with nine decimals. */
  readonly time: string;
  /** Offset of the record in the capture file, and its length there. */
  readonly fileOffset: number;
  readonly length: number;
  /** The field that shows it, by its display filter name. */
  readonly field: string | null;
  /** e.g. `in eth1, ttl 63`. */
  readonly note: string;
}

/** What a witness says of it: a line of a text that another tool has printed. */
export interface Quote {
  /** The tool: `hubble`, `ping`, ... */
  readonly witness: string;
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** The machine that it was seen on; null where it is not told. */
  readonly node: string | null;
  /** UTC by the clock of the captures, RFC 3339 with nine decimals; null where no time is told. */
  readonly time: string | null;
  /** How often it says so. */
  readonly count: number;
  /** In words: `Hubble: dropped at k8s-ctr, Policy denied`. */
  readonly says: string;
  /** The line itself. */
  readonly text: string;
}

/** Who and what a finding is about. Keys that do not apply are null. */
export interface Subject {
  src: string | null;
  dst: string | null;
  proto: string | null;
  srcPort: number | null;
  dstPort: number | null;
  /** `vxlan`, `geneve`, ... */
  tunnel: string | null;
  vni: number | null;
  interfaceIn: string | null;
  interfaceOut: string | null;
  interfaceExpected: string | null;
  /** The address that was asked for (ARP, ND), or that matters most otherwise. */
  target: string | null;
  macs: string[];
  /** The node the finding is about. */
  node: string | null;
}

/** A stretch of time in which the packets of a finding fared alike. */
export interface FindingPhase {
  /** UTC, RFC 3339 with nine decimals. */
  readonly from: string;
  readonly to: string;
  readonly outcome: 'answered' | 'lost';
  readonly count: number;
}

/** What is wrong, or cannot be told: one for each cause, however many packets show it. */
export interface Finding {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** One headline, at most about 100 characters. */
  readonly title: string;
  /** What is wrong, one to three sentences. */
  readonly message: string;
  /** The cause in words, or '' where the message is all there is to say. */
  readonly cause: string;
  /** What to do. */
  readonly hint: string;
  /** Commands that repair it, ready to paste. */
  readonly commands: readonly string[];
  readonly subject: Subject;
  readonly evidence: readonly Evidence[];
  /** What other tools say of it. */
  readonly quotes?: readonly Quote[];
  /** Packets (or questions) this cause explains by itself. */
  count: number;
  /** UTC; null where nothing was captured (a topology that was checked). */
  readonly first: string | null;
  readonly last: string | null;
  /** How it went over time, where something was answered and something lost. */
  readonly phases?: readonly FindingPhase[];
  /** What separates the lost from the delivered, a sentence each, the cleanest first. */
  readonly contrast?: readonly string[];
  /** Other causes that would look the same. */
  readonly alternatives?: readonly string[];
  /** Words that addresses of the subject stand for: a text had them in place of addresses. */
  readonly names?: readonly { readonly address: string; readonly word: string }[];
  /** Stable fingerprint: the same fault in another capture of the same lab has the same id. */
  readonly id: string;
  /** Ids of the findings folded under this one. */
  explains: string[];
  foldedUnder: string | null;
}
