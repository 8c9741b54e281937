// Writes recorded.json: what Wireshark answers to the filters of list.mjs over some of the bundled captures. sharkd is tshark's engine as
// a server, which answers all filters over a capture that it has read once.
//   node test/filter/record.mjs
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CAPTURES, FILTERS } from './list.mjs';

const here = import.meta.dirname;
const profile = mkdtempSync(join(tmpdir(), 'hopscope-profile-'));
writeFileSync(join(profile, 'decode_as_entries'), 'decode_as_entry: udp.port,8472,(none),VXLAN\n');
writeFileSync(
  join(profile, 'preferences'),
  'nameres.mac_name: FALSE\nnameres.transport_name: FALSE\nnameres.network_name: FALSE\n' +
    'tcp.desegment_tcp_streams: FALSE\ntcp.analyze_sequence_numbers: FALSE\nip.defragment: FALSE\n',
);

/** `1-4 7 9-12`. */
function ranges(numbers) {
  const parts = [];
  for (let i = 0; i < numbers.length; ) {
    let last = i;
    while (numbers[last + 1] === numbers[last] + 1) last++;
    parts.push(last > i ? `${numbers[i]}-${numbers[last]}` : `${numbers[i]}`);
    i = last + 1;
  }
  return parts.join(' ');
}

/** By filter: the frames, or null where it is refused. */
async function answers(capture) {
  const sharkd = spawn('sharkd', ['-'], {
    env: { ...process.env, TZ: 'UTC', WIRESHARK_CONFIG_DIR: profile },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ask = (id, method, params) => sharkd.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  ask(1, 'load', { file: join(here, '../../captures', capture) });
  FILTERS.forEach((filter, n) => void ask(n + 2, 'frames', { filter }));
  sharkd.stdin.end();
  const found = new Map();
  for await (const line of createInterface({ input: sharkd.stdout })) {
    const { id, result, error } = JSON.parse(line);
    if (id === 1 && error !== undefined) throw new Error(`${capture}: ${error.message}`);
    if (id > 1) found.set(FILTERS[id - 2], error === undefined ? ranges(result.map(({ num }) => num)) : null);
  }
  if (found.size !== FILTERS.length) throw new Error(`${capture}: ${found.size} answers to ${FILTERS.length} filters`);
  return found;
}

// By filter, then by capture where it has frames.
const recorded = Object.fromEntries(FILTERS.map((filter) => [filter, {}]));
for (const capture of CAPTURES) {
  for (const [filter, frames] of await answers(capture)) {
    if (frames === null) recorded[filter] = null;
    else if (frames !== '') recorded[filter][capture] = frames;
  }
  process.stderr.write(`${capture}\n`);
}
rmSync(profile, { recursive: true });
const rows = Object.entries(recorded).map(([filter, frames]) => ` ${JSON.stringify(filter)}: ${JSON.stringify(frames)}`);
writeFileSync(join(here, 'recorded.json'), `{\n${rows.join(',\n')}\n}\n`);
