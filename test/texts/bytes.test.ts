// -X and -XX print the packets whole: their bytes are those of the capture.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { some } from '../thorough.js';
import { hasTcpdump, readText, tcpdump } from './help.js';

const CAPTURES = resolve(import.meta.dirname, '../../captures');
/** Neither IP nor ARP: not known as a text of packets. */
const UNKNOWN = /lacp|isis/;
const captures = hasTcpdump ? readdirSync(CAPTURES).filter((name) => /\.pcap$/.test(name) && !UNKNOWN.test(name)) : [];
/** Length of the link header by link type. */
const LINK: Readonly<Record<number, number>> = { 1: 14, 101: 0, 113: 16, 276: 20 };

async function frames(path: string): Promise<{ bytes: string; wireLength: number; linkType: number }[]> {
  const source = openCapture(path);
  const frame = new Frame();
  const all = [];
  do
    while (source.next(frame))
      all.push({
        bytes: Buffer.from(frame.bytes.subarray(frame.start, frame.end)).toString('hex'),
        wireLength: frame.wireLength,
        linkType: frame.linkType,
      });
  while (await source.fill());
  source.close();
  return all;
}

describe.each(some(captures, 6))('%s', (name) => {
  it('is the same bytes', async () => {
    const path = join(CAPTURES, name);
    const original = await frames(path);
    const linkType = original[0]?.linkType;
    if (linkType === undefined || LINK[linkType] === undefined) return;
    const whole = await readText(tcpdump(path, '-nnXX'));
    expect(whole.frames.map(({ bytes }) => bytes)).toEqual(original.map(({ bytes }) => bytes));
    // Padding is not part of the packet, and -X leaves it out.
    const packets = await readText(tcpdump(path, '-nnxe'));
    const skip = LINK[linkType] * 2;
    const short = packets.frames.map(({ bytes }, n) =>
      original[n].bytes.slice(skip).startsWith(bytes.slice(skip)) ? null : n + 1,
    );
    expect(short.filter((n) => n !== null)).toEqual([]);
    expect(packets.frames.length).toBe(original.length);
  });
});
