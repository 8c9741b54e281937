// Prints packets, with tshark's habits.
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import type { CaptureSource } from '../capture/frame.js';
import type { ExtraField, Need } from '../dissect/extra.js';
import { Past } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { dump } from '../dump/dump.js';
import { expertFields, isExpert } from '../dump/expert-fields.js';
import { OUTPUT_TYPES, type OutputType, openOutput, wantsPast } from '../dump/output.js';
import type { Statistics } from '../dump/statistics/index.js';
import { SPAN_FORMS, type SpanForm, TIME_FORMS, type TimeForm, timeForm } from '../dump/times.js';
import { Unclaimed } from '../dump/unclaimed.js';
import { FilterError, UsageError } from '../errors.js';
import { compileBpf } from '../filter/bpf.js';
import { asDisplayFilter } from '../filter/bpf-display.js';
import { needOf } from '../filter/dictionary.js';
import { type CompiledFilter, compileFilter } from '../filter/filter.js';
import { AtHand } from '../main/at-hand.js';
import { isBundle } from '../main/bundle.js';
import { type Lab, openLab } from '../main/lab.js';
import type { AnalyzeOptions } from '../main/options.js';
import { textReaders } from '../plugin/added.js';
import { EXIT } from './exit.js';
import {
  type CaptureFlags,
  captureOptions,
  capturesOf,
  checkPackets,
  optionsOf,
  overwrite,
  repeatable,
  wholeNumber,
} from './options.js';
import { brokenPipe, print, sayPartial, stopped } from './streams.js';
import { checkTsharkFlags, isAnalysed, type TsharkFlags, tsharkOptions } from './tshark-options.js';

interface DumpFlags extends CaptureFlags, TsharkFlags {
  read?: string;
  count?: number;
  type?: OutputType;
  only?: string;
  separator?: string;
  glossary?: string | true;
  style?: 'summary' | 'tcpdump';
  tcpdumpLetters?: string;
  details?: boolean;
  bytes?: boolean;
  field?: string[];
  setting?: string[];
  write?: string;
  fileFormat?: 'pcap' | 'pcapng';
  print?: boolean;
  q?: boolean;
  quiet?: boolean;
  statistic?: string[];
  twoPass?: boolean;
  readFilter?: string;
  time?: TimeForm;
  seconds?: SpanForm;
}

const EXAMPLES = `
Examples:
  hopscope dump router.pcap -t lab.yaml                          one line a packet, interfaces by name
  hopscope dump router.pcap --style tcpdump -e -v                as tcpdump -nn -e -v prints it; also -A -X -q -S -tttt
  hopscope dump router.pcap arp or icmp                          a capture filter behind the file, as tcpdump takes it
  hopscope dump router.pcap -Y 'vxlan.vni == 63446' -V -x        all details and bytes of some
  hopscope dump router.pcap -T fields -e frame.number -e inner.ip.src -e hop.path
  hopscope dump router.pcap -Y 'hop.interface == "eth0"' -w eth0.pcapng`;

