// What a plug-in is: rows for the tables of the engine, made with the functions that its own rows are made with.
import type { Dissector } from '../dissect/dissector.js';
import { UsageError } from '../errors.js';
import type { Rule } from '../rules/rule.js';
import { type ColumnSpec, PLUGIN_API, type ReportFormatSpec, type TextReader, type TopologyReader } from './rows.js';

export interface PluginSpec {
  /** In kebab-case; names what has gone wrong. */
  readonly name: string;
  /** The version that it was written for: `PLUGIN_API`. */
  readonly api: number;
  readonly rules?: readonly Rule[];
  readonly dissectors?: readonly Dissector[];
  readonly formats?: readonly ReportFormatSpec[];
  readonly texts?: readonly TextReader[];
  readonly topologies?: readonly TopologyReader[];
  readonly columns?: readonly ColumnSpec[];
}

const LISTS = ['rules', 'dissectors', 'formats', 'texts', 'topologies', 'columns'] as const;
const KEYS = new Set<string>(['name', 'api', ...LISTS]);

/** Checks what a file exports. Throws UsageError; `from`: the file. */
export function checked(given: unknown, from: string): PluginSpec {
  const wrong = (what: string) => new UsageError(`${from}: ${what}; \`hopscope new plugin NAME\` writes one that works`);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong('its default export is no plug-in: export default plugin({ name, api: 1, rules: [...] })');
  const spec = given as Partial<PluginSpec> & Record<string, unknown>;
  if (typeof spec.name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,60}$/.test(spec.name))
    throw wrong('its name must be of small letters, digits and dashes');
  if (spec.api !== PLUGIN_API)
    throw new UsageError(
      `${from}: the plug-in ${spec.name} is for version ${String(spec.api)} of the plug-in API, and this hopscope has version ${PLUGIN_API}; get another version of one of them`,
    );
  const unknown = Object.keys(spec).filter((key) => !KEYS.has(key));
  if (unknown.length > 0) throw wrong(`it has '${unknown.join("', '")}'; a plug-in has ${LISTS.join(', ')}`);
  for (const list of LISTS) if (spec[list] !== undefined && !Array.isArray(spec[list])) throw wrong(`${list} is no list`);
  return spec as PluginSpec;
}
