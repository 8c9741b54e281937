// The packets of a run for the list of the page: a pass that gives each its place in the index, rows and trees of those that are looked at, and the
// numbers of those that fit a display filter. The index is that of the terminal UI.
import { nextTurn } from '#host';
import { chunksAt } from '../capture/chunks.js';
import { MergedSource } from '../capture/merge.js';
import { openCapture } from '../capture/open.js';
import { textPart } from '../capture/text-file.js';
import { unpacked } from '../capture/unpack.js';
import { UnpackError } from '../capture/unpack-error.js';
import type { ExtraField } from '../dissect/extra.js';
import { Headings } from '../dump/headings.js';
import { UsageError } from '../errors.js';
import { compileFilter } from '../filter/filter.js';
import { addFile, Written } from '../host/browser.js';
import { clockOffsets } from '../main/clocks.js';
import { type Lab, openLab } from '../main/lab.js';
import type { AnalyzeOptions } from '../main/options.js';
import { inputOf, Run } from '../main/run.js';
import type { Finding, Severity } from '../rules/finding.js';
import { LISTED } from '../tui/columns/packet-columns.js';
import { PacketCells } from '../tui/session/cells.js';
import { packetTree } from '../tui/session/detail.js';
import { pathOf } from '../tui/session/journey.js';
import { Packets } from '../tui/session/packets.js';
import { Pass } from '../tui/session/pass.js';
import { Store } from '../tui/session/store.js';
import type { Row } from './messages.js';

/** Packets between two looks at the clock, and milliseconds between two turns: questions wait that long. */
const SLICE = 256;
const TURN_MS = 12;
/** Bytes of a capture that are read at once. */
const AHEAD = 512 * 1024;

const RANK: Readonly<Record<Severity, number>> = { info: 1, warning: 2, error: 3 };

export class PacketList {
  readonly columns: readonly string[];
  count = 0;
  done = false;
  private readonly store = new Store();
  private readonly packets: Packets;
  /** Reads the other copies of a packet that is looked at. */
  private readonly copies: Packets;
  private readonly extras: readonly ExtraField[];
  private readonly cells: PacketCells;
  private readonly headings: Headings;
  private readonly severities = new Map<string, Severity>();

  private constructor(
    private readonly lab: Lab,
    /** By capture: the file with its uncompressed records. */
    private readonly plain: readonly string[],
    findings: readonly Finding[],
  ) {
    const plans = lab.captures.map(({ point, path, file }, i) => ({
      point,
      path,
      file,
      labPath: file,
      dataPath: plain[i]!,
      kind: 'file' as const,
      limit: 0,
    }));
    this.packets = new Packets(this.store, lab.registry, lab, plans, AHEAD);
    this.copies = new Packets(this.store, lab.registry, lab, plans, 64 * 1024);
    this.extras = this.packets.extras(() => pathOf(this.copies, this.packets.number));
    const shown = LISTED.filter(({ isDefault, width }) => isDefault && (width !== 'several' || lab.captures.length > 1));
    this.columns = shown.map(({ title }) => title);
    this.cells = new PacketCells(
      this.packets,
      shown.map(({ id }) => id),
      this.extras,
    );
    this.headings = new Headings(lab.registry);
    for (const { verdict, severity, evidence } of findings)
      for (const { point, fileOffset } of verdict === 'pass' ? [] : evidence) {
        const key = `${fileOffset} ${point}`;
        const known = this.severities.get(key);
        if (known === undefined || RANK[severity] > RANK[known]) this.severities.set(key, severity);
      }
  }

  /** Opens the captures of a run once more. */
  static async open(options: AnalyzeOptions, findings: readonly Finding[]): Promise<PacketList> {
    const lab = await openLab(options);
    const plain: string[] = [];
    for (const [i, { source, file }] of lab.captures.entries()) {
      const more = source.fill();
      if (typeof more !== 'boolean') await more;
      const { compression, printed } = source.info;
      source.close();
      plain.push(compression === null && printed === null ? file : await unpack(file, i));
    }
    return new PacketList(lab, plain, findings);
  }

  /** Reads all packets; `tell` is called now and then. */
  async read(tell: () => void): Promise<void> {
    const { lab, plain, store } = this;
    const sources = lab.captures.map(({ path }, i) => openCapture(path, { file: plain[i] }));
    const captures = lab.captures.map((one, i) => ({ ...one, source: sources[i]! }));
    const aheadNs = clockOffsets(lab.captures, lab.registry);
    const run = new Run({ inputs: captures.map(inputOf), topology: lab.topology, registry: lab.registry, aheadNs });
    const pass = new Pass(run, sources, store, (preamble) => {
      const { interfaces } = lab.captures[preamble.capture]!.source.info;
      interfaces.push(...sources[preamble.capture]!.info.interfaces.slice(interfaces.length));
      this.packets.describe(preamble);
      this.copies.describe(preamble);
    });
    const merged = new MergedSource(sources, aheadNs);
    let turnAt = performance.now() + TURN_MS;
    do {
      for (let i = merged.next(); i >= 0; i = merged.next()) {
        pass.take(merged.heads[i]!, i);
        if (pass.count % SLICE !== 0 || performance.now() < turnAt) continue;
        pass.publish();
        this.count = pass.count;
        tell();
        await nextTurn();
        turnAt = performance.now() + TURN_MS;
      }
    } while (await merged.fill());
    for (const source of sources) source.close();
    pass.publish();
    this.count = pass.count;
    this.done = true;
    tell();
  }

  rows(numbers: readonly number[]): Row[] {
    return numbers.map((number) => {
      const isRead = this.packets.read(number);
      return {
        number,
        cells: isRead ? this.cells.cells(number - 1) : this.columns.map((_, i) => (i === 0 ? String(number) : '')),
        severity: this.severities.get(`${this.store.offset(number)} ${this.packets.point}`) ?? null,
      };
    });
  }

  /** Tree and bytes of a packet; null where it cannot be read. */
  detail(number: number): ReturnType<typeof packetTree> | null {
    return this.packets.read(number) ? packetTree(this.packets, this.extras, this.headings) : null;
  }

  /**
   * The numbers of all packets that fit a display filter, as they are found; waits for those that are not read yet. `goesOn` is asked at every
   * turn. Throws FilterError.
   */
  async find(filter: string, found: (number: number) => void, goesOn: () => boolean): Promise<void> {
    const { packets, lab } = this;
    const { matches, needs } = compileFilter(filter, lab.registry, this.extras);
    if (needs.has('past'))
      throw new UsageError(
        'fields that tell of earlier frames are not in the page; ask the command line for them: hopscope dump',
      );
    for (let n = 1; ; ) {
      const turnAt = performance.now() + TURN_MS;
      while (n <= this.count) {
        if (packets.read(n) && matches(packets.layers)) found(n);
        if (n++ % 64 === 0 && performance.now() > turnAt) break;
      }
      if (this.done && n > this.count) return;
      await nextTurn();
      if (!goesOn()) return;
    }
  }
}

/** The records of a capture that is compressed, or printed as text, in a file of their own; of a damaged one those before the damage. */
async function unpack(path: string, number: number): Promise<string> {
  const { file, node } = textPart(path);
  const name = `\0unpacked ${number}`;
  const written = new Written();
  addFile(name, written);
  const ignored = () => undefined;
  try {
    for await (const piece of unpacked(chunksAt(file), { compressed: ignored, printed: ignored, only: node }))
      written.append(piece);
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
  }
  return name;
}
