// `-T pdml`: all fields of each packet as XML; `-T psml`: the columns of the packet list.
import { utf8 } from '#host';
import { Line } from '../../bytes/line.js';
import { timeText } from '../../bytes/time.js';
import { xml } from '../../bytes/xml.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { Layers } from '../../dissect/walk.js';
import type { SummaryPrinter } from '../summary.js';
import type { Columns, ShapeChoice } from './json.js';
import { shownPacket } from './packet.js';
import { rawOf } from './raw.js';
import type { Shown } from './shown.js';

const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

/** An attribute with a blank before it. */
const said = (name: string, value: string | number): string => ` ${name}="${xml(String(value))}"`;

export class PdmlShape {
  readonly begin: string;
  readonly end = '\n\n</pdml>\n';

  constructor(
    private readonly extras: readonly ExtraField[],
    private readonly choice: ShapeChoice,
    private readonly columns: Columns | null,
    path: string,
  ) {
    this.begin = `${HEAD}<pdml version="0" creator="hopscope"${said('capture_file', path.split('/').at(-1)!)}>\n`;
  }

  print(layers: Layers, line: Line): void {
    const { columns, choice } = this;
    const packet = shownPacket(layers, this.extras);
    line.text('<packet>\n');
    this.about(layers, line);
    if (columns !== null)
      columns.values(layers).forEach((values, c) => {
        for (const value of values) line.text(`  <field${said('name', columns.names[c])}${said('value', value)}/>\n`);
      });
    else for (const layer of packet.layers) this.node(layer, packet.bytes, '  ', line, choice.only);
    line.text('</packet>\n\n');
  }

  /** What readers of the format look for first. */
  private about({ frame }: Layers, line: Line): void {
    if (frame === null) return;
    const size = frame.end - frame.start;
    const field = (name: string, title: string, show: string, value: string): void =>
      line.text(
        `    <field${said('name', name)} pos="0"${said('show', show)}${said('showname', title)}${said('value', value)}${said('size', size)}/>\n`,
      );
    line.text(`  <proto name="geninfo" pos="0" showname="General information"${said('size', size)}>\n`);
    field('num', 'Number', String(frame.number), frame.number.toString(16));
    field('len', 'Frame Length', String(frame.wireLength), frame.wireLength.toString(16));
    field('caplen', 'Captured Length', String(size), size.toString(16));
    if (frame.hasTime) {
      const seconds = `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`;
      field('timestamp', 'Captured Time', timeText(frame.seconds, frame.nanoseconds), seconds);
    }
    line.text('  </proto>\n');
  }

  private node(node: Shown, bytes: Uint8Array, indent: string, line: Line, only: ReadonlySet<string> | null): void {
    const { name, label, children, show, at, length } = node;
    const tag = node.isLayer && name !== 'data' ? 'proto' : 'field';
    let text = `${indent}<${tag}${said('name', name)}`;
    if (name === 'data' && node.isLayer) text += said('value', rawOf(node, bytes).value);
    else if (name === '') text += said('show', label) + said('size', length) + said('pos', at);
    else {
      text += said('showname', label);
      if (node.isHidden) text += ' hide="yes"';
      text += said('size', length) + said('pos', at);
      if (!node.isLayer) text += said('show', show ?? '');
      if (!node.isLayer && length > 0) {
        const raw = rawOf(node, bytes);
        text += said('value', raw.value);
        if (raw.around !== null) text += said('unmaskedvalue', raw.around);
      }
    }
    if (children.length === 0) {
      line.text(`${text}/>\n`);
      return;
    }
    line.text(`${text}>\n`);
    if (only !== null && !only.has(name) && name !== '') line.text(`${indent}  <field name="filtered"${said('value', name)}/>\n`);
    else for (const child of children) this.node(child, bytes, `${indent}  `, line, this.choice.within ? null : only);
    line.text(`${indent}</${tag}>\n`);
  }
}

const SECTIONS = ['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info'];

const section = (text: string): string => `<section>${xml(text)}</section>\n`;

export class PsmlShape {
  readonly begin = `${HEAD}<psml version="0" creator="hopscope">\n<structure>\n${SECTIONS.map(section).join('')}</structure>\n\n`;
  readonly end = '</psml>\n';

  private readonly row = new Line(ROOM);

  constructor(private readonly list: Pick<SummaryPrinter, 'tabs'>) {}

  print(layers: Layers, line: Line): void {
    const { row } = this;
    row.clear();
    this.list.tabs(layers, row);
    line.text('<packet>\n');
    let from = 0;
    for (let column = 0; column <= SECTIONS.length; column++) {
      let end = from;
      while (row.bytes[end] !== TAB && row.bytes[end] !== NEWLINE) end++;
      // An arrow stands between the addresses.
      if (column !== ARROW) this.section(from, end, line);
      from = end + 1;
    }
    line.text('</packet>\n\n');
  }

  /** What is in [from, end) of the row, without blanks around it. */
  private section(from: number, end: number, line: Line): void {
    const { bytes } = this.row;
    let [first, last] = [from, end];
    while (first < last && bytes[first] === BLANK) first++;
    while (first < last && bytes[last - 1] === BLANK) last--;
    line.text('<section>');
    const start = line.at;
    let at = first;
    for (; at < last && isPlain(bytes[at]); at++) line.byte(bytes[at]);
    if (at < last) {
      line.at = start;
      line.text(xml(utf8(bytes.subarray(first, last)).trim()));
    }
    line.text('</section>\n');
  }
}

const ROOM = 4096;
const TAB = 0x09;
const NEWLINE = 0x0a;
const BLANK = 0x20;
/** Column of a row that is no section. */
const ARROW = 3;

/** Printable ASCII that means nothing in XML. */
const isPlain = (byte: number): boolean =>
  byte >= BLANK && byte < 0x7f && byte !== 0x26 && byte !== 0x3c && byte !== 0x3e && byte !== 0x22 && byte !== 0x27;
