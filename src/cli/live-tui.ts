// `live --tui`: the full screen at the end of what is being captured. Interfaces are captured into a file, the one of -w or one that
// is removed afterwards if its packets were saved; a file that grows and a pipe are followed as they are.
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import type { Feed, Several } from '../capture/live/feed.js';
import { InterruptedError, UsageError } from '../errors.js';
import { JointTap } from '../main/joint.js';
import type { AnalyzeOptions } from '../main/options.js';
import { FileTap } from '../main/tap.js';
import { temporaryFolder } from '../main/temporary-folder.js';
import type { Live } from '../tui/shell/captures.js';
import { stopped } from './streams.js';
import { show } from './tui.js';

/** Between two looks at what the kernel lost, in milliseconds. */
const LOOK_MS = 1000;

/** Without the files; `expect`: expectations to be checked beside. */
type ShownOptions = Omit<AnalyzeOptions, 'files'> & { readonly expect: readonly string[] };

/** Follows a capture that somebody else writes, or a pipe; the exit code. */
export const followInScreen = (options: ShownOptions, path: string): Promise<number> =>
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

/** Captures into `keep`, or a file of its own, and shows it until the user leaves; the exit code. */
export async function captureInScreen(options: ShownOptions, feed: Feed, notices: Notices, keep: string | null): Promise<number> {
  needTerminal();
  await feed.start();
  const folder = keep === null ? temporaryFolder('hopscope-tap-') : null;
  const path = keep ?? join(folder as string, `${feed.path.replace(/[^\w.,-]/g, '_').slice(0, 64)}.pcapng`);
  // A topology says by itself which of its nodes this is.
  const point = options.topology.length > 0 ? null : hostname();
  const live = folder === null ? undefined : { path, saved: 0 };
  let tap: FileTap | null = null;
  let watch: NodeJS.Timeout | null = null;
  try {
    tap = new FileTap(feed, path);
    watch = setInterval(tellLosses(tap, notices), LOOK_MS);
    return await show({ ...options, files: [{ point, path }] }, true, notices, undefined, undefined, live);
  } finally {
    if (watch !== null) clearInterval(watch);
    await tap?.stop();
    if (folder !== null) leave(folder, live, tap?.frames ?? 0);
  }
}

/** Captures at several points, and shows all of them until the user leaves; the exit code. */
export async function pointsInScreen(
  options: ShownOptions,
  feed: Feed & { readonly several: Several },
  notices: Notices,
): Promise<number> {
  needTerminal();
  const { several } = feed;
  const giveUp = () => feed.stop();
  stopped.addEventListener('abort', giveUp, { once: true });
  process.stderr.write(`hopscope: reaching ${safeText(several.members.map(({ path }) => path).join(', '))}\n`);
  try {
    await several.prepare();
    await feed.start();
  } catch (error) {
    throw stopped.aborted ? new InterruptedError() : error;
  } finally {
    stopped.removeEventListener('abort', giveUp);
  }
  const folder = temporaryFolder('hopscope-tap-');
  const live = { path: folder, saved: 0 };
  let tap: JointTap | null = null;
  let watch: NodeJS.Timeout | null = null;
  try {
    tap = new JointTap(feed, several, folder, (error) => notices.tell(`nothing more is shown: ${error.message}`));
    watch = setInterval(tellLosses(tap, notices), LOOK_MS);
    const { paths } = tap;
    const files = several.members.map(({ path: point }, i) => ({ point, path: paths[i]! }));
    return await show({ ...options, files }, true, notices, undefined, tap.joint, live);
  } finally {
    if (watch !== null) clearInterval(watch);
    await tap?.stop();
    leave(folder, live, tap?.frames ?? 0);
  }
}

/** Packets cannot be captured again: those that nobody has saved stay where they are. */
function leave(folder: string, live: Live | undefined, frames: number): void {
  if (live === undefined || frames <= live.saved) rmSync(folder, { recursive: true, force: true });
  else process.stderr.write(`hopscope: ${quantity(frames, 'packet')} kept in ${safeText(live.path)}\n`);
}

function needTerminal(): void {
  if (process.stdout.isTTY !== true) throw new UsageError('--tui needs a terminal; without it live prints lines');
}

function tellLosses(tap: { readonly dropped: number | null }, notices: Notices): () => void {
  let told = 0;
  return () => {
    const lost = tap.dropped ?? 0;
    if (lost > told)
      notices.tell(`the kernel lost ${lost} packets so far; --capture-filter captures less, --buffer waits longer`);
    told = lost;
  };
}
