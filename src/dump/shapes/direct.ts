// Packets in tshark's shapes, written as their fields come, without a tree: what nearly all packets need. A layer whose fields have other
// places than they come in is made as a tree, and written from that; so is what is said of more fields than are shown.
import type { Line } from '../../bytes/line.js';
import { Moment } from '../../bytes/time.js';
import type { ExtraField } from '../../dissect/extra.js';
import { type FieldDef, type FieldValue, field } from '../../dissect/fields.js';
import { type Placed, readUint } from '../../dissect/layout.js';
import type { Sink } from '../../dissect/sink.js';
import { emitEach, emitLayer, MAX_NODES, shownLayers, TreeBuilder } from '../../dissect/tree.js';
import type { Layers } from '../../dissect/walk.js';
import { KeptLines } from '../kept-lines.js';
import { bitsOf, isTold, linesOf } from '../kinds.js';
import { arranged, isArrangedAsTree, OF_INTERFACE } from './arrange.js';
import { type Form, ROLE, Values } from './direct-values.js';
import { frameLabel, isInside, shown, UNSHOWN } from './packet.js';
import { frameField, type Shown } from './shown.js';

const isPort = (name: string): boolean => name.endsWith('.port');

/** Layers in layers, and fields in fields, at most: what is deeper is made as a tree. */
export const MAX_DEPTH = 30;
/** Offset in a frame up to which the lines of a field are kept. */
const MAX_PLACE = 2048;
const MAX_FIELD = 1 << 14;

/** A node that is open: its field, and what its generic names need. */
export interface Open {
  def: FieldDef;
  form: Form;
  at: number;
  length: number;
  value: FieldValue;
  text: string | undefined;
  isLayer: boolean;
}

const TIMES = field('', 'Timestamps', 'none');

export abstract class Direct extends Values implements Sink {
  /** Where the frame begins. */
  protected base = 0;
  protected end = 0;
  /** Of the members that are written next; 0: the layers. */
  protected depth = 0;
  /** Members that were written, by depth. */
  protected readonly counts = new Int32Array(MAX_DEPTH + 2);
  /** The separator of the next member was written. */
  protected isBegun = false;
  /** The bytes between the header's start and the end of its fields. */
  protected reach = 0;
  /** Nodes that are open. */
  protected readonly nodes: Open[] = [];

  private made = 0;
  private isTree = false;
  private layerDepth = 1;
  private layerAt = 0;
  private flagsEnd = -1;
  private isInTimes = false;
  private hadTimes = false;
  /** The checksum that is open says that there is none: its status stands below it. */
  private isUnsummed = false;
  /** Ports whose generic names are not written yet: which fields, and which of their names. */
  private readonly ports: Open[] = [];
  private readonly portNames: number[] = [];
  private portName = '';
  private portsDepth = 0;
  private readonly kept = new KeptLines();

  /** Lines differ by the place in the frame. */
  protected abstract readonly hasPlaces: boolean;

  /** What is written now is said about the frame, and has no bytes. */
  protected isAbout = false;
  private readonly moment = new Moment();
  private readonly about: readonly ExtraField[];
  private readonly ofInterface: readonly ExtraField[];
  /** What is moved to where it belongs. */
  private inserted = new Uint8Array(64);

  constructor(extras: readonly ExtraField[]) {
    super();
    this.about = extras.filter(({ def }) => !OF_INTERFACE.includes(def.name));
    this.ofInterface = extras.filter(({ def }) => OF_INTERFACE.includes(def.name));
  }

  /** Begins a member: what separates it from the one before, and the head of what it is in. */
  protected abstract separate(): void;
  /** A field, under its own name (0) or one of its generic ones. */
  protected abstract leaf(
    def: FieldDef,
    form: Form,
    name: number,
    at: number,
    length: number,
    value: FieldValue,
    text?: string,
  ): void;
  /** The beginning of a field with fields below it; `form` null: a layer, or a line that is no field, with its label. */
  protected abstract enter(node: Open): void;
  /** Its end. */
  protected abstract leave(node: Open, hasMembers: boolean): void;
  /** How many bytes close a field of this depth behind its last member. */
  protected abstract closing(): number;
  /** A layer's own fields are so many bytes. */
  protected abstract header(length: number): void;
  /** Members of the layer at hand that were made as a tree. */
  protected abstract members(fields: readonly Shown[]): void;
  /** `count` bytes were put in at `from`. */
  protected abstract moved(from: number, count: number): void;
  /** Layers may stand in layers. */
  protected abstract readonly canNest: boolean;
  /** Is this the second of its name where that needs a tree? */
  protected abstract isTwice(def: FieldDef): boolean;

