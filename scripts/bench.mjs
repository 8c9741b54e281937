// Speed as ratios in one run: each command against tshark, tcpdump, capinfos and pcap-parser on the same pinned captures. Runs take
// turns; figures are medians. Captures are made in .bench/ when they are not there. Needs two cores that have nothing else to do.
//   npm run bench [-- --frames 1000000 --runs 3 --shapes vxlan,native,short,large --only hopscope]
// Or against another commit; with --most 1.15 it fails where that much more CPU is taken (one thread only: .ci/run does so).
//   npm run bench -- --against REF [--frames 500000 --runs 7 --shapes vxlan --most 1.15]
// Or each form of dump against the same of tshark, as CPU ratios of pairs.
//   npm run bench -- --dump= [--frames 200000 --runs 5 --shapes native]
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { against } from './bench-against.mjs';
import { pinned } from './bench-captures.mjs';
import { dumpForms } from './bench-dump.mjs';
import { has, measure, median } from './bench-measure.mjs';

const { values } = parseArgs({
  options: {
    /** 1 000 000, and against another commit 500 000. */
    frames: { type: 'string' },
    /** 3, and against another commit 7 pairs. */
    runs: { type: 'string' },
    shapes: { type: 'string', default: 'vxlan,native,short,large' },
    /** Commands whose name holds this text. */
    only: { type: 'string', default: '' },
    /** A commit, as git names it. */
    against: { type: 'string' },
    /** Forms of dump whose name holds this text; '' for all. */
    dump: { type: 'string' },
    /** Times the CPU of that commit at which the comparison fails. */
    most: { type: 'string' },
  },
});
const shapes = values.shapes.split(',');
if (values.against !== undefined) {
  const [frames, runs] = [Number(values.frames ?? 500_000), Number(values.runs ?? 7)];
  const most = values.most === undefined ? undefined : Number(values.most);
  process.exit(against(values.against, { frames, runs, shapes, most }) ? 0 : 1);
}
if (values.dump !== undefined) {
  dumpForms({ frames: Number(values.frames ?? 200_000), runs: Number(values.runs ?? 5), shapes, only: values.dump });
  process.exit(0);
}
const frames = Number(values.frames ?? 1_000_000);
const runs = Number(values.runs ?? 3);

/** An independent reader in JavaScript, which hands out each packet. */
const PCAP_PARSER = `
import { parse } from 'pcap-parser';
let packets = 0;
parse(process.argv[1]).on('packet', () => packets++).on('end', () => console.log(packets));
`;

for (const shape of shapes) {
  const file = pinned(shape, frames);
  console.log(`\n${file}: ${frames} frames, ${(statSync(file).size / 1e6).toFixed(0)} MB\n`);

  // Below two folders: the threads of dist/ are found from there.
  const bundle = async (source, outfile) => {
    const { errors } = await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['fzstd', 'yaml', 'yauzl'],
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
  const selective = ['-Y', 'tcp.flags.syn == 1 && tcp.flags.ack == 0'];
  const commands = [
    { name: 'bare walk of records and headers', command: [process.execPath, '.bench/bundles/rooms.mjs', file, 'bare'] },
    { name: 'hopscope diagnose', command: hopscope('diagnose', file, '--no-progress') },
    { name: 'hopscope diagnose, one thread', command: hopscope('diagnose', file, '--no-progress'), threads: '0' },
    { name: 'hopscope flows', command: hopscope('flows', file, '--no-progress', '-f', 'csv') },
    { name: 'hopscope verify (200 expectations)', command: hopscope('verify', expectations, '--no-progress'), only: 'vxlan' },
    { name: 'hopscope dump', command: hopscope('dump', file) },
    { name: 'hopscope dump -Y (selective)', command: hopscope('dump', file, ...selective) },
    { name: 'tshark -n', command: ['tshark', '-n', '-r', file] },
    { name: 'tshark -n -Y (selective)', command: ['tshark', '-n', '-r', file, '-d', 'udp.port==8472,vxlan', ...selective] },
    { name: 'tcpdump -nn', command: ['tcpdump', '-nn', '-r', file] },
    { name: 'capinfos -c', command: ['capinfos', '-c', file] },
    { name: 'pcap-parser', command: [process.execPath, '--input-type=module', '-e', PCAP_PARSER, file] },
  ].filter(
    ({ name, command, only }) =>
      (only === undefined || only === shape) &&
      name.includes(values.only) &&
      (command[0] === process.execPath || has(command[0])),
  );
  const results = commands.map(() => []);
  for (let i = 0; i < runs; i++)
    for (const [k, { command, threads = '' }] of commands.entries()) results[k].push(measure(command, threads));
  const figure = (name, what) => {
    const k = commands.findIndex((one) => one.name === name);
    return k < 0 ? Number.NaN : median(results[k].map((r) => r[what]));
  };
  console.log('\ncommand                                wall s    cpu s   peak MB   times faster than tshark -n');
  const show = (value, digits, width) => (Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(width);
  for (const { name } of commands) {
    const wall = figure(name, 'wall');
    const ratio = figure('tshark -n', 'wall') / wall;
    console.log(
      `${name.padEnd(36)} ${show(wall, 2, 8)} ${show(figure(name, 'cpu'), 2, 8)} ${show(figure(name, 'peak'), 0, 9)} ${show(ratio, 1, 9)}`,
    );
  }
  const times = (a, b) => show(figure(a, 'wall') / figure(b, 'wall'), 2, 0);
  console.log(`
diagnose by two threads, times faster than by one: ${times('hopscope diagnose, one thread', 'hopscope diagnose')}
diagnose, times the bare walk: ${times('hopscope diagnose', 'bare walk of records and headers')}
verify, times diagnose: ${times('hopscope verify (200 expectations)', 'hopscope diagnose')}`);
  if ('hopscope tui'.includes(values.only))
    spawnSync(process.execPath, ['scripts/bench-tui.mjs', '--files', file, '--runs', String(runs)], { stdio: 'inherit' });
}
