import type { Command } from 'commander';
import { dissectors } from '../../dissectors/index.js';
import { nearest } from '../bytes/nearest.js';
import { type Need, splitLevel } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import { rememberedFields } from '../dissect/past.js';
import { Registry } from '../dissect/registry.js';
import { UsageError } from '../errors.js';
import { namedFields, needOf } from '../filter/dictionary.js';
import { namesOf } from '../filter/names.js';
import { type OutputFlags, outputOptions, PLAIN_FORMATS, targets } from './options.js';
import { writeTargets } from './output.js';

const EXAMPLES = `
Examples:
  hopscope fields
  hopscope fields vxlan
  hopscope fields hop                 where a frame was seen, and the path of its packet
  hopscope fields tcp.options -f json`;

/** What one field is, as `-f json` prints it. */
interface Listed {
  readonly name: string;
  readonly title: string;
  /** As in filters: uint16, ipv4, ether, bool, string, ...; none: there or not there. */
  readonly type: string;
  /** Generic names that it answers to, e.g. ip.addr. */
  readonly aliases: readonly string[];
  /** What must be known beside the frame: capture, point, conversation, journey, past; null: nothing. */
  readonly needs: Need | null;
}

/** Every field that a filter takes, once, by name. Several dissectors may share one, such as both cooked headers. */
function listed(registry: Registry): Listed[] {
  const names = namesOf(registry);
  const extras = new Map(namedFields().map((extra) => [extra.def.name, extra]));
  const defs = new Map<string, FieldDef>();
  const past = rememberedFields(registry);
  for (const name of names.all(extras.keys()))
    for (const def of names.find(name, extras)?.target.defs ?? []) if (!defs.has(def.name)) defs.set(def.name, def);
  return [...defs.values()]
    .map((def) => {
      const { name, title, type, aliases } = def;
      return { name, title, type, aliases, needs: needOf(name) ?? (past.has(def) ? ('past' as const) : null) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Fields at or under a name: `tcp.options` means it and `tcp.options.mss_val`, not `tcp.options_x`. */
const under = (prefix: string) => (field: Listed) =>
  [field.name, ...field.aliases].some((name) => name === prefix || name.startsWith(prefix.endsWith('.') ? prefix : `${prefix}.`));

/** Of the level that the prefix asks for, where it asks for one: `inner.ip`. */
function chosenBy(prefix: string, all: readonly Listed[]): Listed[] {
  const level = splitLevel(prefix);
  if (level === null) return all.filter(under(prefix));
  // A field of the frame has no levels.
  const own = new Set(namedFields().map(({ def }) => def.name)).add('frame');
  return all
    .filter((field) => !own.has(field.name) && under(level.field)(field))
    .map((field) => ({
      ...field,
      name: `${level.level}.${field.name}`,
      aliases: field.aliases.map((alias) => `${level.level}.${alias}`),
    }));
}

export function register(program: Command): void {
  const command = program
    .command('fields')
    .description('Lists the fields for filters and columns.')
    .argument('[prefix]', 'only this field and those under it, e.g. vxlan')
    .addHelpText('after', EXAMPLES);
  outputOptions(command, PLAIN_FORMATS).action(async (prefix: string | undefined, flags: OutputFlags) => {
    const wanted = targets(flags, PLAIN_FORMATS);
    const registry = new Registry(dissectors);
    const all = listed(registry);
    const chosen = prefix === undefined ? all : chosenBy(prefix, all);
    if (chosen.length === 0 && prefix !== undefined) {
      const meant = nearest(
        prefix,
        all.flatMap((f) => [f.name, ...f.aliases]),
      );
      throw new UsageError(
        `no field is called '${prefix}' or starts with '${prefix}.'; ${
          meant === null ? "'hopscope fields' lists them" : `did you mean '${meant}'?`
        }`,
      );
    }
    const name = Math.max(...chosen.map((f) => f.name.length));
    const type = Math.max(...chosen.map((f) => f.type.length));
    const line = (f: Listed) => `${f.name.padEnd(name)}  ${f.type.padEnd(type)}  ${f.title}`;
    process.exitCode = await writeTargets(wanted, (format) =>
      format === 'json' ? `${JSON.stringify(chosen, null, 2)}\n` : `${chosen.map(line).join('\n')}\n`,
    );
  });
}
