// What is remembered of the user's captures, in the XDG state folder: which were opened last, and how they are decoded. Nobody has written it
// by hand, and nothing needs it: what cannot be read counts as empty.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRecord, isText, isTexts, keep, ownFolder } from './kept.js';

const NAME = 'tui-state.json';
/** Captures that are remembered as opened. */
const MAX_RECENT = 50;
/** Captures of which it is remembered how they are decoded. */
const MAX_DECODED = 200;

interface State {
  readonly recent: readonly string[];
  /** By path: rules as `-d` takes them. The last one that was changed stands last. */
  readonly decodeAs: Readonly<Record<string, readonly string[]>>;
}

export const stateFolder = (env: NodeJS.ProcessEnv): string => ownFolder(env['XDG_STATE_HOME'], join('.local', 'state'));

export class StateStore {
  private state: State;

  constructor(private readonly folder: string) {
    this.state = this.read();
  }

  /** Paths, the one opened last first. */
  get recent(): readonly string[] {
    return this.state.recent;
  }

  /** Captures were opened; standard input cannot be opened again. */
  opened(files: readonly string[]): void {
    const paths = known(files);
    if (paths.length === 0) return;
    this.change(({ recent, ...state }) => ({
      ...state,
      recent: [...new Set([...paths, ...recent])].slice(0, MAX_RECENT),
    }));
  }

  /** The rules that these captures were decoded by. */
  decodedAs(files: readonly string[]): readonly string[] {
    const { decodeAs } = this.state;
    return [...new Set(known(files).flatMap((path) => (Object.hasOwn(decodeAs, path) ? decodeAs[path] : [])))];
  }

  /** These captures are decoded so from now on. */
  decode(files: readonly string[], rules: readonly string[]): void {
    const paths = known(files);
    this.change(({ decodeAs, ...state }) => {
      const others = Object.entries(decodeAs).filter(([path]) => !paths.includes(path));
      const all = rules.length === 0 ? others : [...others, ...paths.map((path) => [path, rules] as const)];
      return { ...state, decodeAs: Object.fromEntries(all.slice(-MAX_DECODED)) };
    });
  }

  /** Another screen may have written meanwhile. */
  private change(changed: (state: State) => State): void {
    this.state = changed(this.read());
    keep(this.folder, NAME, this.state);
  }

  private read(): State {
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(join(this.folder, NAME), 'utf8'));
    } catch {
      // Not there, not to be read, or not whole: what this run knows is all there is.
      return this.state ?? { recent: [], decodeAs: {} };
    }
    const { recent, decodeAs } = isRecord(parsed) ? parsed : {};
    return {
      recent: isTexts(recent) ? recent.slice(0, MAX_RECENT) : [],
      decodeAs: isRecord(decodeAs)
        ? Object.fromEntries(
            Object.entries(decodeAs)
              .filter((entry): entry is [string, string[]] => isText(entry[0]) && isTexts(entry[1]))
              .slice(-MAX_DECODED),
          )
        : {},
    };
  }
}

const known = (files: readonly string[]): string[] => files.filter((file) => file !== '-').map((file) => resolve(file));
