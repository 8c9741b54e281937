// What the terminal UI waits for, and what it keeps: a session over one capture, in one process. Bundled and started by
// scripts/bench.mjs, with the threads of dist/.
import { statSync } from 'node:fs';
import { openSession } from '../../src/tui/session/open.js';
import { PACKET_BYTES } from '../../src/tui/session/store.js';
import type { PacketColumn, Progress } from '../../src/tui/session.js';

const [file] = process.argv.slice(2);
const ROWS = 40;
const columns: readonly PacketColumn[] = ['no', 'time', 'hop', 'source', 'destination', 'tunnel', 'proto', 'length', 'info'].map(
  (field) => ({ title: field, field, align: 'left' }),
);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isOver = ({ state }: Progress): boolean => state !== 'running' && state !== 'following';
const cpu = (): number => Object.values(process.cpuUsage()).reduce((a, b) => a + b, 0) / 1e6;
const row = (name: string, value: string): void => console.log(`${name.padEnd(52)} ${value.padStart(12)}`);

console.log(`\nsession over ${file} (${(statSync(file).size / 1e6).toFixed(0)} MB)`);
const session = await openSession({ captures: [{ point: null, path: file }] });
session.packets.rows(0, ROWS, columns);
row('first rows, from the start of the process', `${performance.now().toFixed(0)} ms`);
row('  processor time, with the threads that start', `${(cpu() * 1000).toFixed(0)} ms`);

// Somewhere else each time: nothing that was kept helps.
const waits: number[] = [];
for (let seed = 1; !isOver(session.load); seed = (seed * 48_271) % 0x7fff_ffff) {
  await pause(16);
  const position = seed % Math.max(1, session.packets.count);
  const start = performance.now();
  session.packets.rows(position, ROWS, columns);
  session.detail(session.packets.numberAt(position));
  waits.push(performance.now() - start);
}
waits.sort((a, b) => a - b);
const { frames } = session.load;
row('loaded, from the start of the process', `${(performance.now() / 1000).toFixed(2)} s`);
row('  processor time, with the rows below', `${cpu().toFixed(2)} s`);
row(`${ROWS} rows and a tree anywhere while loading, p95`, `${(waits[Math.floor(waits.length * 0.95)] ?? 0).toFixed(1)} ms`);
row(`memory, ${frames} packets`, `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
row('index', `${PACKET_BYTES} B/packet`);

async function shown(name: string, filter: string, field: string | null): Promise<void> {
  const start = performance.now();
  session.show(filter, field === null ? null : { field, descending: false });
  while (session.packets.count === 0 && !isOver(session.packets.progress)) await pause(1);
  const first = performance.now() - start;
  while (!isOver(session.packets.progress)) await pause(1);
  row(name, `${first.toFixed(0)} / ${(performance.now() - start).toFixed(0)} ms`);
}
await shown('filter (selective): first packets / all', 'tcp.flags.syn == 1 && tcp.flags.ack == 0', null);
await shown('filter (broad): first packets / all', 'tcp', null);
await shown('order by length: first packets / all', '', 'length');
const start = performance.now();
const used = cpu();
session.show('', null);
const search = { text: 'nothing is like this', kind: 'string', target: 'bytes', matchCase: false } as const;
await session.find(search, -1, false, new AbortController().signal);
row('search of all bytes, to the end', `${(performance.now() - start).toFixed(0)} ms`);
row('  processor time', `${((cpu() - used) * 1000).toFixed(0)} ms`);
await session.close();
