// Loads the program with what V8 compiled of it in an earlier run: compiling takes longer than anything else that a small capture
// asks for. Node.js 22 can do this by itself (`module.enableCompileCache`), Node.js 20 cannot; this serves both alike.
// Whatever is not as it should be, nothing is said, and the program is loaded like any other one.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import * as vm from 'node:vm';
import { isMainThread, threadId } from 'node:worker_threads';
import { cacheFolder, isMine } from './cache-folder.js';
import { EXIT } from './exit.js';
import { withUnsetHeap } from './heap.js';
import { FAST } from './short-run.js';

/** As the build names this very program: what was compiled of another one would run as this one. */
declare const BUILD: string;

/** Files kept, of some 2 MB each: one for each command, since each compiles another part of the program. */
const KEPT = 20;
/** A thread is ended from outside, and hears nothing of it: what it has compiled is kept when it has worked for so long. */
const THREAD_MS = 1000;
/** What lives for a moment is little, since packets make no objects: a young generation that grows would take 100 MB (Node.js 24) and save no time. */
export const YOUNG_STAYS = '--semi-space-growth-factor=1';
/** One that is older is written anew, with what has been compiled since. */
const DAY_MS = 86_400_000;

/**
 * The program: what dist/main.js holds is a function of what a CommonJS file may name, and of `import`. `use`: what it is started for, a command and
 * its options with a colon between; options need other parts of the program.
 */
export function loadProgram(use: string): typeof import('./main.js') {
  const path = join(__dirname, 'main.js');
  const file = cacheFile(use.slice(0, use.indexOf(':')));
  const cached = file === null ? null : ownFile(file);
  const script = new vm.Script(textOf(path), { filename: path, cachedData: cached?.bytes });
  const served = script.cachedDataRejected === true ? [] : (cached?.served ?? []);
  if (file !== null && (cached?.isOld !== false || !served.includes(use))) keepLater(file, script, [use, ...served]);
  const module = { exports: {} };
  const run = script.runInThisContext() as (...names: unknown[]) => void;
  run(module.exports, require, module, path, __dirname, (name: string) => import(name));
  return module.exports as typeof import('./main.js');
}

/** What arguments ask for: the command, and the names of the options. */
export function useOf(args: readonly string[]): string {
  const command = /^[a-z][a-z-]{0,20}$/.exec(args[0] ?? '')?.[0] ?? 'diagnose';
  const options = args.flatMap((arg) => /^(--[a-z-]+|-[A-Za-z])/.exec(arg)?.[0] ?? []);
  return `${command}:${[...new Set(options.sort())].join('').slice(0, 100)}`;
}

/** In the cache folder of this user; null where there is none, and where none is wanted. */
function cacheFile(command: string): string | null {
  const { NODE_DISABLE_COMPILE_CACHE: disabled } = process.env;
  if (disabled !== undefined && disabled !== '') return null;
  const folder = cacheFolder();
  return folder === null ? null : join(folder, `${BUILD}-${cachedDataVersionTag().toString(16)}-${command}.v8`);
}

/** After what V8 compiled: the uses it was compiled for, latest first, and a digest, since V8 does not check whether it gets all. */
const SERVED_BYTES = 4096;
const DIGEST_BYTES = 32;
const digestOf = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

interface Cached {
  readonly bytes: Buffer;
  readonly served: readonly string[];
  readonly isOld: boolean;
}

/** A whole file that no other user can have written, for V8 believes what it is given; null for any other. */
function ownFile(path: string): Cached | null {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, 'r');
    const stats = fs.fstatSync(fd);
    if (!stats.isFile() || !isMine(stats) || (stats.mode & 0o022) !== 0) return null;
    const file = bytesOf(fd);
    const rest = file.subarray(0, -DIGEST_BYTES);
    if (!digestOf(rest).equals(file.subarray(-DIGEST_BYTES))) return null;
    const served = rest
      .toString('latin1', rest.length - SERVED_BYTES)
      .trimEnd()
      .split(' ');
    return { bytes: rest.subarray(0, -SERVED_BYTES), served, isOld: Date.now() - stats.mtimeMs > DAY_MS };
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The types of Node.js leave it out. */
declare const WebAssembly: { readonly Memory: new (of: { initial: number }) => { readonly buffer: ArrayBuffer } };

/**
 * The bytes of an open file, in memory that goes back to the system when it is done with. Where malloc gives and takes back such sizes, it
 * asks the system for less and keeps more from then on: 3 MB of 77.
 */
function bytesOf(fd: number): Buffer {
  const { size } = fs.fstatSync(fd);
  const bytes = Buffer.from(memory(size), 0, size);
  fs.readSync(fd, bytes);
  return bytes;
}

function memory(size: number): ArrayBuffer {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(size / 65_536) }).buffer;
  } catch {
    // It takes gigabytes of addresses, which a process may not be allowed (ulimit -v).
    return new ArrayBuffer(size);
  }
}

/** The text of an ASCII file, which lies outside V8's heap: that may grow by a part of what is in it. */
function textOf(path: string): string {
  const fd = fs.openSync(path, 'r');
  const text = bytesOf(fd).toString('latin1');
  fs.closeSync(fd);
  return text;
}

function keepLater(file: string, script: vm.Script, served: readonly string[]): void {
  const flags = cachedDataVersionTag();
  /** V8 takes what was compiled under the same flags only. */
  const keepUsable = (): void =>
    withUnsetHeap(() => {
      if (cachedDataVersionTag() === flags) keep(file, script, served);
    });
  if (!isMainThread) {
    setTimeout(keepUsable, THREAD_MS).unref();
    return;
  }
  // What ran once at the start is to be kept, too: V8 forgets the code of functions that have not been called for long.
  setFlagsFromString('--no-flush-bytecode');
  process.once('exit', (code) => {
    setFlagsFromString('--flush-bytecode');
    // Each thread that starts puts it back to V8's own; and a short run has others.
    setFlagsFromString(YOUNG_STAYS);
    setFlagsFromString(FAST);
    // A run that could not do its work has compiled little.
    if (code === EXIT.good || code === EXIT.failed || code === EXIT.inconclusive) keepUsable();
  });
}

/** Written aside and renamed, so that no run reads half of it. */
function keep(file: string, script: vm.Script, served: readonly string[]): void {
  const folder = dirname(file);
  const aside = `${file}.${process.pid}.${threadId}`;
  try {
    // Not `recursive`, which never ends where a folder takes none (/proc).
    for (const each of [dirname(folder), folder]) if (!fs.existsSync(each)) fs.mkdirSync(each, { mode: 0o700 });
    const list = Buffer.alloc(SERVED_BYTES, ' ');
    list.write(served.join(' '), 'latin1');
    const bytes = Buffer.concat([script.createCachedData(), list]);
    fs.writeFileSync(aside, Buffer.concat([bytes, digestOf(bytes)]), { mode: 0o600, flag: 'wx', flush: true });
    fs.renameSync(aside, file);
    const files = fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.v8'))
      .map((name) => join(folder, name));
    const since = new Map(files.map((path) => [path, fs.statSync(path).mtimeMs]));
    for (const path of files.sort((a, b) => since.get(b)! - since.get(a)!).slice(KEPT)) fs.rmSync(path);
  } catch {
    fs.rmSync(aside, { force: true });
  }
}
