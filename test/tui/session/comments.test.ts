// Comments of packets and captures: shown, found by filters, changed, and in what is saved; the file stays as it is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Frame } from '../../../src/capture/frame.js';
import { openCapture } from '../../../src/capture/open.js';
import { createCapture } from '../../../src/capture/write.js';
import type { Session } from '../../../src/tui/session.js';
import { columns, LINE, loaded, open, shown } from './help.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-comments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasTshark = spawnSync('tshark', ['--version']).status === 0;
if (!hasTshark) process.stderr.write('comments: tshark is not installed, so nothing is compared with it\n');

/** A bundled capture as pcapng, with these comments by frame number. */
function commented(name: string, comments: ReadonlyMap<number, readonly string[]>, section: readonly string[] = []): string {
  const source = openCapture('captures/native-missing-route.pcap', {});
  const path = join(folder, name);
  const file = createCapture(path, { comments: section });
  const frame = new Frame();
  do while (source.next(frame)) file.write(frame, source.info, comments.get(frame.number));
  while (source.fill() === true);
  file.finish();
  source.close();
  return path;
}

const written = commented(
  'first.pcapng',
  new Map([
    [3, ['here it comes in', 'and a second one']],
    [9, ['ttl 62']],
  ]),
  ['of the lab'],
);
const isMarked = (session: Session, n: number) => session.packets.rows(n - 1, 1, LINE)[0]?.isCommented;

it('are shown in list, structure and properties, and found by filters as tshark finds them', async () => {
  const session = await open(written);
  await loaded(session);
  expect([2, 3, 9, 10].map((n) => isMarked(session, n))).toEqual([false, true, true, false]);
  const [top] = session.detail(3)!.tree;
  expect([top!.text, ...top!.children.map(({ text }) => text)]).toEqual(['Comment: here it comes in', 'and a second one']);
  expect(session.detail(4)!.tree[0]!.text).toMatch(/^Frame 4/);
  const properties = session.table('properties', { tab: 0, sortBy: null, descending: false, limitToFilter: false });
  expect(properties.rows(0, 99).map((row) => row!.cells)).toContainEqual(['Comment', 'of the lab']);
  expect(session.packets.rows(8, 1, columns('frame.comment'))[0]!.cells).toEqual(['ttl 62']);
  for (const filter of [
    'pkt_comment',
    'frame.comment',
    'frame.comment contains "ttl"',
    'frame.comment matches "HERE"',
    '!pkt_comment',
  ]) {
    const found = await shown(session, filter);
    expect(found.length).toBeGreaterThan(0);
    if (!hasTshark) continue;
    const { stdout } = spawnSync('tshark', ['-r', written, '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
      encoding: 'utf8',
    });
    expect(found, filter).toEqual(stdout.trim().split('\n').map(Number));
  }
  await session.close();
});

it('that are changed are in what is saved, and nowhere else', async () => {
  const before = readFileSync(written);
  const session = await open(written);
  await loaded(session);
  const { comments } = session;
  comments.write(3, '');
  comments.write(5, 'gone\nfor good');
  comments.write(9, 'ttl 62');
  comments.writeCapture(0, 'of another lab');
  // What is written anew as it stands is no change.
  expect(comments.unsaved).toBe(3);
  expect([3, 5, 9].map((n) => isMarked(session, n))).toEqual([false, true, true]);
  expect(session.detail(5)!.tree[0]!.text).toBe('Comment: gone');
  expect(await shown(session, 'frame.comment')).toEqual([5, 9]);
  comments.write(7, 'late');
  // The pass that is made now knows it, too.
  expect(await shown(session, 'frame.comment && frame.number < 9')).toEqual([5, 7]);
  session.decodeAs(['tcp.port==80,tls']);
  await new Promise((done) => setTimeout(done, 50));
  await loaded(session);
  expect(session.detail(5)!.tree[0]!.text).toBe('Comment: gone');
  session.show('', null);
  const copy = join(folder, 'copy.pcapng');
  await session.save(copy, null, new AbortController().signal);
  expect(comments.unsaved).toBe(0);
  expect(readFileSync(written).equals(before)).toBe(true);
  await session.close();

  const again = await open(copy);
  await loaded(again);
  expect([3, 5, 7, 9].map((n) => again.comments.of(n))).toEqual(['', 'gone\nfor good', 'late', 'ttl 62']);
  expect(again.comments.ofCapture(0)).toEqual(['of another lab']);
  await again.close();
  if (!hasTshark) return;
  const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.comment', '-Y', 'pkt_comment'];
  const { stdout } = spawnSync('tshark', ['-r', copy, ...fields], { encoding: 'utf8' });
  expect(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')[0]),
  ).toEqual(['5', '7', '9']);
  expect(spawnSync('capinfos', ['-k', copy], { encoding: 'utf8' }).stdout).toContain('of another lab');
});

it('of a file with more than are kept at once are all read', async () => {
  const frames = 12_000;
  const path = join(folder, 'many.pcapng');
  const source = openCapture('captures/native-missing-route.pcap', {});
  const frame = new Frame();
  source.fill();
  source.next(frame);
  const file = createCapture(path, {});
  for (let n = 1; n <= frames; n++) {
    frame.number = n;
    file.write(frame, source.info, [`number ${n}`]);
  }
  file.finish();
  source.close();
  const session = await open(path);
  await loaded(session);
  expect(await shown(session, 'frame.comment')).toHaveLength(frames);
  expect(session.comments.of(frames)).toBe(`number ${frames}`);
  expect(() => session.comments.write(1, 'x'.repeat(4001))).toThrow(/4000 characters/);
  for (let n = 1; n <= 10_000; n++) session.comments.write(n, 'x');
  expect(() => session.comments.write(frames, 'x')).toThrow(/no more than 10000 comments/);
  await session.close();
});

it('from a hostile file are text on the screen', async () => {
  const path = commented('hostile.pcapng', new Map([[1, ['\x1b]0;title\x07\u202ebidi']]]), ['\x1b[2J']);
  const session = await open(path);
  await loaded(session);
  const [top] = session.detail(1)!.tree;
  const table = session.table('properties', { tab: 0, sortBy: null, descending: false, limitToFilter: false });
  const texts = [top!.text, ...table.rows(0, 99).flatMap((row) => row!.cells)].join(' ');
  expect(texts).not.toMatch(/[\x00-\x1f\u202e]/);
  await session.close();
});
