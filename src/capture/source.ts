// A capture source over any input: slides the window, finds out the format, hands out records.
import type { CaptureError } from '../errors.js';
import type { CaptureInfo, CaptureSource, Frame } from './frame.js';
import type { ByteInput } from './input.js';
import { FILE_HEADER, PcapReader } from './pcap.js';
import { PcapngReader } from './pcapng.js';
import { emptyInfo, type RecordReader } from './records.js';
import { looksLike, sniff } from './sniff.js';
import { UnpackError } from './unpack-error.js';
import { type Chunks, Window } from './window.js';

export interface SourceOptions {
  /** Bytes of the first buffer; it grows only for a record that does not fit. */
  readonly capacity?: number;
  /** Chunks to read into, where frames are looked at longer than until the next `fill()`. */
  readonly chunks?: Chunks;
  /** File size on disk in bytes, where it is known. */
  readonly size?: number | null;
  /** The input may end in the middle of a record without a fault: somebody is still writing it. */
  readonly unfinished?: boolean;
}

export class InputSource implements CaptureSource {
  // Large enough that the cost of a system call vanishes, small enough to stay in the processor's cache.
  static readonly capacity = 512 * 1024;

  readonly info: CaptureInfo;
  private readonly window: Window;
  private reader: RecordReader | null = null;
  private ended = false;
  private closed = false;

  constructor(
    path: string,
    private readonly input: ByteInput,
    private readonly options: SourceOptions = {},
  ) {
    this.info = emptyInfo(path, options.size ?? null);
    this.window = new Window(path, input, options.capacity ?? InputSource.capacity, options.chunks);
  }

  get error(): CaptureError | null {
    return this.window.error;
  }

  /** Another thread reads the file in its place; `info` is filled in as it goes. */
  told(position: number, error: CaptureError | null): void {
    this.elsewhere = position;
    this.window.error = error;
  }
  private elsewhere: number | null = null;

  get position(): number {
    if (this.elsewhere !== null) return this.elsewhere;
    // Behind a decompressor only the bytes that went in are known.
    const waiting = this.info.compression === null ? this.window.end - this.window.at : 0;
    return Math.max(0, this.input.position - waiting);
  }

  next(frame: Frame): boolean {
    return this.reader?.next(frame) ?? false;
  }

  fill(): boolean | Promise<boolean> {
    if (this.ended || this.window.error !== null) return false;
    try {
      const got = this.window.read();
      return typeof got === 'number' ? this.filled(got) : this.wait(got);
    } catch (error) {
      return this.failed(error);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.ended = true;
    this.input.close();
  }

  private async wait(reading: Promise<number>): Promise<boolean> {
    try {
      return this.filled(await reading);
    } catch (error) {
      return this.failed(error);
    }
  }

  private filled(got: number): boolean {
    this.info.compression = this.input.compression;
    this.info.printed = this.input.printed ?? null;
    if (got > 0) {
      this.reader ??= this.open();
      return this.window.error === null;
    }
    this.ended = true;
    this.finish();
    return false;
  }

  private finish(): void {
    if (this.window.error !== null || this.closed || this.options.unfinished === true) return;
    if (this.reader !== null) this.reader.finish();
    else this.notOpened();
  }

  /** The reader for what the window starts with; null while there are too few bytes to say, or when it is no capture. */
  private open(): RecordReader | null {
    const { bytes, at, end } = this.window;
    if (end - at < 4) return null;
    const format = sniff(bytes, at, end);
    if (format === 'pcap') return end - at < FILE_HEADER ? null : new PcapReader(this.window, this.info);
    if (format === 'pcapng') return new PcapngReader(this.window, this.info);
    // What a foreign file looks like takes more than a magic to say: some of its text, if more is to come.
    if (format !== null || end - at >= 512) this.notOpened();
    return null;
  }

  /** Says why no reader could be found. */
  private notOpened(): void {
    const { window, info } = this;
    const { bytes, at, end } = window;
    const format = sniff(bytes, at, end);
    if (end === at) window.fail('empty', 0, 0, 'the file is empty; was the capture stopped too early?');
    else if (format === 'gzip' || format === 'zstd')
      window.fail(
        'unsupported',
        0,
        0,
        info.compression === null
          ? `compressed by ${format}, so it cannot be followed while it grows; read it once it is whole`
          : `compressed by ${format} inside ${info.compression}; unpack it once first`,
      );
    else if (format !== null)
      window.fail('cut', 0, 0, `only ${end - at} bytes of the ${format} file header are there; copy it again`);
    else window.fail('not-a-capture', 0, 0, `not a pcap or pcapng capture; it looks like ${looksLike(bytes, at, end)}`);
  }

  private failed(error: unknown): false {
    const { window } = this;
    this.ended = true;
    if (this.closed) return false;
    const problem = error instanceof UnpackError ? error.problem : 'io';
    const what = error instanceof Error ? error.message : String(error);
    // What came before the fault is in the window already, and whole records in it were handed out.
    return window.fail(problem, this.reader === null ? 0 : this.reader.count + 1, window.offset, what);
  }
}
