// An archive at a path: what kind it is, and its members.
import { readSync } from '#host';
import { chunksAt } from '../chunks.js';
import { sniff } from '../sniff.js';
import { fromStart } from '../text-file.js';
import { unpacked } from '../unpack.js';
import { unzippedHead } from '../unzip.js';
import { isTarHeader, tarMembers } from './tar.js';

export interface Member {
  /** As the archive has it: it may be anything. */
  readonly name: string;
  /** Why it is not unpacked, in words; null for a file. */
  readonly leftOut: string | null;
  /** Bytes of a file; to be read before the next member is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

export type ArchiveKind = 'tar' | 'zip';

const TAR_HEADER = 512;

/** The header of a first member, or the directory of an archive without any (APPNOTE 4.3.7, 4.3.16). */
const isZip = (b: Uint8Array): boolean =>
  b[0] === 0x50 && b[1] === 0x4b && ((b[2] === 3 && b[3] === 4) || (b[2] === 5 && b[3] === 6));

/** What kind of archive lies at a path, also compressed by gzip; by zstd, as its name says. Null for everything else. */
export function archiveKind(path: string): ArchiveKind | null {
  return fromStart(path, (fd, start) => {
    if (isZip(start)) return 'zip';
    const format = sniff(start, 0, start.length);
    if (format === 'gzip') return isTarHeader(unzippedHead(fd, start).subarray(0, TAR_HEADER)) ? 'tar' : null;
    if (format === 'zstd') return /\.(?:tar\.zst|tzst)$/i.test(path) ? 'tar' : null;
    if (format !== null) return null;
    const head = new Uint8Array(TAR_HEADER);
    head.set(start);
    const length = start.length + readSync(fd, head, start.length, TAR_HEADER - start.length, null);
    return isTarHeader(head.subarray(0, length)) ? 'tar' : null;
  });
}

/** The members of an archive, in order. Throws UnpackError. */
export async function* membersOf(path: string, kind: ArchiveKind): AsyncGenerator<Member> {
  if (kind === 'zip') {
    const { zipMembers } = await import('#zip');
    yield* zipMembers(path);
    return;
  }
  const ignored = () => undefined;
  yield* tarMembers(unpacked(chunksAt(path), { compressed: ignored, printed: ignored, only: null }));
}
