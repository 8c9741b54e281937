// The built program as a process that is loaded once: a run takes milliseconds where a process of its own takes a third of a second.
// For tests of arguments, output and exit codes. What concerns the process itself (signals, pipes, memory, terminals, standard input)
// is tested with one of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll } from 'vitest';
import type { Outcome } from './child.js';

export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a run took; the memory includes what the process had left of the runs before. */
export interface Cost {
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

interface Ran {
  readonly said: Outcome;
  readonly cost: Cost;
}
type Answer = { readonly id: number } & (Ran | { readonly problem: string });
type Runs<T> = (...args: string[]) => Promise<T>;

/** Of all test files of this worker; it ends with the worker. */
const everybodys = served();

/** A function that runs `hopscope ARGS` in a process that has run others before. Rejects where the program throws. */
export function loaded(place: () => Place = () => ({})): Runs<Outcome> {
  return async (...args) => (await everybodys.run(place(), args)).said;
}

/** The same in a process of this test file alone, with what each run took. */
export function measured(place: () => Place): Runs<Ran> {
  const own = served();
  afterAll(() => own.end());
  return (...args) => own.run(place(), args);
}

/** The same in a process of this test file alone, where what runs leave behind in it (plug-ins) concerns no other file. */
export function apart(): (place: Place, args: readonly string[]) => Promise<Outcome> {
  const own = served();
  afterAll(() => own.end());
  return async (place, args) => (await own.run(place, args)).said;
}

function served() {
  let child: ChildProcess | null = null;
  const waiting = new Map<number, { done: (ran: Ran) => void; fail: (error: Error) => void }>();
  let asked = 0;
  const start = (): ChildProcess => {
    const started = fork(resolve('test/cli/served.mjs'), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let beside = '';
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk) => (beside += chunk));
    started.on('message', (answer: Answer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('said' in answer) asker?.done(answer);
      else asker?.fail(new Error(answer.problem));
    });
    started.on('close', (code, signal) => {
      for (const { fail } of waiting.values()) fail(new Error(`the loaded program ended (${code ?? signal}): ${beside}`));
      waiting.clear();
      child = null;
    });
    return started;
  };
  return {
    run: (place: Place, args: readonly string[]): Promise<Ran> =>
      new Promise((done, fail) => {
        child ??= start();
        const id = asked++;
        waiting.set(id, { done, fail });
        child.send({ id, args, ...place });
      }),
    end: (): void => {
      child?.kill();
    },
  };
}
