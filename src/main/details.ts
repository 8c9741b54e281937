// What reports for people show beside the record of a run: frames of the evidence, read again once the run is over (of a plain pcap at their
// places, of anything else by a pass up to the last of them), and pages of rules.
import { utf8 } from '#host';
import { shellWord } from '../bytes/command.js';
import { Line } from '../bytes/line.js';
import { plainWidth } from '../bytes/text.js';
import { Words } from '../bytes/words.js';
import { CaptureRecords } from '../capture/at-offset.js';
import { type CaptureInfo, Frame } from '../capture/frame.js';
import { openCapture } from '../capture/open.js';
import { FILE_HEADER } from '../capture/pcap.js';
import { emptyInfo } from '../capture/records.js';
import type { Registry } from '../dissect/registry.js';
import type { TreeNode } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import { Layers } from '../dissect/walk.js';
import { frameTree } from '../dump/frame-tree.js';
import { Headings } from '../dump/headings.js';
import { SummaryPrinter } from '../dump/summary.js';
import { CaptureError } from '../errors.js';
import { Sight } from '../flows/sight.js';
import { type Details, type FrameLine, frameKey, type ShownFrame } from '../report/details.js';
import type { Evidence } from '../rules/finding.js';
import { catalogue } from '../rules/index.js';
import { isRegularFile, type LabCapture } from './lab.js';
import type { AnalyzeOptions } from './options.js';

/** Bytes of a frame, and lines of a tree, that are shown. */
const MAX_BYTES = 512;
const MAX_LINES = 400;

/** A capture, under the name that findings have for it. */
export interface ToldCapture extends Pick<LabCapture, 'path' | 'file' | 'point' | 'names' | 'ownMacs'> {
  readonly label: string;
  readonly registry: Registry;
  /** The words of a command line that name the captures of its run, and what is known of them; null where they cannot be opened again. */
  readonly reopen: string | null;
  /** How far its clock is ahead of that of the first capture of its run; packets are held against each other with that taken off. */
  readonly aheadNs: number;
}

const NO_TIMES = { firstSeconds: 0, firstNanoseconds: 0, nanoseconds: false };

export class RunDetails implements Details {
  constructor(readonly captures: readonly ToldCapture[]) {}

  async frames(wanted: readonly Evidence[]): Promise<ReadonlyMap<string, ShownFrame>> {
    const shown = new Map<string, ShownFrame>();
    for (const capture of this.captures) {
      const own = wanted.filter(({ point }) => point === capture.label);
      if (own.length === 0 || !isRegularFile(capture.file)) continue;
      try {
        await readFrames(capture, own, shown);
      } catch (error) {
        // What was read once may be gone by now: the report is made without it.
        if (!(error instanceof CaptureError)) throw error;
      }
    }
    return shown;
  }

  page(rule: string): string | null {
    // The page of a browser is built without them.
    return catalogue.find(({ id }) => id === rule)?.page || null;
  }

  clockAheadNs(label: string): number {
    return this.captures.find((capture) => capture.label === label)?.aheadNs ?? 0;
  }

  tui(at: Pick<Evidence, 'point' | 'frame'>): string | null {
    return openedAt(this.captures, at);
  }
}

/** The command that opens the terminal UI at a frame of these captures; null where they cannot be opened again. */
export function openedAt(
  captures: readonly Pick<ToldCapture, 'point' | 'label' | 'reopen'>[],
  { point, frame }: Pick<Evidence, 'point' | 'frame'>,
): string | null {
  const capture = captures.find(({ label }) => label === point);
  if (capture === undefined || capture.reopen === null) return null;
  const isAlone = captures.filter(({ reopen }) => reopen === capture.reopen).length === 1;
  return `hopscope tui ${capture.reopen} --go ${isAlone ? frame : shellWord(`${capture.point}:${frame}`)}`;
}

