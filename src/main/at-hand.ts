// What is known of the frame at hand beside its bytes, for the filters of a run: where it was seen, the times it is compared with, its
// conversation, the path of its packet. The run that shows the frames keeps it up to date, as far as some filter needs it.
import type { CaptureInfo, Frame } from '../capture/frame.js';
import type { ExtraField } from '../dissect/extra.js';
import type { Layers } from '../dissect/walk.js';
import { FrameContext } from '../dump/frame-context.js';
import { type FrameFacts, knownFields } from '../filter/dictionary.js';
import type { FrameTimes } from '../filter/frame-fields.js';
import { Sight } from '../flows/sight.js';
import type { InterfaceNames } from '../topology/ifmap.js';

/** Where a capture was taken. */
export interface Place {
  readonly point: string;
  readonly names: InterfaceNames;
  /** MACs of the node, 48 bits each; empty when not known. */
  readonly ownMacs: ReadonlySet<number>;
  /** What the capture says of itself; asked for when the first frame is there. */
  readonly info: CaptureInfo;
}

export class AtHand implements FrameFacts, FrameTimes {
  /** The dictionary, as it reads from here. */
  readonly fields: readonly ExtraField[];
  conversation: number | null = null;
  path: string | null = null;
  private capture = 0;
  private readonly contexts: FrameContext[] = [];
  private readonly sights: readonly Sight[];

  constructor(private readonly places: readonly Place[]) {
    this.sights = places.map(({ names, ownMacs }) => new Sight(names, ownMacs));
    this.fields = knownFields(this);
  }

  /** The turn of a frame begins. */
  begin(frame: Frame, capture: number): void {
    this.capture = capture;
    this.context(capture).begin(frame);
  }

  /** The times of a capture; it has been opened. */
  context(capture: number): FrameContext {
    const known = this.contexts[capture] ?? new FrameContext(this.places[capture].info);
    this.contexts[capture] = known;
    return known;
  }

  sight(capture: number): Sight {
    return this.sights[capture];
  }

  get points(): readonly string[] {
    return [...new Set(this.places.map(({ point }) => point))];
  }
  get interfaces(): readonly string[] {
    return [...new Set(this.places.flatMap(({ names }) => names.known()))];
  }
  get point(): string {
    return this.places[this.capture].point;
  }
  interface(layers: Layers): string | null {
    return this.sights[this.capture].name(layers);
  }
  direction(layers: Layers): string | null {
    return this.sights[this.capture].directionName(layers);
  }

  // The times of the capture that the frame is from.

  get times(): FrameTimes {
    return this;
  }
  get info(): CaptureInfo {
    return this.context(this.capture).info;
  }
  get firstSeconds(): number {
    return this.context(this.capture).firstSeconds;
  }
  get firstNanoseconds(): number {
    return this.context(this.capture).firstNanoseconds;
  }
  get previousSeconds(): number {
    return this.context(this.capture).previousSeconds;
  }
  get previousNanoseconds(): number {
    return this.context(this.capture).previousNanoseconds;
  }
}
