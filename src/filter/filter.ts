// Display filters: text -> tokens -> tree -> checked tree -> one function.
import type { ExtraField, Need } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { compile } from './compile.js';
import { expanded } from './macros.js';
import { parse } from './parser.js';

export interface CompiledFilter {
  readonly text: string;
  /** Definitions of the fields and protocols it asks for. */
  readonly fields: readonly FieldDef[];
  /** What must be known beside the frame. */
  readonly needs: ReadonlySet<Need>;
  /** Does the frame match? `layers` is walked; its `frame` is the frame at hand. */
  readonly matches: (layers: Layers) => boolean;
}

/**
 * Compiles a display filter in Wireshark's language, macros in it. An empty text matches every frame. `extras` are fields that no header
 * holds, such as `frame.number`. Throws FilterError, which shows the place.
 */
export function compileFilter(text: string, registry: Registry, extras: readonly ExtraField[] = []): CompiledFilter {
  const whole = expanded(text);
  const node = parse(whole);
  if (node === null) return { text, fields: [], needs: new Set(), matches: () => true };
  return { text, ...compile(whole, node, registry, new Map(extras.map((extra) => [extra.def.name, extra]))) };
}
