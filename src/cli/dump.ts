// Prints packets, with tshark's habits.
import { type Command, Option } from 'commander';
import { dissectors } from '../../dissectors/index.js';
import { openCapture } from '../capture/open.js';
import type { ExtraField } from '../dissect/extra.js';
import { parseDecodeAs, Registry } from '../dissect/registry.js';
import { dump, type PrintFrame } from '../dump/dump.js';
import { FieldsPrinter, parseFieldsOptions } from '../dump/fields-output.js';
import { FrameContext } from '../dump/frame-context.js';
import { UsageError } from '../errors.js';
import { compileFilter } from '../filter/filter.js';
import { frameFields } from '../filter/frame-fields.js';
import { EXIT } from './exit.js';
import { print, stopped } from './streams.js';

interface DumpFlags {
  read?: string;
  count?: number;
  decodeAs?: string[];
  filter?: string;
  type?: string;
  field?: string[];
  setting?: string[];
}

const collect = (value: string, list: string[] = []) => [...list, value];
const repeatable = (flags: string, description: string) => new Option(flags, description).argParser(collect);

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`-c ${text}: give a number of frames from 1 on`);
  return Number(text);
}

export function register(program: Command): void {
  program
    .command('dump')
    .description('print packets: one line each, details, bytes or chosen fields')
    .argument('[file]', 'capture (pcap or pcapng, also gzip or zstd), - for standard input')
    .option('-r, --read <file>', 'the same as the argument')
    .option('-n', 'accepted for the sake of scripts: names are never looked up')
    .addOption(new Option('-c, --count <frames>', 'stop after this many frames').argParser(wholeNumber))
    .addOption(repeatable('-d, --decode-as <rule>', 'decode otherwise: udp.port==8472,vxlan; may be repeated'))
    .option('-Y, --filter <filter>', 'display filter: print only frames that match')
    .addOption(new Option('-T, --type <form>', 'form of the output').choices(['fields']))
    .addOption(repeatable('-e, --field <field>', 'column of -T fields: ip.src, ip.src#2, inner.ip.src; may be repeated'))
    .addOption(
      repeatable(
        '-E, --setting <name=value>',
        'header=y, separator=/t, occurrence=f|l|a, aggregator=, quote=d|s|n; may be repeated',
      ),
    )
    .action(run);
}

async function run(file: string | undefined, flags: DumpFlags): Promise<void> {
  const path = flags.read ?? file;
  if (path === undefined) throw new UsageError('name a capture to print: hopscope dump FILE');
  if (flags.read !== undefined && file !== undefined)
    throw new UsageError(`two captures, ${flags.read} and ${file}; dump prints one`);
  const registry = new Registry(dissectors, (flags.decodeAs ?? []).map(parseDecodeAs));
  const source = openCapture(path);
  try {
    const context = new FrameContext(source.info);
    const extras = frameFields(context);
    const filter = flags.filter === undefined ? null : compileFilter(flags.filter, registry, extras).matches;
    const { header, line } = printer(registry, extras, flags);
    await print(header);
    const options = { limit: flags.count ?? Number.POSITIVE_INFINITY, filter, signal: stopped };
    const error = await dump(source, registry, context, line, print, options);
    if (error !== null) {
      process.stderr.write(`hopscope: ${error.message}\n`);
      process.exitCode = EXIT.damaged;
    }
  } finally {
    source.close();
  }
}

function printer(registry: Registry, extras: readonly ExtraField[], flags: DumpFlags): { header: string; line: PrintFrame } {
  const fields = flags.field ?? [];
  if (fields.length === 0) throw new UsageError('-T fields needs at least one -e FIELD');
  const printer = new FieldsPrinter(registry, fields, extras, parseFieldsOptions(flags.setting ?? []));
  return {
    header: printer.options.header ? printer.header() : '',
    line: (layers) => printer.line(layers),
  };
}
