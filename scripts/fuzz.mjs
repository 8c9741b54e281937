// Fuzzing from bytes to report: `npm run fuzz -- --frames 20000000 --files 200000 --seed 1`. See docs/fuzzing.md.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { coverage } from './fuzz-cover.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** An input that takes more of the processor's time is taken for a hang, and ended; on a busy machine that may be minutes. */
const HANG_MS = 20_000;
/** One that waits for something that never comes takes none. */
const STILL_MS = 15 * 60_000;
const MEMORY_MB = 1024;

const { values: given } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    files: { type: 'string' },
    texts: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '86400' },
    share: { type: 'string', default: '8' },
    target: { type: 'string', default: 'frames,files,texts' },
    found: { type: 'string', default: join(ROOT, '.bench/fuzz') },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run fuzz -- [options]
  --frames N      mutated frames (1000000): all through walk, flows and rules
  --files N       mutated files (a hundredth of the frames)
  --texts N       mutated filters, YAML, imports and names (a hundredth of the frames)
  --seed N        the same seed makes the same inputs (1)
  --seconds S     stop after this time
  --share N       one of N frames goes through the field tree and one more view (8)
  --target LIST   of frames,files,texts
  --found DIR     where inputs that break something are written (.bench/fuzz)
  --json FILE     the summary as JSON
  --keep          write frames that reach code nobody reached before to test/fuzz/corpus/seed-N.pcapng`;

const targets = new Set(given.target.split(','));
const frames = targets.has('frames') ? Number(given.frames) : 0;
const order = {
  root: ROOT,
  seed: Number(given.seed),
  frames,
  files: targets.has('files') ? Number(given.files ?? Math.floor(Number(given.frames) / 100)) : 0,
  texts: targets.has('texts') ? Number(given.texts ?? Math.floor(Number(given.frames) / 100)) : 0,
  seconds: Number(given.seconds),
  share: Number(given.share),
  keep: given.keep ? join(ROOT, `test/fuzz/corpus/seed-${given.seed}.pcapng`) : null,
};

async function bundle(folder) {
  const { blocks, plugin } = coverage(ROOT);
  await build({
    entryPoints: [join(ROOT, 'test/fuzz/worker.ts')],
    outfile: join(folder, 'worker.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@duckdb/node-api', 'blessed', 'cap', 'commander', 'fzstd', 'hyparquet-writer', 'ink', 'react', 'yaml', 'yauzl'],
    loader: { '.md': 'text' },
    logLevel: 'warning',
    plugins: [plugin],
    banner: {
      js: 'const $hit = new Uint8Array(1 << 16); let $fresh = 0; const $new = (i) => { $hit[i] = 1; $fresh++; }; globalThis.$coverage = { hit: $hit, fresh: () => $fresh };',
    },
  });
  return blocks;
}

let crashes = 0;
function crashed({ target, message, stack, about, bytes }) {
  crashes++;
  mkdirSync(given.found, { recursive: true });
  const name = join(given.found, `${target}-${order.seed}-${crashes}`);
  writeFileSync(`${name}.bin`, bytes);
  writeFileSync(`${name}.json`, `${JSON.stringify({ target, ...about, message, stack: stack?.split('\n') }, null, 2)}\n`);
  process.stderr.write(`BROKEN ${target}: ${message.split('\n')[0]}\n  ${name}.bin (${bytes.length} bytes)\n`);
}

/** Runs one worker to its end; watches that it goes on. */
function run(file, orders, blocks) {
  const pulse = new SharedArrayBuffer(16 + (1 << 17));
  const beat = new Int32Array(pulse, 0, 4);
  const worker = new Worker(pathToFileURL(file), {
    workerData: { ...orders, pulse },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const input = () => new Uint8Array(pulse, 16, beat[2]).slice();
  let last = null;
  let seen = 0;
  let still = { atMs: performance.now(), cpu: process.cpuUsage() };
  let peak = 0;
  return new Promise((done) => {
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
      if (beat[0] !== seen || seen === 0) still = { atMs: performance.now(), cpu: process.cpuUsage() };
      seen = beat[0];
      const { user, system } = process.cpuUsage(still.cpu);
      if (user + system < HANG_MS * 1000 && performance.now() - still.atMs < STILL_MS) return;
      clearInterval(watch);
      crashed({
        target: ['frame', 'file', 'text', 'run'][beat[1]],
        message: `does not end within ${HANG_MS} ms of the processor's time`,
        about: {},
        bytes: input(),
      });
      void worker.terminate();
    }, 500);
    worker.on('message', (message) => {
      if (message.crash) crashed(message.crash);
      else {
        last = message.progress ?? message.done;
        // A long run can be looked at, and one that is ended early leaves what it did.
        save(last, blocks, message.done !== undefined);
      }
    });
    worker.on('error', (error) => {
      crashed({
        target: ['frame', 'file', 'text', 'run'][beat[1]],
        message: error.message,
        stack: error.stack,
        about: {},
        bytes: input(),
      });
    });
    worker.on('exit', () => {
      clearInterval(watch);
      done({ ...last, peakMb: Math.round(peak / 2 ** 20) });
    });
  });
}

