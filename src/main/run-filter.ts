// Which frames a display filter (-Y) keeps: decided here for every command that analyses captures. The numbers of conversations do
// not depend on it, since frames that it leaves out are counted before it is asked.
import type { CaptureInfo } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import { FrameContext } from '../dump/frame-context.js';
import { compileFilter } from '../filter/filter.js';
import { frameFields } from '../filter/frame-fields.js';
import type { Packet } from '../flows/packet.js';
import { hopFields, Sight } from '../flows/sight.js';
import type { InterfaceNames } from '../topology/ifmap.js';

/** What a filter may ask of the run whose frames it is shown. */
export interface Filtered {
  readonly registry: Registry;
  readonly inputs: readonly {
    readonly point: string;
    readonly names: InterfaceNames;
    readonly ownMacs: ReadonlySet<number>;
    /** What the capture says of itself; asked for when the first frame is there. */
    readonly info: CaptureInfo;
  }[];
}

/** Whether a filter keeps a packet of capture `capture`, which belongs to conversation `conversation` (-1: to none). */
export type Keeps = (packet: Packet, capture: number, conversation: number) => boolean;

/** Throws FilterError. */
export function runFilter(text: string, run: Filtered): Keeps {
  const { registry, inputs } = run;
  const filters = inputs.map((input) => {
    const times = new FrameContext(input.info);
    const sight = new Sight(input.names, input.ownMacs);
    return { times, matches: compileFilter(text, registry, [...frameFields(times), ...hopFields(sight)]).matches };
  });
  return (packet, capture) => {
    const { times, matches } = filters[capture];
    const { frame } = packet;
    times.begin(frame);
    const kept = matches(packet.layers);
    times.done(frame);
    return kept;
  };
}
