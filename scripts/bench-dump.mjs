// Each form of `dump` against the same of tshark on the same capture: both take turns, so that a busy machine slows both. Prints medians of
// CPU, and how many times the CPU of hopscope tshark takes: the median of the pairs.
import { resolve } from 'node:path';
import { pinned } from './bench-captures.mjs';
import { has, measure, median } from './bench-measure.mjs';

const SELECTIVE = 'tcp.flags.syn == 1 && tcp.flags.ack == 0';
const COLUMNS = ['ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'frame.time_relative'].flatMap((name) => ['-e', name]);

const FORMS = [
  { name: 'dump', args: [] },
  { name: 'dump -Y (selective)', args: ['-Y', SELECTIVE] },
  { name: 'dump -Y (frame matches)', args: ['-Y', 'frame matches "[A-Z]{4}[0-9]"'] },
  { name: 'dump -V', args: ['-V'] },
  { name: 'dump -x', args: ['-x'] },
  { name: 'dump -T fields', args: ['-T', 'fields', ...COLUMNS] },
  ...['psml', 'json', 'ek', 'pdml'].map((type) => ({ name: `dump -T ${type}`, args: ['-T', type] })),
];

export function dumpForms({ frames, runs, shapes, only }) {
  if (!has('tshark')) {
    console.log('tshark is not installed: there is nothing to compare with');
    return;
  }
  for (const shape of shapes) {
    const file = pinned(shape, frames);
    console.log(
      `\n${file}: medians of ${runs} pairs\n\nform                        hopscope CPU s   tshark CPU s   times faster`,
    );
    for (const { name, args } of FORMS.filter((form) => form.name.includes(only))) {
      const ours = [process.execPath, resolve('dist/cli.js'), 'dump', file, ...args];
      const theirs = ['tshark', '-n', '-r', file, '-d', 'udp.port==8472,vxlan', ...args];
      // The first run keeps what V8 has compiled.
      measure(ours, '');
      const pairs = Array.from({ length: runs }, () => [measure(ours, '').cpu, measure(theirs, '').cpu]);
      const show = (value, digits, width) => value.toFixed(digits).padStart(width);
      const [mine, other] = [0, 1].map((k) => median(pairs.map((pair) => pair[k])));
      const ratio = median(pairs.map(([a, b]) => b / a));
      console.log(`${name.padEnd(28)}${show(mine, 2, 14)}${show(other, 2, 15)}${show(ratio, 1, 15)}`);
    }
  }
}
