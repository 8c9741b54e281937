// Packets that are marked, and those that a text names, are what is saved.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Marked, packetsOf } from '../../../src/tui/marked.js';
import { columns, loaded, open, shown } from './help.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-marked-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ROUTER = 'captures/native-missing-route.pcap';

it('a range reaches over what is shown, in the order of the list', async () => {
  const session = await open(ROUTER);
  await loaded(session);
  const icmp = await shown(session, 'icmp');
  const marked = new Marked();
  expect(marked.extend(icmp[3]!, session.packets)).toBe(false);
  marked.toggle(icmp[5]!);
  expect(marked.extend(icmp[2]!, session.packets)).toBe(true);
  expect(marked.numbers).toEqual(icmp.slice(2, 6));
  marked.toggle(icmp[3]!);
  expect(marked.numbers).toEqual([icmp[2], icmp[4], icmp[5]]);
  expect(marked.fromFirstToLast(session.packets)).toEqual(icmp.slice(2, 6));
  // A filter that hides the marks leaves nothing between them.
  await shown(session, 'arp');
  expect(marked.fromFirstToLast(session.packets)).toEqual([]);
  const path = join(folder, 'marked.pcapng');
  expect(await session.save(path, marked.numbers, new AbortController().signal)).toBe(3);
  const copy = await open(path);
  await loaded(copy);
  const times = (one: typeof session, numbers: readonly number[]) =>
    numbers.map((n) => one.packets.rows(one.packets.positionOf(n), 1, columns('frame.time_epoch'))[0]!.cells[0]);
  session.show('', null);
  expect(times(copy, [1, 2, 3])).toEqual(times(session, marked.numbers));
  await Promise.all([session.close(), copy.close()]);
});

it('numbers are those of the files', async () => {
  const one = await open(ROUTER);
  await loaded(one);
  const marked = new Marked();
  expect(packetsOf('5-7, 3,6', one, marked)).toEqual([3, 5, 6, 7]);
  expect(packetsOf('60-4000000000', one, marked)).toEqual([60, 61]);
  expect(packetsOf('shown', one, marked)).toHaveLength(61);
  for (const [text, wrong] of [
    ['marked', /no packet is marked/],
    ['', /'' is no range/],
    ['a-b', /'a-b' is no range/],
    ['7-5', /runs backwards/],
    ['62', /there is no frame 62/],
    ['0', /there is no frame 0/],
  ] as const)
    expect(packetsOf(text, one, marked)).toMatch(wrong);
  await one.close();
  const two = await open([ROUTER, 'captures/native-healthy.pcap']);
  await loaded(two);
  const { point } = two.captures[1]!;
  expect(packetsOf(`${point}:7-8`, two, marked)).toEqual([two.packetOf(point, 7), two.packetOf(point, 8)]);
  expect(packetsOf('7', two, marked)).toMatch(/of which capture/);
  expect(packetsOf('nobody:7', two, marked)).toMatch(/there is no frame 7 of nobody/);
  await two.close();
});
