// What the frames before say of a frame: as tshark says it of one interface, and of each interface of a router by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed } from '../../dump/print.js';
import { digestOf, FIELDS, labelsOf, OF_FRAMES, OF_UDP } from './fields.mjs';

const at = (name: string) => join(import.meta.dirname, name);
const recorded = JSON.parse(readFileSync(at('recorded.json'), 'utf8')) as {
  single: Record<string, string[]>;
  router: Record<string, string[]>;
  labels: Record<string, string[]>;
};
/** By capture, then by the filter that chooses an interface; '': there is one only. */
const digests = JSON.parse(readFileSync(at('recorded-captures.json'), 'utf8')) as Record<string, Record<string, string>>;

async function lines(name: string, field: readonly string[], filter?: string): Promise<string[]> {
  const { text } = await printed(at(name), { type: 'fields', field, ...(filter !== undefined && { filter }) });
  return text.split('\n').slice(0, -1);
}

describe('a capture of one interface, with losses', () => {
  it.each(Object.keys(recorded.single))('%s is told as by tshark', async (name) => {
    const udp = name === 'quoted.pcap' ? OF_UDP : [];
    expect(await lines(name, [...OF_FRAMES, ...FIELDS, ...udp])).toEqual(recorded.single[name]);
  });
});

describe('lines of a list', () => {
  it.each(Object.keys(recorded.labels))('of %s begin as those of tshark', async (name) => {
    expect((await lines(name, ['_ws.col.Info'])).map(labelsOf)).toEqual(recorded.labels[name]);
  });
  it('call no copy of a forwarded segment a retransmission, and are of the fields that filters take', async () => {
    const told = await lines('router.pcap', ['_ws.col.Info', 'tcp.analysis.retransmission']);
    const again = told.filter((line) =>
      /^\[TCP (Fast |Spurious )?Retransmission\]|\] \[TCP (Fast |Spurious )?Retransmission\]/.test(line),
    );
    expect(again.length).toBeGreaterThan(0);
    expect(again).toEqual(told.filter((line) => line.endsWith('\tTrue') || line.endsWith('\t1')));
  });
  it("have it in hopscope's own form where it is asked for", async () => {
    const labels = async (remarks: boolean) =>
      (await printed(at('one-interface.pcap'), { remarks })).text.match(/\[TCP Retransmission\] /g)?.length ?? 0;
    expect(await labels(false)).toBe(0);
    expect(await labels(true)).toBe(
      recorded.labels['one-interface.pcap']!.filter((one) => one.includes('[TCP Retransmission]')).length,
    );
  });
});

/** Where tshark says something else, and why. */
const DIFFERENT: Record<string, string> = {
  'capture-clipped.pcap': 'TCP headers are cut by the snapshot length: nothing is remembered of them',
  'dnat-bypassed.pcap': 'the same segments come back by the interface that they left by: copies are not sent again',
  'icmp-redirect.pcap': 'the router sends the segments back by the interface that they came by: copies are not sent again',
  'routing-loop.pcap': 'the segments come round by the same interface: copies are not sent again',
  'vxlan-fragments.pcap': 'a segment in fragments has no length, and nothing is reassembled',
};

describe('each interface of the bundled captures', () => {
  it.each(Object.keys(digests))('%s is told as by tshark', async (name) => {
    const path = join(import.meta.dirname, '../../../captures', name);
    const said: Record<string, string> = {};
    for (const filter of Object.keys(digests[name]!)) {
      const field = filter === '' ? [...FIELDS, ...OF_FRAMES, ...OF_UDP] : FIELDS;
      const { text } = await printed(path, { type: 'fields', field, ...(filter !== '' && { filter }) });
      said[filter] = digestOf(text.split('\n').slice(0, -1));
    }
    if (name in DIFFERENT) expect(said, DIFFERENT[name]).not.toEqual(digests[name]);
    else expect(said).toEqual(digests[name]);
  });
  it('are more than a hundred', () => {
    expect(Object.values(digests).flatMap((interfaces) => Object.keys(interfaces)).length).toBeGreaterThan(100);
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
