// zip archives where nothing reads them (in a browser): what zip.ts has, as package.json says of `#zip`.
import { UnpackError } from '../unpack-error.js';
import type { Member } from './archive.js';

export async function* zipMembers(_path: string): AsyncGenerator<Member> {
  yield* [];
  throw new UnpackError('unsupported', 'zip archives are read on the command line only');
}
