// One frame through everything that looks at frames. It is laid into three buffers that differ in what stands around it: whoever
// reads beyond the frame gives two answers.
import { Line } from '../../src/bytes/line.js';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { protocolStack } from '../../src/dissect/extra.js';
import type { Registry } from '../../src/dissect/registry.js';
import { type TreeNode, treeOf } from '../../src/dissect/tree.js';
import { nodeText } from '../../src/dissect/tree-text.js';
import { Layers } from '../../src/dissect/walk.js';
import { DEFAULT_FIELDS_OPTIONS, FieldsPrinter } from '../../src/dump/fields-output.js';
import { FrameContext } from '../../src/dump/frame-context.js';
import { ElasticShape, JsonShape } from '../../src/dump/shapes/json.js';
import { OwnJson } from '../../src/dump/shapes/own-json.js';
import { PdmlShape } from '../../src/dump/shapes/xml.js';
import { SummaryPrinter } from '../../src/dump/summary.js';
import { optionsOf, TcpdumpPrinter } from '../../src/dump/tcpdump.js';
import { TcpdumpTimes } from '../../src/dump/times.js';
import { TreeText } from '../../src/dump/tree-text.js';
import { knownFields } from '../../src/filter/dictionary.js';
import { type CompiledFilter, compileFilter } from '../../src/filter/filter.js';
import { Sight } from '../../src/flows/sight.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';
import { parseXml } from '../report/xml.js';
import { type Input, must, mustBeClean } from './input.js';

const FRONT = 64;
/** The views that a frame can be sent through, beside the walk and the flows, which every frame takes. */
export const VIEWS = ['tree', 'details', 'summary', 'tcpdump', 'json', 'shapes', 'fields', 'filters'] as const;
export type View = (typeof VIEWS)[number];

/** A frame at one place, and all that looks at it there. */
class Place {
  readonly frame = new Frame();
  readonly layers: Layers;
  readonly line = new Line(1 << 16);
  readonly context = new FrameContext(emptyInfo('fuzz', null));
  readonly summary: SummaryPrinter;
  readonly tcpdump: { readonly print: TcpdumpPrinter['print'] };
  readonly json: OwnJson;
  readonly shapes: { readonly json: Pick<JsonShape, 'print'>; readonly ek: ElasticShape; readonly pdml: PdmlShape };
  readonly fields: FieldsPrinter;
  readonly filters: readonly CompiledFilter[];

  constructor(
    private readonly buffer: Uint8Array | null,
    private readonly fill: number,
    readonly registry: Registry,
    filters: readonly string[],
    turn: number,
  ) {
    const sight = new Sight(new InterfaceNames({}));
    const extras = knownFields({
      times: this.context,
      interface: (layers) => sight.name(layers),
      direction: (layers) => sight.directionName(layers),
      point: 'here',
      conversation: null,
      path: null,
    });
    this.layers = new Layers(registry);
    this.summary = new SummaryPrinter(registry, sight, this.context);
    // As it is, and with what its options add.
    const plain = new TcpdumpPrinter(sight, new TcpdumpTimes('a', this.context));
    const whole = new TcpdumpPrinter(sight, new TcpdumpTimes('a', this.context), optionsOf('evvX'));
    this.tcpdump = {
      print: (layers, line) => {
        plain.print(layers, line);
        whole.print(layers, line);
      },
    };
    this.json = new OwnJson(extras, false);
    const choice = { raw: 'beside', only: null, within: false, unique: true } as const;
    this.shapes = {
      // Each packet is the first of its list: the others have a comma in front.
      json: { print: (layers, line) => new JsonShape(extras, choice, null).print(layers, line) },
      ek: new ElasticShape(extras, choice, null),
      pdml: new PdmlShape(extras, choice, null, 'fuzz'),
    };
    // A twelfth of all fields, in one line; which ones depends on the seed.
    const names = [...registry.fields].filter(([, def], i) => def.type !== 'none' && (i + turn) % 12 === 0).map(([name]) => name);
    this.fields = new FieldsPrinter(registry, names, extras, DEFAULT_FIELDS_OPTIONS);
    this.filters = filters.map((text) => compileFilter(text, registry, extras));
  }

