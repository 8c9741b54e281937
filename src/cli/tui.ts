// The terminal UI: checks first, in one line each, and only then a full screen.
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.js';
import type { Joint } from '../main/joint.js';
import type { AnalyzeOptions } from '../main/options.js';
import { sortFiles, withCaptures } from '../main/witnesses.js';
import type { AppOptions } from '../tui/app.js';
import type { Session } from '../tui/session.js';
import type { Live } from '../tui/shell/captures.js';
import { analyzeOptions, CAPTURES, type CaptureFlags, captureOptions, inputsOf, optionsOf, repeatable } from './options.js';

interface TuiFlags extends CaptureFlags {
  follow?: boolean;
  go?: Start;
  expect?: string[];
  colorfilters?: string;
}

type Start = NonNullable<AppOptions['start']>;

const EXAMPLES = `
In the screen: ? shows all keys, / edits the display filter, n walks through the evidence of the findings, q quits.

Examples:
  hopscope tui
  hopscope tui router.pcap
  hopscope tui router=r.pcap k8s-w0=w.pcap -t lab.yaml
  hopscope tui router.pcap -Y 'tcp.flags.syn == 1'
  hopscope tui router.pcap --go 3
  hopscope tui router.pcap --colorfilters ~/.config/wireshark/colorfilters
  hopscope tui router.pcap --expect lab.yaml
  hopscope tui --follow growing.pcap
  ssh router tcpdump -i any -U -w - | hopscope tui -`;

const load = () =>
  Promise.all([
    import('../tui/screen/keyboard.js'),
    import('../tui/session/open.js'),
    import('../tui/app.js'),
    import('../tui/settings.js'),
    import('../tui/state.js'),
    import('../tui/screen/theme.js'),
    import('../tui/colors/rules.js'),
  ]);

export function register(program: Command): void {
  // The files are read while the arguments are: what goes wrong with them is told where they are needed.
  load().catch(() => {});
  const command = program
    .command('tui')
    .description('Shows captures in a terminal UI: packets, journeys, findings.')
    .argument('[files...]', `${CAPTURES}; without any a list to choose from`);
  captureOptions(command)
    .option('--follow', 'the files are still growing: go on at their ends')
    .addOption(
      new Option('--go <frame>', 'begin at this frame; router:3 is frame 3 of the capture taken there').argParser(startOf),
    )
    .addOption(
      repeatable('--expect <file>', 'check the packets against expectations, again when a file changes; may be repeated'),
    )
    .option('--colorfilters <file>', "colours of packets, as Wireshark's colorfilters; else those of hopscope's config folder")
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: TuiFlags) => {
      const { expect = [] } = flags;
      if (files.length === 0) checkNoneNeeded(flags);
      const given = files.length === 0 ? { ...optionsOf(flags), files: [] } : beside(await analyzeOptions(files, flags, 'used'));
      const options = { ...given, expect, topology: await topologyOf(given.topology, expect) };
      process.exitCode = await show({ ...options, colorfilters: flags.colorfilters }, flags.follow ?? false, undefined, flags.go);
    });
}

/** Throws UsageError for what can only be said of a capture that is there. */
function checkNoneNeeded({ go, displayFilter, filter }: TuiFlags): void {
  const option = go === undefined ? ((displayFilter ?? filter) === undefined ? null : '--display-filter') : '--go';
  if (option !== null) throw new UsageError(`${option} needs a capture; name one, as in: hopscope tui router.pcap ${option} …`);
}

/** `3`, `router:3`. */
function startOf(text: string): Start {
  const parts = /^(?:(.+):)?(\d{1,10})$/s.exec(text);
  if (parts === null || Number(parts[2]) === 0) throw new UsageError(`--go ${text}: give the number of a frame, or POINT:NUMBER`);
  return { point: parts[1] ?? null, frame: Number(parts[2]) };
}

/** Names and places are those that the expectations speak of, where no topology is named. */
async function topologyOf(topology: readonly string[], expect: readonly string[]): Promise<readonly string[]> {
  if (topology.length > 0 || expect.length === 0) return topology;
  const { job, readSound } = await import('../main/verify-files.js');
  const { Problems } = await import('../topology/document.js');
  const none = { topology: [], ifmap: null, decodeAs: [] };
  // What is wrong with the files is told in the screen.
  const { sheets } = readSound({ paths: expect, grep: null }, new Problems());
  return [...new Set(sheets.flatMap((sheet) => job(sheet, none).topology))];
}

type Shown = Pick<AnalyzeOptions, 'files' | 'known' | 'witnesses'>;

/** Texts of other tools stand beside the captures. Throws UsageError where there are no captures. */
function beside<T extends Shown>(options: T): T {
  const { captures, witnesses } = withCaptures(sortFiles(options));
  return { ...options, files: captures, witnesses };
}

/** Runs the screen until the user leaves; the exit code. `notices` come in while it runs; `joint`: of points whose packets arrive; `live`: where they are kept for now. */
export async function show(
  options: AnalyzeOptions & { readonly expect?: readonly string[]; readonly colorfilters?: string | undefined },
  follow: boolean,
  notices?: { to(say: (text: string) => void): void },
  start?: Start,
  joint?: Joint,
  live?: Live,
): Promise<number> {
  const [
    { checkTerminal, keyboard },
    { followable, noSession, openSession },
    { App },
    { configFolder, SettingsStore },
    { StateStore, stateFolder },
    { colorDepth },
    { ColorRules },
  ] = await load();
  const state = new StateStore(stateFolder(process.env));
  const isPiped = options.files.some(({ path }) => path === '-');
  const input = keyboard(isPiped);
  checkTerminal(input, process.stdout);
  const { topology, ifmap, decodeAs, at, filter, maxConversations, expect } = options;
  const open = async ({ files, known, witnesses }: Shown, joined?: Joint): Promise<Session> => {
    if (files.length === 0) return noSession();
    const rules = decodeAs.length > 0 ? decodeAs : followable(state.decodedAs(files.map(({ path }) => path)));
    return openSession({
      ...{ captures: files, known, witnesses, topology, ifmap, decodeAs: rules, at, follow, maxConversations },
      joint: joined,
      ...(expect !== undefined && { expect }),
    });
  };
  let shown: Shown = options;
  const session = await open(shown, joint);
  if (filter !== null) {
    const problem = session.checkFilter(filter);
    if (problem !== null) {
      await session.close();
      throw new UsageError(`${filter}: ${problem.message}${problem.hint === '' ? '' : `; ${problem.hint}`}`);
    }
    session.show(filter, null);
  }
  const folder = configFolder(process.env);
  const depth = colorDepth(process.env);
  const { colorfilters } = options;
  const app = new App({
    session,
    settings: new SettingsStore(folder, process.env['HOPSCOPE_THEME']),
    state,
    colors: new ColorRules(colorfilters ?? join(folder, 'colorfilters'), colorfilters !== undefined, depth),
    depth,
    input,
    live,
    ...(start !== undefined && { start }),
    async open(files) {
      if (files.length === 0 && isPiped) throw new UsageError('standard input cannot be read again');
      const next = files.length === 0 ? shown : beside(await inputsOf(files, at, true));
      const opened = await open(next, next === options ? joint : undefined);
      shown = next;
      return opened;
    },
  });
  notices?.to((text) => app.say(text));
  return app.run();
}
