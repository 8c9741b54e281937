// Whatever the bytes are: a session shows what could be read, and nothing throws.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptureError } from '../../../src/errors.js';
import type { Session } from '../../../src/tui/session.js';
import { columns, LINE, loaded, open, shown } from './help.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const originals = ['captures/vxlan-fragments.pcap', 'captures/capture-dropped.pcapng', 'captures/tcp-stalled.pcap'].map((path) =>
  readFileSync(path).subarray(0, 20_000),
);

/** Nothing that could steer a terminal. */
const isSafe = (text: string): boolean => !/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text);

async function lookAtAll(session: Session): Promise<void> {
  const { count } = session.packets;
  for (const { cells } of session.packets.rows(0, count, [...LINE, ...columns('frame.protocols', 'hop.path', 'ip.src')]))
    for (const cell of cells) expect(isSafe(cell)).toBe(true);
  for (let n = 1; n <= count; n += 7) {
    const detail = session.detail(n);
    if (detail === null) continue;
    for (const { text } of detail.tree) expect(isSafe(text ?? '')).toBe(true);
    for (const { at, length } of detail.tree) expect(at + length).toBeLessThanOrEqual(detail.bytes.length);
    await session.stream(n);
  }
  await shown(session, 'tcp || udp', 'info');
}

it('bytes changed anywhere, and the end cut off', async () => {
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.integer({ min: 0, max: 255 }) });
  const damage = fc.record({
    original: fc.constantFrom(...originals),
    changes: fc.array(change, { maxLength: 12 }),
    keep: fc.double({ min: 0.1, max: 1, noNaN: true }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(damage, async ({ original, changes, keep }) => {
      const bytes = Buffer.from(original.subarray(0, Math.floor(original.length * keep)));
      for (const { at, to } of changes) bytes[Math.floor(at * (bytes.length - 1))] = to;
      const path = join(folder, `${run++}.pcap`);
      writeFileSync(path, bytes);
      try {
        const session = await open(path);
        await loaded(session);
        await lookAtAll(session);
        await session.close();
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }),
    { numRuns: 40 },
  );
});
