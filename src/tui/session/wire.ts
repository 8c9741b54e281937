// What the threads of a session tell each other.

import type { Preamble } from '../../capture/at-offset.js';
import type { CaptureInput } from '../../main/options.js';
import type { SeenPacket } from '../../picture/seen.js';
import type { ReportSuite } from '../../report/record.js';
import type { ReportCapture } from '../../report/run.js';
import type { Finding } from '../../rules/finding.js';
import type { Order, SearchKind, TableColumn, TableName, TableRow } from '../session.js';
import type { RunSettings } from './run.js';
import type { BlockKind } from './store.js';

/** One end of a wire: a worker's port, or the other side in the same thread. */
export interface Wire<Out, In> {
  post(message: Out, transfer?: readonly ArrayBuffer[]): void;
  onMessage: (message: In) => void;
  close(): Promise<void>;
}

export interface LoaderStart {
  readonly settings: RunSettings;
  /** Word 0: packets that can be read. */
  readonly counter: SharedArrayBuffer;
}

export type ToLoader =
  | { readonly type: 'start'; readonly start: LoaderStart }
  | { readonly type: 'stop' }
  | { readonly type: 'table'; readonly id: number; readonly ask: TableAsk }
  | { readonly type: 'silence'; readonly id: number; readonly number: number; readonly uid: number }
  | { readonly type: 'traffic'; readonly id: number }
  /** The conversations (uids) that the ladder of a finding shows. */
  | { readonly type: 'examples'; readonly id: number; readonly finding: string }
  | { readonly type: 'ladder'; readonly id: number; readonly ask: LadderAsk }
  /** Compares with good captures. */
  | { readonly type: 'compare'; readonly id: number; readonly good: readonly string[] }
  /** `finding` null: of the whole run. */
  | { readonly type: 'picture'; readonly id: number; readonly kind: 'map' | 'timeline'; readonly finding: string | null };

/** `uid` null: of a finding that shows no conversation. */
export interface LadderAsk {
  readonly finding: string | null;
  readonly uid: number | null;
  readonly packets: readonly SeenPacket[];
  readonly isLast: boolean;
}

export interface FoundFinding {
  readonly finding: Finding;
  /** Uids of the conversations that it is about. */
  readonly about: readonly number[];
  /** The end of a tunnel that its packets should go to; null: none is known. */
  readonly meant: string | null;
  /** Numbers of all packets that show it, in order: the evidence is a sample of them. */
  readonly packets: Uint32Array;
}

export type FromLoader =
  | { readonly type: 'block'; readonly kind: BlockKind; readonly buffer: SharedArrayBuffer }
  | { readonly type: 'preamble'; readonly preamble: Preamble }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'findings'; readonly found: readonly FoundFinding[]; readonly final: boolean }
  | { readonly type: 'captures'; readonly captures: readonly ReportCapture[] }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown };

export interface LoadProgress {
  readonly state: 'running' | 'done' | 'stopped' | 'following' | 'failed';
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly error: string | null;
}

/** Packets and bytes in bins of equal length, from the start of the run. */
export interface Bins {
  readonly stepNs: number;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

/** A page of a table. */
export interface TableAsk {
  readonly name: TableName;
  readonly tab: number;
  readonly sortBy: number | null;
  readonly descending: boolean;
  /** Uids of the conversations to show; null: all. */
  readonly only: Uint32Array | null;
  /** Tells one `only` from another. */
  readonly onlyKey: string;
  readonly from: number;
  readonly n: number;
}

export interface TablePage {
  readonly columns: readonly TableColumn[];
  readonly count: number;
  readonly tabs: readonly { readonly title: string; readonly count: number }[];
  readonly from: number;
  readonly rows: readonly TableRow[];
  readonly isPartial: boolean;
}

/** What the query threads are told of the run. */
export type ToQuery =
  | {
      readonly type: 'start';
      readonly settings: RunSettings;
      readonly counter: SharedArrayBuffer;
      readonly blocks: readonly Extract<FromLoader, { type: 'block' }>[];
      readonly preambles: readonly Preamble[];
      /** By packet, what was written on it since it was captured. */
      readonly comments: ReadonlyMap<number, string>;
    }
  | { readonly type: 'comment'; readonly number: number; readonly text: string }
  | Extract<FromLoader, { type: 'block' | 'preamble' }>
  /** The load goes on, or it is over: there will be no more packets. */
  | { readonly type: 'loading'; readonly more: boolean }
  | { readonly type: 'show'; readonly id: number; readonly filter: string; readonly order: Order | null }
  | { readonly type: 'find'; readonly id: number; readonly ask: FindAsk }
  /** All matches from a position on. */
  | { readonly type: 'hits'; readonly id: number; readonly ask: FindAsk }
  /** Which values a field has. */
  | { readonly type: 'values'; readonly id: number; readonly field: string }
  | { readonly type: 'end' };

export interface FindAsk {
  readonly text: string;
  readonly kind: SearchKind;
  readonly target: 'list' | 'details' | 'bytes';
  readonly matchCase: boolean;
  readonly columns: readonly string[];
  /** Packets in the order of the search, in blocks; null: all of them by number. */
  readonly list: readonly Uint32Array[] | null;
  readonly count: number;
  readonly from: number;
  readonly backwards: boolean;
}

export type FromQuery =
  /** Packets that match, after those told before; `whole`: instead of them. */
  | { readonly type: 'matches'; readonly id: number; readonly numbers: Uint32Array; readonly whole: boolean }
  /** How far it is: packets looked at. */
  | {
      readonly type: 'progress';
      readonly id: number;
      readonly state: LoadProgress['state'];
      readonly frames: number;
      readonly error: string | null;
    }
  | { readonly type: 'traffic'; readonly id: number; readonly bins: Bins }
  | { readonly type: 'found'; readonly id: number; readonly position: number; readonly error: string | null }
  /** Positions that match, of those before `upTo` that were not told of yet. */
  | {
      readonly type: 'hits';
      readonly id: number;
      readonly positions: Uint32Array;
      readonly upTo: number;
      readonly isLast: boolean;
    }
  | { readonly type: 'values'; readonly id: number; readonly found: FieldValuesFound };

export interface FieldValuesFound {
  /** How often each was seen, the most frequent first. */
  readonly values: readonly (readonly [text: string, count: number])[];
  /** Packets that were looked at. */
  readonly frames: number;
}

/** Expectations to be held against captures. */
export interface CheckAsk extends Pick<RunSettings, 'topology' | 'known' | 'ifmap' | 'decodeAs'> {
  readonly type: 'check';
  readonly id: number;
  readonly paths: readonly string[];
  readonly captures: readonly CaptureInput[];
}

export interface CheckResult {
  readonly id: number;
  readonly suites: readonly ReportSuite[];
  readonly findings: readonly Finding[];
  /** Nothing could be checked, and why. */
  readonly error: string | null;
  /** Everything that takes part, with what tells that it has changed. */
  readonly files: readonly (readonly [string, string])[];
  readonly tookMs: number;
}
