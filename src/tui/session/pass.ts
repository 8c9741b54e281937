// What happens to each packet of the one pass: it gets its number, the tracker sees it, the index keeps its place.
import type { CaptureSource, Frame } from '../../capture/frame.js';
import type { Registry } from '../../dissect/registry.js';
import { Ports } from '../../flows/ports.js';
import { Tracker } from '../../flows/tracker.js';
import type { Lab } from '../../main/lab.js';
import { IndexBuilder } from './builder.js';
import { Hierarchy } from './hierarchy.js';
import { Histogram } from './histogram.js';
import type { Preamble } from './records.js';
import { Stations } from './stations.js';
import type { Store } from './store.js';

/** Conversations kept at once: about 1.2 kB each, with the paths they took. */
const MAX_CONVERSATIONS = 120_000;

export class Pass {
  readonly tracker: Tracker;
  /** Packets taken. */
  count = 0;
  /** Seconds since 1970 of the start of the run; NaN before the first packet with a time. */
  baseSeconds = Number.NaN;
  private firstNs = 0;
  readonly traffic = new Histogram();
  readonly hierarchy: Hierarchy;
  readonly stations = new Stations();
  private readonly builder: IndexBuilder;
  /** By capture: interfaces that were described, and where the last packet was. */
  private readonly described: number[];
  private readonly previous: number[];

  /** `onPreamble`: told before a packet is taken that needs it. */
  constructor(
    registry: Registry,
    lab: Lab,
    private readonly sources: readonly CaptureSource[],
    readonly store: Store,
    private readonly aheadNs: readonly number[],
    private readonly onPreamble: (preamble: Preamble) => void,
  ) {
    const { captures } = lab;
    const ports = new Ports(
      captures.map((c) => c.point),
      (capture, index) => captures[capture].names.of(index),
    );
    const macs = captures.map((c) => c.ownMacs);
    this.tracker = new Tracker(registry, ports, macs, { maxConversations: MAX_CONVERSATIONS });
    this.builder = new IndexBuilder(store, this.tracker);
    this.hierarchy = new Hierarchy(registry.protocols.length);
    this.described = sources.map(() => 0);
    this.previous = sources.map(() => 0);
  }

  take(frame: Frame, capture: number): void {
    const { tracker, aheadNs } = this;
    const { length } = this.sources[capture].info.interfaces;
    if (length !== this.described[capture]) {
      this.described[capture] = length;
      this.onPreamble({ capture, from: this.previous[capture], to: frame.fileOffset });
    }
    this.previous[capture] = frame.fileOffset;
    // Packet numbers count in the run.
    frame.number = ++this.count;
    if (Number.isNaN(this.baseSeconds) && frame.hasTime) this.baseSeconds = frame.seconds - Math.floor(aheadNs[capture] / 1e9);
    const timeNs = frame.hasTime
      ? (frame.seconds - this.baseSeconds) * 1e9 + frame.nanoseconds - aheadNs[capture]
      : tracker.nowNs;
    tracker.observe(frame, capture, timeNs);
    this.builder.add(this.count, frame, capture, timeNs);
    if (this.count === 1) this.firstNs = timeNs;
    this.traffic.add(timeNs - this.firstNs, frame.wireLength);
    this.hierarchy.add(tracker.packet.layers, this.count, frame.wireLength);
    const destination = tracker.packet.destinationMac();
    // A cooked header has the sender's address only.
    if (destination >= 0) this.stations.add(tracker.packet.sourceMac(), destination, this.count, timeNs, frame.wireLength);
  }

  publish(): void {
    this.store.publish(this.count);
  }
}
