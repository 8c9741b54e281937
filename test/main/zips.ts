// zip archives for tests, made by hand: they may say whatever a test wants.
import { deflateRawSync } from 'node:zlib';

/** A member. `size`: what the headers say, where that is not its length. */
export interface Zipped {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly size?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly rights?: number;
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Large contents that are alike are packed once. */
const packedBefore = new WeakMap<object, { packed: Buffer; crc: number }>();
function packedOf(content: string | Uint8Array): { packed: Buffer; crc: number } {
  const body = Buffer.from(content);
  const known = typeof content === 'object' ? packedBefore.get(content) : undefined;
  const made = known ?? { packed: deflateRawSync(body), crc: crcOf(body) };
  if (typeof content === 'object') packedBefore.set(content, made);
  return made;
}

/** A zip archive, as APPNOTE draws it. `flags`, `method`, `rights`: what the headers say. */
export function zip(members: readonly Zipped[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content = '', flags = 0x800, method = 8, rights = 0o100644, size } of members) {
    const body = Buffer.from(content);
    const { packed: deflated, crc } = packedOf(content);
    const packed = method === 0 ? body : deflated;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(crc, 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(size ?? body.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((rights << 16) >>> 0) as number, 6);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, rest, Buffer.from(name)]));
    files.push(local);
    at += local.length;
  }
  const table = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(table.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, table, end]);
}
