// The built program as a function in a process that runs it again and again: what cli.js hands the arguments to (src/cli/compiled.ts).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const CLI = resolve(process.env['HOPSCOPE_CLI'] ?? join(import.meta.dirname, '../../dist/cli.js'));
const PROGRAM = join(dirname(CLI), 'main.js');
const program = { exports: {} };
new Script(readFileSync(PROGRAM, 'utf8'), { filename: PROGRAM }).runInThisContext()(
  ...[program.exports, createRequire(PROGRAM), program, PROGRAM, dirname(PROGRAM)],
  (name) => import(name.startsWith('.') ? new URL(name, pathToFileURL(PROGRAM)).href : name),
);
const home = process.cwd();

/** Listeners that a run has left on something, taken away: a process of its own would have ended with them. */
function keepListeners(emitter) {
  const before = new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name)]));
  return () => {
    for (const name of emitter.eventNames())
      for (const listener of emitter.rawListeners(name))
        if (!before.get(name)?.includes(listener)) emitter.removeListener(name, listener);
  };
}

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  Object.assign(process.env, env);
}

/** Runs `hopscope ARGS` to its end, with these variables and no others: the exit code. Throws what the program throws. */
export async function runProgram({ args, env, cwd }, streams) {
  process.chdir(cwd ?? home);
  setEnvironment(env);
  process.argv = [process.execPath, CLI, ...args];
  process.exitCode = undefined;
  const restore = [process, ...streams].map(keepListeners);
  try {
    await program.exports.main(args);
    return process.exitCode ?? 0;
  } finally {
    for (const undo of restore) undo();
    process.exitCode = undefined;
  }
}
