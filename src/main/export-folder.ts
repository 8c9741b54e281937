// The folder of an export: made whole beside its place, then put there by one rename; or not at all.
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError, whyUnwritable } from '../errors.js';
import { TABLE_NAMES, type TableName } from '../export/schema.js';

function trying<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write ${folder}: ${whyUnwritable(error) ?? (error as Error).message}; name another folder`);
  }
}

export class ExportFolder {
  /** Through symbolic links, so that a link stays one. */
  private readonly target: string;
  private readonly temporary: string;
  private readonly files = new Map<TableName, number>();
  private isDone = false;

  /**
   * `run`: name of the export and of its files. `tables`: those that it is to have. `replace`: an earlier export at the same place goes, once this one is whole.
   * Throws UsageError for a place where nothing can or should be written.
   */
  constructor(
    private readonly folder: string,
    run: string,
    private readonly replace: boolean,
    tables: readonly TableName[] = TABLE_NAMES,
  ) {
    this.target = trying(folder, () => placeOf(folder));
    trying(folder, () => this.checkPlace());
    this.temporary = join(dirname(this.target), `.${basename(this.target)}.${process.pid}.tmp`);
    trying(folder, () => {
      mkdirSync(this.temporary);
      try {
        for (const table of tables) {
          mkdirSync(join(this.temporary, table));
          this.files.set(table, openSync(join(this.temporary, table, `${run}.parquet`), 'wx'));
        }
      } catch (error) {
        this.discard();
        throw error;
      }
    });
  }

  write(table: TableName, bytes: Uint8Array): void {
    const file = this.files.get(table);
    if (file === undefined) throw new Error(`the file of ${table} is closed`);
    trying(this.folder, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
  }

  /** Puts the folder in its place. */
  commit(): void {
    trying(this.folder, () => {
      this.close();
      // Somebody else may have written there in the meantime.
      this.checkPlace();
      const old = `${this.temporary}.old`;
      const isThere = statSync(this.target, { throwIfNoEntry: false }) !== undefined;
      if (isThere) renameSync(this.target, old);
      try {
        renameSync(this.temporary, this.target);
      } catch (error) {
        if (isThere) renameSync(old, this.target);
        throw error;
      }
      this.isDone = true;
      if (isThere) rmSync(old, { recursive: true, force: true });
    });
  }

  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void {
    if (this.isDone) return;
    this.close();
    rmSync(this.temporary, { recursive: true, force: true });
  }

  private close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
  }

  /** Only an empty folder or, if that is wanted, an earlier export may go. */
  private checkPlace(): void {
    const stats = statSync(this.target, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) throw new UsageError(`cannot write ${this.folder}: it is a file; name a folder`);
    const found = exportedFiles(this.target);
    if (found === null)
      throw new UsageError(`cannot write ${this.folder}: it holds other things than an export; name a new folder`);
    if (found.length > 0 && !this.replace)
      throw new UsageError(
        `cannot write ${this.folder}: there is an export already; --overwrite replaces it, or name a new folder`,
      );
  }
}

/** Where the folder is to lie. A link that leads nowhere is a mistake rather than a wish. */
function placeOf(folder: string): string {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return join(realpathSync(dirname(resolve(folder))), basename(resolve(folder)));
  if (stats.isSymbolicLink() && statSync(folder, { throwIfNoEntry: false }) === undefined)
    throw new UsageError(`cannot write ${folder}: it is a symbolic link to nothing; name a folder`);
  return realpathSync(folder);
}

/** Paths of the files of an export, by table; null where the folder holds anything else. An empty folder holds none. */
export function exportedFiles(folder: string): { readonly table: TableName; readonly path: string }[] | null {
  const files: { readonly table: TableName; readonly path: string }[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const table = TABLE_NAMES.find((name) => name === entry.name);
    if (table === undefined || !entry.isDirectory()) return null;
    for (const file of readdirSync(join(folder, table), { withFileTypes: true })) {
      if (!file.isFile() || !file.name.endsWith('.parquet')) return null;
      files.push({ table, path: join(folder, table, file.name) });
    }
  }
  return files;
}
