// The one record all reports are made from: DESIGN "Report (JSON)". What is in the JSON, and nothing else.
import type { Finding, LedgerSummary } from '../rules/finding.js';

/** An interface of a capture, with the frames that were seen coming in and going out by it. */
export interface ReportInterface {
  /** Interface number in the capture: the SLL2 index, or the pcapng interface. */
  readonly index: number;
  readonly name: string;
  readonly nameFrom: 'ifmap' | 'topology' | 'capture' | 'side file' | 'none';
  readonly in: number;
  readonly out: number;
}

/** A capture that was read. Times are UTC, RFC 3339 with nine decimals; null where it has no frame. */
export interface ReportCapture {
  readonly point: string;
  readonly file: string;
  readonly format: string;
  /** LINKTYPE names, e.g. `LINUX_SLL2`. */
  readonly linkTypes: readonly string[];
  readonly frames: number;
  /** Sum of the wire lengths. */
  readonly bytes: number;
  readonly first: string | null;
  readonly last: string | null;
  /** Frames lost according to the file, or null where it does not say. */
  readonly dropped: number | null;
  /** Frames cut by the snapshot length. */
  readonly clipped: number;
  readonly interfaces: readonly ReportInterface[];
  /** Why reading stopped early: one clear line. */
  readonly error: string | null;
  /** Somebody ended the reading early: the frames are those read until then. */
  readonly interrupted?: true;
  /** Of the first one of a folder that `capture` has made: points that were not captured to the end, and commands that failed. */
  readonly lacking?: readonly string[];
}

/** Kind of an expectation that stands for a mistake in its file: nothing of the file was checked. */
export const MISTAKE = 'mistake';

/** A text that another tool has printed, which tells of the same run. */
export interface ReportWitness {
  readonly file: string;
  /** The tools: `hubble`, `ping`, ... */
  readonly kinds: readonly string[];
  readonly lines: number;
  /** Lines that were understood; those that were not, and the first few of them. */
  readonly used: number;
  readonly unread: number;
  readonly notUnderstood: readonly { readonly line: number; readonly text: string }[];
  readonly events: number;
  /** Events that found no room. */
  readonly uncounted: number;
  /** Flows that it tells of, and those of them that the captures hold. */
  readonly flows: number;
  readonly joined: number;
  /** How far its clock is ahead of the captures', in milliseconds; null where they have nothing in common. */
  readonly clockAheadMs: number | null;
  readonly first: string | null;
  readonly last: string | null;
}

/** What became of one expectation. */
export interface ReportExpectation {
  /** Stable: the same in each run, whatever becomes of it; no other expectation of the run has it. */
  readonly id: string;
  /** No other one of its suite is called so. */
  readonly name: string;
  /** `flow`, `where`, `arp`, ...; MISTAKE. */
  readonly kind: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'skipped';
  /** Where it is written, from 1. */
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  /** What was seen, or why it was skipped. */
  readonly seen: string;
  /** Frames or conversations it was held against. */
  readonly count: number;
  /** Id of its finding; null when it was skipped. */
  readonly finding: string | null;
  /** Runs of its file in which it may fail, as long as it holds in another one. */
  readonly retry?: number;
  /** It failed in some runs of its file and held in others. */
  readonly flaky?: true;
}

/** One expectation file, held against one set of captures. */
export interface ReportSuite {
  readonly name: string;
  /** What no other suite of the run is called; the same in each run. */
  readonly title: string;
  readonly file: string;
  /** Labels of the captures, as in `captures`. */
  readonly points: readonly string[];
  /** Time for reading the captures and judging. */
  readonly seconds: number;
  /** It was found out in an earlier run, with the same captures and files. */
  readonly cached?: true;
  readonly expectations: readonly ReportExpectation[];
  /** Conversations that no expectation speaks of, where that was asked for. */
  readonly uncovered: readonly string[];
}

/** A topology that was checked without any capture. */
export interface ReportTopology {
  /** Paths as given. */
  readonly files: readonly string[];
  readonly nodes: number;
  readonly interfaces: number;
  readonly routes: number;
  readonly tunnels: number;
  /** From each address to each of another node, by the routes. */
  readonly paths: { readonly walked: number; readonly delivered: number; readonly broken: number; readonly undecided: number };
}

/** A report as the JSON has it: schema/report.schema.json. */
export interface Report {
  readonly schema: 'hopscope.report/2';
  readonly tool: { readonly name: 'hopscope'; readonly version: string };
  readonly captures: readonly ReportCapture[];
  /** Only where there are some. */
  readonly witnesses?: readonly ReportWitness[];
  /** Root causes first by severity and weight, each followed by what it explains. */
  readonly findings: readonly Finding[];
  /** Ids of the rules that ran; not of a run of expectations. */
  readonly rules?: readonly string[];
  /** Everything in the captures that wants an answer, counted; not of a run of expectations. */
  readonly ledger?: LedgerSummary;
  /** Only of a topology that was checked. */
  readonly topology?: ReportTopology;
  /** Only of a run of expectations. */
  readonly suites?: readonly ReportSuite[];
  /** Only of a part of a run of expectations: which one of how many. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly summary: { readonly fail: number; readonly inconclusive: number; readonly pass: number };
}
