// Packets lost under load: `hopscope live` with all rules beside tcpdump and tshark, one after the other, each listening to the
// same traffic on a veth pair.
//   npm run bench:live [-- --pps 300000 --seconds 10 --flows 1000]
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { has, need, Pair, pause, writeTraffic } from './live-lab.mjs';

const { values } = parseArgs({
  options: {
    pps: { type: 'string', default: '300000' },
    seconds: { type: 'string', default: '10' },
    flows: { type: 'string', default: '1000' },
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

const number = (pattern) => (said) => Number([...said.matchAll(pattern)].at(-1)?.[1] ?? Number.NaN);
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

const listeners = [
  ['tcpdump -w /dev/null', 'tcpdump', ['tcpdump', '-i', 'in', '-n', '-w', '/dev/null'], counters],
  ['hopscope live (tcpdump)', 'node', hopscope('--backend', 'tcpdump'), report],
  ...(has('dumpcap') ? [['hopscope live (dumpcap)', 'node', hopscope('--backend', 'dumpcap'), report]] : []),
  ...((await isLoadable('cap')) ? [['hopscope live (cap)', 'node', hopscope('--backend', 'cap'), report]] : []),
  ...(has('tshark')
    ? [
        [
          'tshark -i',
          'tshark',
          ['tshark', '-i', 'in', '-n'],
          { got: number(/(\d+) packets captured/g), lost: number(/(\d+) packets? dropped/g) },
        ],
      ]
    : []),
];

function isLoadable(name) {
  return import(name).then(
    () => true,
    () => false,
  );
}

const pair = new Pair();
try {
  console.log(`${loops * FRAMES} packets, ${pps} a second asked for, ${values.flows} conversations\n`);
  console.log('listener                        sent    rate/s       got      lost      lost %  said to be lost');
  for (const [name, program, command, { got, lost }] of listeners) {
    const listener = pair.listen(...command);
    await pause(3000);
    const { sent, rate } = await pair.send(file, { pps, loops });
    await pause(2500);
    for (const pid of pair.pids(program)) process.kill(Number(pid), 'SIGINT');
    await Promise.race([listener.ended, pause(120_000)]);
    const seen = got(listener.said);
    const missing = Math.max(0, sent - seen);
    const cells = [sent, Math.round(rate), seen, missing].map((n) => String(n).padStart(10));
    const told = lost(listener.said);
    console.log(
      `${name.padEnd(26)}${cells.join('')}  ${((100 * missing) / sent).toFixed(2).padStart(9)} %  ${Number.isNaN(told) || told === null ? '-' : told}`,
    );
  }
} finally {
  pair.remove();
}
