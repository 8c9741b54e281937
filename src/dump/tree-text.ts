// `dump -V`: every field of a packet, one line each, indented by depth.
import type { Line } from '../bytes/line.js';
import { Stamp, stampOf, writeSeconds } from '../bytes/stamp.js';
import { safeText } from '../bytes/text.js';
import { Moment, secondText } from '../bytes/time.js';
import type { ExtraField } from '../dissect/extra.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, shownLayers, type TreeNode, treeOf } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import { type Layers, STOP } from '../dissect/walk.js';
import { INDENT, MAX_DEPTH, TreePrinter } from './tree-printer.js';

const STOPS: Readonly<Record<number, string>> = {
  [STOP.clipped]: 'the captured bytes end here: the frame was cut by the snapshot length',
  [STOP.malformed]: 'malformed: a header does not fit into what the packet says it has',
  [STOP.deep]: 'more headers than are shown',
};

/** Types of numbers that are spelled in decimal, as all about frames are. */
const DECIMAL: ReadonlySet<string> = new Set(['uint32', 'int32']);

export interface TreeChoice {
  /** Protocols whose fields are shown, of the others the headings; null: of all. */
  readonly only: ReadonlySet<string> | null;
  /** The line after each packet. */
  readonly separator: string;
}

/** Characters of a line about the frame. */
const MAX_LINE = 1000;
/** Lines of one field that are kept. */
const MAX_KNOWN = 256;

/** A line about the frame. */
interface About extends ExtraField {
  readonly head: Stamp;
  /** Characters of its value. */
  readonly room: number;
  /** Whole lines, by their values: most packets say what others said. */
  readonly known: Map<string, Stamp>;
}

export class TreeText {
  private readonly about: readonly About[];
  private readonly printer = new TreePrinter();
  private readonly moment = new Moment();

  /** `extras`: the fields that no header holds. */
  constructor(
    extras: readonly ExtraField[],
    private readonly choice: TreeChoice = { only: null, separator: '' },
  ) {
    const isShown = choice.only === null || choice.only.has('frame');
    this.about = extras.flatMap((extra) => {
      if (!isShown || extra.def.name === 'frame.number') return [];
      const head = `${INDENT}${safeText(extra.def.title)}: `;
      return [{ ...extra, head: stampOf(head), room: MAX_LINE - head.length, known: new Map() }];
    });
  }

  print(layers: Layers, line: Line): void {
    const { only, separator } = this.choice;
    const { frame } = layers;
    if (frame === null) return;
    line.text('Frame ');
    line.dec(frame.number);
    line.text(': ');
    line.dec(frame.wireLength);
    line.text(' bytes on wire, ');
    line.dec(frame.end - frame.start);
    line.text(' bytes captured\n');
    for (let i = 0; i < this.about.length; i++) this.printAbout(this.about[i], layers, line);
    if (only !== null || !this.printDirectly(layers, line))
      for (const node of treeOf(layers))
        printNode(only === null || only.has(node.def.name) ? node : { ...node, children: [] }, layers.bytes, line, 0);
    const stop = STOPS[layers.stop];
    if (stop !== undefined) line.text(`[${stop}]\n`);
    line.text(separator);
    line.newline();
  }

  private printAbout(about: About, layers: Layers, line: Line): void {
    const { def, read, moment, head, room } = about;
    const own = this.moment;
    if (moment?.(layers, own) && own.seconds >= 0) {
      const day = def.type === 'time' ? secondText(own.seconds) : null;
      head.write(line);
      if (day === null) writeSeconds(line, own.seconds, own.nanoseconds);
      else {
        line.text(day);
        line.byte(DOT);
        line.decPadded(own.nanoseconds, 9, ZERO);
        line.text(' UTC');
      }
    } else {
      const value = read(layers);
      if (value === null) return;
      if (typeof value === 'string') {
        printText(about, value, line);
        return;
      }
      head.write(line);
      if (typeof value === 'number' && value >= 0 && DECIMAL.has(def.type)) line.dec(value);
      else line.safe(spell(def, layers.bytes, 0, 0, value), room);
    }
    line.newline();
  }

  /** False, with nothing written: a note stands before lines that were there first, and only a tree can sort them. */
  private printDirectly(layers: Layers, line: Line): boolean {
    const { printer } = this;
    const from = line.at;
    printer.begin(line, layers.bytes);
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) emitLayer(layers, i, printer);
    if (!printer.isNoted) return true;
    line.at = from;
    return false;
  }
}

function printText({ head, room, known }: About, value: string, line: Line): void {
  const written = known.get(value);
  if (written !== undefined) {
    written.write(line);
    return;
  }
  const start = line.at;
  head.write(line);
  line.safe(value, room);
  line.newline();
  if (known.size < MAX_KNOWN) known.set(value, new Stamp(line.bytes.subarray(start, line.at)));
}

const ZERO = 0x30;
const DOT = 0x2e;

function printNode(node: TreeNode, bytes: Uint8Array, line: Line, depth: number): void {
  for (let d = 0; d < depth && d < MAX_DEPTH; d++) line.text(INDENT);
  line.text(nodeText(node, bytes));
  line.newline();
  for (const { text } of node.notes) {
    for (let d = 0; d <= depth && d < MAX_DEPTH; d++) line.text(INDENT);
    line.text(`[${text}]\n`);
  }
  for (const child of node.children) printNode(child, bytes, line, depth + 1);
}
