import type { Command } from 'commander';
import { quantity } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import { type EvidenceFlags, evidenceOption, writeEvidenceOf } from './evidence.js';
import { type CaptureFlags, captureOptions, capturesOf, type OutputFlags, optionsOf, outputOptions, targets } from './options.js';
import { writeReports } from './output.js';
import { startProgress } from './progress.js';
import { stopped } from './streams.js';

const EXAMPLES = `
Examples:
  hopscope diff good.pcap bad.pcap -t lab.yaml
  hopscope diff router=good.pcap router=bad.pcap --ifmap 2=eth0,3=eth1 -f markdown
  hopscope diff r1=good/r1.pcap r1=bad/r1.pcap r2=good/r2.pcap r2=bad/r2.pcap -t lab.yaml
  hopscope diff good/ bad/ -t lab.yaml                          two folders, each with the captures of a run`;

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('Lists how a capture differs from a known-good one: the first difference of each flow.')
    .argument('<good>', 'known-good capture, or a folder of those of several points')
    .argument('<bad>', 'the capture or folder to compare')
    .argument('[files...]', 'more points, each twice: POINT=GOOD POINT=BAD');
  evidenceOption(outputOptions(captureOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action((good: string, bad: string, files: string[], flags: CaptureFlags & OutputFlags & EvidenceFlags) => {
      const [left, right] = files.length === 0 ? [[good], [bad]] : twice([good, bad, ...files]);
      return compareCaptures(left, right, flags);
    });
}

/** Captures of several points: of each point the first is the good one. Throws UsageError. */
function twice(args: readonly string[]): readonly [string[], string[]] {
  const byPoint = new Map<string, string[]>();
  for (const arg of args) {
    const point = /^([^=]+)=./.exec(arg)?.[1];
    if (point === undefined)
      throw new UsageError(`${arg}: name the point of each of several captures: POINT=GOOD POINT=BAD, or give two folders`);
    byPoint.set(point, [...(byPoint.get(point) ?? []), arg]);
  }
  for (const [point, list] of byPoint)
    if (list.length !== 2)
      throw new UsageError(`${point} has ${quantity(list.length, 'capture')}; give a good one and one to compare with it`);
  const pairs = [...byPoint.values()];
  return [pairs.map(([first]) => first as string), pairs.map(([, second]) => second as string)];
}

/** `hopscope diff`, and `hopscope verify --baseline`. */
export async function compareCaptures(
  good: readonly string[],
  bad: readonly string[],
  flags: CaptureFlags & OutputFlags & EvidenceFlags,
): Promise<void> {
  targets(flags);
  if (bad.length === 0) throw new UsageError('name the capture to compare: hopscope verify --baseline GOOD BAD');
  const { diff } = await import('../main/diff.js');
  const progress = startProgress(flags);
  const options = { ...optionsOf(flags), files: [], signal: stopped, onProgress: progress.update };
  const sides = [await capturesOf(good, options.at), await capturesOf(bad, options.at)] as const;
  const run = await diff(...sides, options).finally(progress.stop);
  const code = await writeReports(run, flags);
  const files = sides.flatMap((side) => side.files);
  process.exitCode = (await writeEvidenceOf(run, flags, options.topology, files)) || code;
}
