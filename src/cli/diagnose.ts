import type { Command } from 'commander';
import {
  analyzeOptions,
  type CaptureFlags,
  captureOptions,
  type OutputFlags,
  outputOptions,
  type RuleFlags,
  ruleOptions,
  targets,
} from './options.js';
import { writeReports } from './output.js';
import { startProgress } from './progress.js';
import { stopped } from './streams.js';

const EXAMPLES = `
A FILE is a capture, - is standard input; router=FILE says on which node it was taken. Several files are analysed together.

Examples:
  hopscope diagnose router.pcap
  hopscope diagnose router.pcap -t lab.yaml --ifmap 2=eth0,3=eth1,4=eth2
  hopscope diagnose router=r.pcap k8s-w0=w.pcapng.gz -f json -o report.json
  hopscope diagnose router.pcap --format junit=out.xml --format github
  hopscope diagnose router.pcap --rule arp-no-reply --set arp-no-reply.within=2s`;

export function register(program: Command): void {
  const command = program
    .command('diagnose')
    .description('Says what is wrong in captures, root cause first.')
    .argument('<files...>', 'captures');
  outputOptions(ruleOptions(captureOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: CaptureFlags & RuleFlags & OutputFlags) => {
      // A mistake in the options must show before a long load, not after it.
      targets(flags);
      const options = analyzeOptions(files, flags);
      const { analyze } = await import('../main/analyze.js');
      const progress = startProgress(flags);
      const run = await analyze({ ...options, signal: stopped, onProgress: progress.update }).finally(progress.stop);
      process.exitCode = await writeReports(run, flags);
    });
}
