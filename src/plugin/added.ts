// What plug-ins have added in this thread, for those that have no table of their own to look it up in; and what went wrong with them.
import type { TextReader, TopologyReader } from './rows.js';

export interface Owned<T> {
  readonly plugin: string;
  readonly row: T;
}

export const textReaders: Owned<TextReader>[] = [];
export const topologyReaders: Owned<TopologyReader>[] = [];
/** Files that plug-ins were loaded from: threads load them, too. */
export const pluginFiles: string[] = [];

export interface Failure {
  readonly plugin: string;
  /** `the dissector labp`, and what it said first. */
  readonly what: string;
  readonly text: string;
  count: number;
}

const failures = new Map<string, Failure>();
/** Different failures that are told apart. */
const MAX_FAILURES = 100;

/** Something of a plug-in has thrown. What it was to say is missing, and is no pass. */
export function failed(plugin: string, what: string, error: unknown, count = 1): void {
  const known = failures.get(`${plugin} ${what}`);
  if (known !== undefined) known.count += count;
  else if (failures.size < MAX_FAILURES) {
    const text = error instanceof Error ? error.message : String(error);
    failures.set(`${plugin} ${what}`, { plugin, what, text: text.slice(0, 500), count });
  }
}

export const failuresSoFar = (): readonly Failure[] => [...failures.values()];
