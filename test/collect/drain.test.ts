// A capture that is told to end while its kernel has more: what had arrived by then is read, and what is not is counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BACKENDS } from '../../src/capture/live/backends.js';
import { Recording } from '../../src/collect/recording.js';
import { PointChild } from '../../src/points/child.js';
import { guarded } from '../../src/points/watchdog.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-drain-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function recorded(name: string, asked: string): Promise<Recording> {
  const recording = new Recording({
    child: new PointChild(guarded([process.execPath, resolve('test/collect/backlog.mjs'), asked])),
    whyEnded: () => 'ended',
    backend: BACKENDS.tcpdump,
    path: join(folder, name),
    ring: null,
    maxBytes: 1e9,
    filter: null,
    named: () => 'eth0',
    startMs: 60_000,
  });
  await recording.started(new AbortController().signal);
  expect(recording.state).toBe('running');
  await recording.stop();
  return recording;
}

it.concurrent('reads what had arrived when it was told to end', async () => {
  const recording = await recorded('all.pcapng', '');
  // 40 were there before it began, of which 3 are counted as dropped.
  expect(recording).toMatchObject({ state: 'ended', unread: 0, dropped: 3 });
  expect(recording.frames).toBeGreaterThanOrEqual(37);
});

it.concurrent('says how many were left where its program ends before', async () => {
  const recording = await recorded('ended.pcapng', '3');
  expect(recording).toMatchObject({ state: 'ended', frames: 0 });
  expect(recording.unread).toBeGreaterThanOrEqual(37);
});
