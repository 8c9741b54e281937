// Writes recorded.json: how many packets tcpdump takes for each expression, and a hash of them (times and bytes).
//   node test/filter/bpf/record.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPTURES, expressions } from './list.mjs';

const here = import.meta.dirname;
const recorded = {};
for (const [name, kind] of Object.entries(CAPTURES)) {
  const answers = {};
  for (const text of expressions(kind)) {
    const { stdout, status, stderr } = spawnSync('tcpdump', ['-r', join(here, '../../..', name), '-w', '-', text], {
      maxBuffer: 1 << 28,
    });
    const takesNone = String(stderr).includes('rejects all packets');
    if (status !== 0 && !takesNone) throw new Error(`${name}: ${text}: ${stderr}`);
    const hash = createHash('sha1');
    let count = 0;
    // Records of a pcap: 16 bytes of head, with the length at 8.
    for (let at = 24; at < stdout.length; count++) {
      const length = stdout.readUInt32LE(at + 8);
      hash.update(stdout.subarray(at + 16, at + 16 + length));
      at += 16 + length;
    }
    answers[text] = `${count} ${hash.digest('hex').slice(0, 12)}`;
  }
  recorded[name] = answers;
}
writeFileSync(join(here, 'recorded.json'), `${JSON.stringify(recorded, null, 1)}\n`);
