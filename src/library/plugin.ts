// What plug-ins are made with: the functions that rules and dissectors of hopscope itself are made with.
import type { DissectorSpec } from '../dissect/dissector.js';
import type { FieldDef, FieldOptions, FieldType } from '../dissect/fields.js';
import type { Layout, Part } from '../dissect/layout.js';
import { host } from '../plugin/host.js';
import { rule as engineRule, type RuleSpec } from '../rules/rule.js';
import type {
  Plugin,
  PluginDissector,
  PluginDissectorSpec,
  PluginRule,
  PluginRuleSpec,
  ProtocolRef,
  RuleOption,
  TableRef,
} from './plugin-types.js';

export type { Base, FieldDef, FieldOptions, FieldType, FieldValue, ValueNames } from '../dissect/fields.js';
export {
  bits,
  bytes,
  flag,
  ipv4,
  ipv6,
  type Layout,
  mac,
  type Part,
  type Placed,
  type Reader,
  rsv,
  scaled,
  type UintOptions,
  uint,
} from '../dissect/layout.js';
export {
  type ColumnPacket,
  type ColumnSpec,
  PLUGIN_API,
  type ReadFrame,
  type ReportFormatSpec,
  type TextReader,
  type TopologyReader,
} from '../plugin/rows.js';
export type { Address, FactCapture, FactConversation, FactDirection, Facts, Mark } from './facts.js';
export type * from './plugin-types.js';

/** A plug-in: the default export of its file. */
export const plugin = (spec: Plugin): Plugin => spec;

/** A rule: it looks at what a run has taught, and says what is wrong. */
export const rule = <N extends string = never>(spec: PluginRuleSpec<N>): PluginRule =>
  engineRule({
    ...spec,
    page: spec.page ?? `# ${spec.id}\n\n${spec.title}.\n\n${spec.hint}\n`,
  } as unknown as RuleSpec<N>) as unknown as PluginRule;

/** A time that an option of a rule has when the user sets no other. */
export const seconds = (n: number, text: string): RuleOption => ({ value: n * 1e9, unit: 'ns', text });
/** A number of that kind. */
export const atLeast = (n: number, text: string): RuleOption => ({ value: n, unit: 'count', text });

/** Declares a header bit by bit: `layout('labp', [uint('version', 8, 'Version'), ...])` declares `labp.version` and reads it. */
export const layout = <N extends string>(prefix: string, parts: readonly Part<N>[]): Layout<Exclude<N, ''>> =>
  host().layout(prefix, parts);

/** Declares a field that is not in a layout. */
export const field = (name: string, title: string, type: FieldType, options?: FieldOptions): FieldDef =>
  host().field(name, title, type, options);

/** Declares a protocol: its header, who hands packets to it, and who gets what is after the header. */
export const dissector = (spec: PluginDissectorSpec): PluginDissector =>
  host().dissector(spec as unknown as DissectorSpec) as unknown as PluginDissector;

/** The protocol of this name, for `layers.next`. */
export const protocol = (name: string): ProtocolRef => host().protocol(name);

/** A table such as `udp.port`, for `layers.nextBy`. */
export const table = (name: string): TableRef => host().table(name);
