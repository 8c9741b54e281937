import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { type CaptureFlags, captureOptions, inputsOf, type OutputFlags, optionsOf, outputOptions, targets } from './options.js';
import { writeReports } from './output.js';
import { startProgress } from './progress.js';
import { stopped } from './streams.js';

const EXAMPLES = `
Examples:
  hopscope diff good.pcap bad.pcap -t lab.yaml
  hopscope diff router=good.pcap router=bad.pcap --ifmap 2=eth0,3=eth1 -f markdown`;

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('Lists how a capture differs from a known-good one: the first difference of each flow.')
    .argument('<good>', 'known-good capture')
    .argument('<bad>', 'the capture to compare');
  outputOptions(captureOptions(command))
    .addHelpText('after', EXAMPLES)
    .action((good: string, bad: string, flags: CaptureFlags & OutputFlags) => compareCaptures(good, [bad], flags));
}

/** `hopscope diff`, and `hopscope verify --baseline`. */
export async function compareCaptures(good: string, bad: readonly string[], flags: CaptureFlags & OutputFlags): Promise<void> {
  targets(flags);
  if (bad.length === 0) throw new UsageError('name the capture to compare: hopscope verify --baseline GOOD BAD');
  const { diff } = await import('../main/diff.js');
  const progress = startProgress(flags);
  const options = { ...optionsOf(flags), files: [], signal: stopped, onProgress: progress.update };
  const sides = [await inputsOf([good], options.at), await inputsOf(bad, options.at)] as const;
  const run = await diff(...sides, options).finally(progress.stop);
  process.exitCode = await writeReports(run, flags);
}
