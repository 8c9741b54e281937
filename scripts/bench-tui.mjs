// Figures of the terminal UI, taken through a real pseudo-terminal; termshark on the same file beside it, where it is installed.
//   npm run bench:tui [-- --files .bench/vxlan-1000000.pcap --runs 3]
//   npm run bench:tui -- --against ../old --runs 5  # another tree, built: its runs alternate with those of this one
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPty } from './pty.mjs';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '.bench/vxlan-1000000.pcap' },
    runs: { type: 'string', default: '3' },
    'no-termshark': { type: 'boolean', default: false },
    against: { type: 'string' },
  },
});
const { Pty, pause } = await loadPty();
const DOWN = '\x1b[B';
const PAGE = '\x1b[6~';
const KEYS = 80;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const at95 = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.95)];

/** Peak memory of a process in MB; null when it is not told. */
function peak(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return null;
  }
}
/** CPU seconds of a process so far. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Milliseconds the main thread ran, and waited for a core that others had; null where the system does not tell. */
function scheduled(pid) {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 };
  }
}

/** Milliseconds from a key to its first output, for keys sent one after the other. */
async function latencies(pty, count) {
  const times = [];
  const net = [];
  const before = pty.bytes;
  const busy = cpu(pty.pty.pid);
  const { ran } = scheduled(pty.pty.pid);
  for (let i = 0; i < count && pty.exit === null; i++) {
    const bytes = pty.bytes;
    const { waited } = scheduled(pty.pty.pid);
    const sent = performance.now();
    pty.send(i % 5 === 4 ? PAGE : DOWN);
    while (pty.bytes === bytes && performance.now() - sent < 2000) await pause(0);
    const took = pty.lastOutputAt - sent;
    times.push(took);
    // On a machine with other work: what it would have been with a core of its own.
    net.push(Math.max(0, took - (scheduled(pty.pty.pid).waited - waited)));
    await pause(20);
  }
  return {
    times,
    net,
    bytes: (pty.bytes - before) / count,
    cpu: ((cpu(pty.pty.pid) - busy) * 1000) / count,
    // Of the thread that draws: others may still be reading.
    drawn: (scheduled(pty.pty.pid).ran - ran) / count,
  };
}

async function run(start, firstRow, isLoading) {
  const pty = start();
  await pty.until(firstRow, 120_000);
  const first = performance.now() - pty.startedAt;
  const firstCpu = scheduled(pty.pty.pid).ran;
  const loading = await latencies(pty, KEYS);
  const wasLoading = isLoading(pty.text());
  await pty.until((text) => !isLoading(text), 300_000);
  const loaded = (performance.now() - pty.startedAt) / 1000;
  await pty.still(200, 60_000);
  const after = await latencies(pty, KEYS);
  const jump = performance.now();
  pty.send('G');
  const atEnd = pty.bytes;
  while (pty.bytes === atEnd && performance.now() - jump < 60_000) await pause(1);
  await pty.still(100, 120_000);
  const toEnd = pty.lastOutputAt - jump;
  const memory = peak(pty.pty.pid);
  const { clears } = pty;
  await pty.close();
  return {
    first,
    firstCpu,
    loading: at95(loading.times),
    loadingNet: at95(loading.net),
    wasLoading,
    after: at95(after.times),
    afterNet: at95(after.net),
    cpu: after.cpu,
    drawn: after.drawn,
    drawnLoading: loading.drawn,
    bytes: after.bytes,
    loaded,
    toEnd,
    memory,
    clears,
  };
}

/** `oneThread`: what its main thread did is what the program did. */
const row = (name, runs, oneThread) => {
  const of = (key) => median(runs.map((one) => one[key]));
  const net = (key) => (oneThread ? ` (${of(key).toFixed(1)})` : '');
  const cells = [
    name.padEnd(22),
    `${of('first').toFixed(0)}${net('firstCpu')} ms`.padStart(19),
    `${of('loading').toFixed(1)}${net('loadingNet')} ms`.padStart(19),
    `${of('after').toFixed(1)}${net('afterNet')} ms`.padStart(18),
    `${of('cpu').toFixed(1)} ms`.padStart(9),
    `${(of('bytes') / 1000).toFixed(1)} kB`.padStart(8),
    `${of('loaded').toFixed(1)} s`.padStart(8),
    `${of('toEnd').toFixed(0)} ms`.padStart(9),
    `${of('memory').toFixed(0)} MB`.padStart(8),
    String(of('clears')).padStart(7),
  ];
  console.log(cells.join(''));
};

