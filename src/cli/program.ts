// The program as commander knows it: its commands, their options and its help.
import { Command } from 'commander';
import { VERSION } from '../report/version.js';
import { foldedHelp } from '../report/wrap.js';
import { COMMANDS } from './commands.js';
import { keepEarlier, keepNamedInputs } from './keep-inputs.js';
import { projectOptions, settleProject } from './project.js';
import { screenWidth } from './streams.js';

const EXAMPLES = `
hopscope FILE... is short for hopscope diagnose FILE...; FILE is a capture (pcap or pcapng, also gzip or zstd), - is standard input.

Examples:
  hopscope router.pcap                             what is wrong in this capture
  hopscope router.pcap -t lab.yaml                 the same, knowing who lives where
  hopscope router=r.pcap k8s-w0=w.pcap             two capture points of the same run
  hopscope run7/                                   a folder or archive of captures and outputs of the lab's tools
  ssh router tcpdump -i any -U -w - | hopscope -   from a pipe
  hopscope info router.pcap                        what kind of file it is
  hopscope rules egress-wrong-interface            what a rule says, and what to do

Exit codes: 0 good, 1 a fault was found, 2 wrong usage, 3 inconclusive, 4 a capture is damaged or unreadable.`;

/** Commands that read nothing of a lab. */
const PLAIN = new Set(['completion', 'man', 'merge-reports', 'new', 'page']);

/** The program with all its commands; those that are not `wanted` have a name and a summary only, as their modules are not loaded. */
export async function createProgram(wanted: (command: string) => boolean): Promise<Command> {
  const program = new Command('hopscope')
    .description('Says which path each packet of a capture took, and where that path is wrong.')
    .usage('[command] [options] FILE...')
    .version(`hopscope ${VERSION}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .hook('preAction', async (_, command) => {
      await settleProject(command);
      keepNamedInputs(command.args, command.opts());
      keepEarlier(command.opts());
    })
    .exitOverride()
    // The errors come back as exceptions and are printed in one place.
    .configureOutput({
      outputError: () => {},
      getOutHelpWidth: () => screenWidth() ?? 80,
      writeOut: (text) => {
        const width = screenWidth();
        process.stdout.write(width === null ? text : foldedHelp(text, width));
      },
    });
  // Commands take these settings over from the program when they are registered.
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    if (wanted(name)) {
      (await load()).register(program);
      if (!PLAIN.has(name)) projectOptions(program.commands.find((command) => command.name() === name)!);
    } else program.command(name).description(summary);
  }
  return program;
}