export function register(program: Command): void {
  const command = program
    .command('dump')
    .description('Prints packets: one line each, details, bytes or chosen fields.')
    .argument(
      '[file]',
      'capture (pcap or pcapng, also gzip or zstd), also in an archive (run7.tgz/router.pcap); - for standard input',
    )
    .argument('[words...]', 'capture filter, as tcpdump has it: tcp port 80 and host 10.0.0.1')
    .option('-r, --read <file>', 'the same as the argument')
    .option('-n', 'accepted for the sake of scripts: names are never looked up')
    .addOption(new Option('-c, --count <frames>', 'read this many frames at most').argParser(wholeNumber('-c')));
  tsharkOptions(captureOptions(command))
    .addOption(new Option('-T, --type <form>', 'form of the output').choices(OUTPUT_TYPES))
    .addOption(new Option('--style <style>', 'style of the lines').choices(['summary', 'tcpdump']))
    .addOption(new Option('--tcpdump-letters <letters>').hideHelp())
    .option('-V, --details', 'all fields of each packet, as a tree')
    .option('-O, --only <protocols>', 'as -V, with the fields of these only: ip,tcp')
    .option('-S, --separator <text>', 'with -V, the line after each packet')
    .addOption(new Option('-G, --glossary [report]', 'fields or protocols, in the lines of tshark -G').hideHelp())
    .option('-x, --bytes', 'the bytes of each packet')
    .addOption(
      repeatable('-e, --field <field>', 'column of -T fields, json, ek, pdml: ip.src, ip.src#2, inner.ip.src; may be repeated'),
    )
    .addOption(
      repeatable(
        '-E, --setting <name=value>',
        'header=y, separator=/t, occurrence=f|l|a, aggregator=, quote=d|s|n; may be repeated',
      ),
    )
    .option('-w, --write <file>', 'write the packets into this capture, and print nothing')
    .addOption(overwrite())
    .addOption(new Option('-F, --file-format <format>', 'of -w; else by its ending').choices(['pcap', 'pcapng']))
    .addOption(new Option('--time <form>', "times as tshark's -t has them; -t takes these words too").choices(TIME_FORMS))
    .addOption(new Option('-u, --seconds <form>', 'seconds, or hours, minutes and seconds').choices(SPAN_FORMS))
    .option('-P, --print', 'print them all the same')
    .addOption(
      repeatable('-z, --statistic <name>', 'print at the end: conv,tcp io,stat,1 io,phs expert endpoints,ip; may be repeated'),
    )
    .option('-2, --two-pass', 'read as tshark does in two passes; -R needs it')
    .option('-R, --read-filter <filter>', 'with -2: leave all other frames out, from numbers and statistics too')
    .option('-q', 'print no packets: only what -z asks for')
    .option('-Q, --quiet', 'no hints on standard error, and no packets')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, words: string[], flags: DumpFlags) => run(file, words, withTimes(flags)));
}

/** The capture, looked at ahead where conversations or paths are asked for: only those who ask wait for it. */
async function lookingAhead(needs: ReadonlySet<Need>, lab: Lab, options: AnalyzeOptions, atHand: AtHand): Promise<CaptureSource> {
  const capture = lab.captures[0]!;
  if (!needs.has('conversation') && !needs.has('journey')) return capture.source;
  const [{ AheadSource }, { inputOf, Run }] = await Promise.all([import('../dump/look-ahead.js'), import('../main/run.js')]);
  const run = new Run({ ...lab, inputs: [inputOf(capture)] }, options);
  return new AheadSource(capture.source, run, atHand, needs.has('journey'));
}

/** One capture, also the only one of a folder, with what is known there. */
async function dumpOptions(path: string, flags: DumpFlags): Promise<AnalyzeOptions> {
  const options = optionsOf(flags);
  if (!isBundle(path) && textReaders.length === 0) {
    const files = [{ point: null, path }];
    checkPackets(files);
    return { ...options, files };
  }
  const inputs = await capturesOf([path], options.at);
  if (inputs.files.length > 1)
    throw new UsageError(
      `${path} has ${inputs.files.length} captures, and dump prints one: ${inputs.files
        .slice(0, MAX_NAMED)
        .map((one) => one.path)
        .join(', ')}${inputs.files.length > MAX_NAMED ? ' ...' : ''}`,
    );
  return { ...options, ...inputs };
}

/** The filter of -Y; where words of a capture filter stand there, the error says what was meant. */
function displayFilter(text: string, registry: Registry, fields: readonly ExtraField[]): CompiledFilter {
  try {
    return compileFilter(text, registry, fields);
  } catch (error) {
    const meant = error instanceof FilterError ? asDisplayFilter(text) : null;
    if (meant === null || !(error instanceof FilterError)) throw error;
    const said = `${error.message}\nthese are words of a capture filter; the display filter is: ${meant}`;
    throw new FilterError(said, error.start, error.end);
  }
}

