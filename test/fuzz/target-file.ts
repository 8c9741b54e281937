// A file through the readers, in pieces of several sizes: the frames and the error must not depend on the pieces. What was read is
// written and read again.
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaptureInfo, type CaptureSource, Frame } from '../../src/capture/frame.js';
import { captureFrom } from '../../src/capture/from-chunks.js';
import { InputSource } from '../../src/capture/source.js';
import { CaptureWriter } from '../../src/capture/write.js';
import { type CaptureError, HopscopeError } from '../../src/errors.js';
import { analyze } from '../../src/main/analyze.js';
import { PieceInput } from '../capture/help.js';
import { PLAIN } from '../main/options.js';
import { Broken, must, mustBeClean } from './input.js';
import type { MadeFile } from './mutate-file.js';
import { reportsHold } from './target-run.js';

/** Of a zstd or gzip bomb no more than this is asked for. */
const MOST_FRAMES = 20_000;

interface Read {
  /** A line for each frame. */
  readonly frames: readonly string[];
  readonly data: readonly Uint8Array[];
  readonly places: readonly (readonly [linkType: number, interfaceId: number, wireLength: number])[];
  readonly error: CaptureError | null;
  readonly info: CaptureInfo;
}

async function readAll(source: CaptureSource): Promise<Read> {
  const frames: string[] = [];
  const data: Uint8Array[] = [];
  const places: [number, number, number][] = [];
  const frame = new Frame();
  for (;;) {
    while (frames.length < MOST_FRAMES && source.next(frame)) {
      const { start, end, bytes } = frame;
      must(start >= 0 && end >= start && end <= bytes.length, `frame ${frame.number} lies outside of the bytes at hand`);
      must(frame.number === frames.length + 1, 'the frames are not counted one by one');
      must(frame.nanoseconds >= 0 && frame.nanoseconds < 1e9, `frame ${frame.number} has ${frame.nanoseconds} nanoseconds`);
      must(source.info.interfaces[frame.interfaceId] !== undefined, `frame ${frame.number} is of no interface`);
      const copy = bytes.slice(start, end);
      const time = frame.hasTime ? `${frame.seconds}.${frame.nanoseconds} ${frame.timeNs}` : '-';
      frames.push(
        `${time} ${copy.length}/${frame.wireLength} @${frame.fileOffset} ${frame.linkType} ${frame.interfaceId} ${frame.direction}`,
      );
      data.push(copy);
      places.push([frame.linkType, frame.interfaceId, frame.wireLength]);
    }
    if (frames.length >= MOST_FRAMES) break;
    const more = source.fill();
    if (!(typeof more === 'boolean' ? more : await more)) break;
  }
  source.close();
  return { frames, data, places, error: source.error, info: source.info };
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export class FileTarget {
  private readonly folder = join(tmpdir(), `hopscope-fuzz-${process.pid}`);
  whole = 0;

  /** `entire`: the analysis from the file to all reports, beside the readers. Throws when the file does what no file may do. */
  async run({ kind, bytes }: MadeFile, size: number, entire: boolean): Promise<void> {
    const packed = kind === 'gzip' || kind === 'zstd';
    const open = (piece: number): CaptureSource =>
      packed
        ? captureFrom(chunks(bytes, Math.max(piece, bytes.length >> 6, 1)), 'fuzz')
        : new InputSource('fuzz', new PieceInput(bytes, [piece]), { capacity: 64 });
    const once = await readAll(open(1 << 20));
    const again = await readAll(open(size));
    this.compare(once, again, packed);
    mustBeClean(once.error?.message ?? '', 'the error');
    must(!/undefined|NaN|\[object/.test(once.error?.message ?? ''), `the error reads: ${once.error?.message}`);
    if (once.frames.length > 0 && once.frames.length < 500) await this.roundTrip(once);
    if (entire) await this.entire(bytes);
  }

  private compare(x: Read, y: Read, packed: boolean): void {
    // Where packed data is damaged, how much of it comes out before the damage is found depends on zlib.
    if (packed && x.error !== null) {
      const least = Math.min(x.frames.length, y.frames.length);
      for (let i = 0; i < least; i++) must(x.frames[i] === y.frames[i], `frame ${i + 1} depends on the pieces it came in`);
      must(y.error !== null, 'an error depends on the pieces');
      return;
    }
    must(x.frames.length === y.frames.length, `${x.frames.length} or ${y.frames.length} frames: it depends on the pieces`);
    for (let i = 0; i < x.frames.length; i++)
      must(x.frames[i] === y.frames[i], `frame ${i + 1} depends on the pieces: ${x.frames[i]} or ${y.frames[i]}`);
    must(x.error?.message === y.error?.message, `the error depends on the pieces: ${x.error?.message} or ${y.error?.message}`);
  }

  private async roundTrip(read: Read): Promise<void> {
    const parts: Uint8Array[] = [];
    const writer = new CaptureWriter((b) => parts.push(b.slice()), 'fuzz');
    const frame = new Frame();
    read.data.forEach((bytes, i) => {
      const [linkType, interfaceId, wireLength] = read.places[i];
      Object.assign(frame, { bytes, start: 0, end: bytes.length, number: i + 1, linkType, interfaceId, wireLength });
      writer.write(frame, read.info);
    });
    writer.finish();
    const file = Buffer.concat(parts);
    const again = await readAll(new InputSource('fuzz', new PieceInput(file, [1 << 20]), { capacity: 64 }));
    must(again.error === null, `what was written cannot be read: ${again.error?.message}`);
    must(again.data.length === read.data.length, `${read.data.length} frames written, ${again.data.length} read`);
    again.data.forEach((bytes, i) => {
      must(Buffer.compare(bytes, read.data[i]) === 0, `frame ${i + 1} was written and is another now`);
      must(again.places[i][2] === read.places[i][2], `frame ${i + 1} has another wire length now`);
    });
  }

  private async entire(bytes: Uint8Array): Promise<void> {
    this.whole++;
    writeFileSync(this.folder, bytes);
    try {
      const run = await analyze({
        ...PLAIN,
        files: [{ point: null, path: this.folder }],
      });
      for (const finding of run.findings)
        must(!finding.title.includes('error of its own'), `${finding.title}: ${finding.message}`);
      await reportsHold(run);
    } catch (error) {
      if (!(error instanceof HopscopeError) || error instanceof Broken) throw error;
    } finally {
      rmSync(this.folder, { force: true });
    }
  }
}