async function readFrames(capture: ToldCapture, wanted: readonly Evidence[], shown: Map<string, ShownFrame>): Promise<void> {
  const { path, file } = capture;
  const source = openCapture(path, { file });
  try {
    const first = source.fill();
    if (typeof first === 'boolean' ? !first : !(await first)) return;
    const { info } = source;
    const show = shower(capture, info);
    const frame = new Frame();
    if (info.format === 'pcap' && info.compression === null && info.printed === null) {
      const records = new CaptureRecords(file, emptyInfo(path, null), 64 * 1024);
      records.describe({ capture: 0, from: 0, to: FILE_HEADER });
      for (const one of wanted)
        if (!shown.has(frameKey(one)) && records.read(one.fileOffset, one.frame, frame)) shown.set(frameKey(one), show(frame));
      records.close();
      return;
    }
    const numbers = new Set(wanted.map(({ frame: number }) => number));
    const last = Math.max(...numbers);
    do {
      while (source.next(frame)) {
        if (numbers.has(frame.number)) shown.set(frameKey({ point: capture.label, frame: frame.number }), show(frame));
        if (frame.number >= last) return;
      }
    } while (await source.fill());
  } finally {
    source.close();
  }
}

/** As reports show a frame: its bytes up to `most`. */
export function shownFrame(summary: string, bytes: Uint8Array, tree: readonly TreeNode[], most: number): ShownFrame {
  let left = MAX_LINES;
  const lineOf = (node: TreeNode): FrameLine => {
    left--;
    return {
      text: nodeText(node, bytes),
      field: node.def.name,
      at: node.at,
      length: node.length,
      children: node.children.flatMap((child) => (left > 0 ? [lineOf(child)] : [])),
      notes: node.notes.map((note) => note.text),
    };
  };
  return { summary, bytes: bytes.slice(0, most), captured: bytes.length, tree: tree.map(lineOf) };
}

/** Makes what is shown of a frame of a capture. */
function shower({ registry, names, ownMacs }: ToldCapture, info: CaptureInfo): (frame: Frame) => ShownFrame {
  const words = new Words();
  const layers = new Layers(registry);
  const sight = new Sight(names, ownMacs);
  const headings = new Headings(registry);
  const summary = new SummaryPrinter(registry, sight, NO_TIMES);
  const line = new Line(4096);
  return (frame) => {
    const bytes = frame.bytes.slice(frame.start, frame.end);
    const own = Object.assign(new Frame(), frame, { bytes, start: 0, end: bytes.length });
    layers.walk(own);
    summary.look(layers);
    line.clear();
    summary.source(layers, line);
    line.arrow();
    summary.destination(layers, line);
    const ends = line.toString();
    line.clear();
    summary.message(layers, line);
    const says = utf8(line.bytes.subarray(summary.textAt, line.at));
    const at = { name: sight.name(layers), direction: sight.direction(layers) };
    if (info.withUnknown) words.take(info.names);
    return shownFrame(
      plainWidth(words.spelt(`${ends} ${summary.spokenName} ${says}`.trim())),
      bytes,
      frameTree(layers, own, at, headings),
      MAX_BYTES,
    );
  };
}

/** The words of a command line that name these captures, and what is known of them; null for standard input, which is gone. */
export function reopening(
  captures: readonly Pick<LabCapture, 'path' | 'point'>[],
  { topology, ifmap, decodeAs }: Pick<AnalyzeOptions, 'topology' | 'ifmap' | 'decodeAs'>,
): string | null {
  if (captures.some(({ path }) => path === '-')) return null;
  return [
    ...captures.map(({ path, point }) => shellWord(captures.length > 1 ? `${point}=${path}` : path)),
    ...topology.map((path) => `-t ${shellWord(path)}`),
    ...(ifmap === null ? [] : [`--ifmap ${shellWord(ifmap)}`]),
    ...decodeAs.map((rule) => `-d ${shellWord(rule)}`),
  ].join(' ');
}