  put({ bytes, linkType, wireLength }: Input): void {
    const { frame, fill } = this;
    if (this.buffer === null) {
      // Nothing at all behind it.
      frame.bytes = bytes.slice();
      frame.start = 0;
    } else {
      frame.bytes = this.buffer;
      frame.start = FRONT;
      this.buffer.set(bytes, FRONT);
      const end = FRONT + bytes.length;
      this.buffer.fill(fill, end, Math.min(this.buffer.length, end + 300));
    }
    frame.end = frame.start + bytes.length;
    frame.wireLength = wireLength;
    frame.linkType = linkType;
    frame.number = 1;
    this.layers.walk(frame);
    this.context.begin(frame);
  }
}

export class FrameTarget {
  private readonly places: readonly [Place, Place, Place];
  private readonly seen: Uint8Array;
  /** Features of trees that were never seen before: how a field's value looks, which notes there are. */
  fresh = 0;
  readonly counts = new Map<View, number>(VIEWS.map((view) => [view, 0]));

  constructor(
    readonly registry: Registry,
    filters: readonly string[],
    longest: number,
    seed: number,
  ) {
    const size = longest + 1024;
    this.places = [
      new Place(new Uint8Array(size).fill(0xff), 0xff, registry, filters, seed),
      new Place(new Uint8Array(size), 0, registry, filters, seed),
      new Place(null, 0, registry, filters, seed),
    ];
    this.seen = new Uint8Array(1 << 20);
  }

  /** Throws when the frame does what no frame may do. */
  run(input: Input, view: View, exact: boolean): void {
    this.counts.set(view, (this.counts.get(view) ?? 0) + 1);
    const a = this.places[0];
    const b = this.places[exact ? 2 : 1];
    a.put(input);
    b.put(input);
    this.sameWalk(a, b);
    this[view](a, b, input);
  }

  private sameWalk(a: Place, b: Place): void {
    const { layers: x, frame } = a;
    const { layers: y, frame: other } = b;
    const shift = frame.start - other.start;
    let same = x.count === y.count && x.stop === y.stop && x.partial === y.partial && x.quotedFrom === y.quotedFrom;
    for (let i = 0; i < x.count && same; i++) {
      same = x.proto[i] === y.proto[i] && x.start[i] - y.start[i] === shift && x.end[i] - y.end[i] === shift;
      same &&= x.body[i] - y.body[i] === shift && x.wireEnd[i] - y.wireEnd[i] === shift;
      must(x.start[i] >= frame.start && x.end[i] <= frame.end, `layer ${i} lies outside of its frame`);
      must(x.start[i] <= x.body[i] && x.body[i] <= x.end[i], `layer ${i}: its header does not lie within it`);
    }
    must(same, 'the walk depends on what stands around the frame');
  }

  private tree(a: Place, b: Place): void {
    const x = treeOf(a.layers);
    const y = treeOf(b.layers);
    this.sameNodes(x, y, a, b, 0);
    must(
      protocolStack(a.layers) === protocolStack(b.layers),
      'the names of the protocols depend on what stands around the frame',
    );
  }

