import type { Command } from 'commander';
import { dissectors } from '../../dissectors/index.js';
import { nearest } from '../bytes/nearest.js';
import { emptyInfo } from '../capture/records.js';
import type { FieldDef } from '../dissect/fields.js';
import { declaredFields, Registry } from '../dissect/registry.js';
import { FrameContext } from '../dump/frame-context.js';
import { UsageError } from '../errors.js';
import { HOP } from '../filter/dictionary.js';
import { frameFields } from '../filter/frame-fields.js';
import { type OutputFlags, outputOptions, PLAIN_FORMATS, targets } from './options.js';
import { writeTargets } from './output.js';

const EXAMPLES = `
Examples:
  hopscope fields
  hopscope fields vxlan
  hopscope fields tcp.options -f json`;

/** What one field is, as `-f json` prints it. */
interface Listed {
  readonly name: string;
  readonly title: string;
  /** As in filters: uint16, ipv4, ether, bool, string, ...; none: there or not there. */
  readonly type: string;
  /** Generic names that it answers to, e.g. ip.addr. */
  readonly aliases: readonly string[];
}

/** Every field once, by name. Several dissectors may share one, such as both cooked headers. */
function listed(registry: Registry): Listed[] {
  const defs = new Map<string, FieldDef>();
  const frame = frameFields(new FrameContext(emptyInfo('-', null))).map((extra) => extra.def);
  const all = [...frame, ...Object.values(HOP), ...registry.protocols.flatMap(declaredFields)];
  for (const def of all) if (!defs.has(def.name)) defs.set(def.name, def);
  return [...defs.values()]
    .map(({ name, title, type, aliases }) => ({ name, title, type, aliases }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Fields at or under a name: `tcp.options` means it and `tcp.options.mss_val`, not `tcp.options_x`. */
const under = (prefix: string) => (field: Listed) =>
  [field.name, ...field.aliases].some((name) => name === prefix || name.startsWith(prefix.endsWith('.') ? prefix : `${prefix}.`));

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
    const chosen = prefix === undefined ? all : all.filter(under(prefix));
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
