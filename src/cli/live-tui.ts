// `live --tui`: the full screen at the end of what is being captured. Interfaces are captured into a file, the one of -w or one that
// is removed afterwards; a file that grows and a pipe are followed as they are.
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Feed } from '../capture/live/feed.js';
import { UsageError } from '../errors.js';
import type { AnalyzeOptions } from '../main/options.js';
import { Tap } from '../main/tap.js';
import { temporaryFolder } from './private-folder.js';
import { show } from './tui.js';

/** Between two looks at what the kernel lost, in milliseconds. */
const LOOK_MS = 1000;

/** Follows a capture that somebody else writes, or a pipe; the exit code. */
export const followInScreen = (options: Omit<AnalyzeOptions, 'files'>, path: string): Promise<number> =>
  show({ ...options, files: [{ point: null, path }] }, path !== '-');

/** What is to be told while there is a screen, and waits while there is none yet. */
export class Notices {
  private waiting: string[] = [];
  private say: ((text: string) => void) | null = null;

  readonly tell = (text: string): void => {
    if (this.say === null) this.waiting.push(text);
    else this.say(text);
  };

  to(say: (text: string) => void): void {
    this.say = say;
    for (const text of this.waiting.splice(0)) say(text);
  }
}

/** Captures into `keep`, or a file that is removed afterwards, and shows it until the user leaves; the exit code. */
export async function captureInScreen(
  options: Omit<AnalyzeOptions, 'files'>,
  feed: Feed,
  notices: Notices,
  keep: string | null,
): Promise<number> {
  if (process.stdout.isTTY !== true) throw new UsageError('--tui needs a terminal; without it live prints lines');
  await feed.start();
  const folder = keep === null ? temporaryFolder('hopscope-tap-') : null;
  const path = keep ?? join(folder as string, `${feed.path.replace(/[^\w.,-]/g, '_').slice(0, 64)}.pcapng`);
  // A topology says by itself which of its nodes this is.
  const point = options.topology.length > 0 ? null : hostname();
  let tap: Tap | null = null;
  let watch: NodeJS.Timeout | null = null;
  try {
    tap = new Tap(feed, path);
    watch = setInterval(tellLosses(tap, notices), LOOK_MS);
    return await show({ ...options, files: [{ point, path }] }, true, notices);
  } finally {
    if (watch !== null) clearInterval(watch);
    await tap?.stop();
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

function tellLosses(tap: Tap, notices: Notices): () => void {
  let told = 0;
  return () => {
    const lost = tap.dropped ?? 0;
    if (lost > told)
      notices.tell(`the kernel lost ${lost} packets so far; --capture-filter captures less, --buffer waits longer`);
    told = lost;
  };
}
