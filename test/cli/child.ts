// What a child process said, and how it ended.
import type { ChildProcess } from 'node:child_process';

export interface Outcome {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export function finished(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, stdout, stderr })));
}

/** Resolves when it has said something on standard error; rejects where it ends before. */
export const said = (child: ChildProcess, words: string): Promise<void> =>
  new Promise((done, fail) => {
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) done();
    });
    child.once('close', () => fail(new Error(`it ended before it said '${words}': ${text}`)));
  });
