// Memory of `hopscope live` over time, with ever new conversations: flat within 20 MB after the first minute.
//   npm run soak [-- --minutes 10 --pps 50000]
//   npm run soak -- --interrupts 10000 [--seed 1] [--connections 6000]      Ctrl-C at random times instead (scripts/interrupts.mjs)
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { interrupts } from './interrupts.mjs';
import { need, Pair, pause, writeTraffic } from './live-lab.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    pps: { type: 'string', default: '50000' },
    every: { type: 'string', default: '10' },
    cli: { type: 'string', default: 'dist/cli.js' },
    interrupts: { type: 'string' },
    connections: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.interrupts !== undefined) {
  const count = Number(values.interrupts);
  const { found, ends, missed } = await interrupts(count, {
    cli: resolve(values.cli),
    seed: Number(values.seed),
    connections: Number(values.connections),
    tell: console.error,
  });
  const hit = Object.values(ends).reduce((sum, n) => sum + n, 0);
  console.log(
    `${hit} interrupts, ended with ${JSON.stringify(ends)}: ${found.length} wrong (${missed} runs ended before theirs)`,
  );
  process.exit(found.length > 0 || hit < count ? 1 : 0);
}
need('ip', 'tcpdump', 'tcpreplay');
const FRAMES = 20_000;
const WARM_MS = 60_000;
const pps = Number(values.pps);
const loops = Math.max(1, Math.round((pps * Number(values.minutes) * 60) / FRAMES));
mkdirSync('.bench', { recursive: true });
const file = '.bench/soak.pcap';
// Each round of tcpreplay has other addresses: 5000 new conversations a second at the usual rate, so that all bounds are reached soon.
writeTraffic(file, FRAMES, 2000);

const memory = (pid, what) =>
  Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const pair = new Pair();
try {
  const listener = pair.listen(process.execPath, values.cli, 'live', '-i', 'in', '--format', 'jsonl');
  await pause(3000);
  const [pid] = pair.pids('node');
  const startMs = Date.now();
  const samples = [];
  console.log('  seconds   memory MB');
  const timer = setInterval(() => {
    const atMs = Date.now() - startMs;
    const mb = memory(pid, 'VmRSS');
    samples.push({ atMs, mb });
    console.log(`${String(Math.round(atMs / 1000)).padStart(9)}   ${mb.toFixed(1).padStart(9)}`);
  }, Number(values.every) * 1000);
  const { sent, rate } = await pair.send(file, { pps, loops, unique: true });
  clearInterval(timer);
  await pause(2500);
  process.kill(Number(pid), 'SIGINT');
  await listener.ended;
  const last = listener.said
    .trim()
    .split('\n')
    .findLast((line) => line.startsWith('{'));
  const capture = JSON.parse(last ?? '{}').report?.captures[0];
  const warm = samples.filter((s) => s.atMs >= WARM_MS).map((s) => s.mb);
  const spread = warm.length === 0 ? Number.NaN : Math.max(...warm) - Math.min(...warm);
  console.log(
    `\n${sent} packets at ${Math.round(rate)} a second; ${capture?.frames} seen, ${capture?.dropped ?? 'unknown'} said to be lost`,
  );
  console.log(`memory after the first minute: within ${spread.toFixed(1)} MB`);
  process.exitCode = spread > 20 ? 1 : 0;
} finally {
  pair.remove();
}
