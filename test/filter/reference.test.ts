// Random filters give the same answer as a slow evaluation over the field tree, on honest packets and on spoilt ones.
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ipv4, macNumber } from '../../src/bytes/show.js';
import { Frame } from '../../src/capture/frame.js';
import { type TreeNode, treeOf } from '../../src/dissect/tree.js';
import { Layers } from '../../src/dissect/walk.js';
import { compileFilter } from '../../src/filter/filter.js';
import { times } from '../thorough.js';
import { everyFrame, registry } from './help.js';

/** One occurrence of a field: its value, which layer of its protocol it is in, and the last such layer that has the field. */
interface Occurrence {
  readonly value: number | string | readonly number[];
  readonly layer: number;
  readonly last: number;
}

type Slow = (of: (name: string) => readonly Occurrence[]) => boolean;
interface Leaf {
  readonly text: string;
  readonly slow: Slow;
}

function occurrences(layers: Layers): (name: string) => readonly Occurrence[] {
  const roots = treeOf(layers);
  return (name) => {
    const found: Occurrence[] = [];
    roots.forEach((root, i) => {
      const same = roots.map((r, k) => ({ k, name: r.def.name })).filter((r) => r.name === root.def.name);
      const layer = same.findIndex((r) => r.k === i) + 1;
      const visit = (node: TreeNode): void => {
        if (node.def.name === name || node.def.aliases.includes(name)) {
          const raw = Array.from(layers.bytes.subarray(node.at, node.at + node.length));
          const { value } = node;
          found.push({
            value: value === null ? raw : typeof value === 'bigint' ? Number(value) : value,
            layer,
            last: 0,
          });
        }
        node.children.forEach(visit);
      };
      visit(root);
    });
    return found.map((o) => ({ ...o, last: found.at(-1)!.layer }));
  };
}

const OPS = {
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '===': (a: number, b: number) => a === b,
  '~=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
} as const;
const op = fc.constantFrom(...(Object.keys(OPS) as (keyof typeof OPS)[]));
const quantifier = fc.constantFrom<'' | 'any ' | 'all '>('', '', 'any ', 'all ');

const holds = (list: readonly boolean[], o: string, q: string): boolean => {
  const all = q === '' ? o === '!=' || o === '===' : q === 'all ';
  return list.length > 0 && (all ? list.every(Boolean) : list.some(Boolean));
};

/** `#2`, `#[-1]`, `#[1-2]`, or nothing. */
const layer = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ text: '', has: (_: Occurrence) => true }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map((n) => ({ text: `#${n}`, has: (o: Occurrence) => o.layer === n })) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -3, max: -1 })
      .map((n) => ({ text: `#[${n}]`, has: (o: Occurrence) => o.layer === o.last + 1 + n })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 2, max: 3 }))
      .map(([a, b]) => ({ text: `#[${a}-${b}]`, has: (o: Occurrence) => o.layer >= a && o.layer <= b })),
  },
);

const number = fc.constantFrom(
  ...([
    'ip.ttl',
    'ip.len',
    'ip.proto',
    'tcp.port',
    'tcp.flags',
    'udp.port',
    'udp.length',
    'vxlan.vni',
    'icmp.type',
    'icmp.seq',
  ] as const),
  ...(['dns.id', 'sll.ifindex', 'arp.opcode', 'tcp.options.mss_val', 'ip.hdr_len', 'tcp.len', 'vlan.id', 'ipv6.hlim'] as const),
);
// Small enough for every field above.
const constant = fc.oneof(fc.constantFrom(0, 1, 2, 6, 8, 17, 20, 62, 63, 64, 80), fc.nat(255));

const numeric: fc.Arbitrary<Leaf> = fc.tuple(number, layer, op, constant, quantifier).map(([name, l, o, c, q]) => ({
  text: `${q}${name}${l.text} ${o} ${c}`,
  slow: (of) =>
    holds(
      of(name)
        .filter(l.has)
        .map((x) => OPS[o](x.value as number, c)),
      o,
      q,
    ),
}));

