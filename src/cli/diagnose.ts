import type { Command } from 'commander';
import type { Timing } from '../main/options.js';
import { startThreads } from '../main/threads.js';
import { sortInputs } from '../main/witnesses.js';
import { type EvidenceFlags, evidenceOption, writeEvidenceOf } from './evidence.js';
import {
  analyzeOptions,
  CAPTURES,
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
What other tools have printed of the same run (hubble observe, cilium-dbg monitor, pwru, conntrack, dmesg, ping, curl ...) may stand
beside captures, or alone: it is told from its lines, joined to the packets, and quoted.

Examples:
  hopscope diagnose router.pcap
  hopscope diagnose router.pcap -t lab.yaml --ifmap 2=eth0,3=eth1,4=eth2
  hopscope diagnose router=r.pcap k8s-w0=w.pcapng.gz -f json -o report.json
  hopscope diagnose router.pcap hubble.txt dmesg.txt
  hopscope diagnose router.pcap -t lab.yaml --format html=report.html
  hopscope diagnose router.pcap --format junit=out.xml --format github
  hopscope diagnose router.pcap --rule arp-no-reply --set arp-no-reply.within=2s`;

export function register(program: Command): void {
  const command = program
    .command('diagnose')
    .description('Says what is wrong in captures, root cause first.')
    .argument('<files...>', CAPTURES);
  evidenceOption(outputOptions(ruleOptions(captureOptions(command))))
    .option('--timing', 'print on standard error how long reading and each rule took')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: CaptureFlags & RuleFlags & OutputFlags & EvidenceFlags & { timing?: boolean }) => {
      // A mistake in the options must show before a long load, not after it.
      targets(flags);
      const given = await analyzeOptions(files, flags, 'used');
      const inputs = await sortInputs({ ...given, signal: stopped });
      const options = { ...given, files: inputs.captures, witnesses: inputs.witnesses };
      startThreads(options);
      const { analyze } = await import('../main/analyze.js');
      const progress = startProgress(flags);
      let timing: Timing | null = null;
      const onTiming = (measured: Timing) => {
        timing = measured;
      };
      const notes: string[] = [];
      const onNote = (note: string) => notes.push(note);
      const told = { signal: stopped, onProgress: progress.update, onNote, onTiming };
      const run = await analyze({ ...options, ...told }, inputs).finally(progress.stop);
      const code = await writeReports(run, flags);
      process.exitCode = (await writeEvidenceOf(run, flags, options.topology, inputs.captures)) || code;
      for (const note of notes) process.stderr.write(`hopscope: note: ${note}\n`);
      if (flags.timing && timing !== null) process.stderr.write(timingTable(timing));
    });
}

/** The dearest first. */
function timingTable({ readingNs, frames, rules }: Timing): string {
  const ms = (ns: number) => (ns / 1e6).toFixed(2).padStart(10);
  const perFrame = frames === 0 ? '' : `  ${Math.round(readingNs / frames)} ns a frame`;
  const lines = [...rules].sort(([, a], [, b]) => b - a).map(([id, ns]) => `${ms(ns)} ms  ${id}`);
  return `${[`${ms(readingNs)} ms  reading ${frames} frames${perFrame}`, ...lines].join('\n')}\n`;
}
