// The folder of a bundle while it is made: it has another name until it is whole, and can be read under that one, too.
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '../capture/live/make-folders.js';
import { UsageError, whyUnwritable } from '../errors.js';

/** What is added to the name of a bundle until it is whole. */
export const UNFINISHED = '.unfinished';

export class BundleFolder {
  /** Where its files are for now. */
  readonly path: string;
  private isOpen = true;

  /** Throws UsageError where something is there already that is not to be replaced (`checkFree`), and where nothing can be written. */
  constructor(
    readonly target: string,
    private readonly overwrite: boolean,
  ) {
    this.path = `${target}${UNFINISHED}`;
    checkFree(target, overwrite);
    // Of a run that was broken off.
    rmSync(this.path, { recursive: true, force: true });
    this.trying(() => makeFolders(this.path));
  }

  /** Where a file of the bundle goes; its folder is there. */
  at(name: string): string {
    const path = join(this.path, name);
    this.trying(() => makeFolders(dirname(path)));
    return path;
  }

  /** Writes a file whole or not at all. */
  write(name: string, content: string | Uint8Array): void {
    const path = this.at(name);
    const temporary = `${path}.tmp`;
    this.trying(() => {
      try {
        writeFileSync(temporary, content);
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    });
  }

  /** The bundle is whole: gives it its name. */
  commit(): void {
    this.trying(() => {
      // Of a folder that is replaced nothing stays, and it goes only when the new one is whole.
      if (this.overwrite) rmSync(this.target, { recursive: true, force: true });
      renameSync(this.path, this.target);
    });
    this.isOpen = false;
  }

  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void {
    if (this.isOpen) rmSync(this.path, { recursive: true, force: true });
    this.isOpen = false;
  }

  private trying<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(
        `cannot write ${this.target}: ${whyUnwritable(error) ?? (error as Error).message}; -o names another folder`,
      );
    }
  }
}

/** A bundle replaces nothing but a bundle, and that only where it is said so. Throws UsageError. */
export function checkFree(target: string, overwrite: boolean): void {
  const unfinished = `${target}${UNFINISHED}`;
  if (existsSync(unfinished) && !overwrite)
    throw new UsageError(
      `${unfinished} is there, of a run that was broken off; \`hopscope ${unfinished}\` reads it, --overwrite replaces it`,
    );
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new UsageError(`${target} is no folder; -o names the folder of the bundle`);
  const files = readdirSync(target);
  // A rename replaces an empty one.
  if (files.length === 0) return;
  if (!overwrite) throw new UsageError(`${target} is there already; --overwrite replaces it, or -o names another folder`);
  if (!files.includes('bundle.json'))
    throw new UsageError(`${target} is no bundle of hopscope, and is not replaced; -o names another folder`);
}
