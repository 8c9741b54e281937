// What `analyze` and `verify` give.
import { UsageError } from '../errors.js';
import type { Facts } from '../facts/facts.js';
import type { FileRun } from '../main/file-run.js';
import { flowsOf } from '../main/flows.js';
import { kindOf } from '../report/causes.js';
import { FORMATS } from '../report/formats.js';
import { json } from '../report/json.js';
import type { Report, ReportCapture } from '../report/record.js';
import type { Run as RunReport } from '../report/run.js';
import type { Finding, LedgerSummary, Verdict } from '../rules/finding.js';
import type { Conversation } from './conversation.js';
import { conversationOf } from './conversation-of.js';
import type { Facts as PublicFacts } from './facts.js';
import type { Journey } from './journey.js';
import { journeysOf } from './journeys.js';
import type { Neighbour } from './neighbour.js';
import { neighboursOf } from './neighbours.js';

/** Formats of reports, as `--format` names them. */
export type ReportFormat =
  | 'text'
  | 'json'
  | 'junit'
  | 'junit-gitlab'
  | 'codequality'
  | 'sarif'
  | 'github'
  | 'markdown'
  | 'html'
  | 'tap'
  // Of a plug-in.
  | (string & {});

/** How `format` writes a report. */
export interface FormatOptions {
  /** ANSI colours, in `text`. */
  readonly color?: boolean;
  /** Columns to fill, in `text`; 100 when not given. */
  readonly width?: number;
  /** Every finding with all of its evidence. */
  readonly verbose?: boolean;
  /** What is drawn of each root cause, in `text` and `markdown`. */
  readonly picture?: 'ladder' | 'map' | 'none';
}

/** What was found: a report, and the ways to look at it. */
export class Result {
  readonly #report: RunReport;
  #plain: Report | null = null;

  /** @internal */
  constructor(report: RunReport) {
    this.#report = report;
  }

  /** The JSON report, as `schema/report.schema.json` describes it: plain data, made once. */
  get report(): Report {
    this.#plain ??= JSON.parse(json(this.#report)) as Report;
    return this.#plain;
  }

  /** Root causes first, each followed by what it explains. */
  get findings(): readonly Finding[] {
    return this.#report.findings;
  }

  /** The captures that were read: frames, times, interfaces, losses, and why one could not be read to its end (`error`). */
  get captures(): readonly ReportCapture[] {
    return this.#report.captures;
  }

  /**
   * `fail`: something is wrong (exit code 1 of the commands). `inconclusive`: nothing is known to be wrong, and the captures cannot show
   * that all is well, were not read to their end, or are not those of all points. `pass`: all that was asked was answered.
   */
  get verdict(): Verdict {
    const kinds = this.findings.map(kindOf);
    if (kinds.includes('fault')) return 'fail';
    const unread = this.captures.some(
      ({ error, interrupted, lacking }) => error !== null || interrupted === true || lacking !== undefined,
    );
    return unread || kinds.includes('open') ? 'inconclusive' : 'pass';
  }

  /** The report in one of the commands' formats, with a newline at its end. Throws UsageError for an unknown format. */
  async format(
    format: ReportFormat,
    { color = false, width = 100, verbose = false, picture }: FormatOptions = {},
  ): Promise<string> {
    const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
    if (known === undefined) throw new UsageError(`unknown format '${format}'; one of ${Object.keys(FORMATS).join(', ')}`);
    const render = await known.load();
    return render(this.#report, { color, width, verbose, ...(picture !== undefined && { picture }) });
  }
}

/** Captures that were analysed together, and what the rules found. Everything but the findings is made when it is asked for. */
export class Run extends Result {
  readonly #run: FileRun;
  readonly #facts: Facts;
  readonly #again: () => Promise<FileRun>;
  #conversations: readonly Conversation[] | null = null;
  #neighbours: readonly Neighbour[] | null = null;

  /** @internal `again`: the same captures, to be read once more. */
  constructor(report: RunReport, run: FileRun, facts: Facts, again: () => Promise<FileRun>) {
    super(report);
    this.#run = run;
    this.#facts = facts;
    this.#again = again;
  }

  /** Everything in the captures that wants an answer, by kind and outcome. */
  get ledger(): LedgerSummary {
    return this.report.ledger as LedgerSummary;
  }

  /** Every conversation, with its paths, by number: the numbers of `hopscope flows`. */
  get conversations(): readonly Conversation[] {
    this.#conversations ??= flowsOf(this.#run).flows.map((flow) => conversationOf(flow, this.#run.baseSeconds));
    return this.#conversations;
  }

  /** What ARP and neighbour discovery show: who was asked for, and who answered. */
  get neighbours(): readonly Neighbour[] {
    this.#neighbours ??= neighboursOf(this.#run, this.#facts);
    return this.#neighbours;
  }

  /** What rules judge by: conversations with the evidence of what became of them, where each capture was taken, who has which name. */
  get facts(): PublicFacts {
    return this.#facts;
  }

  /**
   * Every packet with its hops, in the order in which they ended. They are not kept: the captures are read once more, and no further than they
   * are asked for. Throws CaptureError where they are gone.
   */
  async *journeys({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Journey> {
    yield* journeysOf(await this.#again(), signal);
  }

  /** How many conversations had to be forgotten to stay within memory; what they may have hidden is undecided. */
  get forgotten(): number {
    return this.#facts.tracker.conversations.forgotten;
  }
}
