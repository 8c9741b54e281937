// Archives that are taken for the folders that were put into them. Captures are read several times and at several places at once, so their bytes
// have to lie in files: in a private folder, under names of its own, whatever the archive calls them.
import { closeSync, join, mkdirSync, openSync, statSync, writeSync } from '#host';
import { size } from '../bytes/units.js';
import { type ArchiveKind, membersOf } from '../capture/archive/archive.js';
import { UnpackError } from '../capture/unpack-error.js';
import { CaptureError, whyUnwritable } from '../errors.js';

/** A file of a folder or an archive. */
export interface Entry {
  /** As it is shown. */
  readonly path: string;
  /** Where its bytes lie; null where they were left in the archive. */
  readonly file: string | null;
  /** Its path within the folder. */
  readonly within: string;
  /** Why it is of no use, where that is known before it is looked at. */
  readonly leftOut: string | null;
}

const MAX_MEMBERS = 10_000;
const MAX_UNPACKED = 8 * 1024 * 1024 * 1024;
// Captures pack to a third or a tenth, logs to a twentieth: what packs much better is made to fill disks.
const BOMB_BYTES = 256 * 1024 * 1024;
const BOMB_RATIO = 200;
const MAX_NAME = 1000;

/** What was unpacked of an archive, and of those in it: all of them together have the bounds of one. */
export class Budget {
  bytes = 0;
  members = 0;
}

/**
 * Unpacks an archive into `folder`. Of members of one name the last counts, as with tar; links, devices and names that lead out of the archive are
 * left out. `file`: where its bytes lie, if not at the path that is shown. Throws CaptureError where it cannot be read to its end, or unpacks to too much.
 */
export async function unpackArchive(
  path: string,
  kind: ArchiveKind,
  folder: string,
  { file: source = path, budget = new Budget() }: { readonly file?: string; readonly budget?: Budget } = {},
): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  const packed = statSync(source).size;
  const places = new Places(folder);
  let unpacked = 0;
  try {
    for await (const { name, leftOut, content } of membersOf(source, kind)) {
      if (++budget.members > MAX_MEMBERS) throw new UnpackError('unsupported', `it has more than ${MAX_MEMBERS} members`);
      const parts = name.split('/').filter((part) => part !== '' && part !== '.');
      // Names with a dot in front are those of editors and systems, also in folders.
      if (parts.some((part) => part.startsWith('.') && part !== '..') || parts[0] === '__MACOSX') continue;
      const within = parts.join('/').slice(0, MAX_NAME);
      const why = parts.includes('..') ? 'its name leads out of the archive' : leftOut;
      const shown = { path: `${path}/${within}`, within };
      if (why !== null) {
        entries.set(within, { ...shown, file: null, leftOut: why });
        continue;
      }
      const file = places.of(parts.slice(0, -1).join('/'), parts.at(-1) ?? '', within);
      const fd = openSync(file, 'w', 0o600);
      try {
        for await (const piece of content) {
          unpacked += piece.length;
          budget.bytes += piece.length;
          if (budget.bytes > MAX_UNPACKED || (unpacked > BOMB_BYTES && unpacked > BOMB_RATIO * packed))
            throw new UnpackError('unsupported', `it unpacks to more than ${size(unpacked)}, from ${size(packed)}`);
          for (let done = 0; done < piece.length; ) done += writeSync(fd, piece, done);
        }
      } finally {
        closeSync(fd);
      }
      entries.set(within, { ...shown, file, leftOut: null });
    }
  } catch (error) {
    throw unusable(path, error, folder);
  }
  return withoutTop([...entries.values()]).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files of one folder of the archive lie in one folder here, since the names of a capture's interfaces are looked for beside it. */
class Places {
  private readonly folders = new Map<string, string>();
  private readonly taken = new Map<string, string>();

  constructor(private readonly root: string) {}

  of(parent: string, name: string, within: string): string {
    let folder = this.folders.get(parent);
    if (folder === undefined) {
      folder = join(this.root, String(this.folders.size));
      mkdirSync(folder, { mode: 0o700 });
      this.folders.set(parent, folder);
    }
    let file = join(folder, plainName(name));
    // Two names that are alike once they are plain.
    for (let n = 2; (this.taken.get(file) ?? within) !== within; n++) file = join(folder, `${n}-${plainName(name)}`);
    this.taken.set(file, within);
    return file;
  }
}

/** Safe on every disk, and what is told by the endings stays. */
const plainName = (name: string): string => name.replace(/[^\w.@=+-]/g, '_').slice(-100) || '_';

/** Most archives hold one folder, which names nothing. */
function withoutTop(entries: readonly Entry[]): Entry[] {
  const top = /^[^/]+\//.exec(entries[0]?.within ?? '')?.[0];
  if (top === undefined || !entries.every(({ within }) => within.startsWith(top))) return [...entries];
  return entries.map((entry) => ({ ...entry, within: entry.within.slice(top.length) }));
}

function unusable(path: string, error: unknown, folder: string): CaptureError {
  if (error instanceof UnpackError)
    return new CaptureError(error.problem, `${path}: ${error.message}; copy it again, or unpack it and name the folder`, path);
  const why = whyUnwritable(error) ?? (error as Error).message;
  return new CaptureError('io', `${path}: cannot be unpacked into ${folder} (${why}); set TMPDIR to a folder with room`, path);
}
