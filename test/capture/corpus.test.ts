// Every capture of a corpus with reference answers: HOPSCOPE_CORPUS names its folder.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { read } from './help.js';

interface Entry {
  readonly file: string;
  readonly frames: number;
  readonly oracle?: string | null;
  readonly tshark: { readonly rc: number };
  readonly tcpdump: { readonly frames: number };
}

const corpus = process.env.HOPSCOPE_CORPUS ?? resolve(import.meta.dirname, '../../../shared/corpus');
const index = join(corpus, 'index.json');
const there = existsSync(index);
if (!there) console.log(`corpus tests are left out: no ${index} (set HOPSCOPE_CORPUS to a folder with reference answers)`);

const oracle = (path: string): { ts: string | null; caplen: number; len: number }[] => {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
};

// wiretap takes these pseudo headers off before it counts; libpcap and hopscope leave a frame as it stands in the file.
const PSEUDO_HEADER = new Map([
  [144, 16], // LINUX_IRDA
  [196, 5], // SITA
]);

/** tshark prints a fraction of a whole second or more as it stands: 6.1000000000 is 7 s. */
const carried = (ts: string | null): string | null => {
  if (ts === null) return null;
  const [seconds, fraction] = ts.split('.');
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
  return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
};

describe.runIf(there)('a corpus of captures', () => {
  const entries: Entry[] = there ? JSON.parse(readFileSync(index, 'utf8')).files : [];

  it.each(entries.filter((e) => !e.file.startsWith('malformed/')))('reads $file as the reference does', async (entry) => {
    const { frames, error } = await read(openCapture(join(corpus, entry.file)));
    if (entry.oracle == null) {
      expect(frames.length).toBe(entry.tcpdump.frames);
      return;
    }
    const wanted = oracle(join(corpus, entry.oracle));
    const got = frames.map(({ ts, caplen, len, linkType }) => {
      const extra = PSEUDO_HEADER.get(linkType) ?? 0;
      return { ts, caplen: caplen - extra, len: len - extra };
    });
    if (entry.tshark.rc === 0) {
      expect(got.length).toBe(wanted.length);
      expect(error).toBeNull();
    }
    expect(got.slice(0, wanted.length)).toEqual(
      wanted.map(({ ts, caplen, len }) => ({ ts: carried(ts), caplen: Number(caplen), len: Number(len) })),
    );
  });

  const malformed = join(corpus, 'malformed');
  const captures = there ? readdirSync(malformed).filter((name) => !name.endsWith('.txt') || name.startsWith('notcapture')) : [];

  it.each(captures)('survives malformed/%s', async (name) => {
    const before = process.memoryUsage().arrayBuffers;
    const source = openCapture(join(malformed, name));
    const frame = new Frame();
    for (;;) {
      while (source.next(frame)) {
        expect(frame.end).toBeGreaterThanOrEqual(frame.start);
        expect(frame.end).toBeLessThanOrEqual(frame.bytes.length);
      }
      if (!(await source.fill())) break;
    }
    source.close();
    if (source.error !== null) expect(source.error.message).not.toMatch(/\n/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });
});