const masked: fc.Arbitrary<Leaf> = fc.tuple(number, fc.nat(255), op, constant, quantifier).map(([name, mask, o, c, q]) => ({
  text: `${q}${name} & ${mask} ${o} ${c}`,
  slow: (of) =>
    holds(
      of(name).map((x) => OPS[o]((x.value as number) & mask, c)),
      o,
      q,
    ),
}));

const sums: fc.Arbitrary<Leaf> = fc.tuple(number, number, op, constant).map(([a, b, o, c]) => ({
  text: `${a} + ${b} ${o} ${c}`,
  slow: (of) =>
    holds(
      of(a).flatMap((x) => of(b).map((y) => OPS[o]((x.value as number) + (y.value as number), c))),
      o,
      '',
    ),
}));

const pairs: fc.Arbitrary<Leaf> = fc.tuple(number, number, op, quantifier).map(([a, b, o, q]) => ({
  text: `${q}${a} ${o} ${b}`,
  slow: (of) =>
    holds(
      of(a).flatMap((x) => of(b).map((y) => OPS[o](x.value as number, y.value as number))),
      o,
      q,
    ),
}));

const inSet: fc.Arbitrary<Leaf> = fc
  .tuple(number, layer, fc.array(fc.tuple(constant, fc.option(constant)), { minLength: 1, maxLength: 12 }))
  .map(([name, l, members]) => ({
    text: `${name}${l.text} in {${members.map(([a, b]) => (b === null ? `${a}` : `${a}..${b}`)).join(', ')}}`,
    slow: (of) =>
      of(name)
        .filter(l.has)
        .some((x) =>
          members.some(([a, b]) => (b === null ? x.value === a : (x.value as number) >= a && (x.value as number) <= b)),
        ),
  }));

const V4 = ['ip.src', 'ip.dst', 'ip.addr', 'arp.src.proto_ipv4', 'dns.a'] as const;
const address = fc.oneof(fc.constantFrom(0xac140060, 0xc0a80a64, 0xc0a814c8, 0x0a00020f, 0xac140201), fc.nat(0xffffffff));
const prefixes: fc.Arbitrary<Leaf> = fc
  .tuple(fc.constantFrom(...V4), layer, op, address, fc.nat(32), quantifier)
  .map(([name, l, o, a, prefix, q]) => ({
    text: `${q}${name}${l.text} ${o} ${ipv4(a)}/${prefix}`,
    slow: (of) => {
      const cut = (v: number) => Math.floor(v / 2 ** (32 - prefix));
      return holds(
        of(name)
          .filter(l.has)
          .map((x) => OPS[o](cut(x.value as number), cut(a))),
        o,
        q,
      );
    },
  }));

const v6: fc.Arbitrary<Leaf> = fc
  .tuple(
    fc.constantFrom('ipv6.src', 'ipv6.dst', 'ipv6.addr'),
    op,
    fc.constantFrom(0xfe80, 0xfd00, 0xff02, 0x2001),
    fc.nat(16),
    quantifier,
  )
  .map(([name, o, head, prefix, q]) => ({
    text: `${q}${name} ${o} ${head.toString(16)}::/${prefix}`,
    slow: (of) => {
      const cut = (v: number) => v >> (16 - prefix);
      const first = (x: Occurrence) => (x.value as readonly number[])[0]! * 256 + (x.value as readonly number[])[1]!;
      return holds(
        of(name).map((x) => OPS[o](cut(first(x)), cut(head))),
        o,
        q,
      );
    },
  }));

const slices: fc.Arbitrary<Leaf> = fc
  .tuple(
    fc.constantFrom('eth.src', 'eth.dst', 'eth.addr'),
    fc.nat(5),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom('08', '08:00', '27', 'ff:ff', '00'),
  )
  .map(([name, start, length, wanted]) => ({
    text: `${name}[${start}:${length}] == ${wanted}`,
    slow: (of) =>
      of(name).some((x) => {
        const mac = macNumber(x.value as number).split(':');
        return start + length <= 6 && mac.slice(start, start + length).join(':') === wanted;
      }),
  }));

