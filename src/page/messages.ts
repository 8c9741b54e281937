// What the page and its engine tell each other. The engine runs in a worker; a new one is started for each analysis.

/** A file that was dropped, or a text that was pasted. */
export interface GivenFile {
  readonly name: string;
  readonly content: Blob | string;
  /** The node that the user says it was taken on; '' where he says nothing. */
  readonly point: string;
}

export type ToEngine =
  | { readonly type: 'analyze'; readonly files: readonly GivenFile[] }
  /** Packets that fit a display filter; '' shows all. */
  | { readonly type: 'filter'; readonly id: number; readonly filter: string }
  /** Rows of the list from position `from` on. `id`: of the filter. */
  | { readonly type: 'rows'; readonly id: number; readonly from: number; readonly count: number }
  | { readonly type: 'packet'; readonly number: number; readonly at: number; readonly length: number }
  | { readonly type: 'save'; readonly what: 'html' | 'json' };

/** What a file was taken for. */
export interface TakenFile {
  readonly name: string;
  /** `capture`, `topology`, `expectations`, ... */
  readonly taken: string;
  readonly says: string;
  /** Where a capture was taken, as far as that is known. */
  readonly point: string | null;
}

export interface Row {
  readonly number: number;
  readonly cells: readonly string[];
  /** It is evidence for a finding of this severity; null: of none. */
  readonly severity: 'error' | 'warning' | 'info' | null;
}

export type FromEngine =
  | { readonly type: 'reading'; readonly bytes: number; readonly totalBytes: number | null; readonly frames: number }
  | { readonly type: 'note'; readonly text: string }
  /** The files, and the report as HTML. */
  | { readonly type: 'report'; readonly files: readonly TakenFile[]; readonly title: string; readonly html: string }
  /** It cannot be analysed: one line that says what, where, and what to do. */
  | { readonly type: 'failed'; readonly text: string }
  /** Packets that are listed so far. `total`: packets of the run. */
  | {
      readonly type: 'listed';
      readonly id: number;
      readonly count: number;
      readonly total: number;
      readonly done: boolean;
      readonly columns: readonly string[];
    }
  | { readonly type: 'badFilter'; readonly id: number; readonly text: string }
  | { readonly type: 'rows'; readonly id: number; readonly from: number; readonly rows: readonly Row[] }
  | { readonly type: 'packet'; readonly number: number; readonly html: string }
  | { readonly type: 'saved'; readonly name: string; readonly kind: string; readonly text: string };