  /** The layers of a frame; false, with nothing written: they need a tree. */
  protected write(layers: Layers, line: Line): boolean {
    const { frame, quotedFrom } = layers;
    if (frame === null) return false;
    const from = line.at;
    this.line = line;
    this.bytes = layers.bytes;
    this.base = frame.start;
    this.end = frame.end;
    this.made = 0;
    this.depth = 0;
    this.counts[0] = 0;
    this.nodes.length = 0;
    this.isBegun = false;
    this.frame(layers, frame.end - frame.start, frame.wireLength, frame.number);
    const count = shownLayers(layers);
    let before: string | null = null;
    let isQuoted = false;
    for (let i = 0; i < count; i++) {
      const { self } = layers.registry.protocols[layers.proto[i]];
      if (i >= quotedFrom && !isQuoted) {
        isQuoted = true;
        if (before === null) break;
        if (!this.canNest) return this.asTree(from);
        before = null;
      }
      if (before === null || !isInside(self.name, before)) {
        if (UNSHOWN.has(self.name)) continue;
        if (before !== null) this.leaveNode();
        before = self.name;
        this.writeLayer(layers, i, self);
      } else {
        if (!this.canNest) return this.asTree(from);
        this.writeLayer(layers, i, self);
        this.leaveNode();
      }
    }
    while (this.depth > 0) this.leaveNode();
    return this.made <= MAX_NODES || this.asTree(from);
  }

  private asTree(from: number): false {
    this.line.at = from;
    return false;
  }

  private frame(layers: Layers, length: number, wireLength: number, number: number): void {
    const label = frameLabel(number, wireLength, length);
    this.openNode(frameField, this.base, length, null, label, true);
    this.header(length);
    this.isAbout = true;
    for (const extra of this.about) {
      const { def, moment } = extra;
      const form = this.formOf(def);
      if (moment?.(layers, this.moment) && this.moment.seconds >= 0) {
        this.instant = this.moment;
        this.leaf(def, form, 0, this.base, 0, null);
        this.instant = null;
        continue;
      }
      const value = extra.read(layers);
      if (value === null) continue;
      const below = def.name === INTERFACE ? this.ofInterface.map(({ def, read }) => ({ def, value: read(layers) })) : [];
      if (below.every(({ value }) => value === null)) this.leaf(def, form, 0, this.base, 0, value);
      else {
        this.openNode(def, this.base, 0, value, undefined, false);
        for (const one of below) if (one.value !== null) this.leaf(one.def, this.formOf(one.def), 0, this.base, 0, one.value);
        this.leaveNode();
      }
    }
    this.isAbout = false;
    this.leaveNode();
  }

  private writeLayer(layers: Layers, i: number, self: FieldDef): void {
    const { line, depth, bytes, base, made } = this;
    const start = line.at;
    const count = this.counts[depth];
    const parts = this.nodes.length;
    this.analysis = null;
    if (!isArrangedAsTree(self.name))
      for (let round = 0; round < 2; round++) {
        if (this.emit(layers, i)) return;
        line.at = start;
        this.depth = depth;
        this.counts[depth] = count;
        this.nodes.length = parts;
        this.made = made;
        this.isBegun = false;
        // The notes on a segment (tcp.analysis) are shown in another order than they come in: only they are made as a tree.
        if (!this.isRemarked) break;
        this.analysis = new TreeBuilder();
      }
    const builder = new TreeBuilder();
    emitLayer(layers, i, builder);
    for (const root of builder.roots) {
      const one = shown(root, bytes, base, true);
      const node = {
        def: root.def,
        form: this.formOf(root.def),
        at: root.at,
        length: one.length,
        value: null,
        text: one.label,
        isLayer: true,
      };
      this.enter(node);
      this.put(node);
      this.header(one.length);
      this.members(one.children);
    }
    this.made += builder.count;
  }

  /** Puts out a layer; false: that needs a tree. */
  private emit(layers: Layers, i: number): boolean {
    this.isTree = false;
    this.isRemarked = false;
    this.flagsEnd = -1;
    this.isInTimes = false;
    this.hadTimes = false;
    this.isUnsummed = false;
    this.ports.length = 0;
    this.portNames.length = 0;
    this.reach = 0;
    this.layerDepth = this.depth + 1;
    this.layerAt = layers.start[i];
    this.isLayer = true;
    this.inAnalysis = 0;
    emitLayer(layers, i, this);
    return !this.isTree;
  }

