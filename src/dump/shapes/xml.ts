// `-T pdml`: all fields of each packet as XML; `-T psml`: the columns of the packet list.
import { utf8 } from '#host';
import { Line } from '../../bytes/line.js';
import { timeText } from '../../bytes/time.js';
import { xml } from '../../bytes/xml.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { Layers } from '../../dissect/walk.js';
import type { SummaryPrinter } from '../summary.js';
import { DirectPdml } from './direct-xml.js';
import { type Columns, isWhole, type ShapeChoice } from './json.js';
import { shownPacket } from './packet.js';
import { rawOf } from './raw.js';
import type { Shown } from './shown.js';

const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

/** An attribute with a blank before it. */
const said = (name: string, value: string | number): string => ` ${name}="${xml(String(value))}"`;

export class PdmlShape {
  readonly begin: string;
  readonly end = '\n\n</pdml>\n';
  private readonly direct: DirectPdml | null;

  constructor(
    private readonly extras: readonly ExtraField[],
    private readonly choice: ShapeChoice,
    private readonly columns: Columns | null,
    path: string,
  ) {
    const node = (one: Shown, bytes: Uint8Array, indent: string, line: Line): void => this.node(one, bytes, indent, line, null);
    this.direct = columns === null && isWhole(choice) ? new DirectPdml(extras, { node, head }) : null;
    this.begin = `${HEAD}<pdml version="0" creator="hopscope"${said('capture_file', path.split('/').at(-1)!)}>\n`;
  }

  print(layers: Layers, line: Line): void {
    const { columns, choice } = this;
    line.text('<packet>\n');
    this.about(layers, line);
    if (this.direct?.print(layers, line)) {
      line.text('</packet>\n\n');
      return;
    }
    const packet = shownPacket(layers, this.extras);
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
    line.text(`  <proto name="geninfo" pos="0" showname="General information" size="${size}">\n`);
    about('num', 'Number', String(frame.number), frame.number.toString(16), size, line);
    about('len', 'Frame Length', String(frame.wireLength), frame.wireLength.toString(16), size, line);
    about('caplen', 'Captured Length', String(size), size.toString(16), size, line);
    if (frame.hasTime) {
      const seconds = `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`;
      about('timestamp', 'Captured Time', timeText(frame.seconds, frame.nanoseconds), seconds, size, line);
    }
    line.text('  </proto>\n');
  }

  private node(node: Shown, bytes: Uint8Array, indent: string, line: Line, only: ReadonlySet<string> | null): void {
    const { name, children } = node;
    head(node, bytes, indent, line);
    if (children.length === 0) {
      line.text('/>\n');
      return;
    }
    line.text('>\n');
    if (only !== null && !only.has(name) && name !== '') line.text(`${indent}  <field name="filtered"${said('value', name)}/>\n`);
    else for (const child of children) this.node(child, bytes, `${indent}  `, line, this.choice.within ? null : only);
    line.text(`${indent}</${tagOf(node)}>\n`);
  }
}

const about = (name: string, title: string, show: string, value: string, size: number, line: Line): void =>
  line.text(`    <field name="${name}" pos="0" show="${show}" showname="${title}" value="${value}" size="${size}"/>\n`);

const tagOf = ({ isLayer, name }: Shown): string => (isLayer && name !== 'data' ? 'proto' : 'field');

/** The beginning of an element, without what ends it. */
function head(node: Shown, bytes: Uint8Array, indent: string, line: Line): void {
  const { name, label, show, at, length } = node;
  let text = `${indent}<${tagOf(node)}${said('name', name)}`;
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
  line.text(text);
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
