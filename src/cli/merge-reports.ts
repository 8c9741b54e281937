// One report of those that `verify` has written on several machines.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { ReportInput } from '../main/merge-reports.js';
import { type OutputFlags, outputOptions, targets } from './options.js';
import { writeReports } from './output.js';

const EXAMPLES = `
A REPORT is a file that hopscope verify --format json=FILE has written; LAB=FILE says of which lab it is, where several labs have the
same expectation files. All parts of a run (--shard) must be there. Of a suite that ran several times the worst result of each
expectation counts, and one that passed once and failed once is marked as flaky. The exit codes are those of verify.

Examples:
  hopscope merge-reports part1.json part2.json part3.json part4.json --format junit=report.xml
  hopscope merge-reports lab-a=a.json lab-b=b.json --format markdown=report.md --format sarif=report.sarif`;

export function register(program: Command): void {
  const command = program
    .command('merge-reports')
    .description('Makes one report of those that verify has written on several machines, in every format.')
    .argument('<reports...>', 'JSON reports of verify, as FILE or LAB=FILE');
  outputOptions(command).addHelpText('after', EXAMPLES).action(run);
}

async function run(args: string[], flags: OutputFlags): Promise<void> {
  targets(flags);
  const { mergeReports } = await import('../main/merge-reports.js');
  process.exitCode = await writeReports(mergeReports(args.map(inputOf)), flags);
}

function inputOf(text: string): ReportInput {
  const [, lab, path] = /^([^=/]+)=(.+)$/s.exec(text) ?? [];
  return lab === undefined || path === undefined || existsSync(text) ? { lab: null, path: text } : { lab, path };
}