/** What stands behind the file: a capture filter, or a display filter as tshark takes it there. */
function wordsFilter(
  words: string,
  registry: Registry,
  fields: readonly ExtraField[],
): Pick<CompiledFilter, 'matches' | 'needs'> {
  try {
    const matches = compileBpf(words);
    return { matches: ({ frame }) => frame !== null && matches(frame), needs: new Set() };
  } catch (error) {
    try {
      return compileFilter(words, registry, fields);
    } catch {
      throw error;
    }
  }
}

/** `-t ad` is a form of times and `-t lab.yaml` a topology: a file is meant by its name, also one that is called like a form. */
function withTimes(flags: DumpFlags): DumpFlags {
  const isForm = (word: string) => timeForm(word) !== null && !existsSync(word);
  const odd = (flags.topology ?? []).find((word) => /^[a-z]{1,5}$/.test(word) && timeForm(word) === null && !existsSync(word));
  if (odd !== undefined)
    throw new UsageError(`-t ${odd}: neither a form of times (${TIME_FORMS.join(', ')}) nor a topology file`);
  const [form, more] = (flags.topology ?? []).filter(isForm);
  if (form === undefined) return flags;
  if (more !== undefined) throw new UsageError(`-t ${form} -t ${more}: one form of times`);
  return { ...flags, time: timeForm(form)!, topology: flags.topology!.filter((word) => !isForm(word)) };
}

/** The statistics that were asked for; null: none. */
async function asked(flags: DumpFlags, registry: Registry, fields: readonly ExtraField[]): Promise<Statistics | null> {
  if (flags.statistic === undefined) return null;
  const { statistics } = await import('../dump/statistics/index.js');
  return statistics(flags.statistic, registry, fields);
}

/** What a first reading says of the answers that come after their questions; null: there is none, as it was not asked for. */
async function learned(path: string, flags: DumpFlags, options: AnalyzeOptions, registry: Registry): Promise<Past | null> {
  if (flags.twoPass !== true) return null;
  if (path === '-' || path.startsWith('/dev/')) throw new UsageError('-2 reads twice, and a pipe can be read once; give a file');
  const { captures } = await openLab(options);
  const { source, ...place } = captures[0]!;
  try {
    const atHand = new AtHand([{ ...place, info: source.info }]);
    const kept = flags.readFilter === undefined ? null : displayFilter(flags.readFilter, registry, atHand.fields);
    // What looks at whole conversations would need a reading of its own.
    if (kept?.needs.has('conversation') || kept?.needs.has('journey')) return null;
    const past = new Past(registry);
    await dump(
      source,
      registry,
      (frame) => atHand.begin(frame, 0),
      () => {},
      async () => {},
      {
        limit: flags.count ?? Number.POSITIVE_INFINITY,
        filter: null,
        past,
        kept: kept === null ? null : (layers) => kept.matches(layers),
        signal: stopped,
      },
    );
    return past;
  } finally {
    source.close();
  }
}

type Matches = CompiledFilter['matches'] | null;
const both = (a: Matches, b: Matches): Matches => (a === null || b === null ? (a ?? b) : (layers) => a(layers) && b(layers));

/** Captures named in one message. */
const MAX_NAMED = 10;

