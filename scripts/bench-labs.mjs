// Many labs as `verify` reads them in a night: labs of six captures in .bench/labs, checked by one job and by two, in turn; then again
// from the cache; then many suites over the captures of one lab. Prints times, memory and their ratios; read these on cores that have
// nothing else to do. 40 labs are 2.4 GB; made when they are not there.
//   npm run build && node scripts/bench-labs.mjs [--labs 40 --runs 3 --suites 120]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    labs: { type: 'string', default: '40' },
    runs: { type: 'string', default: '3' },
    suites: { type: 'string', default: '120' },
  },
});
const [labs, runs, suites] = [values.labs, values.runs, values.suites].map(Number);
const root = resolve('.bench/labs');
const cache = resolve('.bench/labs-cache');
const CLI = resolve('dist/cli.js');

/** Six points of 9 to 11 MB each, of different kinds; those of one lab are those of the others, in other files. */
const POINTS = {
  r1: ['vxlan', 31_000],
  r2: ['vxlan', 31_000],
  n1: ['native', 110_000],
  n2: ['native', 110_000],
  n3: ['large', 15_400],
  up: ['short', 115_000],
};
const EXPECT = `expect:
  - { name: pods answer, flow: { src: 172.20.0.0/24, dst: 172.20.2.0/24, proto: tcp, dstPort: 80 } }
  - { name: the tunnel has its VNIs, where: vxlan, tunnel: { type: vxlan, outer: { src: [192.168.10.100, 192.168.20.100] } } }
  - { name: nothing to the internet, never: "ip.dst == 203.0.113.0/24" }
  - { name: no resets, where: "tcp.flags.syn == 1" }
`;
const sheet = (name) =>
  `version: 1\nname: ${name}\ncaptures: { ${Object.keys(POINTS)
    .map((point) => `${point}: ${point}.pcap`)
    .join(', ')} }\n${EXPECT}`;

function generate(folder) {
  mkdirSync(folder, { recursive: true });
  let seed = 1;
  for (const [point, [shape, frames]] of Object.entries(POINTS)) {
    const file = join(folder, `${point}.pcap`);
    seed++;
    if (existsSync(file)) continue;
    const made = spawnSync(
      process.execPath,
      ['scripts/generate-capture.mjs', `${file}.part`, '--shape', shape, '--frames', String(frames), '--seed', String(seed)],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (made.status !== 0) process.exit(1);
    renameSync(`${file}.part`, file);
  }
  writeFileSync(join(folder, 'lab.yaml'), sheet(folder.split('/').at(-1)));
}

/** Writes the peak of the process's memory, threads included, to a file descriptor of its own. */
const METER = `data:text/javascript,${encodeURIComponent("import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))")}`;

function verify(...args) {
  const start = performance.now();
  const run = spawnSync(process.execPath, ['--import', METER, CLI, 'verify', ...args, '-q'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  if (run.status !== 0) throw new Error(`verify ${args.join(' ')}: ${run.status}\n${run.stdout}${run.stderr}`);
  return { seconds: (performance.now() - start) / 1e3, mb: Number(run.output[3]) / 1024 };
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const row = (what, list) =>
  console.log(
    `${what.padEnd(34)}${`${median(list.map((one) => one.seconds)).toFixed(2)} s`.padStart(9)}${`${Math.max(...list.map(({ mb }) => mb)).toFixed(0)} MB`.padStart(9)}`,
  );

console.error(`making ${labs} labs in ${root}`);
const folders = Array.from({ length: labs }, (_, i) => join(root, `lab${String(i + 1).padStart(2, '0')}`));
for (const folder of folders) generate(folder);
const [one, two] = [[], []];
for (let i = 0; i < runs; i++) {
  one.push(verify(...folders, '-j', '1', '--no-cache'));
  two.push(verify(...folders, '-j', '2', '--no-cache'));
}
console.log(`${labs} labs of 6 captures             time    peak`);
row('one job', one);
row('two jobs', two);
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
verify(...folders, '-j', '2');
row('two jobs, from the cache', [verify(...folders, '-j', '2')]);
console.log(
  `two jobs are ${(median(one.map((r) => r.seconds)) / median(two.map((r) => r.seconds))).toFixed(2)} times as fast as one\n`,
);

const files = Array.from({ length: suites }, (_, i) => {
  const file = join(folders[0], `suite${i + 1}.yaml`);
  writeFileSync(file, sheet(`suite ${i + 1}`));
  return file;
});
const few = [verify(files[0], '--no-cache')];
const many = [verify(...files, '--no-cache')];
for (const file of files) rmSync(file);
row('one suite over one lab', few);
row(`${suites} suites over one lab`, many);
console.log(`${suites} suites take ${(many[0].mb / few[0].mb).toFixed(2)} times the memory of one`);
