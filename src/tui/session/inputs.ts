// Where the records of a capture come from. Those that cannot be read twice, or not at any place (pipes, compressed files), are
// copied to a private file as they are read.

import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { size } from '../../bytes/units.js';
import type { CaptureSource } from '../../capture/frame.js';
import { followCapture } from '../../capture/growing.js';
import { type ByteInput, ChunkInput } from '../../capture/input.js';
import { onPath, openCapture } from '../../capture/open.js';
import { SNIFF_LENGTH, sniff } from '../../capture/sniff.js';
import { InputSource } from '../../capture/source.js';
import { printedHead, textPart } from '../../capture/text-file.js';
import { CaptureError, whyUnwritable } from '../../errors.js';
import type { CaptureInput } from '../../main/options.js';
import type { CapturePlan } from './run.js';

/** Most bytes that are copied of one capture. */
export const COPY_LIMIT = 16e9;

const STDIN = 0;
/** Between two looks at a named pipe that nobody writes to. */
const WAIT_MS = 100;

/** The private folder of a session, made when it is first needed. */
export class Folder {
  private path: string | null = null;
  private readonly clean = () => this.remove();

  /** A new empty file; its base name stays that of the capture, since it may name the point. */
  file(name: string): string {
    if (this.path === null) {
      this.path = mkdtempSync(join(tmpdir(), 'hopscope-'));
      process.on('exit', this.clean);
    }
    const folder = join(this.path, String(this.files++));
    mkdirSync(folder, { mode: 0o700 });
    const file = join(folder, name);
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
    return file;
  }
  private files = 0;

  remove(): void {
    if (this.path === null) return;
    process.off('exit', this.clean);
    rmSync(this.path, { recursive: true, force: true });
    this.path = null;
  }
}

/** How a capture is to be read. What is wrong with its path is said when it is opened. */
export function planOf(input: CaptureInput, follow: boolean, folder: Folder, limit: number): CapturePlan {
  const { point, path, file: source = path, suggested } = input;
  const plan = { point, suggested, path, file: source, labPath: source, dataPath: source, limit };
  if (path === '-') {
    const copy = folder.file('stdin');
    return { ...plan, kind: 'copied', labPath: copy, dataPath: copy };
  }
  const { file, node } = textPart(source);
  const stats = onPath(path, () => statSync(file, { throwIfNoEntry: false }));
  if (stats === undefined || !(stats.isFile() || stats.isFIFO())) return { ...plan, kind: 'file' };
  if (!stats.isFile()) {
    const copy = folder.file(basename(path));
    return { ...plan, kind: 'copied', labPath: copy, dataPath: copy };
  }
  if (follow) return { ...plan, kind: 'growing' };
  return node !== null || isPacked(path, file)
    ? { ...plan, kind: 'copied', dataPath: folder.file(basename(path)) }
    : { ...plan, kind: 'file' };
}

function isPacked(path: string, file: string): boolean {
  const fd = onPath(path, () => openSync(file, 'r'));
  try {
    const head = new Uint8Array(SNIFF_LENGTH);
    const start = head.subarray(0, readSync(fd, head, 0, SNIFF_LENGTH, null));
    const format = sniff(start, 0, start.length);
    return format === 'gzip' || format === 'zstd' || printedHead(fd, start).isPrinted;
  } finally {
    closeSync(fd);
  }
}

/** Opens a capture for the one pass over it. Throws CaptureError. */
export function openPlan({ path, file: source, dataPath, kind, limit }: CapturePlan, signal: AbortSignal): CaptureSource {
  if (kind === 'growing') return followCapture(path, { signal });
  if (kind === 'file') return openCapture(path, { file: dataPath });
  const { file, node } = textPart(source);
  const stats = path === '-' ? fstatSync(STDIN) : statSync(file);
  const pipe = new Pipe(file, stats);
  const raw = new ChunkInput(pipe.chunks(), () => pipe.close(), node);
  return new InputSource(path, new CopyingInput(path, raw, dataPath, limit), { size: stats.isFile() ? stats.size : null });
}

/** What comes out of a path, or out of standard input. Can be let go of while it waits: no call is left behind that blocks. */
class Pipe {
  private stream: Readable | null = null;
  private isClosed = false;

  constructor(
    private readonly path: string,
    private readonly stats: Stats,
  ) {}

  async *chunks(): AsyncGenerator<Uint8Array> {
    // A named pipe that nobody writes to yet is at its end at once.
    for (let any = false; !any && !this.isClosed; ) {
      this.stream = this.open();
      for await (const chunk of this.stream) {
        any = true;
        yield chunk as Uint8Array;
      }
      if (this.path === '-' || !this.stats.isFIFO()) return;
      if (!any) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }

  close(): void {
    this.isClosed = true;
    this.stream?.destroy();
  }

  private open(): Readable {
    const { path, stats } = this;
    const isSocket = stats.isFIFO() || stats.isSocket();
    if (path !== '-') {
      if (!isSocket) return createReadStream(path);
      const fd = onPath(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
      return new Socket({ fd, readable: true, writable: false });
    }
    return isSocket
      ? new Socket({ fd: STDIN, readable: true, writable: false })
      : createReadStream('', { fd: STDIN, autoClose: false });
  }
}

/** Hands on what another input has, and keeps it. */
class CopyingInput implements ByteInput {
  private readonly fd: number;
  private written = 0;

  constructor(
    private readonly path: string,
    private readonly from: ByteInput,
    private readonly copy: string,
    private readonly limit: number,
  ) {
    this.fd = openSync(copy, 'r+');
  }

  get position(): number {
    return this.from.position;
  }
  get compression() {
    return this.from.compression;
  }
  get printed() {
    return this.from.printed ?? null;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    const got = await this.from.read(into, at);
    if (this.written + got > this.limit)
      throw new Error(`more than ${size(this.limit)} come out of it, and no more are kept; unpack it into a file, and open that`);
    try {
      for (let done = 0; done < got; ) done += writeSync(this.fd, into, at + done, got - done, this.written + done);
    } catch (error) {
      const why = whyUnwritable(error) ?? (error as Error).message;
      throw new CaptureError(
        'io',
        `${this.path}: cannot be kept in ${this.copy} (${why}); set TMPDIR to a folder with room`,
        this.path,
      );
    }
    this.written += got;
    return got;
  }

  close(): void {
    this.from.close();
    closeSync(this.fd);
  }
}
