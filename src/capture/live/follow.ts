// A file that grows, and the files that take its place: cut down and written anew, moved away and made anew (logrotate), or
// carried on under the next name (tcpdump -C and -W, dumpcap -b).
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type CaptureSource, Frame } from '../frame.js';
import { followCapture } from '../growing.js';
import { openCapture } from '../open.js';
import { damageOf, type Feed, type Looking, type Tell } from './feed.js';

/** Milliseconds between two looks for the next file; and looks for as long as a file stands still that ends within a record. */
const LOOK_MS = 100;
const STILL = 5;

export class FollowFeed implements Feed {
  readonly lateMs = 1000;
  /** Whoever writes the file may have it from anywhere. */
  readonly here = null;
  private readonly stopping = new AbortController();

  constructor(
    readonly path: string,
    private readonly tell: Tell,
  ) {}

  /** A file that is not there yet is waited for, if its folder is. */
  async start(): Promise<void> {
    if (existsSync(this.path) || !existsSync(dirname(this.path))) followCapture(this.path).close();
    else this.tell(`${this.path} is not there yet; waiting for it`);
  }

  /** What the file holds by now. */
  async lookAhead(begin: Looking): Promise<void> {
    if (!statSync(this.path, { throwIfNoEntry: false })?.isFile()) return;
    const source = openCapture(this.path);
    const frame = new Frame();
    const isEnough = begin(source);
    try {
      do {
        while (source.next(frame)) if (isEnough(frame)) return;
      } while (source.fill() === true);
    } finally {
      source.close();
    }
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    let path = this.path;
    // Each file as it was when it was left, or at the start: whatever began after that is still to be read.
    const known = looksOf(path);
    if (!existsSync(path)) await this.present(path);
    while (!this.stopping.signal.aborted) {
      const moving = new AbortController();
      const source = followCapture(path, { signal: AbortSignal.any([this.stopping.signal, moving.signal]) });
      let next: string | null = null;
      let before = -1;
      let still = 0;
      const looking = setInterval(() => {
        const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        const here = source.position + size;
        still = here === before ? still + 1 : 0;
        before = here;
        // Only what is read to its end is left for another file.
        if (still < (source.position < size ? STILL : 1)) return;
        next = successor(path, known);
        if (next !== null) moving.abort();
      }, LOOK_MS);
      try {
        yield source;
      } finally {
        clearInterval(looking);
        source.close();
        known.set(basename(path), lookOf(path));
      }
      if (this.stopping.signal.aborted) return;
      if (next !== null) {
        this.tell(`${basename(next)} carries on where ${basename(path)} ends`);
        path = next;
      } else if (source.error?.problem === 'io') {
        this.tell(`${path} was cut down or replaced: going on with what is written there now`);
        await this.present(path);
      } else return;
    }
  }

  /** A file that is cut down is written anew. */
  faultOf(source: CaptureSource): string | null {
    return damageOf(source);
  }

  dropped(): null {
    return null;
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Waits for the file to be there: between moving the old one away and making the new one there is none. */
  private async present(path: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
    }
  }
}

/** Names that differ only in their numbers belong together; tcpdump -C gives the first file none. */
const family = (name: string): string => name.replace(/\d+/g, '#').replace(/#$/, '');

/** Enough of a file to hold its first packet: another one in its place begins otherwise. */
const HEAD_BYTES = 1024;

/** A file as it was at some time. */
interface FileLook {
  readonly size: number;
  readonly changedMs: number;
  /** How it begins; empty where it cannot be read. */
  readonly head: Buffer;
}

const GONE: FileLook = { size: 0, changedMs: 0, head: Buffer.alloc(0) };

/** The files of a family. */
function* relatives(path: string): Iterable<string> {
  const own = family(basename(path));
  for (const name of readdirSync(dirname(path))) if (family(name) === own) yield name;
}

const looksOf = (path: string): Map<string, FileLook> =>
  new Map(Array.from(relatives(path), (name) => [name, lookOf(join(dirname(path), name))]));

function lookOf(path: string): FileLook {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return GONE;
  try {
    const fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return { size: stats.size, changedMs: stats.mtimeMs, head: head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)) };
    } finally {
      closeSync(fd);
    }
  } catch {
    return GONE; // gone, or not ours to read
  }
}

/**
 * The next file of the family that is new, or was written anew, since it was last looked at: tcpdump -W and dumpcap -b use names again.
 * One that somebody else goes on writing begins as before.
 */
function successor(path: string, known: ReadonlyMap<string, FileLook>): string | null {
  const own = basename(path);
  let next: string | null = null;
  for (const name of relatives(path)) {
    if (name === own || (next !== null && distance(own, name) > distance(own, next))) continue;
    const there = join(dirname(path), name);
    const { size, changedMs, head } = known.get(name) ?? GONE;
    const stats = statSync(there, { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size === 0 || (stats.size === size && stats.mtimeMs === changedMs)) continue;
    if (head.length === 0 || !lookOf(there).head.subarray(0, head.length).equals(head)) next = name;
  }
  return next === null ? null : join(dirname(path), next);
}

/** How many files further in the order of the first number that differs; after the last comes the first again. */
function distance(from: string, to: string): number {
  const numbers = (name: string): number[] => (name.match(/\d+/g) ?? []).map(Number);
  const a = numbers(from);
  const b = numbers(to);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const ahead = (b[i] ?? 0) - (a[i] ?? 0);
    if (ahead !== 0) return ahead > 0 ? ahead : Number.MAX_SAFE_INTEGER / 2 + (b[i] ?? 0);
  }
  return Number.MAX_SAFE_INTEGER;
}
