// What `dump -z` adds up over the frames of a capture, printed at its end as tshark prints it.
import type { ExtraField, Need } from '../../dissect/extra.js';
import type { Registry } from '../../dissect/registry.js';
import type { Layers } from '../../dissect/walk.js';
import type { FrameContext } from '../frame-context.js';

export interface Statistic {
  /** Told of each frame that is read, also of those that a display filter does not print. */
  see(layers: Layers): void;
  /** The table, with its last newline. Throws UsageError for one that would have no end. */
  text(): string;
}

/** A display filter of a statistic; counts every frame where none was given. */
export interface Chosen {
  readonly text: string;
  matches(layers: Layers): boolean;
}

export interface StatisticTools {
  readonly registry: Registry;
  /** Fields that no header holds. */
  readonly fields: readonly ExtraField[];
  /** Throws FilterError. What it needs to know is noted for the reading. */
  filter(text: string): Chosen;
}

/** Makes the statistic of what stands after its name. `context`: times of the capture, read while frames are. */
export type MakeStatistic = (rest: string, tools: StatisticTools) => (context: FrameContext) => Statistic;

export interface StatisticKind {
  /** As it is typed: `conv,tcp`. */
  readonly name: string;
  readonly needs: readonly Need[];
  readonly make: MakeStatistic;
}

export const LINE = '='.repeat(80);

/** Seconds since the first frame, as a number: exact to a microsecond over thirty years. */
export function relativeSeconds(layers: Layers, { firstSeconds, firstNanoseconds }: FrameContext): number {
  const { frame } = layers;
  if (!frame?.hasTime) return 0;
  return frame.seconds - firstSeconds + (frame.nanoseconds - firstNanoseconds) / 1e9;
}

/** Layers of the packet itself: what an ICMP error quotes was not sent here. */
export const ownLayers = (layers: Layers): number => Math.min(layers.count, layers.quotedFrom);