async function run(file: string | undefined, given: readonly string[], flags: DumpFlags): Promise<void> {
  const path = flags.read ?? file;
  const words = (flags.read === undefined || file === undefined ? given : [file, ...given]).join(' ');
  if (flags.glossary !== undefined) {
    const { glossary } = await import('./glossary.js');
    await print(glossary(flags.glossary === true ? 'fields' : flags.glossary));
    return;
  }
  const left = checkTsharkFlags(flags, path !== undefined);
  if (flags.quiet !== true && flags.q !== true) for (const text of left) process.stderr.write(`hopscope: ${safeText(text)}\n`);
  if (path === undefined) throw new UsageError('name a capture to print: hopscope dump FILE');
  if (flags.read !== undefined && file !== undefined && existsSync(file))
    throw new UsageError(`two captures, ${flags.read} and ${file}; dump prints one`);
  if (flags.write === '-' && process.stdout.isTTY)
    throw new UsageError('-w - would write a capture to the terminal; send it into a file or a pipe');
  if (flags.readFilter !== undefined && flags.twoPass !== true)
    throw new UsageError('-R needs -2; what is printed in one pass is chosen with -Y');
  const options = await dumpOptions(path, flags);
  const lab = await openLab(options);
  const { registry } = lab;
  const capture = lab.captures[0]!;
  const { source } = capture;
  try {
    const atHand = new AtHand([{ ...capture, info: source.info }]);
    const fields = [...atHand.fields, ...expertFields(registry)];
    const filter = options.filter === null ? null : displayFilter(options.filter, registry, fields);
    const own = words === '' ? null : wordsFilter(words, registry, fields);
    const kept = flags.readFilter === undefined ? null : displayFilter(flags.readFilter, registry, fields);
    const counted = await asked(flags, registry, fields);
    const needs = new Set([
      ...(kept?.needs ?? []),
      ...(counted?.needs ?? []),
      ...(own?.needs ?? []),
      ...(filter?.needs ?? []),
      ...(flags.field ?? []).flatMap((name): Need | [] => (isExpert(name) ? 'past' : (needOf(name) ?? []))),
    ]);
    const wanted = wantsPast({ ...flags, remarks: isAnalysed(flags) }, needs, registry);
    const past = wanted === null ? null : new Past(registry, await learned(path, flags, options, registry), wanted === 'remarks');
    const ahead = await lookingAhead(needs, lab, options, atHand);
    // Beside what is printed of each frame there is no remark: -V says it where it belongs.
    const shown = flags.field?.some(isExpert) === true ? fields : atHand.fields;
    const output = await openOutput(flags, { registry, fields: shown, sight: atHand.sight(0), context: atHand.context(0) });
    const isQuiet = flags.q === true || flags.quiet === true;
    const unclaimed = isQuiet ? null : new Unclaimed(registry);
    const totals = counted?.open(atHand.context(0)) ?? [];
    const silent = isQuiet && flags.write === undefined;
    let hasPrinted = false;
    const tell = (bytes: Uint8Array): Promise<void> => {
      hasPrinted ||= bytes.length > 0;
      return print(bytes);
    };
    try {
      if (!silent) await print(output.begin);
      const error = await dump(
        ahead,
        registry,
        (frame) => atHand.begin(frame, 0),
        silent ? () => {} : unclaimed === null ? output.print : unclaimed.watching(output.print),
        tell,
        {
          // tshark counts what it reads, tcpdump what it prints.
          limit: flags.style === 'tcpdump' ? Number.POSITIVE_INFINITY : (flags.count ?? Number.POSITIVE_INFINITY),
          most: flags.style === 'tcpdump' ? (flags.count ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
          filter: both(own?.matches ?? null, filter?.matches ?? null),
          past,
          kept: kept === null ? null : (layers) => kept.matches(layers),
          ...(totals.length > 0 && {
            see: (layers: Layers) => {
              for (const total of totals) total.see(layers);
            },
          }),
          shown: (frame) => atHand.context(0).displayed(frame),
          signal: stopped,
        },
      );
      if (stopped.aborted && !brokenPipe) {
        // No end is made for what does not end: half a JSON or a file must not look whole.
        output.abort();
        process.exitCode = sayPartial(flags.write === undefined && hasPrinted);
        return;
      }
      const end = output.end();
      if (!silent) await print(end);
      for (const total of totals) await print(total.text());
      for (const hint of unclaimed?.hints() ?? []) process.stderr.write(`hopscope: ${hint}\n`);
      if (error !== null) {
        process.stderr.write(`hopscope: ${safeText(error.message)}\n`);
        process.exitCode = EXIT.damaged;
      }
    } catch (error) {
      output.abort();
      throw error;
    }
  } finally {
    source.close();
  }
}
