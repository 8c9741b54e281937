// The length of a record is the way to the next one.
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { recordLength } from '../../src/capture/records.js';

it.each(readdirSync('captures').filter((name) => /\.pcap(ng)?$/.test(name)))('%s: records follow each other', async (name) => {
  const source = openCapture(`captures/${name}`);
  const frame = new Frame();
  let end = -1;
  let gaps = 0;
  do {
    while (source.next(frame)) {
      if (end >= 0 && frame.fileOffset !== end) gaps++;
      if (end >= 0) expect(frame.fileOffset).toBeGreaterThanOrEqual(end);
      end = frame.fileOffset + recordLength(source.info, frame.end - frame.start);
    }
  } while (await source.fill());
  source.close();
  // Between the blocks of a pcapng others may stand, and options behind a frame.
  if (source.info.format === 'pcap') expect(gaps).toBe(0);
});
