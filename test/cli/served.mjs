// The built program, loaded once and run again and again: `loaded()` of loaded.ts starts this and sends it arguments.
// The program is what cli.js hands the arguments to (src/cli/compiled.ts); a run is over when that has run to its end.
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
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
const home = { env: { ...process.env }, cwd: process.cwd() };

/** What is written to a stream instead of what it would have printed. */
function collect(stream) {
  const parts = [];
  const { write } = stream;
  stream.write = (chunk, encoding, done) => {
    parts.push(
      typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : Buffer.from(chunk),
    );
    const then = typeof encoding === 'function' ? encoding : done;
    if (then !== undefined) process.nextTick(then);
    return true;
  };
  return () => {
    stream.write = write;
    return Buffer.concat(parts).toString();
  };
}

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

/** From now on the peak of the memory is that of what comes; Linux only. */
function forgetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Then it is the peak of all runs.
  }
}

/** In MB. */
function peakMemory() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

async function run({ args, env, cwd }) {
  process.chdir(cwd ?? home.cwd);
  setEnvironment({ ...home.env, ...env });
  process.argv = [process.execPath, CLI, ...args];
  process.exitCode = undefined;
  const restore = [process, process.stdout, process.stderr].map(keepListeners);
  const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)];
  let problem = null;
  forgetPeak();
  const cpu = process.cpuUsage();
  try {
    await program.exports.main(args);
  } catch (error) {
    problem = String(error?.stack ?? error);
  }
  const { user, system } = process.cpuUsage(cpu);
  const cost = { peakMb: peakMemory(), cpuSeconds: (user + system) / 1e6 };
  const said = { code: process.exitCode ?? 0, signal: null, stdout: stdout(), stderr: stderr() };
  for (const undo of restore) undo();
  process.exitCode = undefined;
  return problem === null ? { said, cost } : { problem };
}

let last = Promise.resolve();
process.on('message', ({ id, ...request }) => {
  last = last.then(async () => process.send({ id, ...(await run(request)) }));
});
