// The built program, loaded once and run again and again: `loaded()` of loaded.ts starts this and sends it arguments.
// A run is over when the program has run to its end.
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { runProgram } from './program.mjs';

const home = { ...process.env };

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

async function run(request) {
  const streams = [process.stdout, process.stderr];
  const [stdout, stderr] = streams.map(collect);
  forgetPeak();
  const cpu = process.cpuUsage();
  let [code, problem] = [null, null];
  try {
    code = await runProgram({ ...request, env: { ...home, ...request.env } }, streams);
  } catch (error) {
    problem = String(error?.stack ?? error);
  }
  const { user, system } = process.cpuUsage(cpu);
  const cost = { peakMb: peakMemory(), cpuSeconds: (user + system) / 1e6 };
  const said = { code, signal: null, stdout: stdout(), stderr: stderr() };
  return problem === null ? { said, cost } : { problem };
}

let last = Promise.resolve();
process.on('message', ({ id, ...request }) => {
  last = last.then(async () => process.send({ id, ...(await run(request)) }));
});
