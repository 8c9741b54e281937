// Columns of `-T fields` that are no fields of filters: those of the packet list, `_ws.col.Info` as tshark names them, and the time since the
// frame that was printed before.
import { utf8 } from '#host';
import { Line } from '../bytes/line.js';
import type { ExtraField } from '../dissect/extra.js';
import { field } from '../dissect/fields.js';
import type { Layers } from '../dissect/walk.js';
import { timed } from '../filter/frame-fields.js';
import type { FrameContext } from './frame-context.js';
import type { SummaryPrinter } from './summary.js';

const ROOM = 64 * 1024;

export const isColumn = (name: string): boolean => name.startsWith('_ws.col.') || name === DISPLAYED;

const DISPLAYED = 'frame.time_delta_displayed';

/** The time since the frame that was printed before. */
export const displayedField = (context: FrameContext): ExtraField =>
  timed(DISPLAYED, 'Time since the previous displayed frame', 'duration', (start) =>
    start.set(context.displayedSeconds, context.displayedNanoseconds),
  );

export function columnFields(printer: SummaryPrinter, context: FrameContext): ExtraField[] {
  const line = new Line(ROOM);
  // Under both spellings: Wireshark 4.2 and newer write `_ws.col.info`.
  const column = (name: string, title: string, write: (layers: Layers) => void): ExtraField[] => {
    const read = (layers: Layers): string => {
      line.clear();
      printer.look(layers);
      write(layers);
      return utf8(line.written).trim();
    };
    return [name, name.toLowerCase()].map((spelling) => ({ def: field(`_ws.col.${spelling}`, title, 'string'), read }));
  };
  /** What stands in front of the message is cut off. */
  const message = (layers: Layers): void => printer.message(layers, line);
  return [
    displayedField(context),
    ...column('Number', 'Number', (layers) => line.dec(layers.frame?.number ?? 0)),
    ...column('Time', 'Time', (layers) => printer.time(layers, line)),
    ...column('Source', 'Source', (layers) => printer.source(layers, line)),
    ...column('Destination', 'Destination', (layers) => printer.destination(layers, line)),
    ...column('Protocol', 'Protocol', (layers) => {
      message(layers);
      line.clear();
      line.text(printer.spokenName);
    }),
    ...column('Length', 'Length', (layers) => line.dec(layers.frame?.wireLength ?? 0)),
    ...column('Info', 'Info', (layers) => {
      message(layers);
      const text = line.written.slice(printer.textAt);
      line.clear();
      line.raw(text);
    }),
  ];
}
