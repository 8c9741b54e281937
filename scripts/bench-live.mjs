// Packets lost under load: `hopscope live` with all rules, by each program that can capture for it, beside tcpdump and tshark, one
// after the other, each listening to the same traffic on a veth pair; with the same kernel buffer for all, and with each one's own.
// The package cap is found where NODE_PATH says.
//   npm run bench:live [-- --pps 300000 --seconds 10 --flows 1000 --buffer 64]
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { has, need, Pair, pause, writeTraffic } from './live-lab.mjs';

const { values } = parseArgs({
  options: {
    pps: { type: 'string', default: '300000' },
    seconds: { type: 'string', default: '10' },
    flows: { type: 'string', default: '1000' },
    /** MiB */
    buffer: { type: 'string', default: '64' },
    cli: { type: 'string', default: 'dist/cli.js' },
  },
});
need('ip', 'tcpdump', 'tcpreplay');
const pps = Number(values.pps);
const FRAMES = 20_000;
const loops = Math.max(1, Math.round((pps * Number(values.seconds)) / FRAMES));
mkdirSync('.bench', { recursive: true });
const file = `.bench/live-${values.flows}.pcap`;
writeTraffic(file, FRAMES, Number(values.flows));

const number = (pattern) => (_, errors) => Number([...errors.matchAll(pattern)].at(-1)?.[1] ?? Number.NaN);
const hopscope = (...args) => [process.execPath, values.cli, 'live', '-i', 'in', '--format', 'jsonl', ...args];
const fromReport = (key) => (said) => {
  const last = said
    .trim()
    .split('\n')
    .findLast((line) => line.startsWith('{'));
  return JSON.parse(last ?? '{}').report?.captures[0][key] ?? Number.NaN;
};
const report = { got: fromReport('frames'), lost: fromReport('dropped') };
const counters = { got: number(/(\d+) packets captured/g), lost: number(/(\d+) packets dropped by kernel/g) };

const isThere = { tcpdump: has('tcpdump'), dumpcap: has('dumpcap'), cap: isLoadable('cap') };
const backends = Object.keys(isThere).filter((name) => isThere[name]);
const mib = Number(values.buffer);

/** What listens, with a kernel buffer of this many MiB, or each with its own where there is none. */
const listeners = (buffer) => [
  [
    'tcpdump -w /dev/null',
    ['tcpdump', '-i', 'in', '-n', '-w', '/dev/null', ...(buffer ? ['-B', String(buffer * 1024)] : [])],
    counters,
  ],
  ...backends.map((name) => [
    `hopscope live (${name})`,
    hopscope('--backend', name, ...(buffer ? ['--buffer', `${Math.round(buffer * 1048.576)}K`] : [])),
    report,
  ]),
  ...(has('tshark')
    ? [
        [
          'tshark -i',
          ['tshark', '-i', 'in', '-n', ...(buffer ? ['-B', String(buffer)] : [])],
          { got: number(/(\d+) packets captured/g), lost: number(/(\d+) packets? dropped/g) },
        ],
      ]
    : []),
];

function isLoadable(name) {
  try {
    createRequire(import.meta.url)(name);
    return true;
  } catch {
    return false;
  }
}

const pair = new Pair();
try {
  console.log(`${loops * FRAMES} packets, ${pps} a second asked for, ${values.flows} conversations`);
  for (const buffer of [mib, null]) {
    console.log(`\nkernel buffer: ${buffer === null ? 'as each has it by itself' : `${buffer} MiB for all`}`);
    console.log('listener                        sent    rate/s       got      lost      lost %  said to be lost');
    for (const [name, command, { got, lost }] of listeners(buffer)) {
      const listener = pair.listen(...command);
      await pause(3000);
      const { sent, rate } = await pair.send(file, { pps, loops });
      await pause(2500);
      listener.child.kill('SIGINT');
      await Promise.race([listener.ended, pause(120_000)]);
      const seen = got(listener.said, listener.errors);
      const missing = Math.max(0, sent - seen);
      const cells = [sent, Math.round(rate), seen, missing].map((n) => String(n).padStart(10));
      const told = lost(listener.said, listener.errors);
      console.log(
        `${name.padEnd(26)}${cells.join('')}  ${((100 * missing) / sent).toFixed(2).padStart(9)} %  ${Number.isNaN(told) || told === null ? '-' : told}`,
      );
    }
  }
} finally {
  pair.remove();
}
