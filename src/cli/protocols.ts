import type { Command } from 'commander';
import { dissectors } from '../../dissectors/index.js';
import { type OutputFlags, outputOptions, PLAIN_FORMATS, targets } from './options.js';
import { writeTargets } from './output.js';

const EXAMPLES = `
Examples:
  hopscope protocols
  hopscope protocols -f json`;

/** What one protocol is, as `-f json` prints it. */
interface Listed {
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly spec: string;
  /** The tables that lead to it, e.g. `udp.port` -> [4789]. */
  readonly tables: Readonly<Record<string, readonly number[]>>;
}

function listed(): Listed[] {
  return dissectors
    .map((d) => ({ name: d.name, title: d.title, spec: d.spec, tables: d.claims ?? {} }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tables whose keys everybody writes in hex. */
const HEX = new Set(['ethertype', 'gre.proto', 'llc.cisco_pid', 'llc.dsap', 'ppp.protocol']);

/** `udp.port 4789, 8472`: what stands on both sides of the `==` of a decode-as rule. */
function tablesText(p: Listed): string {
  const key = (table: string, n: number) => (HEX.has(table) ? `0x${n.toString(16).padStart(4, '0')}` : String(n));
  return Object.entries(p.tables)
    .map(([table, keys]) => `${table} ${keys.map((n) => key(table, n)).join(', ')}`)
    .join('; ');
}

export function register(program: Command): void {
  const command = program
    .command('protocols')
    .description('Lists the protocols of this build and what leads to them.')
    .addHelpText('after', EXAMPLES);
  outputOptions(command, PLAIN_FORMATS).action(async (flags: OutputFlags) => {
    const list = listed();
    const name = Math.max(...list.map((p) => p.name.length));
    const title = Math.max(...list.map((p) => p.title.length));
    const line = (p: Listed) => `${p.name.padEnd(name)}  ${p.title.padEnd(title)}  ${tablesText(p)}`.trimEnd();
    process.exitCode = await writeTargets(targets(flags, PLAIN_FORMATS), (format) =>
      format === 'json' ? `${JSON.stringify(list, null, 2)}\n` : `${list.map(line).join('\n')}\n`,
    );
  });
}
