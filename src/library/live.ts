// `live`: findings while packets arrive, as an async iterator of events.
import { ChildFeed } from '../capture/live/children.js';
import type { Feed } from '../capture/live/feed.js';
import { FollowFeed } from '../capture/live/follow.js';
import { type LiveEvent as EngineEvent, runLive } from '../main/live.js';
import type { Finding } from '../rules/finding.js';
import { knownOf, rulesOf, surroundings } from './engine.js';
import type { RunOptions } from './inputs.js';
import { checkKeys } from './keys.js';
import { Result } from './result.js';

/** A file that another program is still writing (and the files that follow it), or interfaces of this system, through tcpdump or dumpcap. */
export type LiveSource =
  | { readonly follow: string }
  | { readonly interfaces: readonly string[]; readonly captureFilter?: string };

/** What `live` takes: what is known of the lab, and when to end. */
export interface LiveOptions extends Omit<RunOptions, 'onProgress' | 'onNote' | 'workers'> {
  /** The node that is captured on. */
  readonly at?: string;
  /** Expectation files; their failures are events too, and the result is theirs. */
  readonly expect?: readonly string[];
  /** Ends after this. */
  readonly durationMs?: number;
  /** Ends after so many frames. */
  readonly count?: number;
  /** Ends at the first error. */
  readonly untilFinding?: boolean;
}

/** What happens while packets arrive. `atMs`: by the clock of this machine, in milliseconds since 1970. */
export type LiveEvent =
  /** A finding came up, changed, or is no longer so; `how`: what settled it. */
  | { readonly event: 'raised' | 'updated'; readonly atMs: number; readonly finding: Finding }
  | { readonly event: 'resolved'; readonly atMs: number; readonly finding: Finding; readonly how: string }
  /** An expectation has failed for good. */
  | {
      readonly event: 'expectation';
      readonly atMs: number;
      readonly name: string;
      readonly file: string;
      readonly line: number;
      readonly verdict: 'fail';
      readonly expected: string;
      readonly seen: string;
    }
  /** What went otherwise than asked: a file was replaced, packets were lost. */
  | { readonly event: 'notice'; readonly atMs: number; readonly text: string };

/** A capture that goes on: its events by `for await`, its report in `result`. */
export interface Live extends AsyncIterable<LiveEvent> {
  /** When it has ended: the report. Rejects with what ended it otherwise. */
  readonly result: Promise<Result>;
  /** Ends it: what is at hand is read and judged. */
  stop(): void;
}

const OPTIONS = [
  ...['topology', 'ifmap', 'decodeAs', 'signal', 'filter', 'rules'],
  ...['at', 'expect', 'durationMs', 'count', 'untilFinding'],
];

/** Events that wait for a slow reader; older ones are dropped, since the result has all. */
const MAX_WAITING = 10_000;

/**
 * Starts at once. Events are those of `hopscope live --format jsonl`. Leaving the loop over them does not end it; `stop`, `signal`, or the
 * end of the input does. Errors (no rights, no such file) reject `result` and end the events by throwing.
 */
export function live(source: LiveSource, options: LiveOptions = {}): Live {
  checkKeys('an option of live', options, OPTIONS);
  const stopping = new AbortController();
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal]);
  const waiting: LiveEvent[] = [];
  let wake = (): void => undefined;
  const put = (event: LiveEvent): void => {
    if (waiting.length >= MAX_WAITING) waiting.shift();
    waiting.push(event);
    wake();
  };
  const notice = (text: string) => put({ event: 'notice', atMs: Date.now(), text });
  const { filter = null, at = null, count = null, durationMs = null } = options;
  const { ifmap, decodeAs } = surroundings(options);
  const run = async (): Promise<Result> => {
    const feed = feedOf(source, notice);
    try {
      const { run: report } = await runLive({
        feed,
        lab: {
          ...knownOf(options),
          ...{ ifmap, decodeAs, filter, at },
          rules: rulesOf(options),
        },
        captureFilter: 'captureFilter' in source ? (source.captureFilter ?? null) : null,
        keep: null,
        durationMs,
        count,
        untilFinding: options.untilFinding === true,
        expect: options.expect ?? [],
        signal,
        onEvent: (event, atMs) => put(timed(event, atMs)),
        tail: null,
      });
      return new Result(report);
    } finally {
      feed.stop();
    }
  };
  let ended = false;
  const result = run().finally(() => {
    ended = true;
    wake();
  });
  // Who never asks for the result hears of its failure from the events.
  result.catch(() => undefined);
  return {
    result,
    stop: () => stopping.abort(),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (ended) {
          await result;
          return;
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}

const timed = (event: EngineEvent, atMs: number): LiveEvent => ({ ...event, atMs });

function feedOf(source: LiveSource, tell: (text: string) => void): Feed {
  if ('follow' in source) return new FollowFeed(source.follow, tell);
  return new ChildFeed(
    {
      interfaces: [...new Set(source.interfaces)],
      backend: 'auto',
      filter: source.captureFilter ?? null,
      snapLength: 262_144,
      bufferMiB: 64,
      promiscuous: true,
      searchPath: process.env['PATH'] ?? '',
      cap: null,
      asRoot: 'the program as root',
    },
    tell,
  );
}
