// Conversations with their paths.
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { flowsCsv, flowsJson, flowsText, SORTS } from '../dump/flows-output.js';
import { InterruptedError } from '../errors.js';
import { startThreads } from '../main/threads.js';
import { EXIT } from './exit.js';
import {
  analyzeOptions,
  CAPTURES,
  type CaptureFlags,
  captureOptions,
  type OutputFlags,
  outputOptions,
  targets,
} from './options.js';
import { forScreen, writeTargets } from './output.js';
import { startProgress } from './progress.js';
import { sayPartial, stopped } from './streams.js';

const FORMATS = { text: flowsText, csv: flowsCsv, json: flowsJson } as const;
const NAMES = Object.keys(FORMATS);

interface FlowsFlags extends CaptureFlags, OutputFlags {
  sort: string;
}

const EXAMPLES = `
A packet counts once, on however many interfaces it was captured. States and history are Zeek's: S0 is a SYN without an answer,
REJ one that was refused, SF an ordinary close; capital letters of the history are the initiator's.

Examples:
  hopscope flows router.pcap -t lab.yaml
  hopscope flows router.pcap --sort bytes -Y 'ip.addr == 172.20.0.0/16'
  hopscope flows router=r.pcap k8s-w0=w.pcap -f csv=flows.csv`;

export function register(program: Command): void {
  const command = program
    .command('flows')
    .description('Lists conversations with path, state, both directions and tunnels.')
    .argument('<files...>', CAPTURES);
  outputOptions(captureOptions(command), NAMES)
    .addOption(new Option('--sort <key>', 'order').choices(Object.keys(SORTS)).default('start'))
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: FlowsFlags) => {
      const wanted = targets(flags, NAMES);
      const options = await analyzeOptions(files, flags, 'used');
      startThreads(options);
      const { collectFlows } = await import('../main/flows.js');
      const progress = startProgress(flags);
      const found = await collectFlows({ ...options, signal: stopped, onProgress: progress.update }).finally(progress.stop);
      const list = { ...found, flows: [...found.flows].sort(SORTS[flags.sort]) };
      if (found.interrupted === true && found.flows.length === 0) throw new InterruptedError();
      // A file that looks whole is not made of a part.
      const possible = found.interrupted === true ? wanted.filter(({ file }) => file === null) : wanted;
      const failed = await writeTargets(possible, (format, file) => {
        const text = FORMATS[format as keyof typeof FORMATS](list);
        return format === 'text' ? forScreen(text, file) : text;
      });
      if (list.forgotten > 0)
        process.stderr.write(
          `hopscope: ${list.forgotten} older conversations had to be forgotten; choose with -Y, or raise HOPSCOPE_CONVERSATIONS\n`,
        );
      for (const error of list.errors) process.stderr.write(`hopscope: ${safeText(error)}\n`);
      const isPartial = list.forgotten > 0;
      process.exitCode = failed || (list.errors.length > 0 ? EXIT.damaged : isPartial ? EXIT.inconclusive : EXIT.good);
      if (found.interrupted === true) process.exitCode = sayPartial(list.flows.length > 0 && possible.length > 0);
    });
}
