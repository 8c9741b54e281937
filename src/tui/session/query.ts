// Filters, orders and searches: passes over the packets beside the screen. A new one ends the one before.
import { Line } from '../../bytes/line.js';
import type { Preamble } from '../../capture/at-offset.js';
import { emptyInfo } from '../../capture/records.js';
import { asksPast } from '../../dissect/past.js';
import { type TreeNode, treeOf } from '../../dissect/tree.js';
import { nodeText } from '../../dissect/tree-text.js';
import { FieldsPrinter } from '../../dump/fields-output.js';
import { HopscopeError, UsageError } from '../../errors.js';
import { compileFilter } from '../../filter/filter.js';
import { Pattern } from '../../filter/regex.js';
import { PacketCells } from './cells.js';
import { Histogram } from './histogram.js';
import { pathOf } from './journey.js';
import { Labels, mayBeLabel } from './labels.js';
import { holds } from './literal.js';
import { Keys } from './order.js';
import { Packets } from './packets.js';
import { placesOf } from './run.js';
import { Store } from './store.js';
import { MAX_COUNTED, ONE_BY_ONE, ValueCounts } from './value-counts.js';
import type { FindAsk, FromQuery, ToQuery, Wire } from './wire.js';

/** Bytes of a capture read at once. */
const AHEAD = 512 * 1024;
const COPIES_AHEAD = 64 * 1024;
const TURN_MS = 8;
/** Hits of a search are told of so often. */
const TELL_MS = 50;
/** Packets between two looks at the clock. */
const SLICE = 64;
/** Between two looks at a capture that is still being loaded. */
const WAIT_MS = 30;
/** While the capture grows: an order is made anew this often at most, and not before this many times its own cost. */
const REORDER_MS = 1000;
const REORDER_SHARE = 5;

type Show = Extract<ToQuery, { type: 'show' }>;

export class Query {
  private packets: Packets | null = null;
  /** Reads the other copies of a packet that is looked at. */
  private copies: Packets | null = null;
  private store: Store | null = null;
  private more = true;
  private comments = new Map<number, string>();
  /** Of searches in the list, once there was one that may ask for them; and what reads for it. */
  private labels: Labels | null = null;
  private inOrder: Packets | null = null;
  private readonly preambles: Preamble[] = [];
  private openPackets: (ahead: number) => Packets = () => this.packets!;
  /** The pass that counts. */
  private current = -1;
  /** What came before the run was known. */
  private readonly early: ToQuery[] = [];

  constructor(private readonly wire: Wire<FromQuery, ToQuery>) {
    wire.onMessage = (message) => this.receive(message);
  }

  private receive(message: ToQuery): void {
    if (message.type === 'start') {
      void this.start(message);
      return;
    }
    if (this.packets === null || this.copies === null) {
      this.early.push(message);
      return;
    }
    switch (message.type) {
      case 'block':
        this.store?.add(message.kind, message.buffer);
        break;
      case 'preamble':
        this.packets.describe(message.preamble);
        this.copies.describe(message.preamble);
        this.inOrder?.describe(message.preamble);
        this.preambles.push(message.preamble);
        break;
      case 'comment':
        this.comments.set(message.number, message.text);
        break;
      case 'loading':
        this.more = message.more;
        break;
      case 'show':
        this.current = message.id;
        this.show(message, this.packets).catch((error: unknown) => this.failed(message.id, error));
        break;
      case 'find':
        this.current = message.id;
        this.find(message.id, message.ask, this.packets).catch((error: unknown) =>
          this.wire.post({ type: 'found', id: message.id, position: -1, error: textOf(error) }),
        );
        break;
      case 'hits':
        this.current = message.id;
        this.hits(message.id, message.ask, this.packets).catch(() =>
          this.wire.post({ type: 'hits', id: message.id, positions: new Uint32Array(), upTo: message.ask.count, isLast: true }),
        );
        break;
      case 'values':
        this.current = message.id;
        this.values(message.id, message.field, this.packets).catch(() =>
          this.wire.post({ type: 'values', id: message.id, found: { values: [], frames: 0 } }),
        );
        break;
      case 'end':
        this.current = -1;
    }
  }