/** The figures of two trees whose runs alternated: medians, and the median of how much each run differs from the one beside it. */
function compare(mine, others) {
  console.log(`\n${''.padEnd(34)}${'this'.padStart(10)}${'other'.padStart(10)}${'this / other'.padStart(14)}`);
  for (const [what, key, unit] of FIGURES) {
    const ratio = median(mine.map((one, i) => one[key] / others[i][key]));
    const cells = [mine, others].map((runs) => `${median(runs.map((one) => one[key])).toFixed(1)} ${unit}`.padStart(10));
    console.log(`${what.padEnd(34)}${cells.join('')}${ratio.toFixed(2).padStart(14)}`);
  }
}
const FIGURES = [
  ['first rows', 'first', 'ms'],
  ['first rows, main thread', 'firstCpu', 'ms'],
  ['key while loading, main thread', 'drawnLoading', 'ms'],
  ['key after, all threads', 'cpu', 'ms'],
  ['key after, main thread', 'drawn', 'ms'],
  ['bytes of a key', 'bytes', 'B'],
  ['loaded', 'loaded', 's'],
  ['to end', 'toEnd', 'ms'],
  ['memory at most', 'memory', 'MB'],
];

const trees = [resolve(import.meta.dirname, '..'), ...(values.against === undefined ? [] : [resolve(values.against)])];
const hasTermshark = !values['no-termshark'] && spawnSync('termshark', ['--version'], { stdio: 'ignore' }).error === undefined;
for (const file of values.files.split(',')) {
  if (!existsSync(file)) {
    console.log(`${file} is missing: node scripts/generate-capture.mjs ${file} makes it`);
    continue;
  }
  console.log(
    `\nterminal UI, 200x50, ${basename(file)}; keys: 95 of 100 are faster; in brackets without the time others had the core`,
  );
  console.log(
    `${''.padEnd(22)}${'first rows'.padStart(19)}${'key while loading'.padStart(19)}${'key after'.padStart(18)}${'CPU/key'.padStart(9)}${'a key'.padStart(8)}${'loaded'.padStart(8)}${'to end'.padStart(9)}${'memory'.padStart(8)}${'clears'.padStart(7)}`,
  );
  const config = mkdtempSync(join(tmpdir(), 'hopscope-bench-'));
  const start = () => Pty.start(['tui', file], { cols: 200, rows: 50, config });
  const firstRow = /^[! ] +1 +\d/m;
  const choose = (tree) => {
    process.env['HOPSCOPE_CLI'] = join(tree, 'dist', 'cli.js');
  };
  const one = (tree) => {
    choose(tree);
    return run(start, firstRow, (text) => /[█░]/.test(text));
  };
  // What V8 compiled of the program is kept when it ends: in a folder of this benchmark, filled before anything counts.
  process.env['XDG_CACHE_HOME'] = config;
  for (const tree of trees) {
    choose(tree);
    const pty = start();
    await pty.until(firstRow, 120_000);
    await pty.press('\x1b[6~\x1b[B\x1b[B');
    pty.send('ZZ');
    await pty.ended;
    await pty.close();
  }
  const [runs, others] = trees.map(() => []);
  for (let i = 0; i < Number(values.runs); i++) {
    for (const [n, tree] of trees.entries()) [runs, others][n].push(await one(tree));
  }
  row('hopscope tui', runs, true);
  if (others !== undefined) {
    row('the other tree', others, true);
    compare(runs, others);
  }
  if (hasTermshark)
    row('termshark', [
      await run(
        () => Pty.start(['-r', file], { cols: 200, rows: 50, command: 'termshark', config }),
        /^ *1 +0\.0/m,
        (text) => /\d+%|Loading/.test(text.split('\n').slice(0, 2).join(' ')),
      ),
    ]);
  rmSync(config, { recursive: true, force: true });
}
