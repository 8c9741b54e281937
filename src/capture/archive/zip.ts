// zip, by its directory at the end.
import { type Entry, open, type ZipFile } from 'yauzl';
import { UnpackError } from '../unpack-error.js';
import type { Member } from './archive.js';

/** Names in UTF-8 say so by this bit (APPNOTE 4.4.4); others are in some code page. */
const UTF8 = 0x800;
const SYMBOLIC_LINK = 0o120000;
const KIND = 0o170000;

/** The members of the archive at `path`. Throws UnpackError. */
export async function* zipMembers(path: string): AsyncGenerator<Member> {
  // Names are not looked at by the library: a hostile one must not cost the others.
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    open(path, { lazyEntries: true, decodeStrings: false, autoClose: false }, (error, opened) =>
      error ? reject(damaged(error)) : resolve(opened),
    ),
  );
  try {
    for (let entry = await next(zip); entry !== null; entry = await next(zip)) {
      const name = nameOf(entry);
      if (!name.endsWith('/')) yield { name, leftOut: leftOut(entry), content: contentOf(zip, entry, name) };
    }
  } finally {
    zip.close();
  }
}

const next = (zip: ZipFile): Promise<Entry | null> =>
  new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      act();
    };
    zip
      .on('entry', (entry: Entry) => settle(() => resolve(entry)))
      .on('end', () => settle(() => resolve(null)))
      .on('error', (error: Error) => settle(() => reject(damaged(error))));
    zip.readEntry();
  });

function leftOut(entry: Entry): string | null {
  // The upper half are the rights of Unix, where it was made there.
  if (((entry.externalFileAttributes >>> 16) & KIND) === SYMBOLIC_LINK) return 'a link, which is not followed';
  if (entry.isEncrypted()) return 'it is encrypted; unpack it with its password';
  return entry.canDecodeFileData()
    ? null
    : `it is packed by method ${entry.compressionMethod}, which is not read; unpack it first`;
}

async function* contentOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
    zip.openReadStream(entry, (error, opened) => (error ? reject(damaged(error)) : resolve(opened))),
  );
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw new UnpackError('damaged', `'${name}' in it is damaged (${(error as Error).message})`);
  }
}

function nameOf({ fileNameRaw, generalPurposeBitFlag }: Entry): string {
  const utf8 = fileNameRaw.toString('utf8');
  const isUtf8 = (generalPurposeBitFlag & UTF8) !== 0 || !utf8.includes('\ufffd');
  // Windows writes its own separator.
  return (isUtf8 ? utf8 : fileNameRaw.toString('latin1')).replaceAll('\\', '/');
}

const damaged = (error: Error): UnpackError => new UnpackError('damaged', `the zip archive is damaged (${error.message})`);