const present: fc.Arbitrary<Leaf> = fc
  .tuple(fc.oneof(number, fc.constantFrom('ip', 'tcp', 'udp', 'vxlan', 'eth', 'sll', 'icmp', 'dns', 'data', ...V4)), layer)
  .map(([name, l]) => ({ text: `${name}${l.text}`, slow: (of) => of(name).some(l.has) }));

const counts: fc.Arbitrary<Leaf> = fc.tuple(number, op, fc.nat(4)).map(([name, o, c]) => ({
  text: `count(${name}) ${o} ${c}`,
  slow: (of) => holds(of(name).length > 0 ? [OPS[o](of(name).length, c)] : [], o, ''),
}));

const extremes: fc.Arbitrary<Leaf> = fc.tuple(number, number, op, constant).map(([a, b, o, c]) => ({
  text: `max(${a}, ${b}) ${o} ${c}`,
  slow: (of) => {
    const values = [...of(a), ...of(b)].map((x) => x.value as number);
    return holds(values.length > 0 ? [OPS[o](Math.max(...values), c)] : [], o, '');
  },
}));

const leaf = fc.oneof(numeric, numeric, masked, sums, pairs, inSet, prefixes, v6, slices, present, counts, extremes);

const { tree } = fc.letrec<{ tree: Leaf }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    tie('tree').map(({ text, slow }) => ({ text: `not (${text})`, slow: (of: Parameters<Slow>[0]) => !slow(of) })),
    fc
      .tuple(fc.constantFrom('and', 'or', 'xor', '&&', '||', '^^'), fc.array(tie('tree'), { minLength: 2, maxLength: 4 }))
      .map(([word, parts]) => ({
        text: parts.map((p) => `(${p.text})`).join(` ${word} `),
        slow: (of: Parameters<Slow>[0]) => {
          const list = parts.map((p) => p.slow(of));
          if (word === 'and' || word === '&&') return list.every(Boolean);
          return word === 'or' || word === '||' ? list.some(Boolean) : list.filter(Boolean).length % 2 === 1;
        },
      })),
  ),
}));

const CAPTURES = [
  'native-missing-route.pcap',
  'vxlan-port-unreachable.pcap',
  'vxlan-over-ipv6.pcap',
  'vlan-uplink.pcap',
  'dns-healthy.pcap',
];
const frames: Frame[] = [];

beforeAll(async () => {
  for (const capture of CAPTURES)
    await everyFrame(join(import.meta.dirname, '../../captures', capture), () => (frame) => {
      // Every few frames are enough of each kind.
      if (frame.number % 3 === 0)
        frames.push(
          Object.assign(new Frame(), frame, {
            bytes: frame.bytes.slice(frame.start, frame.end),
            start: 0,
            end: frame.end - frame.start,
          }),
        );
    });
});

describe('a filter and the tree', () => {
  const agree = ({ text, slow }: Leaf, list: readonly Frame[]): void => {
    const { matches } = compileFilter(text, registry);
    const layers = new Layers(registry);
    for (const frame of list) {
      layers.walk(frame);
      if (matches(layers) !== slow(occurrences(layers))) expect.fail(`frame ${frame.number}: ${text}`);
    }
  };

  it('agree on honest packets', () => {
    fc.assert(
      fc.property(tree, fc.nat(), (filter, n) =>
        agree(
          filter,
          [0, 1, 2, 3, 4, 5].map((k) => frames[(n + k * 37) % frames.length]!),
        ),
      ),
      { numRuns: times(375, 1500) },
    );
  });

  it('agree on packets that are cut short or spoilt', () => {
    const spoilt = fc
      .tuple(fc.nat(), fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
      .map(([n, cut, changes]) => {
        const whole = frames[n % frames.length]!;
        const end = Math.min(whole.end, cut % (whole.end + 40));
        const bytes = whole.bytes.slice(0, Math.max(end, 1));
        for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 90)] = value;
        return Object.assign(new Frame(), whole, { bytes, end: bytes.length });
      });
    fc.assert(
      fc.property(tree, fc.array(spoilt, { minLength: 3, maxLength: 6 }), (filter, list) => agree(filter, list)),
      { numRuns: times(375, 1500) },
    );
  });
});
