// Records do not depend on whether what TCP carries is looked into; but for the stack of headers, and why the walk ended.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { Registry } from '../../src/dissect/registry.js';
import { AT, SHIFT, WORDS } from '../../src/flows/generated/packet-words.js';
import { Block, record } from '../../src/flows/record.js';
import { Stack } from '../../src/flows/stack.js';

const registry = new Registry(dissectors);
const captures = readdirSync('captures').filter((name) => /\.pcap(ng)?(\.gz|\.zst)?$/.test(name));

test.each(captures)('%s', async (name) => {
  const stacks = [new Stack(registry), new Stack(registry, false)];
  const source = openCapture(`captures/${name}`);
  const frame = new Frame();
  let different = 0;
  do {
    while (source.next(frame)) {
      const [whole, brief] = stacks.map((stack) => {
        const block = new Block(new ArrayBuffer(Block.bytesFor(1)));
        record(stack, frame, block, 0, new Set());
        const words = [...block.words];
        words[AT.stackHash] = 0;
        words[AT.bits] &= ~(3 << SHIFT.stop);
        return words;
      });
      expect(whole).toHaveLength(WORDS);
      expect(brief, `frame ${frame.number}`).toEqual(whole);
      if (stacks[0].layers.count > stacks[1].layers.count || stacks[0].hash !== stacks[1].hash) different++;
    }
  } while (await source.fill());
  source.close();
  // Captures with HTTP and the like show that there is something to leave out.
  if (name.startsWith('native-healthy')) expect(different).toBeGreaterThan(0);
});
