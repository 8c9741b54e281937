import type { Command } from 'commander';
import { nearest } from '../bytes/nearest.js';
import { UsageError } from '../errors.js';
import { reflowed } from '../report/wrap.js';
import { type OutputFlags, outputOptions, PLAIN_FORMATS, targets } from './options.js';
import { writeTargets } from './output.js';

const EXAMPLES = `
Examples:
  hopscope rules
  hopscope rules egress-wrong-interface
  hopscope rules -f json`;

/** A page is written for wide screens; a terminal gets it in its own width. */
const pageOf = (page: string): string => (process.stdout.isTTY ? reflowed(page, Math.min(process.stdout.columns, 140)) : page);

export function register(program: Command): void {
  const command = program
    .command('rules')
    .description('Lists the rules of this build, or prints the page of one.')
    .argument('[id]', 'the rule')
    .addHelpText('after', EXAMPLES);
  outputOptions(command, PLAIN_FORMATS).action(async (id: string | undefined, flags: OutputFlags) => {
    const wanted = targets(flags, PLAIN_FORMATS);
    const { catalogue, topologyRules } = await import('../rules/index.js');
    const all = [...catalogue, ...topologyRules];
    const chosen = id === undefined ? all : all.filter((rule) => rule.id === id);
    if (chosen.length === 0 && id !== undefined) {
      const meant = nearest(
        id,
        all.map((rule) => rule.id),
      );
      throw new UsageError(
        `no rule is called '${id}'; ${meant === null ? "'hopscope rules' lists them" : `did you mean '${meant}'?`}`,
      );
    }
    const widest = Math.max(...chosen.map((rule) => rule.id.length));
    const line = (rule: (typeof all)[number]) => `${rule.id.padEnd(widest)}  ${rule.severity.padEnd(7)}  ${rule.title}\n`;
    process.exitCode = await writeTargets(wanted, (format) => {
      if (format === 'json') return `${JSON.stringify(chosen, null, 2)}\n`;
      return id === undefined ? chosen.map(line).join('') : `${pageOf(chosen[0]!.page.trimEnd())}\n`;
    });
  });
}
