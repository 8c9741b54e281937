// What a project says once for all commands: a config file, found upwards from where the command is run, and plug-ins. The command line
// comes first. What reads a config is loaded only where there is one.
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { findConfig } from './find-config.js';
import { repeatable } from './options.js';
import { usePlugins } from './plugins.js';

interface ProjectFlags {
  readonly plugin?: readonly string[];
  readonly config?: string | false;
  readonly verbose?: boolean;
}

/** Adds --plugin and --config to a command, and to those that it has. */
export function projectOptions(command: Command): void {
  if (command.commands.length > 0) for (const one of command.commands) projectOptions(one);
  else
    command
      .addOption(repeatable('--plugin <file>', 'load rules, dissectors, formats of a file (docs/plugins.md); may be repeated'))
      .addOption(new Option('--config <file>', 'settings of the project (default: the next hopscope.config.* upwards)'))
      .option('--no-config', 'no settings of a project');
}

/** Loads the config and the plug-ins before the command begins. Throws UsageError. */
export async function settleProject(command: Command): Promise<void> {
  const flags = command.opts<ProjectFlags>();
  if (!command.options.some(({ long }) => long === '--plugin')) return;
  const plugins = [...(flags.plugin ?? [])];
  const found = flags.config === false ? null : typeof flags.config === 'string' ? flags.config : findConfig(process.cwd());
  if (found !== null) {
    const { applyConfig, loadConfig } = await import('./config.js');
    const config = await loadConfig(found);
    plugins.unshift(...config.plugins);
    applyConfig(command, config);
    const { only, except } = config.said.rules ?? {};
    // Nobody who reads the report typed it.
    if ((only ?? except) !== undefined && command.options.some(({ long }) => long === '--rule'))
      process.stderr.write(`hopscope: note: ${safeText(found)} says which rules judge\n`);
    if (flags.verbose === true || command.name() === 'info')
      process.stderr.write(`hopscope: settings of the project: ${safeText(found)}\n`);
  }
  await usePlugins(plugins);
}
