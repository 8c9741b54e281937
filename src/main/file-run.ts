// A run of captures that come to an end: opened, merged in the order of time, shown frame by frame to those who subscribe.
import { nextTurn } from '#host';
import { unlessAborted } from '../capture/abort.js';
import { Merged } from '../capture/merge.js';
import { Packet } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import type { AtHand } from './at-hand.js';
import { clockOffsets } from './clocks.js';
import { RunDetails, reopening } from './details.js';
import { type Lab, openLab } from './lab.js';
import type { AnalyzeOptions } from './options.js';
import { packetSources } from './packets.js';
import { inputOf, Run, type RunLimits } from './run.js';
import { AheadOfRun } from './run-filter.js';

/** Frames between two looks at the clock. */
const SLICE = 4096;
/** The event loop gets its turn this often: signals and progress need it. */
const TURN_MS = 50;

/**
 * Sees each packet once the tracker has observed it. Who wants the reading to wait returns a promise: of whether it is to go on
 * after that.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most who watch have nothing to wait for
export type Watch = (tracker: Tracker, capture: number) => Promise<boolean> | void;

export class FileRun extends Run {
  /** Opens what the options name. Throws UsageError, FilterError, TopologyError, CaptureError. */
  static async open(options: AnalyzeOptions, limits: RunLimits = {}): Promise<FileRun> {
    return new FileRun(await openLab(options), options, limits);
  }

  constructor(
    readonly lab: Lab,
    private readonly options: AnalyzeOptions,
    limits: RunLimits = {},
    atHand?: AtHand,
  ) {
    const { captures, topology, registry } = lab;
    super(
      {
        inputs: captures.map(inputOf),
        topology,
        registry,
        displayFilter: options.filter,
        ...(atHand !== undefined && { atHand }),
        aheadNs: clockOffsets(captures, registry),
      },
      { maxConversations: options.maxConversations, ...limits },
    );
    this.filterFrames();
  }

  /**
   * Reads all captures. `streams`: whether what TCP carries is looked into: the tracker does not ask for it, those who watch may.
   * Files are closed when it returns.
   */
  async read(watch?: Watch, streams = watch !== undefined): Promise<void> {
    const { lab, tracker, options } = this;
    const { captures, registry } = lab;
    const sources = packetSources(lab, options, streams);
    try {
      const merged = new Merged(
        sources,
        captures.map(() => new Packet(registry)),
        this.aheadNs,
      );
      await this.drain(this.looksAhead ? new AheadOfRun(merged, this) : merged, watch);
    } finally {
      for (const source of sources) source.close();
      for (const { source } of captures) source.close();
    }
    tracker.finish();
  }

  /** What reports for people show beside the record. */
  details(): RunDetails {
    const { captures, registry } = this.lab;
    const reopen = reopening(captures, this.options);
    return new RunDetails(
      captures.map((capture, i) => ({ ...capture, label: this.labels[i], registry, reopen, aheadNs: this.aheadNs[i] })),
    );
  }

  private async drain(merged: Pick<Merged<Packet>, 'heads' | 'next' | 'fill'>, watch: Watch | undefined): Promise<void> {
    const { captures } = this.lab;
    const { signal, onProgress } = this.options;
    const { tracker } = this;
    const sizes = captures.map((c) => c.source.info.size);
    const totalBytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    let frames = 0;
    let turnAt = performance.now() + TURN_MS;
    let waiting: Promise<boolean> | null = null;
    // A function of its own, and a short one: the compiler makes it fast once, and what happens seldom does not undo it.
    /** Takes the packets at hand; false when something else is to get its turn before the rest. */
    const take = (): boolean => {
      for (let i = merged.next(); i >= 0; i = merged.next()) {
        if (this.take(merged.heads[i], i) && watch !== undefined) {
          const asked = watch(tracker, i);
          if (asked !== undefined) {
            waiting = asked;
            return false;
          }
        }
        if (++frames % SLICE === 0 && performance.now() > turnAt) return false;
      }
      return true;
    };
    // Until the captures are at their end, or somebody who watches has seen enough.
    this.interrupted = true;
    while (!signal?.aborted) {
      if (!take()) {
        if (waiting !== null) {
          if (!(await waiting)) {
            this.interrupted = signal?.aborted === true;
            return;
          }
          waiting = null;
          continue;
        }
        onProgress?.({ bytes: captures.reduce((sum, { source }) => sum + source.position, 0), totalBytes, frames });
        await nextTurn();
        turnAt = performance.now() + TURN_MS;
        continue;
      }
      const more = merged.fill();
      if (typeof more === 'boolean' ? more : await unlessAborted(more, signal)) continue;
      // What an abort ends gives nothing more either.
      this.interrupted = typeof more !== 'boolean' && signal?.aborted === true;
      return;
    }
  }
}
