// A file that grows, and the files that take its place: cut down and written anew, moved away and made anew (logrotate), or
// carried on under the next name (tcpdump -C and -W, dumpcap -b).
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CaptureSource } from '../frame.js';
import { followCapture } from '../growing.js';
import type { Feed, Tell } from './feed.js';

/** Milliseconds between two looks for the next file. */
const LOOK_MS = 300;

export class FollowFeed implements Feed {
  readonly lateMs = 1000;
  private readonly stopping = new AbortController();

  constructor(
    readonly path: string,
    private readonly tell: Tell,
  ) {}

  async start(): Promise<void> {
    followCapture(this.path).close();
  }

  async *sources(): AsyncGenerator<CaptureSource> {
    let path = this.path;
    while (!this.stopping.signal.aborted) {
      const known = sizes(path);
      const moving = new AbortController();
      const source = followCapture(path, { signal: AbortSignal.any([this.stopping.signal, moving.signal]) });
      let next: string | null = null;
      let before = -1;
      const looking = setInterval(() => {
        // Only what is read to its end is left for another file.
        const here = source.position + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
        if (here === before) next ??= successor(path, known);
        if (here === before && next !== null) moving.abort();
        before = here;
      }, LOOK_MS);
      try {
        yield source;
      } finally {
        clearInterval(looking);
        source.close();
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

  dropped(): null {
    return null;
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Waits for the file to be there: between moving the old one away and making the new one there is none. */
  private async present(path: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 3));
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
    }
  }
}

/** Names that differ only in their numbers belong together; tcpdump -C gives the first file none. */
const family = (name: string): string => name.replace(/\d+/g, '#').replace(/#$/, '');

/** Files of the same family and their sizes. */
function sizes(path: string): Map<string, number> {
  const folder = dirname(path);
  const own = family(basename(path));
  const found = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    if (family(name) !== own) continue;
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats?.isFile()) found.set(name, stats.size);
  }
  return found;
}

/** A file of the family that is new, or was started anew, since `known` was taken. */
function successor(path: string, known: ReadonlyMap<string, number>): string | null {
  for (const [name, size] of sizes(path)) {
    const before = known.get(name);
    if (name !== basename(path) && size > 0 && (before === undefined || size < before)) return join(dirname(path), name);
  }
  return null;
}
