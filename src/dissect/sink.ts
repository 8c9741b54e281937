// Where a layer's fields go: a tree, a column of values, a filter. One description of a packet serves them all.
import type { FieldDef, FieldValue } from './fields.js';
import type { Placed } from './layout.js';

export interface Sink {
  /** Fields nobody wants need not be decoded: false lets `details` skip expensive work for this field. */
  wants(def: FieldDef): boolean;
  /** One occurrence. `value` null: the bytes themselves are the value (ipv6, bytes). */
  add(def: FieldDef, at: number, length: number, value: FieldValue): void;
  /**
   * A field of the layout whose header starts at `at`, with its parts, all of which are there; false: it is to be put out by `add` and
   * `open`. For those who need no value of each field.
   */
  placed?(bytes: Uint8Array, at: number, item: Placed): boolean;
  /** A node with children; `value` as for `add`; `text` replaces the generated line in a tree. */
  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void;
  close(): void;
  /** Something odd about the packet, tied to a field: a result, never an error. */
  note(severity: 'chat' | 'note' | 'warn' | 'error', text: string): void;
}