  private sameNodes(x: readonly TreeNode[], y: readonly TreeNode[], a: Place, b: Place, depth: number): void {
    must(x.length === y.length, 'the tree depends on what stands around the frame');
    must(depth < 200, 'the tree is deeper than any screen');
    const { bytes, start, end } = a.frame;
    for (let i = 0; i < x.length; i++) {
      const node = x[i];
      const text = nodeText(node, bytes);
      must(text === nodeText(y[i], b.frame.bytes), `${node.def.name} depends on what stands around the frame: ${text}`);
      if (node.length > 0) must(node.at >= start && node.at + node.length <= end, `${node.def.name} lies outside of its frame`);
      must(node.length >= 0, `${node.def.name} has a negative length`);
      mustBeClean(text, node.def.name);
      must(!text.includes('\n') && !text.includes('undefined') && !text.includes('NaN'), `${node.def.name}: ${text}`);
      const value = typeof node.value === 'number' ? 32 - Math.clz32(node.value) : node.value === null ? 33 : 34;
      this.feature((node.def.id * 64 + value) * 16 + (32 - Math.clz32(node.length)));
      for (const note of node.notes) mustBeClean(note.text, `a note on ${node.def.name}`);
      this.feature(node.def.id * 8191 + node.notes.length + 0x5555);
      this.sameNodes(node.children, y[i].children, a, b, depth + 1);
    }
  }

  private feature(n: number): void {
    const slot = Math.imul(n, 0x9e3779b1) >>> 12;
    if (this.seen[slot] !== 0) return;
    this.seen[slot] = 1;
    this.fresh++;
  }

  private printed(place: Place, print: (line: Line) => void): string {
    place.line.clear();
    print(place.line);
    return place.line.toString();
  }

  private both(a: Place, b: Place, what: string, print: (place: Place, line: Line) => void): string {
    const text = this.printed(a, (line) => print(a, line));
    const again = this.printed(b, (line) => print(b, line));
    must(text === again, `${what} depends on what stands around the frame: ${JSON.stringify([text, again]).slice(0, 400)}`);
    mustBeClean(text, what);
    return text;
  }

  private details(a: Place, b: Place): void {
    this.both(a, b, 'the list of details', (place, line) => new TreeText([]).print(place.layers, line));
  }

  private summary(a: Place, b: Place): void {
    const text = this.both(a, b, 'the summary', (place, line) => place.summary.print(place.layers, line));
    must(text.indexOf('\n') === text.length - 1, `the summary is not one line: ${JSON.stringify(text)}`);
    must(!text.includes('undefined') && !text.includes('NaN'), `the summary: ${text}`);
  }

  private tcpdump(a: Place, b: Place, input: Input): void {
    // What a printer remembers of conversations must be the same at all places, so each of them prints every frame.
    const c = this.places[b === this.places[1] ? 2 : 1];
    c.put(input);
    const text = this.both(a, b, 'the line of tcpdump', (place, line) => place.tcpdump.print(place.layers, line));
    must(
      this.printed(c, (line) => c.tcpdump.print(c.layers, line)) === text,
      'the line of tcpdump depends on what stands around the frame',
    );
    must(text.endsWith('\n'), `tcpdump's line does not end: ${JSON.stringify(text)}`);
    must(!text.includes('undefined') && !text.includes('NaN'), `tcpdump's line: ${text}`);
  }

  private json(a: Place, b: Place): void {
    JSON.parse(this.both(a, b, 'JSON', (place, line) => place.json.print(place.layers, line)));
  }

  private shapes(a: Place, b: Place): void {
    const print = (name: 'json' | 'ek' | 'pdml') =>
      this.both(a, b, name, (place, line) => place.shapes[name].print(place.layers, line));
    JSON.parse(print('json'));
    for (const line of print('ek').trimEnd().split('\n')) JSON.parse(line);
    parseXml(print('pdml'));
  }

  private fields(a: Place, b: Place): void {
    const text = this.both(a, b, 'the line of fields', (place, line) => line.text(place.fields.line(place.layers)));
    must(text.indexOf('\n') === text.length - 1, `the line of fields is not one: ${JSON.stringify(text.slice(0, 200))}`);
  }

  private filters(a: Place, b: Place): void {
    for (let i = 0; i < a.filters.length; i++)
      must(
        a.filters[i].matches(a.layers) === b.filters[i].matches(b.layers),
        `the filter ${a.filters[i].text} depends on what stands around the frame`,
      );
  }
}
