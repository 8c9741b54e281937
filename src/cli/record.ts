import type { Command } from 'commander';
import { safeText } from '../bytes/text.js';
import { EXIT } from './exit.js';
import { analyzeOptions, type CaptureFlags, captureOptions } from './options.js';
import { writeWhole } from './output.js';
import { startProgress } from './progress.js';
import { print, stopped } from './streams.js';

const EXAMPLES = `
Examples:
  hopscope record good.pcap -t lab.yaml -o expectations/lab.yaml
  hopscope record router=r.pcap k8s-w0=w.pcap --ifmap 2=eth0,3=eth1`;

export function register(program: Command): void {
  const command = program
    .command('record')
    .description('Drafts an expectation file from a known-good capture.')
    .argument('<files...>', 'captures; router=FILE is one taken on that node; not standard input: they are read twice');
  captureOptions(command)
    .option('-o, --output <file>', 'write there instead of standard output')
    .addHelpText('after', EXAMPLES)
    .option('--no-progress', 'no progress on standard error')
    .action(async (files: string[], flags: CaptureFlags & { output?: string; progress: boolean }) => {
      const { record } = await import('../main/record.js');
      const progress = startProgress(flags);
      const options = { ...(await analyzeOptions(files, flags)), signal: stopped, onProgress: progress.update };
      const { text, omitted, isDamaged } = await record(options, flags.output ?? null).finally(progress.stop);
      if (flags.output === undefined) await print(text);
      else await writeWhole(flags.output, text);
      for (const line of omitted) process.stderr.write(`hopscope: ${safeText(line)}\n`);
      process.exitCode = isDamaged ? EXIT.damaged : EXIT.good;
    });
}
