import { describe, expect, it } from 'vitest';
import { dissectors } from '../../../dissectors/index.js';
import { Registry } from '../../../src/dissect/registry.js';
import { compileFilter } from '../../../src/filter/filter.js';
import { endsFilter, JOINS, WAYS } from '../../../src/tui/tables/ends.js';

const ENDS = { a: 'ip.addr == 10.0.0.1 && tcp.port == 4000', b: 'ip.addr == 10.0.0.2 && tcp.port == 80' };

describe('filters from the ends of a conversation', () => {
  it.each([
    ['A ↔ B', `${ENDS.a} && ${ENDS.b}`],
    ['A → B', 'ip.src == 10.0.0.1 && tcp.srcport == 4000 && ip.dst == 10.0.0.2 && tcp.dstport == 80'],
    ['B → A', 'ip.src == 10.0.0.2 && tcp.srcport == 80 && ip.dst == 10.0.0.1 && tcp.dstport == 4000'],
    ['A ↔ any', ENDS.a],
    ['A → any', 'ip.src == 10.0.0.1 && tcp.srcport == 4000'],
    ['any → A', 'ip.dst == 10.0.0.1 && tcp.dstport == 4000'],
    ['any ↔ B', ENDS.b],
    ['any → B', 'ip.dst == 10.0.0.2 && tcp.dstport == 80'],
    ['B → any', 'ip.src == 10.0.0.2 && tcp.srcport == 80'],
  ] as const)('%s', (way, filter) => {
    expect(endsFilter(ENDS, way, 'selected', 'arp')).toBe(filter);
  });

  it('goes together with the filter that is set', () => {
    const of = (join: (typeof JOINS)[number], old: string) =>
      endsFilter({ a: 'ip.addr == 1.1.1.1', b: '' }, 'A ↔ any', join, old);
    expect(of('not selected', 'arp')).toBe('!(ip.addr == 1.1.1.1)');
    expect(of('and', 'arp || dns')).toBe('(arp || dns) && ip.addr == 1.1.1.1');
    expect(of('or', 'arp')).toBe('(arp) || (ip.addr == 1.1.1.1)');
    expect(of('and not', 'arp')).toBe('(arp) && !(ip.addr == 1.1.1.1)');
    expect(of('or not', 'arp')).toBe('(arp) || !(ip.addr == 1.1.1.1)');
    expect(of('and', ' ')).toBe('ip.addr == 1.1.1.1');
    expect(of('or not', '')).toBe('!(ip.addr == 1.1.1.1)');
  });

  it('is always a valid filter', () => {
    const registry = new Registry(dissectors);
    const kinds = [
      ENDS,
      { a: 'ipv6.addr == fd00::1 && udp.port == 53', b: 'ipv6.addr == fd00::2 && udp.port == 9' },
      { a: 'eth.addr == 08:00:27:00:00:01', b: 'eth.addr == ff:ff:ff:ff:ff:ff' },
      { a: 'outer.ip.addr == 10.0.0.1', b: 'outer.ip.addr == 10.0.0.2' },
    ];
    for (const ends of kinds)
      for (const way of WAYS)
        for (const join of JOINS)
          expect(() => compileFilter(endsFilter(ends, way, join, 'arp || icmp'), registry, [])).not.toThrow();
  });
});
