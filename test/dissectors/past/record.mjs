// Writes recorded.json: what tshark says of the frames before each frame, for captures of one interface, and of a router's capture for
// each of its interfaces by itself: a forwarded segment is sent again only where it comes by the same interface again. And
// recorded-captures.json: the same of each interface of all bundled captures, as a digest.
//   node test/dissectors/past/record.mjs [NAME ...]  (the captures of these names anew, and only those)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, FIELDS, labelsOf, OF_FRAMES, OF_UDP, OPTIONS } from './fields.mjs';

const here = import.meta.dirname;
const tshark = (...words) =>
  execFileSync('tshark', words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: 'pipe', env: { ...process.env, TZ: 'UTC' } });
const columns = (names) => names.flatMap((name) => ['-e', name]);
const lines = (path, names) =>
  tshark(...OPTIONS, '-r', path, '-T', 'fields', ...columns(names))
    .split('\n')
    .slice(0, -1);
const folder = mkdtempSync(join(tmpdir(), 'past-'));

/** What is said of the frames of one interface, as if it had been captured alone. */
function alone(path, filter, names) {
  const own = join(folder, 'own.pcapng');
  tshark('-n', '-r', path, '-Y', filter, '-w', own);
  return lines(own, names);
}

/** What tshark writes in front of the line of each frame: `[TCP Retransmission] `. */
const labels = (path) =>
  // What it dissects of a segment alone may write over them, so it puts streams together here.
  tshark('-n', '-r', path, '-T', 'fields', '-e', '_ws.col.Info').split('\n').slice(0, -1).map(labelsOf);

const recorded = { single: {}, router: {}, labels: {} };
for (const name of ['one-interface.pcap', 'one-interface-2.pcap']) {
  recorded.single[name] = lines(join(here, name), [...OF_FRAMES, ...FIELDS]);
  recorded.labels[name] = labels(join(here, name));
}
recorded.single['quoted.pcap'] = lines(join(here, 'quoted.pcap'), [...OF_FRAMES, ...FIELDS, ...OF_UDP]);
const router = join(here, 'router.pcap');
for (const index of new Set(lines(router, ['sll.ifindex'])))
  recorded.router[index] = alone(router, `sll.ifindex == ${index}`, FIELDS);
writeFileSync(join(here, 'recorded.json'), `${JSON.stringify(recorded, null, 0)}\n`);

const named = process.argv.slice(2);
const kept = join(here, 'recorded-captures.json');
const digests = named.length > 0 ? JSON.parse(readFileSync(kept, 'utf8')) : {};
const bundled = join(here, '../../../captures');
for (const name of readdirSync(bundled).filter((file) => /\.pcap(ng)?$/.test(file))) {
  if (named.length > 0 && !named.includes(name)) continue;
  const path = join(bundled, name);
  const rows = lines(path, ['frame.encap_type', 'frame.interface_id', 'sll.ifindex']);
  // Cooked frames of the first version do not tell interfaces apart.
  if (rows.some((row) => row.startsWith('25\t'))) continue;
  const interfaces = [...new Set(rows.map((row) => row.split('\t').slice(1).join('\t')))];
  for (const one of interfaces) {
    const [id, index] = one.split('\t');
    const filter = [...(id ? [`frame.interface_id == ${id}`] : []), ...(index ? [`sll.ifindex == ${index}`] : [])].join(' && ');
    const said = interfaces.length === 1 ? lines(path, [...FIELDS, ...OF_FRAMES, ...OF_UDP]) : alone(path, filter, FIELDS);
    digests[name] ??= {};
    digests[name][interfaces.length === 1 ? '' : filter] = digestOf(said);
  }
}
rmSync(folder, { recursive: true });
writeFileSync(kept, `${JSON.stringify(digests, null, 1)}\n`);
