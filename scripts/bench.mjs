// Speed as ratios in one run: each command against tshark, tcpdump and capinfos on the same pinned captures. Runs take turns;
// figures are medians. Captures are made in .bench/ when they are not there.
//   npm run bench [-- --frames 1000000 --runs 3 --shapes vxlan,native]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    shapes: { type: 'string', default: 'vxlan' },
  },
});
const runs = Number(values.runs);
mkdirSync('.bench', { recursive: true });

const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Wall and CPU seconds and peak memory of one run of a command, its output thrown away. */
function measure(command) {
  const start = process.hrtime.bigint();
  // The shell's own `times` would round to hundredths; GNU time tells the peak.
  const timed = has('/usr/bin/time') ? ['/usr/bin/time', '-f', '%U %S %M', ...command] : command;
  const run = spawnSync(timed[0], timed.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const [user, sys, peak] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + sys, peak: peak / 1024 };
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

for (const shape of values.shapes.split(',')) {
  const file = `.bench/${shape}-${values.frames}.pcap`;
  if (!existsSync(file))
    spawnSync(process.execPath, ['scripts/generate-capture.mjs', file, '--frames', values.frames, '--shape', shape], {
      stdio: 'inherit',
    });
  console.log(`\n${file}: ${values.frames} frames, ${(statSync(file).size / 1e6).toFixed(0)} MB\n`);

  // Below two folders: the threads of dist/ are found from there.
  const bundle = async (source, outfile) => {
    const { errors } = await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['fzstd', 'yaml'],
      loader: { '.md': 'text' },
      logLevel: 'warning',
    });
    if (errors.length === 0) spawnSync(process.execPath, [outfile, file], { stdio: 'inherit' });
  };
  await bundle('test/bench/rooms.ts', '.bench/bundles/rooms.mjs');
  await bundle('test/bench/session.ts', '.bench/bundles/session.mjs');

  const hopscope = (...args) => [process.execPath, 'dist/cli.js', ...args];
  const expectations = `.bench/${shape}.expect.yaml`;
  if (shape === 'vxlan')
    spawnSync(process.execPath, ['scripts/generate-expectations.mjs', expectations, file], { stdio: 'inherit' });
  const commands = [
    ['hopscope diagnose', hopscope('diagnose', file, '--no-progress')],
    ...(shape === 'vxlan' ? [['hopscope verify (200 expectations)', hopscope('verify', expectations, '--no-progress')]] : []),
    ['hopscope dump', hopscope('dump', file)],
    ['hopscope dump -Y (selective)', hopscope('dump', file, '-Y', 'tcp.flags.syn == 1 && tcp.flags.ack == 0')],
    ...(has('tshark') ? [['tshark -n', ['tshark', '-n', '-r', file]]] : []),
    ...(has('tshark')
      ? [
          [
            'tshark -n -Y (selective)',
            ['tshark', '-n', '-r', file, '-d', 'udp.port==8472,vxlan', '-Y', 'tcp.flags.syn == 1 && tcp.flags.ack == 0'],
          ],
        ]
      : []),
    ...(has('tcpdump') ? [['tcpdump -nn', ['tcpdump', '-nn', '-r', file]]] : []),
    ...(has('capinfos') ? [['capinfos -c', ['capinfos', '-c', file]]] : []),
  ];
  const results = commands.map(() => []);
  for (let i = 0; i < runs; i++) for (const [k, [, command]] of commands.entries()) results[k].push(measure(command));
  const figure = (k, name) => median(results[k].map((r) => r[name]));
  const base = commands.findIndex(([name]) => name === 'tshark -n');
  console.log('\ncommand                                wall s    cpu s   peak MB   times faster than tshark -n');
  commands.forEach(([name], k) => {
    const wall = figure(k, 'wall');
    const ratio = base < 0 ? '(not installed)' : (figure(base, 'wall') / wall).toFixed(1);
    console.log(
      `${name.padEnd(36)} ${wall.toFixed(2).padStart(8)} ${figure(k, 'cpu').toFixed(2).padStart(8)} ${figure(k, 'peak').toFixed(0).padStart(9)}   ${ratio}`,
    );
  });
}
