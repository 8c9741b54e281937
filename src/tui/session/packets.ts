// Any packet of a run, read and walked when somebody asks for it, as it would have been after all those before it.

import { Words } from '../../bytes/words.js';
import { CaptureRecords, type Preamble } from '../../capture/at-offset.js';
import type { CaptureInfo } from '../../capture/frame.js';
import { type Direction, Frame } from '../../capture/frame.js';
import type { ExtraField } from '../../dissect/extra.js';
import { Origins } from '../../dissect/origins.js';
import { Past } from '../../dissect/past.js';
import type { Registry } from '../../dissect/registry.js';
import { Layers } from '../../dissect/walk.js';
import { knownFields } from '../../filter/dictionary.js';
import type { FrameTimes } from '../../filter/frame-fields.js';
import { Sight } from '../../flows/sight.js';
import type { Lab } from '../../main/lab.js';
import { Recalled } from './builder.js';
import { FrameNumbers } from './frame-numbers.js';
import { Replay } from './replay.js';
import type { CapturePlan } from './run.js';
import type { Store, StreamState } from './store.js';

/** The two origins of the stream of the packet at hand. */
class RecalledOrigins extends Origins {
  way: 0 | 1 = 0;

  constructor(private readonly state: StreamState) {
    super();
  }
  override find(): void {
    this.mine = this.way;
    this.other = 1 - this.way;
  }
  override has(at: number): boolean {
    return this.state.known[at] === 1;
  }
  override get(at: number): number {
    return this.state.origin[at];
  }
  override set(at: number, value: number): void {
    this.state.known[at] = 1;
    this.state.origin[at] = value;
  }
}

/** Packets among which one with a time is looked for. */
const FIRST = 100;

export class Packets implements FrameTimes {
  readonly frame = new Frame();
  readonly layers: Layers;
  /** The packet at hand: its number, and the index of its capture. */
  number = 0;
  capture = 0;
  /** Time of the first packet that has one. */
  private first: { readonly seconds: number; readonly nanoseconds: number } | null = null;
  private readonly records: readonly CaptureRecords[];
  private readonly sights: readonly Sight[];
  private readonly memory: Recalled;
  private readonly frames: FrameNumbers;
  private readonly state: StreamState = { known: new Uint8Array(2), origin: new Uint32Array(2), protocol: 0 };
  private readonly origins = new RecalledOrigins(this.state);
  /** For a pass that reads all packets in order: those before the one at hand. */
  private past: Past | null = null;
  /** By packet, what was written on it since: instead of what its file says. */
  comments: ReadonlyMap<number, string> = new Map();
  /** For packets that are read in any order: what those before say is recalled, as long as `recalls` says so. */
  private replay: Replay | null = null;
  recalls = false;

  /** `ahead`: bytes of a file that are read at once. */
  constructor(
    /** Another index of the same packets may take its place. */
    public store: Store,
    readonly registry: Registry,
    readonly lab: Lab,
    plans: readonly CapturePlan[],
    ahead: number,
    /** By capture: filled with what its file says of itself. The names of interfaces are looked up in those of `lab`. */
    private readonly infos: readonly CaptureInfo[] = lab.captures.map(({ source }) => source.info),
  ) {
    this.layers = new Layers(registry);
    this.memory = new Recalled();
    this.frames = new FrameNumbers(lab.captures.length);
    this.layers.memory = this.memory;
    this.layers.origins = this.origins;
    this.records = plans.map(({ dataPath }, i) => new CaptureRecords(dataPath, infos[i], ahead));
    this.sights = lab.captures.map(({ names, ownMacs }) => new Sight(names, ownMacs));
  }

  /** The words of printed texts that addresses stand for. */
  get words(): Words {
    for (const { withUnknown, names } of this.infos) if (withUnknown && names.size > 0) this.spoken.take(names);
    return this.spoken;
  }
  private readonly spoken = new Words();

  /** `reader` reads the packets before the one at hand. */
  recallBy(reader: Packets): void {
    this.replay = new Replay(reader);
  }

  describe(preamble: Preamble): void {
    this.records[preamble.capture].describe(preamble);
  }

