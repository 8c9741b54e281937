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
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError, whyUnwritable } from '../errors.js';
import type { PartSink } from '../export/parts.js';
import { EXPORT_SCHEMA, PARTITION_KEYS, TABLE_NAMES, type TableName } from '../export/schema.js';
import { VERSION } from '../report/version.js';
import type { Exported } from './export.js';

/** Tells what the files of an export hold. Engines leave out files whose names begin with an underline. */
export const MANIFEST = '_manifest.json';

function trying<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write ${folder}: ${whyUnwritable(error) ?? (error as Error).message}; name another folder`);
  }
}

/** Files below a folder, written one piece after the other. */
export class ExportFiles {
  private readonly open = new Set<number>();
  private readonly made: string[] = [];

  /** `shown`: what the folder is called in messages. */
  constructor(
    private readonly root: string,
    private readonly shown: string,
  ) {}

  /** Begins the file at a path in the folder, with slashes. Throws UsageError, also when it is written. */
  readonly make = (path: string): PartSink => {
    const { shown, open } = this;
    const place = join(this.root, path);
    const file = trying(shown, () => {
      mkdirSync(dirname(place), { recursive: true });
      return openSync(place, 'wx');
    });
    open.add(file);
    this.made.push(place);
    return {
      write: (bytes) =>
        trying(shown, () => {
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        }),
      close: () =>
        trying(shown, () => {
          open.delete(file);
          closeSync(file);
        }),
    };
  };

  close(): void {
    for (const file of this.open) closeSync(file);
    this.open.clear();
  }

  remove(): void {
    this.close();
    for (const place of this.made) rmSync(place, { force: true });
  }
}

export class ExportFolder {
  /** Through symbolic links, so that a link stays one. */
  private readonly target: string;
  /** Where it is made. */
  readonly temporary: string;
  readonly files: ExportFiles;
  private isDone = false;

  /**
   * `replace`: an earlier export at the same place goes, once this one is whole. Throws UsageError for a place where nothing can or
   * should be written.
   */
  constructor(
    private readonly folder: string,
    private readonly replace: boolean,
  ) {
    this.target = trying(folder, () => placeOf(folder));
    trying(folder, () => this.checkPlace());
    this.temporary = join(dirname(this.target), `.${basename(this.target)}.${process.pid}.tmp`);
    trying(folder, () => mkdirSync(this.temporary));
    this.files = new ExportFiles(this.temporary, folder);
  }

  /** Puts the folder in its place, with a word on what is in it: the runs of one command. */
  commit(runs: readonly Exported[]): void {
    trying(this.folder, () => {
      writeFileSync(join(this.temporary, MANIFEST), manifest(runs));
      this.files.close();
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
    this.files.close();
    rmSync(this.temporary, { recursive: true, force: true });
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

function manifest(runs: readonly Exported[]): string {
  return `${JSON.stringify(
    {
      schema: EXPORT_SCHEMA,
      version: VERSION,
      runs: runs.map(({ run, rows, errors }) => ({ run, rows, errors })),
      files: runs.flatMap(({ run, files }) =>
        files.map(({ table, path, rows, bytes, partition }) => ({ path, table, run, rows, bytes, partition })),
      ),
    },
    null,
    1,
  )}\n`;
}

export interface ExportedFile {
  readonly table: TableName;
  readonly path: string;
}

/** Paths of the files of an export, by table; null where the folder holds anything else. An empty folder holds none. */
export function exportedFiles(folder: string): readonly ExportedFile[] | null {
  const files: ExportedFile[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === MANIFEST && entry.isFile()) continue;
    const table = TABLE_NAMES.find((name) => name === entry.name);
    if (table === undefined || !entry.isDirectory() || !addFiles(files, table, join(folder, table), PARTITION_KEYS.length))
      return null;
  }
  return files;
}

/** Those below a folder, at most `depth` partitions deeper; false where it holds anything else. */
function addFiles(files: ExportedFile[], table: TableName, folder: string, depth: number): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith('.parquet')) files.push({ table, path });
    else if (depth === 0 || !entry.isDirectory() || !PARTITION.test(entry.name) || !addFiles(files, table, path, depth - 1))
      return false;
  }
  return true;
}

const PARTITION = new RegExp(`^(?:${PARTITION_KEYS.join('|')})=`);
