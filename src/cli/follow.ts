// What a TCP or UDP conversation said.
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { type FollowForm, FollowPrinter } from '../dump/follow-output.js';
import { UsageError } from '../errors.js';
import { EXIT } from './exit.js';
import { analyzeOptions, type CaptureFlags, captureOptions, displayFilterOf } from './options.js';
import { brokenPipe, print, sayPartial, stopped } from './streams.js';

interface FollowFlags extends CaptureFlags {
  as: FollowForm | 'decoded';
  from?: 'client' | 'server';
}

const EXAMPLES = `
STREAM is the number of a conversation as hopscope flows lists it, or a display filter: the first conversation that matches is
followed. Copies of a packet and segments sent again are taken once; what is missing in the capture is said. With --as decoded the bodies of
HTTP/1 are put together from their chunks and unpacked (gzip, deflate, br, zstd), and JSON and protobuf are set out over lines.

Examples:
  hopscope follow router.pcap 3
  hopscope follow router.pcap 'http.request && ip.src == 172.20.0.96'
  hopscope follow router.pcap 3 --as decoded
  hopscope follow router.pcap 3 --as raw --from server > body.bin`;

export function register(program: Command): void {
  const command = program
    .command('follow')
    .description('Prints the data of a TCP or UDP conversation, in order.')
    .argument('<file>', 'capture; - is standard input')
    .argument('<stream>', 'number of a conversation, or a display filter');
  captureOptions(command)
    .addOption(new Option('--as <form>', 'form of the output').choices(['text', 'decoded', 'hex', 'raw']).default('text'))
    .addOption(new Option('--from <side>', 'one side only').choices(['client', 'server']))
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, stream: string, flags: FollowFlags) => {
      if (displayFilterOf(flags) !== null)
        throw new UsageError('the conversation is chosen by the second argument; leave out -Y');
      if (flags.as === 'raw' && process.stdout.isTTY)
        throw new UsageError('--as raw would write bytes of packets to the terminal; send them into a file or a pipe');
      const [{ follow }, { MAX_SAID, ReadableSink }] = await Promise.all([
        import('../main/follow.js'),
        import('../main/readable.js'),
      ]);
      const only = flags.from === undefined ? null : flags.from === 'client' ? 0 : 1;
      let hasSaid = false;
      const form = flags.as === 'decoded' ? 'text' : flags.as;
      const printer = new FollowPrinter(form, only, async (bytes) => {
        hasSaid ||= bytes.length > 0;
        await print(bytes);
        return !brokenPipe && !stopped.aborted;
      });
      const sink = flags.as === 'decoded' ? new ReadableSink(printer) : printer;
      const { id, errors, interrupted } = await follow(
        { ...(await analyzeOptions([file], flags)), signal: stopped },
        stream,
        sink,
      );
      await sink.end();
      if (sink instanceof ReadableSink && sink.isCut)
        process.stderr.write(`hopscope: only the first ${MAX_SAID >> 20} MB were decoded\n`);
      for (const error of errors) process.stderr.write(`hopscope: ${safeText(error)}\n`);
      if (interrupted && !brokenPipe) process.exitCode = sayPartial(hasSaid);
      else if (errors.length > 0) process.exitCode = EXIT.damaged;
      else if (id === null) throw new UsageError(`no TCP or UDP conversation matches '${stream}'; hopscope flows lists them`);
    });
}
