// A packet that is read by itself is listed as `dump` lists it, who has read all packets before.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Line } from '../../../src/bytes/line.js';
import { dump } from '../../../src/dump/dump.js';
import { FieldsPrinter } from '../../../src/dump/fields-output.js';
import { FrameContext } from '../../../src/dump/frame-context.js';
import { SummaryPrinter } from '../../../src/dump/summary.js';
import { frameFields } from '../../../src/filter/frame-fields.js';
import { Sight } from '../../../src/flows/sight.js';
import { openLab } from '../../../src/main/lab.js';
import { PLAIN } from '../../main/options.js';
import { some } from '../../thorough.js';
import { bundled, columns, filled, LINE, loaded, open } from './help.js';

const FIELDS = [
  'frame.time_relative',
  'frame.time_delta',
  'frame.protocols',
  'ip.src',
  'ip.src#2',
  'inner.ip.dst',
  'tcp.seq_raw',
  'frame.len',
];

/** The lines of `dump`, and of its fields. */
async function dumped(path: string): Promise<{ lines: string[]; fields: string[] }> {
  const lab = await openLab({
    ...PLAIN,
    files: [{ point: null, path }],
  });
  const { registry } = lab;
  const [{ source, names, ownMacs }] = lab.captures;
  const context = new FrameContext(source.info);
  const summary = new SummaryPrinter(registry, new Sight(names, ownMacs), context);
  const printer = new FieldsPrinter(registry, FIELDS, frameFields(context));
  const fields: string[] = [];
  let text = '';
  const print = (layers: Parameters<SummaryPrinter['print']>[0], line: Line) => {
    summary.print(layers, line);
    fields.push(printer.line(layers).slice(0, -1));
  };
  const write = async (bytes: Uint8Array) => {
    text += Buffer.from(bytes).toString();
  };
  const options = { limit: Number.POSITIVE_INFINITY, filter: null, signal: new AbortController().signal };
  await dump(source, registry, (frame) => context.begin(frame), print, write, options);
  source.close();
  return { lines: text.split('\n').slice(0, -1), fields };
}

/** A line without its padding, which a list makes by itself. */
const words = (line: string): string => line.replaceAll('\u2192', ' ').replace(/\s+/g, ' ').trim();

it.each(some(bundled, 6))('%s, from its last packet to its first', async (path) => {
  const { lines, fields } = await dumped(path);
  const session = await open(path);
  await loaded(session);
  expect(session.packets.count).toBe(lines.length);
  const wanted = columns(...FIELDS);
  for (let i = lines.length - 1; i >= 0; i--) {
    const [row] = session.packets.rows(i, 1, LINE);
    expect(words(row.cells.join(' '))).toBe(words(lines[i]));
  }
  for (let i = lines.length - 1; i >= 0; i--) expect(session.packets.rows(i, 1, wanted)[0].cells.join('\t')).toBe(fields[i]);
  await session.close();
});

it('the first rows are there before anything was loaded', async () => {
  const session = await open('captures/vxlan-healthy.pcap');
  const early = session.packets.rows(0, 20, LINE).map(({ cells }) => cells);
  expect(session.load.state).toBe('running');
  expect(early).toHaveLength(20);
  await loaded(session);
  expect(session.packets.rows(0, 20, LINE).map(({ cells }) => cells)).toEqual(early);
  await session.close();
});

it('rows and tables of a printed text have its words, whenever they come', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-words-'));
  const path = join(folder, 'words.txt');
  const lines = Array.from(
    { length: 5 },
    (_, i) => `14:09:5${i}.307158 eth0 In  IP client-${i}.43544 > 192.0.2.x.443: Flags [S], seq 1, win 64240, length 0\n`,
  );
  writeFileSync(path, lines.join(''));
  const session = await open(path);
  try {
    await loaded(session);
    const wanted = columns('source', 'destination');
    expect(session.packets.rows(0, 5, wanted).map(({ cells }) => cells.join(' '))).toEqual(
      lines.map((_, i) => `client-${i} 192.0.2.x`),
    );
    const table = session.table('flows', { tab: 0, sortBy: 0, descending: false, limitToFilter: false });
    expect((await filled(session, table)).map((cells) => cells.slice(2, 4).join(' '))).toEqual(
      lines.map((_, i) => `client-${i}:43544 192.0.2.x:443`),
    );
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
