// What the frames before say of a frame: as tshark says it of one interface, and of each interface of a router by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed } from '../../dump/print.js';
import { FIELDS, OF_FRAMES } from './fields.mjs';

const at = (name: string) => join(import.meta.dirname, name);
const recorded = JSON.parse(readFileSync(at('recorded.json'), 'utf8')) as {
  single: Record<string, string[]>;
  router: Record<string, string[]>;
};

async function lines(name: string, field: readonly string[], filter?: string): Promise<string[]> {
  const { text } = await printed(at(name), { type: 'fields', field, ...(filter !== undefined && { filter }) });
  return text.split('\n').slice(0, -1);
}

describe('a capture of one interface, with losses', () => {
  it.each(Object.keys(recorded.single))('%s is told as by tshark', async (name) => {
    expect(await lines(name, [...OF_FRAMES, ...FIELDS])).toEqual(recorded.single[name]);
  });
});

describe('a capture of all interfaces of a router', () => {
  it.each(Object.keys(recorded.router))('interface %s is told as if it were alone', async (index) => {
    expect(await lines('router.pcap', FIELDS, `sll.ifindex == ${index}`)).toEqual(recorded.router[index]);
  });
  it('has fewer retransmissions than copies', async () => {
    const again = await lines('router.pcap', ['frame.number'], 'tcp.analysis.retransmission');
    const copies = await lines('router.pcap', ['frame.number'], 'sll.pkttype == 4 && tcp.len > 0');
    expect(again.length).toBeGreaterThan(0);
    expect(again.length).toBeLessThan(copies.length / 2);
  });
});

describe('filters', () => {
  it('know the past of frames that they leave out', async () => {
    const all = await lines('one-interface.pcap', ['frame.number', 'tcp.seq']);
    const some = await lines('one-interface.pcap', ['frame.number', 'tcp.seq'], 'tcp.stream == 2');
    expect(some.length).toBeGreaterThan(5);
    expect(all).toEqual(expect.arrayContaining(some));
  });
});
