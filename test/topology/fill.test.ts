// What is written in a topology file, and what was gathered beside it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill } from '../../src/topology/fill.js';
import { readTopology } from '../../src/topology/read.js';
import type { TopologyFile } from '../../src/topology/schema.js';

const filled = (written: TopologyFile, gathered: TopologyFile): { file: TopologyFile; differs: string[] } => {
  const differs: string[] = [];
  return { file: fill(written, gathered, (line) => differs.push(line)), differs };
};

describe('a topology file and what is gathered', () => {
  it('the file counts value by value, and is told of', () => {
    const { file, differs } = filled(
      { nodes: { r: { interfaces: { eth0: { index: 2 } } } }, pods: { '10.0.0.1': { name: 'a/b' } } },
      {
        nodes: { r: { interfaces: { eth0: { index: 3, mtu: 1500 }, eth1: { index: 4 } } } },
        pods: { '10.0.0.1': { node: 'r' } },
      },
    );
    expect(file).toEqual({
      nodes: { r: { interfaces: { eth0: { index: 2, mtu: 1500 }, eth1: { index: 4 } } } },
      pods: { '10.0.0.1': { name: 'a/b', node: 'r' } },
    });
    expect(differs).toEqual(['nodes.r.interfaces.eth0.index is 2 in the topology file and 3 in the texts; the file counts']);
  });

  it('routes and their rules are whole where they are written, addresses add up', () => {
    const { file } = filled(
      { nodes: { r: { routes: ['default via 10.0.0.1 dev eth0'], addresses: ['10.0.0.2'] } } },
      { nodes: { r: { routes: ['10.1.0.0/24 dev eth1'], rules: ['0: from all lookup local'], addresses: ['10.0.0.3'] } } },
    );
    expect(file.nodes?.['r']).toEqual({ routes: ['default via 10.0.0.1 dev eth0'], addresses: ['10.0.0.2', '10.0.0.3'] });
  });

  it('a pod network that the file gives to a node is no other one', () => {
    const { file } = filled(
      { nodes: { a: { podCIDRs: ['10.1.0.0/24'] } } },
      { nodes: { b: { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'] } } },
    );
    expect(file.nodes?.['b']?.podCIDRs).toEqual(['10.2.0.0/24']);
    expect(() => readTopology([{ name: 'both', text: JSON.stringify(file) }])).not.toThrow();
  });

  it('nothing is lost on either side, whatever the names', () => {
    const node = fc.record({ interfaces: fc.dictionary(fc.string(), fc.record({ index: fc.nat() }), { maxKeys: 3 }) });
    const file = fc.record({ nodes: fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), node, { maxKeys: 4 }) });
    fc.assert(
      fc.property(file, file, (written, gathered) => {
        const before = structuredClone(gathered);
        expect(fill(written, {}, () => undefined)).toEqual(written);
        expect(fill({}, gathered, () => undefined)).toEqual(gathered);
        const both = fill(written, gathered, () => undefined);
        for (const side of [gathered, written])
          for (const [name, { interfaces }] of Object.entries(side.nodes))
            expect(Object.keys(Object.entries(both.nodes ?? {}).find(([key]) => key === name)?.[1].interfaces ?? {})).toEqual(
              expect.arrayContaining(Object.keys(interfaces)),
            );
        expect(gathered).toEqual(before);
      }),
    );
  });
});
