// Progress of a long run, a line or two on standard error. Nothing of it is loaded before it is needed.
import type { Progress } from '../main/options.js';
import type { ProgressView } from './progress-view.js';
import { stopped } from './streams.js';

/** A run that ends sooner shows nothing. */
const PATIENCE_MS = 700;
/** Time between two pictures: enough for the eye, and drawing costs time that the analysis needs. */
const FRAME_MS = 120;

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Takes the lines away; may be called twice. */
  stop(): Promise<void>;
}

const SILENT: ProgressDisplay = { update: () => {}, stop: async () => {} };

export function startProgress(flags: { progress: boolean; quiet?: boolean }): ProgressDisplay {
  const { stderr } = process;
  // ink clears the whole screen when its picture is as tall as the terminal; some terminals say they have no size at all.
  const fits = stderr.isTTY === true && stderr.rows >= 6 && stderr.columns >= 40;
  if (!flags.progress || flags.quiet || !fits || process.env['TERM'] === 'dumb') return SILENT;
  const started = performance.now();
  let due = started + PATIENCE_MS;
  let view: ProgressView | null = null;
  let loading: Promise<void> | null = null;
  let ended = false;
  return {
    update(progress) {
      const now = performance.now();
      if (now < due || ended) return;
      due = now + FRAME_MS;
      if (view !== null) view.show(progress, now - started, stopped.aborted);
      else
        loading ??= import('./progress-view.js').then(({ openProgressView }) => {
          if (!ended) view = openProgressView();
        });
    },
    async stop() {
      ended = true;
      await loading;
      view?.close();
      view = null;
    },
  };
}
