// Display filters: text -> tokens -> tree -> checked tree -> one function.
import type { ExtraField, Need } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { FilterError } from '../errors.js';
import { asDisplayFilter } from './bpf-display.js';
import { compile } from './compile.js';
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
 * Compiles a display filter in Wireshark's language. An empty text matches every frame. `extras` are fields that no header
 * holds, such as `frame.number`. Throws FilterError, which shows the place.
 */
export function compileFilter(text: string, registry: Registry, extras: readonly ExtraField[] = []): CompiledFilter {
  try {
    const node = parse(text);
    if (node === null) return { text, fields: [], needs: new Set(), matches: () => true };
    return { text, ...compile(text, node, registry, new Map(extras.map((extra) => [extra.def.name, extra]))) };
  } catch (error) {
    const meant = error instanceof FilterError ? asDisplayFilter(text) : null;
    if (meant === null || !(error instanceof FilterError)) throw error;
    throw new FilterError(
      `${error.message}\nthese are words of a capture filter; the display filter is: ${meant}`,
      error.start,
      error.end,
    );
  }
}