  /** The fields of the analysis of a segment, where they are made as a tree. */
  private analysis: TreeBuilder | null = null;
  /** Nodes of it that are open. */
  private inAnalysis = 0;
  private isRemarked = false;
  private isLayer = false;

  wants(): boolean {
    return !this.isTree && this.made < MAX_NODES;
  }

  placed(bytes: Uint8Array, at: number, item: Placed): boolean {
    const { def } = item;
    const form = this.formOf(def);
    if (form.told < 0)
      form.told =
        def.aliases.length === 0 && def.type !== 'none' && form.role !== ROLE.checksum && isTold(item) ? linesOf(item) : 0;
    if (form.told === 0) return false;
    if (this.inAnalysis > 0) return false;
    if (this.isTree || this.made + form.told > MAX_NODES) return this.isTree;
    const from = at + item.offset;
    const place = this.hasPlaces ? from - this.base : 0;
    if (place >= MAX_PLACE || def.id >= MAX_FIELD) return false;
    this.before(def, form, from, item.bytes);
    const { line, kept, depth } = this;
    this.separate();
    const field = place * MAX_FIELD + def.id;
    // Where the bytes are shown, so are the bits beside those of the field.
    const told = this.hasPlaces ? readUint(bytes, from, item.bytes) : bitsOf(bytes, from, item);
    const known = kept.find(field, depth, told);
    if (known !== null) {
      known.write(line);
      this.made += form.told;
    } else {
      const start = line.at;
      this.isBegun = true;
      const { flagsEnd } = this;
      emitEach(bytes, at, from + item.bytes, item, this);
      this.flagsEnd = flagsEnd;
      kept.keep(field, depth, told, line.bytes.subarray(start, line.at));
    }
    if (form.role === ROLE.flags && depth === this.layerDepth) this.flagsEnd = line.at - this.closing();
    return true;
  }

  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.inAnalysis > 0) this.analysis?.add(def, at, length, value);
    if (this.made++ >= MAX_NODES || this.isTree || this.inAnalysis > 0) return;
    const form = this.formOf(def);
    if (!this.isBegun && !this.before(def, form, at, length)) return;
    if (form.role === ROLE.flagsText && this.depth === this.layerDepth) {
      this.flagsText(def, form, at, length, value);
      return;
    }
    if (form.role === ROLE.checksumStatus && value === 3) {
      if (this.isUnsummed) {
        this.leaf(def, form, 0, at, length, value);
        this.endChecksum();
      } else this.isTree = true;
      return;
    }
    if (form.role === ROLE.checksum && value === 0 && this.depth === this.layerDepth) {
      this.openNode(def, at, length, value, undefined, false);
      this.isUnsummed = true;
      return;
    }
    this.endChecksum();
    const { aliases } = def;
    if (def.type === 'ether' && aliases.length > 0) {
      this.openNode(def, at, length, value, undefined, false);
      for (let n = 1; n <= aliases.length; n++) this.leaf(def, form, n, at, length, value);
      this.leaveNode();
      return;
    }
    this.leaf(def, form, 0, at, length, value);
    if (aliases.length > 0) this.generics({ def, form, at, length, value, text: undefined, isLayer: false });
  }

  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void {
    if (this.isLayer) {
      this.isLayer = false;
      this.made++;
      this.openNode(def, at, length, value, text, true);
      this.reach = length;
      return;
    }
    if (this.made++ >= MAX_NODES || this.depth >= MAX_DEPTH) this.isTree = true;
    if (this.isTree) return;
    const form = this.formOf(def);
    if (this.inAnalysis === 0 && !this.isBegun) this.before(def, form, at, length);
    if (form.role === ROLE.remarks && this.inAnalysis === 0) this.isRemarked = this.isTree = true;
    if (this.inAnalysis > 0 || (form.role === ROLE.analysis && this.analysis !== null)) {
      this.inAnalysis++;
      this.analysis?.open(def, at, length, value, text);
      return;
    }
    this.openNode(def, at, length, value, text, false);
    if (def.type === 'ether') for (let n = 1; n <= def.aliases.length; n++) this.leaf(def, form, n, at, length, value, text);
  }

  close(): void {
    if (this.isTree) return;
    if (this.inAnalysis > 0) {
      this.analysis?.close();
      if (--this.inAnalysis === 0) this.remarks();
      return;
    }
    this.endTimes();
    this.endChecksum();
    if (this.ports.length > 0 && this.portsDepth === this.depth) this.flushPorts();
    // What other layers have is written into this one, too.
    if (this.depth === this.layerDepth) {
      this.header(this.reach);
      return;
    }
    const node = this.leaveNode();
    if (node.form.role === ROLE.flags && this.depth === this.layerDepth) this.flagsEnd = this.line.at - this.closing();
    if (node.def.type !== 'ether' && node.def.aliases.length > 0) this.generics(node);
  }

  note(): void {
    this.isTree = true;
  }

  private remarks(): void {
    const { roots } = this.analysis!;
    this.members(
      arranged(
        'tcp',
        roots.map((root) => shown(root, this.bytes, this.base, false)),
      ),
    );
    roots.length = 0;
  }

  /** What must be done before a field is written; false: it is not written at all. */
  private before(def: FieldDef, form: Form, at: number, length: number): boolean {
    if (form.role !== ROLE.checksumStatus) this.endChecksum();
    if (this.isInTimes && form.role !== ROLE.time && this.depth === this.layerDepth + 1) this.endTimes();
    const { depth } = this;
    if (this.ports.length > 0 && depth === this.portsDepth && !def.aliases.includes(this.portName)) this.flushPorts();
    if (this.isTwice(def)) this.isTree = true;
    if (depth === this.layerDepth || this.isInTimes) {
      if (form.role !== ROLE.payload) this.reach = Math.max(this.reach, at + length - this.layerAt);
      if (form.role === ROLE.time && !this.hadTimes) {
        this.isInTimes = true;
        this.hadTimes = true;
        this.openNode(TIMES, at, 0, null, undefined, false);
      }
    }
    return !this.isTree;
  }

  private endChecksum(): void {
    if (!this.isUnsummed) return;
    this.isUnsummed = false;
    this.leaveNode();
  }

  private endTimes(): void {
    if (!this.isInTimes) return;
    this.isInTimes = false;
    this.leaveNode();
  }

  /** Flags as a text stand below the flags, which were written before. */
  private flagsText(def: FieldDef, form: Form, at: number, length: number, value: FieldValue): void {
    const { line, flagsEnd } = this;
    if (flagsEnd < 0) {
      this.isTree = true;
      return;
    }
    const start = line.at;
    this.counts[++this.depth] = 1;
    this.leaf(def, form, 0, at, length, value);
    this.depth--;
    this.insert(flagsEnd, start);
  }

  /** Moves what was written from `start` on to `at`. */
  protected insert(at: number, start: number): void {
    const { line } = this;
    const { bytes } = line;
    const length = line.at - start;
    if (length > this.inserted.length) this.inserted = new Uint8Array(2 * length);
    const { inserted } = this;
    for (let i = 0; i < length; i++) inserted[i] = bytes[start + i];
    bytes.copyWithin(at + length, at, start);
    for (let i = 0; i < length; i++) bytes[at + i] = inserted[i];
    if (this.flagsEnd >= at) this.flagsEnd += length;
    this.moved(at, length);
  }

  /** The generic names of a field that was written. */
  private generics(node: Open): void {
    const { aliases } = node.def;
    for (let n = 1; n <= aliases.length; n++) {
      if (isPort(aliases[n - 1])) {
        // tcp.port and its like come after the second port, both together.
        if (this.ports.length > 0 && this.portsDepth !== this.depth) this.isTree = true;
        this.portsDepth = this.depth;
        if (this.ports.length === 0) this.portName = aliases[n - 1];
        this.ports.push(node);
        this.portNames.push(n);
      } else this.leaf(node.def, node.form, n, node.at, node.length, node.value, node.text);
    }
  }

  private flushPorts(): void {
    const { ports, portNames } = this;
    if (ports.length === 0) return;
    for (let i = 0; i < ports.length; i++) {
      const { def, form, at, length, value, text } = ports[i];
      this.leaf(def, form, portNames[i], at, length, value, text);
    }
    ports.length = 0;
    portNames.length = 0;
  }

  protected openNode(
    def: FieldDef,
    at: number,
    length: number,
    value: FieldValue,
    text: string | undefined,
    isLayer: boolean,
  ): Open {
    const node = { def, form: this.formOf(def), at, length, value, text, isLayer };
    this.enter(node);
    this.put(node);
    return node;
  }

  private put(node: Open): void {
    this.nodes.push(node);
    this.counts[++this.depth] = 0;
  }

  private leaveNode(): Open {
    const node = this.nodes.pop()!;
    const hasMembers = this.counts[this.depth--] > 0;
    this.leave(node, hasMembers);
    return node;
  }
}

const INTERFACE = 'frame.interface_id';
