// Results of `verify`, kept for the same question another time: the same bytes of captures, the same texts of topologies and expectation
// files, the same options, the same program. A result is found by the digest of all that. So that a second run need not read gigabytes to
// find out that nothing has changed, a second name leads to it: the digest of what the system says of the files (inode, size, times).
import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { textPart } from '../capture/text-file.js';
import { captureInput } from './capture-input.js';
import type { Done, Order } from './verify-group.js';
import { workerUrl } from './worker-url.js';

/** Bytes and files of the folder; those that were used longest ago make room. */
const MAX_BYTES = 64 << 20;
const MAX_FILES = 4000;
/** A file that was changed less than this before it was read may be changed again within the same tick of the file system's clock. */
const SETTLED_MS = 2000;

/** Null where it is not known. `hash`: also where that takes reading all captures. */
export async function keptResult(folder: string, order: Order, { hash }: { readonly hash: boolean }): Promise<Done | null> {
  if (!isPrivate(folder)) return null;
  const quick = quickKey(order);
  if (quick === null) return null;
  const pointed = read(join(folder, `${quick.key}.at`))?.toString('latin1') ?? null;
  if (pointed === null && !hash) return null;
  const key = pointed !== null && /^[0-9a-f]{64}$/.test(pointed) ? pointed : await contentKey(order);
  const bytes = key === null ? null : read(join(folder, `${key}.gz`));
  if (bytes === null || key === null) return null;
  if (pointed === null) point(folder, order, quick, key);
  const done = JSON.parse(gunzipSync(bytes).toString()) as Done;
  return {
    ...done,
    result: { ...done.result, suites: done.result.suites.map((suite) => ({ ...suite, cached: true as const })) },
  };
}

/** Keeps what was found out, unless a file has changed meanwhile. What cannot be written is not kept, and nothing is said. */
export async function keepResult(folder: string, order: Order, done: Done): Promise<void> {
  const quick = quickKey(order);
  if (quick === null || !makePrivate(folder)) return;
  const key = await contentKey(order);
  if (key === null || quickKey(order)?.key !== quick.key || quick.newestMs > done.startedMs) return;
  write(join(folder, `${key}.gz`), gzipSync(JSON.stringify(done)));
  point(folder, order, quick, key);
  makeRoom(folder);
}

interface Quick {
  readonly key: string;
  /** When one of the files was last changed. */
  readonly newestMs: number;
}

function point(folder: string, order: Order, quick: Quick, key: string): void {
  const isSettled = Date.now() - quick.newestMs > SETTLED_MS && quickKey(order)?.key === quick.key;
  if (isSettled) write(join(folder, `${quick.key}.at`), Buffer.from(key, 'latin1'));
}

let digest: string | null | undefined;

/** Of the program as it was built; null where it runs from its sources. */
function programDigest(): string | null {
  const program = workerUrl('main');
  digest ??= program === null ? null : createHash('sha256').update(fs.readFileSync(program)).digest('hex');
  return digest;
}

/** All that the result depends on but the content of files. */
function asked(order: Order): Hash | null {
  const program = programDigest();
  if (program === null) return null;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const hash = createHash('sha256');
  // Threads make a result sooner, not another one.
  const { workers: _, grep, ...all } = order;
  hash.update(program);
  hash.update(JSON.stringify([all, String(grep), timeZone]));
  return hash;
}

/** The files that it depends on; those that are not there count as such. */
function filesOf({ captures, known, topology, sheets }: Order): string[] {
  const read = captures.map(({ path, file = path }) => textPart(file).file);
  const beside = captures.map(({ path, file = path }) => `${file}.ifmap.json`);
  const texts = known.flatMap(({ path, file = path, text }) => (text === undefined ? [textPart(file).file] : []));
  return [...read, ...beside, ...texts, ...topology.map((one) => captureInput(one).path), ...sheets.flatMap(({ used }) => used)];
}

/** Null where a file is none that keeps its content. */
function quickKey(order: Order): Quick | null {
  const hash = asked(order);
  if (hash === null || order.captures.some(({ path }) => path === '-')) return null;
  let newestMs = 0;
  for (const file of filesOf(order)) {
    let stats: fs.BigIntStats | undefined;
    try {
      stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
    } catch {
      return null;
    }
    if (stats !== undefined && !stats.isFile()) return null;
    newestMs = Math.max(newestMs, Number(stats?.ctimeMs ?? 0n));
    hash.update(
      stats === undefined ? 'absent\n' : `${[stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ')}\n`,
    );
  }
  return { key: hash.digest('hex'), newestMs };
}

async function contentKey(order: Order): Promise<string | null> {
  const hash = asked(order);
  if (hash === null) return null;
  hash.update('content\n');
  try {
    for (const file of filesOf(order)) {
      if (!fs.existsSync(file)) {
        hash.update('absent\n');
        continue;
      }
      const own = createHash('sha256');
      for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) own.update(chunk as Buffer);
      hash.update(own.digest());
    }
  } catch {
    return null;
  }
  return hash.digest('hex');
}

// Files that nobody else can have written, and that are whole: a digest ends each.

const DIGEST_BYTES = 32;
const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Windows has no such owners; the folder of a user is private there. */
const isMine = ({ uid, mode }: fs.Stats): boolean =>
  process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);

function isPrivate(folder: string): boolean {
  const stats = fs.lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && isMine(stats);
}

function makePrivate(folder: string): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isPrivate(folder);
  } catch {
    return false;
  }
}

/** Null for what is not there, or not as it was written: that is taken away. */
function read(path: string): Buffer | null {
  try {
    const stats = fs.lstatSync(path);
    if (!stats.isFile() || !isMine(stats)) return null;
    const file = fs.readFileSync(path);
    const bytes = file.subarray(0, -DIGEST_BYTES);
    if (!digestOf(bytes).equals(file.subarray(-DIGEST_BYTES))) {
      fs.rmSync(path, { force: true });
      return null;
    }
    const now = new Date();
    fs.utimesSync(path, now, now);
    return bytes;
  } catch {
    return null;
  }
}

/** Written aside and renamed: nobody reads half of it. */
function write(path: string, bytes: Uint8Array): void {
  const aside = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  try {
    fs.writeFileSync(aside, Buffer.concat([bytes, digestOf(bytes)]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(aside, path);
  } catch {
    fs.rmSync(aside, { force: true });
  }
}

function makeRoom(folder: string): void {
  try {
    const files = fs
      .readdirSync(folder)
      .map((name) => join(folder, name))
      .flatMap((path) => {
        const stats = fs.lstatSync(path, { throwIfNoEntry: false });
        return stats?.isFile() === true ? [{ path, bytes: stats.size, usedMs: stats.mtimeMs }] : [];
      })
      .sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    files.forEach((file, i) => {
      bytes += file.bytes;
      if (bytes > MAX_BYTES || i >= MAX_FILES) fs.rmSync(file.path, { force: true });
    });
  } catch {
    // Another process is at it.
  }
}