  private async start(message: Extract<ToQuery, { type: 'start' }>): Promise<void> {
    const { settings, counter, blocks, preambles, comments } = message;
    const lab = await placesOf(settings);
    const { registry } = lab;
    const store = new Store(counter);
    this.store = store;
    this.openPackets = (ahead) => {
      const infos = settings.captures.map(({ path }) => emptyInfo(path, null));
      return new Packets(store, registry, lab, settings.captures, ahead, infos);
    };
    this.packets = new Packets(store, registry, lab, settings.captures, AHEAD);
    this.copies = this.openPackets(COPIES_AHEAD);
    this.packets.recallBy(this.copies);
    this.comments = new Map(comments);
    this.packets.comments = this.comments;
    for (const block of blocks) this.receive(block);
    for (const preamble of preambles) this.receive({ type: 'preamble', preamble });
    for (const message of this.early.splice(0)) this.receive(message);
  }

  private failed(id: number, error: unknown): void {
    this.wire.post({ type: 'progress', id, state: 'failed', frames: 0, error: textOf(error) });
  }

  private extras(packets: Packets) {
    return packets.extras(() => pathOf(this.copies!, packets.number));
  }

  private async show({ id, filter, order }: Show, packets: Packets): Promise<void> {
    const { store } = packets;
    const extras = this.extras(packets);
    const compiled = filter === '' ? null : compileFilter(filter, packets.registry, extras);
    const matches = compiled?.matches ?? null;
    const isOrderPast = order !== null && asksPast(packets.registry, [order.field.replace(/^(?:outer|inner)\.|#.*$/g, '')]);
    packets.beginPass(isOrderPast || compiled?.needs.has('past') === true);
    const keys = order === null ? null : new Keys(packets, order, extras);
    const traffic = new Histogram();
    const found = new Numbers();
    let n = 1;
    let told = 0;
    let reorderMs = 0;
    for (;;) {
      const count = store.count;
      let turnAt = performance.now() + TURN_MS;
      const { more } = this;
      while (n <= count) {
        const isRead = matches === null && keys?.readsNothing === true ? true : packets.read(n);
        if (isRead && (matches === null || matches(packets.layers))) {
          found.push(n);
          keys?.add(n);
          if (matches !== null) traffic.add(store.timeNs(n) - store.timeNs(1), packets.frame.wireLength);
        }
        if (++n % SLICE !== 0 || performance.now() < turnAt) continue;
        if (keys === null) told = this.tell(id, found, told);
        this.wire.post({ type: 'progress', id, state: 'running', frames: n - 1, error: null });
        await turn();
        if (this.current !== id) return;
        turnAt = performance.now() + TURN_MS;
      }
      if (keys === null) told = this.tell(id, found, told);
      else if (found.length > told && (!more || performance.now() > reorderMs)) {
        const before = performance.now();
        this.wire.post({ type: 'matches', id, numbers: keys.sorted(found.all()), whole: true });
        told = found.length;
        reorderMs = performance.now() + Math.max(REORDER_MS, REORDER_SHARE * (performance.now() - before));
      }
      if (matches !== null) this.wire.post({ type: 'traffic', id, bins: traffic.bins });
      if (!more && n > store.count && (keys === null || told === found.length)) break;
      this.wire.post({ type: 'progress', id, state: 'following', frames: n - 1, error: null });
      await sleep(WAIT_MS);
      if (this.current !== id) return;
    }
    this.wire.post({ type: 'progress', id, state: 'done', frames: n - 1, error: null });
  }

  private tell(id: number, found: Numbers, told: number): number {
    if (found.length > told) this.wire.post({ type: 'matches', id, numbers: found.all().slice(told), whole: false });
    return found.length;
  }

  private async find(id: number, ask: FindAsk, packets: Packets): Promise<void> {
    const { list, count, from, backwards } = ask;
    packets.beginPass(false);
    const test = this.test(ask, packets);
    const inLabel = this.labelTest(ask, packets);
    const step = backwards ? -1 : 1;
    let turnAt = performance.now() + TURN_MS;
    for (let position = from + step; position >= 0 && position < count; position += step) {
      const number = list === null ? position + 1 : numberIn(list, position);
      if (
        (packets.read(number) && test()) ||
        (inLabel !== null && (inLabel(number) ?? (await this.awaited(id, number, inLabel))))
      ) {
        this.wire.post({ type: 'found', id, position, error: null });
        return;
      }
      if (position % SLICE !== 0 || performance.now() < turnAt) continue;
      await turn();
      if (this.current !== id) return;
      turnAt = performance.now() + TURN_MS;
    }
    this.wire.post({ type: 'found', id, position: -1, error: null });
  }

  private async hits(id: number, ask: FindAsk, packets: Packets): Promise<void> {
    const { list, count } = ask;
    packets.beginPass(false);
    const test = this.test(ask, packets);
    const inLabel = this.labelTest(ask, packets);
    const found = new Numbers();
    let told = 0;
    let turnAt = performance.now() + TELL_MS;
    const tell = (upTo: number, isLast: boolean) => {
      this.wire.post({ type: 'hits', id, positions: found.all().slice(told), upTo, isLast });
      told = found.length;
    };
    for (let position = ask.from; position < count; position++) {
      const number = list === null ? position + 1 : numberIn(list, position);
      if (
        (packets.read(number) && test()) ||
        (inLabel !== null && (inLabel(number) ?? (await this.awaited(id, number, inLabel))))
      )
        found.push(position);
      if (position % SLICE !== 0 || performance.now() < turnAt) continue;
      tell(position + 1, false);
      await turn();
      if (this.current !== id) return;
      turnAt = performance.now() + TELL_MS;
    }
    tell(count, true);
  }

  /** Counts the values of a field; throws UsageError for one that nobody declares. */
  private async values(id: number, field: string, packets: Packets): Promise<void> {
    const { registry, store } = packets;
    packets.beginPass(asksPast(registry, [field.replace(/^(?:outer|inner)\.|#.*$/g, '')]));
    const counts = new ValueCounts(new FieldsPrinter(registry, [field], this.extras(packets), ONE_BY_ONE));
    const end = Math.min(store.count, MAX_COUNTED);
    let turnAt = performance.now() + TURN_MS;
    for (let n = 1; n <= end; n++) {
      if (packets.read(n)) counts.add(packets.layers);
      if (n % SLICE !== 0 || performance.now() < turnAt) continue;
      await turn();
      if (this.current !== id) return;
      turnAt = performance.now() + TURN_MS;
    }
    this.wire.post({ type: 'values', id, found: { values: counts.most(), frames: end } });
  }

  private bytesTest(
    { frame }: Packets,
    pattern: Pattern,
    { text, kind, matchCase }: Pick<FindAsk, 'text' | 'kind' | 'matchCase'>,
  ): () => boolean {
    // A chunk belongs to one capture; and case is more than one bit in other alphabets.
    if (kind !== 'regex' && this.packets?.lab.captures.length === 1 && !/[^\x20-\x7e]/.test(text)) {
      const isThere = holds(kind === 'hex' ? hexBytes(text) : new TextEncoder().encode(text), kind === 'hex' || matchCase);
      return () => isThere(frame);
    }
    return () => pattern.test(frame.bytes.subarray(frame.start, frame.end));
  }

  /** Does a packet match by what the segments before say of it? Null: that is not known yet. */
  private labelTest(
    { text, kind, target, matchCase, columns }: FindAsk,
    packets: Packets,
  ): ((n: number) => boolean | null) | null {
    const info = target === 'list' ? columns.indexOf('info') : -1;
    if (info < 0 || kind === 'filter' || kind === 'hex' || (kind === 'string' && !mayBeLabel(text))) return null;
    const labels = this.labelsNow();
    const pattern = patternOf(text, kind, matchCase);
    const cells = new PacketCells(packets, ['info'], []);
    const line = new Line(16 * 1024);
    return (n) => {
      if (!labels.learn(n, performance.now() + TURN_MS)) return null;
      const label = labels.of(n);
      if (label === '' || !packets.read(n)) return false;
      line.clear();
      line.text(`${label}${cells.cells(0)[0]}`);
      return pattern.test(line.written);
    };
  }

  /** Asks again until it is known, as long as `id` counts. */
  private async awaited(id: number, number: number, inLabel: (n: number) => boolean | null): Promise<boolean> {
    while (this.current === id) {
      await turn();
      const isHit = inLabel(number);
      if (isHit !== null) return isHit;
    }
    return false;
  }

  private labelsNow(): Labels {
    if (this.labels === null) {
      this.inOrder = this.openPackets(AHEAD);
      for (const preamble of this.preambles) this.inOrder.describe(preamble);
      this.labels = new Labels(this.inOrder);
    }
    return this.labels;
  }

  /** Does the packet at hand match? */
  private test({ text, kind, target, matchCase, columns }: FindAsk, packets: Packets): () => boolean {
    const extras = this.extras(packets);
    if (kind === 'filter') {
      const { matches, needs } = compileFilter(text, packets.registry, extras);
      packets.recalls = needs.has('past');
      return () => matches(packets.layers);
    }
    const pattern = patternOf(text, kind, matchCase);
    const { layers } = packets;
    if (target === 'bytes' || kind === 'hex') return this.bytesTest(packets, pattern, { text, kind, matchCase });
    const line = new Line(16 * 1024);
    packets.recalls = target === 'details';
    if (target === 'list') {
      const cells = new PacketCells(packets, columns, extras);
      packets.recalls = cells.asksPast;
      return () => {
        line.clear();
        for (const cell of cells.cells(0)) line.text(`${cell}\n`);
        return pattern.test(line.written);
      };
    }
    const add = (node: TreeNode): void => {
      line.text(`${nodeText(node, layers.bytes)}\n`);
      for (const { text } of node.notes) line.text(`${text}\n`);
      for (const child of node.children) add(child);
    };
    return () => {
      line.clear();
      for (const node of treeOf(layers)) add(node);
      return pattern.test(line.written);
    };
  }
}

/** Throws UsageError for a text that is no row of bytes. */
function hexBytes(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '').replace(/[\s:.-]/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits)) throw new UsageError(`'${text}' is not bytes in hex; write them like 0a00 or 0a:00`);
  return Buffer.from(digits, 'hex');
}

/** A pattern of bytes for what is looked for: linear in time, whatever the text. Throws UsageError. */
export function patternOf(text: string, kind: 'string' | 'hex' | 'regex', matchCase: boolean): Pattern {
  const encoder = new TextEncoder();
  const fail = (what: string) => new UsageError(`the pattern ${what}`);
  const literal = (bytes: Iterable<number>) => [...bytes].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('');
  if (kind === 'hex') {
    return new Pattern(encoder.encode(`(?-i)${literal(hexBytes(text))}`), fail);
  }
  if (text === '') throw new UsageError('there is nothing to look for; type some text');
  const flags = matchCase ? '(?-i)' : '';
  return new Pattern(encoder.encode(`${flags}${kind === 'regex' ? text : literal(encoder.encode(text))}`), fail);
}

/** A growing list of packet numbers. */
class Numbers {
  private values = new Uint32Array(4096);
  length = 0;

  push(n: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = n;
  }

  all(): Uint32Array {
    return this.values.subarray(0, this.length);
  }
}

function numberIn(blocks: readonly Uint32Array[], position: number): number {
  let at = position;
  for (const block of blocks) {
    if (at < block.length) return block[at];
    at -= block.length;
  }
  return 0;
}

const textOf = (error: unknown): string =>
  error instanceof HopscopeError ? error.message : String((error as Error).stack ?? error);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
