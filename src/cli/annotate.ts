// Captures for Wireshark: comments on the frames that show a finding, names of interfaces and addresses.
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import { EXIT } from './exit.js';
import { analyzeOptions, CAPTURES, type CaptureFlags, captureOptions, type RuleFlags, ruleOptions } from './options.js';
import { startProgress } from './progress.js';
import { print, stopped } from './streams.js';

const EXAMPLES = `
The frames stay as they are. Each that shows a finding has a comment: the finding, and what this frame shows of it
(frame.comment in Wireshark's filters). With a topology, pods, services and nodes have their names (View, Name Resolution).

Examples:
  hopscope annotate router.pcap -t lab.yaml -o router-annotated.pcapng
  hopscope annotate router=r.pcap k8s-w0=w.pcap -t lab.yaml -o both.pcapng
  hopscope annotate router.pcap -Y 'ip.addr == 172.20.2.1' -o webpod.pcapng`;

interface AnnotateFlags extends CaptureFlags, RuleFlags {
  output?: string;
  progress: boolean;
  quiet?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('annotate')
    .description(
      'Writes captures anew for Wireshark: comments on the frames that show what is wrong, interfaces and hosts by name.',
    )
    .argument('<files...>', CAPTURES);
  ruleOptions(captureOptions(command))
    .option('-o, --output <file>', 'the pcapng to write')
    .option('-q, --quiet', 'no word on what was written')
    .option('--no-progress', 'no progress on standard error')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(files: string[], flags: AnnotateFlags): Promise<void> {
  const { output } = flags;
  if (output === undefined) throw new UsageError('name the file to write: -o annotated.pcapng');
  const options = { ...(await analyzeOptions(files, flags, 'used')), signal: stopped };
  const [{ analyze }, { annotate, checkTwice }, { sortFiles }] = await Promise.all([
    import('../main/analyze.js'),
    import('../main/annotate.js'),
    import('../main/witnesses.js'),
  ]);
  const { captures } = sortFiles(options);
  checkTwice(captures, isFile, 'annotate');
  const progress = startProgress(flags);
  try {
    // What is wrong is found in all frames; the filter chooses those that are written.
    const report = await analyze({ ...options, filter: null, onProgress: progress.update });
    const written = await annotate({ ...options, files: captures }, report, output);
    progress.stop();
    for (const error of written.errors) process.stderr.write(`hopscope: ${safeText(error)}\n`);
    if (flags.quiet !== true)
      await print(
        `${safeText(output)}: ${quantity(written.frames, 'frame')}, ${written.commented} of them with ${written.commented === 1 ? 'a comment' : 'comments'}\n`,
      );
    if (written.errors.length > 0) process.exitCode = EXIT.damaged;
  } finally {
    progress.stop();
  }
}

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
