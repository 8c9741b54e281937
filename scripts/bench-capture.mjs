// `hopscope capture` under load: packets at several points at once, each a pair of namespaces, and what became of each packet.
//   npm run bench:capture [-- --points 4 --pps 50000 --seconds 30]
// Good (exit code 0) is: each packet that was sent is in the bundle or was dropped by the point's own kernel, and memory is flat.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { need, Pair, pause, writeTraffic } from './live-lab.mjs';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '4' },
    pps: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '30' },
    buffer: { type: 'string', default: '32MiB' },
    cli: { type: 'string', default: 'dist/cli.js' },
  },
});
need('ip', 'tcpdump', 'tcpreplay');
const [count, pps, seconds] = [values.points, values.pps, values.seconds].map(Number);
const FRAMES = 20_000;
/** Of the memory: growth after the first seconds that is still flat, in MB. */
const FLAT_MB = 30;
const WARM_MS = 5000;
const folder = mkdtempSync(join(tmpdir(), 'hopscope-bench-'));
const bytes = count * pps * seconds * 160;
const { bavail, bsize } = statfsSync(folder);
if (bavail * bsize < 2 * bytes) {
  console.log(`${folder}: ${Math.round((2 * bytes) / 1e6)} MB are needed there; TMPDIR names another place`);
  process.exit(2);
}

const pairs = Array.from({ length: count }, (_, i) => new Pair(String(i + 1)));
try {
  const file = join(folder, 'traffic.pcap');
  writeTraffic(file, FRAMES, 200);
  const points = pairs.map(({ names }, i) => `p${i + 1}=netns:${names[1]}`);
  const options = ['-o', 'run', '--buffer', values.buffer, '--max-size', '20GB', '--rule', 'capture-dropped'];
  const child = spawn(process.execPath, [resolve(values.cli), 'capture', ...points, ...options], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = new Promise((done) => child.once('close', done));
  const runs = new Promise((done, fail) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('Ctrl-C ends it')) done();
    });
    void ended.then(() => fail(new Error(said)));
  });
  await runs;
  const memory = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const startMs = Date.now();
  const samples = [];
  console.log('seconds   memory of hopscope, MB');
  const timer = setInterval(() => {
    const atMs = Date.now() - startMs;
    samples.push({ atMs, mb: memory() });
    if (samples.length % 5 === 0) console.log(`${String(Math.round(atMs / 1000)).padStart(7)}   ${samples.at(-1).mb.toFixed(1)}`);
  }, 1000);
  const loops = Math.max(1, Math.round((pps * seconds) / FRAMES));
  const sent = await Promise.all(pairs.map((pair) => pair.send(file, { pps, loops })));
  const endMs = Date.now();
  child.kill('SIGINT');
  while (!said.includes('all is in run;')) await Promise.race([pause(50), ended]);
  clearInterval(timer);
  const stopMs = Date.now() - endMs;
  const sheet = JSON.parse(readFileSync(join(folder, 'run/bundle.json'), 'utf8'));
  const arrived = pairs.map((pair) => Number(pair.run(pair.names[1], 'cat', '/sys/class/net/in/statistics/rx_packets')));
  await ended;
  console.log('\npoint        sent  a second     arrived       taken     dropped      unread');
  let lost = 0;
  pairs.forEach((_, i) => {
    const { frames, dropped, unread } = sheet.points[`p${i + 1}`];
    const row = [sent[i].sent, Math.round(sent[i].rate), arrived[i], frames, dropped ?? 0, unread];
    lost += Math.abs(arrived[i] - frames - (dropped ?? 0)) + unread;
    console.log(`p${i + 1}   ${row.map((n) => String(n).padStart(11)).join(' ')}`);
  });
  const warm = samples.filter(({ atMs }) => atMs >= WARM_MS).map(({ mb }) => mb);
  const growth = warm.length === 0 ? Number.NaN : Math.max(...warm) - warm[0];
  console.log(`\n${lost} packets neither taken nor counted as dropped by the kernel of their point; the end took ${stopMs} ms`);
  console.log(`memory after the first ${WARM_MS / 1000} s grew by ${growth.toFixed(1)} MB`);
  process.exitCode = lost > 0 || !(growth <= FLAT_MB) ? 1 : 0;
} finally {
  for (const pair of pairs) pair.remove();
  rmSync(folder, { recursive: true, force: true });
}
