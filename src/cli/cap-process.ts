// A process of its own that captures by the package `cap` and writes pcapng to its standard output, as tcpdump would:
//   cap-process.js BUFFER_BYTES FILTER INTERFACE...
import { Socket } from 'node:net';
import { CapCapture } from '../capture/live/cap.js';
import { EXIT } from './exit.js';

const [bufferBytes = '', filter = '', ...interfaces] = process.argv.slice(2);
// Not process.stdout, which waits for the reader of a pipe: the kernel would lose what nobody counts.
const output = new Socket({ fd: 1, readable: false, writable: true });
const parent = process.ppid;

try {
  let told = 0;
  const capture = new CapCapture(
    { interfaces, filter, bufferBytes: Number(bufferBytes) },
    (bytes) => {
      if (bytes.length > 0 && output.writable) output.write(bytes.slice());
      return output.writableLength;
    },
    () => {
      if (capture.lost > told) tell();
      // Killed, the parent could not say that nobody listens any more.
      if (process.ppid !== parent) stop();
    },
  );
  const tell = () => {
    told = capture.lost;
    process.stderr.write(`${told} packets dropped\n`);
  };
  const stop = () => {
    capture.stop();
    // Nothing is said where nothing is known: the kernel may have lost some, too.
    if (capture.lost > told) tell();
    output.end();
  };
  output.on('error', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  process.stderr.write(`listening on ${interfaces.join(', ')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  output.destroy();
  process.exitCode = EXIT.failed;
}
