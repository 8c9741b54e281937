// What happens to each packet of the one pass: it gets its number, the tracker sees it, the index keeps its place.

import type { Preamble } from '../../capture/at-offset.js';
import type { CaptureSource, Frame } from '../../capture/frame.js';
import type { Run } from '../../main/run.js';
import { IndexBuilder } from './builder.js';
import { Hierarchy } from './hierarchy.js';
import { Histogram } from './histogram.js';
import { Stations } from './stations.js';
import type { Store } from './store.js';

/** Words of a printed text that the screen shows; of further ones it shows the addresses that stand for them. */
const MAX_WORDS = 4096;

export class Pass {
  /** Packets taken. */
  count = 0;
  private firstNs = 0;
  readonly traffic = new Histogram();
  readonly hierarchy: Hierarchy;
  readonly stations = new Stations();
  private readonly builder: IndexBuilder;
  /** By capture: interfaces and words that were described, and where the last packet was. */
  private readonly described: number[];
  private readonly previous: number[];

  /** `onPreamble`: told before a packet is taken that needs it. */
  constructor(
    readonly run: Run,
    private readonly sources: readonly CaptureSource[],
    readonly store: Store,
    private readonly onPreamble: (preamble: Preamble) => void,
  ) {
    this.builder = new IndexBuilder(store, run.tracker);
    this.hierarchy = new Hierarchy(run.registry.protocols.length);
    this.described = sources.map(() => 0);
    this.previous = sources.map(() => 0);
  }

  take(frame: Frame, capture: number): void {
    const { tracker } = this.run;
    const { interfaces, withUnknown, names } = this.sources[capture].info;
    // Of a printed text also the words that addresses stand for.
    const known = interfaces.length + (withUnknown ? Math.min(names.size, MAX_WORDS) : 0);
    if (known !== this.described[capture]) {
      this.described[capture] = known;
      this.onPreamble({ capture, from: this.previous[capture], to: frame.fileOffset });
    }
    this.previous[capture] = frame.fileOffset;
    // Packet numbers count in the run.
    frame.number = ++this.count;
    this.run.observe(frame, capture);
    const { timeNs } = tracker.packet;
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
