// The expectations of a session: checked beside the screen, and again when a file of them, or a capture, has changed.
import type { Finding } from '../../rules/finding.js';
import type { CheckRow, Checks } from '../session.js';
import type { Engine } from './engine.js';
import { stampOf } from './stamps.js';
import { startPart } from './threads.js';
import type { CheckAsk, CheckResult, Wire } from './wire.js';

/** Between two looks at the files. */
const LOOK_MS = 1000;
/** Of a capture that grows: checked again after this many times the time that it takes, and not sooner than this. */
const SHARE = 10;
const LEAST_MS = 2000;

export class SessionChecks implements Checks {
  rows: readonly CheckRow[] = [];
  isRunning = true;
  error: string | null = null;
  runs = 0;
  private readonly wire: Wire<CheckAsk, CheckResult>;
  private readonly timer: NodeJS.Timeout;
  private asked = 0;
  private askedMs = 0;
  private askedFrames = -1;
  private tookMs = 0;
  private wasFinal = false;
  private files: readonly (readonly [string, string])[] = [];

  constructor(
    private readonly paths: readonly string[],
    /** Another reading of the captures may take the place of the first. */
    private readonly engine: () => Engine,
    threads: boolean,
    private readonly onChange: () => void,
  ) {
    this.wire = startPart<CheckAsk, CheckResult>(
      'tui-checks',
      threads,
      async () => {
        const { ChecksPart } = await import('./checks-part.js');
        return (wire) => void new ChecksPart(wire);
      },
      (error) => this.take({ id: this.asked, suites: [], findings: [], error: error.message, files: [], tookMs: 0 }),
    );
    this.wire.onMessage = (result) => this.take(result);
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
    this.look();
  }

  /** Checks again, whatever has changed. */
  again(): void {
    const { settings, count } = this.engine();
    this.wasFinal = this.isFinal;
    this.askedMs = performance.now();
    this.askedFrames = count;
    this.isRunning = true;
    const { topology, known, ifmap, decodeAs, at } = settings;
    const captures = settings.captures.map(({ point, path, file, labPath, dataPath, kind }) => {
      const isPiped = kind === 'copied' && labPath === dataPath;
      return { point: point ?? at, path, file: isPiped ? dataPath : file };
    });
    this.wire.post({ type: 'check', id: ++this.asked, paths: this.paths, captures, topology, known, ifmap, decodeAs });
    this.onChange();
  }

  /** All packets of what grows, or comes through a pipe, are there. */
  private get isFinal(): boolean {
    const { state } = this.engine().progress;
    return !this.isStream || (state !== 'running' && state !== 'following');
  }
  private get isStream(): boolean {
    return this.engine().settings.captures.some(
      ({ kind, labPath, dataPath }) => kind === 'growing' || (kind === 'copied' && labPath === dataPath),
    );
  }

  private look(): void {
    if (this.isRunning && this.asked > 0) return;
    const isDue = performance.now() > this.askedMs + Math.max(LEAST_MS, SHARE * this.tookMs);
    const { count } = this.engine();
    const hasGrown = this.isStream && count !== this.askedFrames && isDue;
    const hasEnded = this.isFinal && !this.wasFinal;
    if (this.asked === 0 ? !this.isStream || count > 0 : hasGrown || hasEnded || this.hasChanged()) this.again();
  }

  private hasChanged(): boolean {
    const { captures } = this.engine().settings;
    const growing = new Set(this.isFinal ? [] : captures.map(({ path }) => path));
    return this.files.some(([file, stamp]) => !growing.has(file) && stampOf(file) !== stamp);
  }

  private take({ id, suites, findings, error, files, tookMs }: CheckResult): void {
    if (id !== this.asked) return;
    const isOpen = !this.wasFinal;
    const byId = new Map(findings.map((finding) => [finding.id, finding]));
    this.rows = suites.flatMap(({ title, file, expectations }) =>
      expectations.map(({ name, verdict, line, expected, seen, finding, count }): CheckRow => {
        const about = finding === null ? null : (byId.get(finding) ?? null);
        // What is missing may still come.
        const mayCome = isOpen && (verdict === 'inconclusive' || (verdict === 'fail' && (count === 0 || !hasEvidence(about))));
        return { suite: title, file, name, verdict: mayCome ? 'pending' : verdict, line, expected, seen, finding: about };
      }),
    );
    this.error = error;
    this.files = files;
    this.tookMs = tookMs;
    this.isRunning = false;
    this.runs++;
    this.onChange();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.wire.close();
  }
}

const hasEvidence = (finding: Finding | null): boolean => finding !== null && finding.evidence.length > 0;