function save({ hit: _hit, ...result }, blocks, isWhole) {
  if (given.json !== undefined)
    writeFileSync(
      given.json,
      `${JSON.stringify({ seed: order.seed, isWhole, ...result, crashes, of: blocks.length }, null, 2)}\n`,
    );
}

const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');

function table(result, blocks) {
  const lines = [];
  const row = (what, count, more = '') => lines.push(`${what.padEnd(44)} ${number(count).padStart(12)}  ${more}`.trimEnd());
  row('frames: walk, packet, flows, rules', result.frames, `${Math.round(result.frames / result.seconds)} a second`);
  row('  of these the field tree, and one more view', result.viewed);
  for (const [view, count] of Object.entries(result.views)) row(`    ${view}`, count);
  row('rounds of rules and all report formats', result.rounds, `${Object.keys(result.rules).length} kinds of findings`);
  row('files through the readers', result.files);
  for (const [kind, count] of Object.entries(result.fileKinds)) row(`    ${kind}`, count);
  row('  of these from file to all reports', result.entire);
  row('texts', result.texts);
  for (const [kind, count] of Object.entries(result.textKinds))
    row(`    ${kind}`, count, `${number(result.accepted[kind] ?? 0)} accepted`);
  row('  expectations held against a capture', result.verified);
  row('interesting frames', result.corpus, `${number(result.corpusBefore)} at the start`);
  const rooms = new Map();
  blocks.forEach((file, i) => {
    const room = file
      .split('/')
      .slice(0, file.startsWith('src/') ? 2 : 1)
      .join('/');
    const known = rooms.get(room) ?? [0, 0];
    rooms.set(room, [known[0] + result.hit[i], known[1] + 1]);
  });
  row('blocks of code reached', result.blocks, `of ${number(blocks.length)}`);
  for (const [room, [reached, all]] of [...rooms].sort())
    row(`    ${room}`, reached, `of ${number(all)}, ${Math.round((100 * reached) / all)} %`);
  row('slowest input, ms', result.slowestMs);
  row('most memory, MB', result.peakMb);
  row('seconds', Math.round(result.seconds));
  row('broken', crashes);
  return lines.join('\n');
}

if (given.help) process.stdout.write(`${HELP}\n`);
else {
  const folder = join(ROOT, 'node_modules/.cache', `hopscope-fuzz-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const blocks = await bundle(folder);
    const result = await run(join(folder, 'worker.mjs'), order, blocks);
    process.stdout.write(`seed ${order.seed}\n${table(result, blocks)}\n`);
    process.exitCode = crashes > 0 || result.frames === undefined ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
