// Opens a capture by path. Thrown: what the path is at fault for (missing, no rights, not a file). Everything that the
// bytes are at fault for becomes `source.error`, with the frames before it delivered.
import { closeSync, openPipe, openSync, readSync, type Stats, standardInput, statSync } from '#host';
import { isText } from '../bytes/encoding.js';
import { CaptureError, whyUnwritable } from '../errors.js';
import type { Pipe } from '../host/host.js';
import { chunksFrom } from './chunks.js';
import type { CaptureSource } from './frame.js';
import { captureFrom } from './from-chunks.js';
import { FileInput } from './input.js';
import { SNIFF_LENGTH, sniff } from './sniff.js';
import { InputSource, type SourceOptions } from './source.js';
import { printedHead, textInput, textPart } from './text-file.js';

export interface OpenOptions extends Pick<SourceOptions, 'capacity' | 'chunks'> {
  /** Where the bytes lie, if not at the path that messages name. */
  readonly file?: string | undefined;
  /** What comes through the pipe at the path, where somebody has looked at it already. */
  readonly piped?: (AsyncIterable<Uint8Array> & { readonly close: () => void }) | undefined;
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
  if (options.piped !== undefined) return captureFrom(options.piped, path, options, options.piped.close);
  const { file, node } = textPart(options.file ?? path);
  const { stats, pipe } = inputAt(path, file);
  if (stats.isFile()) return fromFile(path, file, node, stats, options);
  const { chunks, close } = pipe();
  return captureFrom(chunks, path, options, close);
}

/** What comes out of a pipe, or text on standard input; null for what is read by its descriptor. Throws CaptureError. */
export function pipeAt(path: string): Pipe | null {
  const { file } = textPart(path);
  const { stats, pipe } = inputAt(path, file);
  return stats.isFile() && !(file === '-' && startsAsText()) ? null : pipe();
}

/** Of a file on standard input, read where it starts: the place that it is read from later does not move. */
function startsAsText(): boolean {
  const head = new Uint8Array(SNIFF_LENGTH);
  const start = head.subarray(0, readSync(STDIN, head, 0, SNIFF_LENGTH, 0));
  return start.length > 0 && sniff(start, 0, start.length) === null && isText(start);
}

function inputAt(path: string, file: string): { readonly stats: Stats; readonly pipe: () => Pipe } {
  const input = file === '-' ? standardInput() : null;
  if (file === '-' && input === null)
    throw new CaptureError('not-a-file', '-: standard input is a terminal; pipe a capture into it: `tcpdump -U -w - |`', '-');
  const stats = input?.stats ?? onPath(path, () => statSync(file));
  if (stats.isDirectory()) throw new CaptureError('not-a-file', `${path}: is a directory; name the captures in it`, path);
  if (input === null && !stats.isFile() && !stats.isFIFO())
    throw new CaptureError('not-a-file', `${path}: is neither a file nor a pipe; name a capture file`, path);
  return { stats, pipe: input?.pipe ?? (() => openPipe(file)) };
}

function fromFile(
  path: string,
  file: string,
  node: string | null,
  stats: Stats,
  { capacity, file: _, ...options }: OpenOptions,
): CaptureSource {
  const fd = file === '-' ? STDIN : onPath(path, () => openSync(file, 'r'));
  let isClosed = false;
  const close = () => {
    isClosed = true;
    if (fd !== STDIN) closeSync(fd);
  };
  try {
    const head = new Uint8Array(SNIFF_LENGTH);
    const start = head.subarray(0, readSync(fd, head, 0, SNIFF_LENGTH, null));
    const format = sniff(start, 0, start.length);
    if (format === 'gzip' || format === 'zstd')
      return captureFrom(
        chunksFrom(fd, start, () => isClosed),
        path,
        { ...options, capacity, size: stats.size },
        close,
      );
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
