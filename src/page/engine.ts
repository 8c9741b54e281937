// The engine behind the page: analyses what it is given once, as `diagnose` and `verify` do, and answers what the screen asks of the packets.
import { HopscopeError } from '../errors.js';
import { analyze } from '../main/analyze.js';
import { shownFrame } from '../main/details.js';
import type { AnalyzeOptions } from '../main/options.js';
import { verify } from '../main/verify.js';
import { WHOLE } from '../main/verify-files.js';
import { frameBody } from '../report/html/frames.js';
import { htmlReport, reportContent } from '../report/html/report.js';
import { json } from '../report/json.js';
import type { Run } from '../report/run.js';
import { inputsOf } from './inputs.js';
import type { FromEngine, GivenFile, ToEngine } from './messages.js';
import { PacketList } from './packets.js';

const OPTIONS = { color: false, width: 100, verbose: false };
/** Bytes of a packet that are shown. */
const MAX_BYTES = 64 * 1024;
const NO_RULES = { only: [], except: [], settings: [] };

export class Engine {
  private run: Run | null = null;
  private list: PacketList | null = null;
  /** The filter that counts: of a later one the numbers of an earlier one are of no interest. */
  private current = 0;
  /** Of the filter that counts; null: all packets are shown. */
  private found: number[] | null = null;

  constructor(private readonly post: (message: FromEngine) => void) {}

  async receive(message: ToEngine): Promise<void> {
    try {
      if (message.type === 'analyze') await this.analyze(message.files);
      else if (message.type === 'save') await this.save(message.what);
      else if (message.type === 'filter') await this.filter(message.id, message.filter);
      else if (message.type === 'rows') this.rows(message.id, message.from, message.count);
      else this.packet(message.number, message.at, message.length);
    } catch (error) {
      const known = error instanceof HopscopeError;
      const text = known ? error.message : `the analysis failed: ${(error as Error).message}`;
      if (message.type === 'filter') this.post({ type: 'badFilter', id: message.id, text });
      else this.post({ type: 'failed', text });
    }
  }

  private async analyze(given: readonly GivenFile[]): Promise<void> {
    this.run = this.list = this.found = null;
    this.current = 0;
    const { taken, expectations, ...inputs } = await inputsOf(given);
    const options: AnalyzeOptions = {
      ...inputs,
      ifmap: null,
      decodeAs: [],
      filter: null,
      at: null,
      rules: NO_RULES,
      onProgress: ({ bytes, totalBytes, frames }) => this.post({ type: 'reading', bytes, totalBytes, frames }),
      onNote: (text) => this.post({ type: 'note', text }),
    };
    const run = expectations.length > 0 ? await this.verify(options, expectations) : await analyze(options);
    this.run = run;
    const { title, markup } = await reportContent(run);
    const pointOf = (name: string) =>
      run.captures.find(({ file }) => file === name || file.startsWith(`${name}#`))?.point ?? null;
    this.post({
      type: 'report',
      files: taken.map((file) => ({ ...file, point: pointOf(file.name) })),
      title,
      html: markup.text,
    });
    if (options.files.length === 0) return;
    this.list = await PacketList.open(options, run.findings);
    await this.list.read(() => {
      if (this.found === null) this.tell();
    });
  }

  private verify(options: AnalyzeOptions, paths: readonly string[]): Promise<Run> {
    const { files, topology, known = [], ifmap, decodeAs, onProgress } = options;
    return verify({
      paths,
      captures: files,
      topology,
      known,
      ifmap,
      decodeAs,
      ...WHOLE,
      ...(onProgress && { onProgress }),
    });
  }

  private async save(what: 'html' | 'json'): Promise<void> {
    const { run } = this;
    if (run === null) return;
    if (what === 'json') this.post({ type: 'saved', name: 'hopscope-report.json', kind: 'application/json', text: json(run) });
    else this.post({ type: 'saved', name: 'hopscope-report.html', kind: 'text/html', text: await htmlReport(run, OPTIONS) });
  }

  /** How many packets are listed. */
  private tell(): void {
    const { list, found, current: id } = this;
    if (list === null) return;
    const count = found?.length ?? list.count;
    this.post({ type: 'listed', id, count, total: list.count, done: list.done, columns: list.columns });
  }

  private async filter(id: number, filter: string): Promise<void> {
    const { list } = this;
    if (list === null) return;
    if (filter.trim() === '') {
      this.current = id;
      this.found = null;
      this.tell();
      return;
    }
    const numbers: number[] = [];
    let isNew = true;
    await list.find(
      filter,
      (number) => numbers.push(number),
      () => {
        if (isNew) [this.current, this.found, isNew] = [id, numbers, false];
        if (this.current !== id) return false;
        this.tell();
        return true;
      },
    );
    if (!isNew && this.current !== id) return;
    [this.current, this.found] = [id, numbers];
    this.tell();
  }

  private rows(id: number, from: number, count: number): void {
    const { list, found } = this;
    if (list === null || id !== this.current) return;
    const numbers =
      found?.slice(from, from + count) ??
      Array.from({ length: Math.max(0, Math.min(count, list.count - from)) }, (_, i) => from + i + 1);
    this.post({ type: 'rows', id, from, rows: list.rows(numbers) });
  }

  private packet(number: number, at: number, length: number): void {
    const detail = this.list?.detail(number) ?? null;
    if (detail === null) return;
    const shown = shownFrame('', detail.bytes, detail.tree, MAX_BYTES);
    this.post({ type: 'packet', number, html: frameBody(shown, null, { from: at, to: at + length }).text });
  }
}