  /** Reads and walks packet `n`; false where it is not known, or its file no longer has it. Void with the next call. */
  read(n: number): boolean {
    const { store, layers, memory, origins, state, frame } = this;
    if (n < 1 || n > store.count) return false;
    if (this.number === n && layers.frame !== null && (layers.past !== null || !this.recalls)) return true;
    if (this.first === null) this.readFirst();
    this.capture = store.capture(n);
    this.number = n;
    const records = this.records[this.capture];
    if (!records.read(store.offset(n), n, frame)) {
      layers.frame = null;
      return false;
    }
    const comment = this.comments.get(n);
    if (comment !== undefined) records.comment(n, comment);
    const uid = store.conversation(n);
    if (uid >= 0) {
      store.stateAt(n, uid, state);
      origins.way = store.way(n);
      memory.protocol = state.protocol;
    } else {
      state.known.fill(0);
      memory.protocol = 0;
    }
    layers.walk(frame);
    if (this.past !== null) this.past.see(layers, this.capture);
    else if (this.recalls) this.replay?.recall(this);
    return true;
  }

  /** A pass begins. `asksPast`: it asks for what the packets before say; `onlyRemarks`: in a list. */
  beginPass(asksPast: boolean, onlyRemarks = false): void {
    this.past = asksPast ? new Past(this.registry, null, onlyRemarks) : null;
    this.recalls = false;
    this.forget();
  }

  /** The next packet is read anew, whichever it is. */
  forget(): void {
    this.number = 0;
    this.layers.frame = null;
  }

  close(): void {
    for (const records of this.records) records.close();
  }

  // Where it was seen.

  /** Number of packet `n` in the file of its capture. */
  frameOf(n: number): number {
    return this.frames.frameOf(this.store, n);
  }
  /** The packet that is this frame of a capture; 0: it is not there (yet). */
  packetOf(capture: number, frame: number): number {
    return this.frames.packetOf(this.store, capture, frame);
  }
  get point(): string {
    return this.lab.captures[this.capture].label;
  }
  name(layers: Layers): string | null {
    return this.sights[this.capture].name(layers);
  }
  direction(layers: Layers): Direction {
    return this.sights[this.capture].direction(layers);
  }

  // The times that its own is compared with.

  get info(): CaptureInfo {
    return this.infos[this.capture];
  }
  /** Does the clock of its capture tell less than microseconds? */
  get nanoseconds(): boolean {
    return this.info.variant !== 'microsecond' && this.info.variant !== 'modified';
  }
  /** Does any of the clocks tell more than microseconds? */
  get hasNanoseconds(): boolean {
    return this.infos.some(({ variant }) => variant !== 'microsecond' && variant !== 'modified');
  }
  get firstSeconds(): number {
    return this.first?.seconds ?? this.seconds(1);
  }
  get firstNanoseconds(): number {
    return this.first?.nanoseconds ?? this.nanos(1);
  }
  get previousSeconds(): number {
    return this.seconds(Math.max(1, this.number - 1));
  }
  get previousNanoseconds(): number {
    return this.nanos(Math.max(1, this.number - 1));
  }

  /** Spans of months are more nanoseconds than a double holds, so the first time is kept as it is written. */
  private readFirst(): void {
    const { store, frame } = this;
    // Clocks of several captures differ: there the index tells.
    if (this.records.length > 1) return;
    for (let n = 1; n <= Math.min(store.count, FIRST); n++) {
      if (!this.records[0].read(store.offset(n), n, frame) || !frame.hasTime) continue;
      this.first = { seconds: frame.seconds, nanoseconds: frame.nanoseconds };
      return;
    }
  }

  /** Time of packet `n`, by the clock of the packet at hand. */
  private seconds(n: number): number {
    const { frame, store } = this;
    return frame.seconds + Math.floor((frame.nanoseconds + store.timeNs(n) - store.timeNs(this.number)) / 1e9);
  }
  private nanos(n: number): number {
    const { frame, store } = this;
    const ns = frame.nanoseconds + store.timeNs(n) - store.timeNs(this.number);
    return ns - Math.floor(ns / 1e9) * 1e9;
  }

  /** The dictionary, as it reads from here. `path`: of the packet at hand, or null. */
  extras(path: () => string | null): ExtraField[] {
    const packets = this;
    return knownFields({
      times: packets,
      interface: (layers) => packets.name(layers),
      direction: (layers) => packets.sights[packets.capture].directionName(layers),
      get point() {
        return packets.lab.captures[packets.capture].point;
      },
      get conversation() {
        const uid = packets.store.conversation(packets.number);
        return uid < 0 ? null : uid;
      },
      get path() {
        return path();
      },
    });
  }
}
