// A child that says when it has read what it was given, so that a test can do something at that moment, however busy the machine is.
import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * Runs in the child: waits for bytes of a stream that reads descriptor 0, and for the turns of the event loop in which whoever pulls them
 * does his work.
 */
const PROBE = `
import { writeSync } from 'node:fs';
import { Readable } from 'node:stream';
const wanted = Number(process.env.TEST_WANTED);
delete process.env.TEST_WANTED;
const { push } = Readable.prototype;
let read = 0;
let isTold = false;
const tell = (turns) => (turns > 0 ? setImmediate(tell, turns - 1) : writeSync(3, 'read'));
Readable.prototype.push = function (chunk, ...rest) {
  if (chunk !== null && (this.fd ?? this._handle?.fd) === 0) read += chunk.length;
  const result = push.call(this, chunk, ...rest);
  if (read >= wanted && !isTold) {
    isTold = true;
    tell(50);
  }
  return result;
};
`;

/** Starts node with its standard input in a pipe; `hasRead` resolves when it has read `bytes` of that, or has ended. */
export function startReading(
  args: readonly string[],
  bytes: number,
  options: SpawnOptions = {},
): { child: ChildProcessWithoutNullStreams; hasRead: Promise<void> } {
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(PROBE)}`, ...args], {
    ...options,
    env: { ...(options.env ?? process.env), TEST_WANTED: String(bytes) },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessWithoutNullStreams;
  const told = child.stdio[3] as Readable;
  const hasRead = new Promise<void>((done) => {
    told.once('data', () => done());
    told.once('close', () => done());
  });
  return { child, hasRead };
}
