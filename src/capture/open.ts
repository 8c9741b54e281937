// Opens a capture by path. Thrown: what the path is at fault for (missing, no rights, not a file). Everything that the
// bytes are at fault for becomes `source.error`, with the frames before it delivered.
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  type ReadStream,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { CaptureError, whyUnwritable } from '../errors.js';
import type { CaptureSource } from './frame.js';
import { ChunkInput, FileInput } from './input.js';
import { SNIFF_LENGTH, sniff } from './sniff.js';
import { InputSource, type SourceOptions } from './source.js';
import { printedHead, textInput, textPart } from './text-file.js';

export interface OpenOptions extends Pick<SourceOptions, 'capacity' | 'chunks'> {
  /** Where the bytes lie, if not at the path that messages name. */
  readonly file?: string | undefined;
}

const STDIN = 0;
/** EMFILE: each capture of a run is open from the start, since they are read side by side. */
export const TOO_MANY_FILES = 'too many open files; raise `ulimit -n`, or name fewer captures at once';

/**
 * A source over the capture at `path`, `-` for standard input. A plain file fills at once; a pipe, and anything
 * compressed, fills by promise.
 */
export function openCapture(path: string, options: OpenOptions = {}): CaptureSource {
  if (path === '')
    throw new CaptureError('missing', 'the name of a capture is empty; is a variable of the script not set?', path);
  const { file, node } = textPart(options.file ?? path);
  const stats = file === '-' ? fstatSync(STDIN) : onPath(path, () => statSync(file));
  if (stats.isFile()) return fromFile(path, file, node, stats, options);
  if (stats.isDirectory()) throw new CaptureError('not-a-file', `${path}: is a directory; name the captures in it`, path);
  if (file !== '-') {
    if (!stats.isFIFO()) throw new CaptureError('not-a-file', `${path}: is neither a file nor a pipe; name a capture file`, path);
    const stream = createReadStream(file);
    return captureFrom(stream, path, options, () => letGo(stream, file));
  }
  const stream = standardInput(stats);
  return captureFrom(stream, path, options, () => stream.destroy());
}

/** A source over chunks of bytes from anywhere, e.g. the output of a child process. `close` is called once. */
export function captureFrom(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  options: SourceOptions = {},
  close: () => void = () => undefined,
): CaptureSource {
  return new InputSource(path, new ChunkInput(chunks, close), options);
}

function fromFile(
  path: string,
  file: string,
  node: string | null,
  stats: Stats,
  { capacity, file: _, ...options }: OpenOptions,
): CaptureSource {
  const fd = file === '-' ? STDIN : onPath(path, () => openSync(file, 'r'));
  const close = () => {
    if (fd !== STDIN) closeSync(fd);
  };
  try {
    const head = Buffer.alloc(SNIFF_LENGTH);
    const start = head.subarray(0, readSync(fd, head, 0, SNIFF_LENGTH, null));
    const format = sniff(start, 0, start.length);
    if (format === 'gzip' || format === 'zstd')
      return captureFrom(fileChunks(fd, start), path, { ...options, capacity, size: stats.size }, close);
    // A small file asks for a small buffer.
    const enough = capacity ?? Math.min(InputSource.capacity, Math.max(stats.size, 4096));
    const sized = { ...options, capacity: enough, size: stats.size };
    const { head: more, isPrinted } = printedHead(fd, start);
    const input = isPrinted ? textInput(fd, more, node, close) : new FileInput(fd, more, close);
    return new InputSource(path, input, sized);
  } catch (error) {
    close();
    throw unusable(path, error, 'read');
  }
}

async function* fileChunks(fd: number, head: Uint8Array): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return;
    yield chunk.subarray(0, got);
  }
}

/** A pipe that nobody has opened to write holds its reader, and so the process, in open(2): until there is a writer, such as this. */
function letGo(stream: ReadStream, path: string): void {
  if (stream.pending) {
    try {
      const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      stream.once('close', () => closeSync(writer));
    } catch {
      // No right to write: whoever else opens it lets go.
    }
  }
  stream.destroy();
}

function standardInput(stats: Stats): Readable {
  if (isatty(STDIN))
    throw new CaptureError('not-a-file', '-: standard input is a terminal; pipe a capture into it: `tcpdump -U -w - |`', '-');
  // A socket object can be destroyed while it waits; a file stream would hold the process until the next byte came.
  return stats.isFIFO() || stats.isSocket()
    ? new Socket({ fd: STDIN, readable: true, writable: false })
    : createReadStream('', { fd: STDIN });
}

/** Runs a file operation; what the path is at fault for becomes a CaptureError. */
export function onPath<T>(path: string, act: () => T, doing: 'read' | 'written' = 'read'): T {
  try {
    return act();
  } catch (error) {
    throw unusable(path, error, doing);
  }
}

function unusable(path: string, error: unknown, doing: 'read' | 'written'): CaptureError {
  if (error instanceof CaptureError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const what = doing === 'read' ? 'there is no such file' : 'its directory does not exist';
    return new CaptureError('missing', `${path}: ${what}; check the path`, path);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = doing === 'read' ? 'run `sudo chmod a+r` on it, or copy it' : 'choose another directory';
    return new CaptureError('no-rights', `${path}: no permission, it cannot be ${doing}; ${hint}`, path);
  }
  const known = code === 'EMFILE' ? TOO_MANY_FILES : doing === 'written' ? whyUnwritable(error) : null;
  const reason = known ?? (error instanceof Error ? error.message : String(error));
  return new CaptureError('io', `${path}: cannot be ${doing} (${reason})`, path);
}
