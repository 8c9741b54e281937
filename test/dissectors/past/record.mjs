// Writes recorded.json: what tshark says of the frames before each frame, for captures of one interface, and of a router's capture for
// each of its interfaces by itself: a forwarded segment is sent again only where it comes by the same interface again.
//   node test/dissectors/past/record.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIELDS, OF_FRAMES, OPTIONS } from './fields.mjs';

const here = import.meta.dirname;
const tshark = (...words) =>
  execFileSync('tshark', words, { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } });
const columns = (names) => names.flatMap((name) => ['-e', name]);
const lines = (path, names) =>
  tshark(...OPTIONS, '-r', path, '-T', 'fields', ...columns(names))
    .split('\n')
    .slice(0, -1);

const recorded = { single: {}, router: {} };
for (const name of ['one-interface.pcap', 'one-interface-2.pcap'])
  recorded.single[name] = lines(join(here, name), [...OF_FRAMES, ...FIELDS]);
const router = join(here, 'router.pcap');
const folder = mkdtempSync(join(tmpdir(), 'past-'));
for (const index of new Set(lines(router, ['sll.ifindex']))) {
  const own = join(folder, `${index}.pcap`);
  tshark('-n', '-r', router, '-Y', `sll.ifindex == ${index}`, '-F', 'pcap', '-w', own);
  recorded.router[index] = lines(own, FIELDS);
}
writeFileSync(join(here, 'recorded.json'), `${JSON.stringify(recorded, null, 0)}\n`);
