// Hostile captures through the printers that show most: nothing throws or hangs, and what is called JSON is JSON.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { CaptureWriter } from '../../src/capture/write.js';
import { CaptureError } from '../../src/errors.js';
import { some } from '../thorough.js';
import { corpusFolder, printed } from './print.js';

const folder = corpusFolder('malformed');
const files = folder === null ? [] : readdirSync(folder).filter((name) => !/\.(json|jsonl|md|txt)$/.test(name));

/** A file that is no capture at all is told so before anything is printed. */
async function tried(path: string, options: Parameters<typeof printed>[1]): Promise<string | null> {
  try {
    return (await printed(path, options)).text;
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

describe.skipIf(folder === null)('malformed captures', () => {
  it.each(some(files, 6))('%s', async (name) => {
    const path = join(folder ?? '', name);
    const json = await tried(path, { type: 'json' });
    if (json !== null) expect(Array.isArray(JSON.parse(json))).toBe(true);
    const lines = await tried(path, { type: 'jsonl' });
    for (const line of (lines ?? '').split('\n').filter(Boolean)) JSON.parse(line);
    const tree = await tried(path, { details: true, bytes: true });
    expect(tree ?? '').not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    await tried(path, { style: 'tcpdump' });
    expect((await tried(path, {})) ?? '').not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

const LINK_TYPES = [1, 113, 276, 101, 0];

describe('any bytes', () => {
  it('are printed in every form', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...LINK_TYPES),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        async (linkType, bytes) => {
          const capture = oneFrame(linkType, bytes);
          expect(JSON.parse((await printed(capture, { type: 'json' })).text)).toHaveLength(1);
          for (const options of [{}, { style: 'tcpdump' as const }, { details: true, bytes: true }])
            expect((await printed(capture, options)).text).toMatch(/\n$/);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function oneFrame(linkType: number, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new CaptureWriter((part) => parts.push(part.slice()), 'memory', { format: 'pcap' });
  const frame = Object.assign(new Frame(), { bytes, end: bytes.length, wireLength: bytes.length, number: 1, linkType });
  writer.write(frame, emptyInfo('memory', null));
  writer.finish(linkType);
  return Buffer.concat(parts);
}
