// The functions that plug-ins are made with. `hopscope/plugin` is a file of its own; in a program that is one file names of protocols,
// tables and fields are numbered by that program's own functions, which it puts here before it loads a plug-in.
import { dissector, protocol, table } from '../dissect/dissector.js';
import { field } from '../dissect/fields.js';
import { layout } from '../dissect/layout.js';

const HOST = Symbol.for('hopscope plug-ins 1');

export interface Host {
  readonly dissector: typeof dissector;
  readonly protocol: typeof protocol;
  readonly table: typeof table;
  readonly field: typeof field;
  readonly layout: typeof layout;
}

const own: Host = { dissector, protocol, table, field, layout };

/** Called by the program before it loads plug-ins. */
export const beHost = (): void => {
  (globalThis as { [HOST]?: Host })[HOST] = own;
};

export const host = (): Host => (globalThis as { [HOST]?: Host })[HOST] ?? own;
