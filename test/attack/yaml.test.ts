// YAML and filters that are made to be slow, large, or something else than they look.
import { describe, expect, it } from 'vitest';
import { some, thoroughly, times } from '../thorough.js';
import { ethernet, file, hopscope, hopscopeMeasured, ipv4, pcap } from './help.js';

const PING = ethernet(0x0800, ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1)));
const capture = file('one.pcap', pcap([PING, PING]));

const laughs = (levels: number): string =>
  [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`),
  ].join('\n');

const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['a billion laughs', laughs(20)],
  ['a billion laughs below a key that is known', `nodes:\n  r:\n    routes: &r ["default via 1.1.1.1"]\n${laughs(12)}`],
  ['an anchor that holds itself', 'nodes: &a { r: *a }'],
  [
    'merge keys of merge keys',
    `a: &a { b: 1 }\n${Array.from({ length: 2000 }, (_, i) => `c${i}: &c${i} { <<: [*a, *a] }`).join('\n')}`,
  ],
  ['100 000 levels of flow lists', `nodes: ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['100 000 levels of flow maps', `nodes: ${'{a: '.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['100 000 levels of JSON', `{"nodes":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
  ['5000 levels of indentation', Array.from({ length: 5000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['a scalar of 20 MB', `nodes: "${'x'.repeat(20 << 20)}"`],
  ['a block scalar of 20 MB', `nodes: |\n  ${'x'.repeat(20 << 20)}`],
  ['a key of 5 MB', `${'k'.repeat(5 << 20)}: 1`],
  ['150 000 keys', `nodes:\n${Array.from({ length: 150_000 }, (_, i) => `  n${i}: {}`).join('\n')}`],
  ['two million keys', Array.from({ length: 2_000_000 }, (_, i) => `k${i}:`).join('\n')],
  ['200 000 wrong keys', Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join('\n')],
  ['as many brackets as are accepted', `pods: ${'} '.repeat(44_990)}`],
  ['as many tags as are accepted', `pods: ${'! '.repeat(89_990)}`],
  ['as many directives as are accepted', '%TAG\n'.repeat(44_990)],
  ['a folded text as long as is accepted', `pods: "${'x y '.repeat((1 << 20) - 10)}"`],
  ['brackets without end', `pods: ${'} '.repeat(10_000_000)}`],
  ['quotes without end', `pods: [${'" "'.repeat(5_000_000)}]`],
  [
    'JSON of 150 000 pods, none of them right',
    JSON.stringify({
      pods: Object.fromEntries(
        Array.from({ length: 150_000 }, (_, i) => [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, { nme: '' }]),
      ),
    }),
  ],
  ['one key 100 000 times', 'nodes: {}\n'.repeat(100_000)],
  ['65 MB', `# ${'x'.repeat(65 << 20)}`],
  ['tags that make things', '!!js/function "x": !!python/object/apply:os.system ["reboot"]'],
  [
    '__proto__ and constructor',
    'nodes: { __proto__: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } }\n__proto__: { polluted: 1 }',
  ],
  [
    '__proto__ in JSON',
    '{"nodes":{"__proto__":{"interfaces":{"__proto__":{"addresses":["10.0.0.1/24"]}}}},"__proto__":{"polluted":1}}',
  ],
  ['NUL bytes and half a character', 'nodes: \0\0\ud800'],
  ['numbers beyond all', 'tunnel: { port: 1e999, mtu: -1e999, vni: 99999999999999999999 }'],
  ['a document behind a document', '---\nnodes: {}\n---\nnodes: {}\n...\n---\n'],
  ['numbers where texts belong', 'nodes: { 1: { interfaces: { 2: { addresses: [3] } } } }\npods: { 4: { name: 5 } }'],
];

/**
 * What the worst text that is accepted may take; one of tens of MB that is refused has to be read all the same. Node.js 22 and newer
 * take more than 20 does before they do anything. The program as one script takes some 5 MB more than its parts did.
 */
const YAML_MB = Number.parseInt(process.versions.node, 10) > 20 ? 230 : 215;
const mostOf = (text: string): number => (text.startsWith('{') ? 500 : YAML_MB + Math.max(0, (text.length * 5) / 1e6 - 20));
/** An import looks at each line. */
const IMPORT_MB = 600;

/** The three kinds of file take turns where not all are tried. */
const TURNS = times(3, 1);

describe.each(some(TEXTS, 4).map(([name, text], n) => [name, text, n] as const))('%s', (name, text, n) => {
  const tried = (kind: number, what: string, check: () => void): void => {
    if (n % TURNS === kind % TURNS) it(what, check);
  };
  const path = file(`${name.replaceAll(/\W/g, '-')}.yaml`, text);
  tried(0, 'as a topology', () => {
    const { status, err, out } = hopscope(['diagnose', capture, '-t', path], { maxMb: mostOf(text) });
    expect([0, 1, 2, 3]).toContain(status);
    // Each problem has its place, and there is no flood of them.
    if (status === 2) expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(51);
    if (status === 2) expect(err).toMatch(/\.yaml(:\d+:\d+)?: \S/);
    expect(err.length).toBeLessThan(200_000);
    expect(out).not.toContain('polluted');
  });
  tried(1, 'as expectations', () => {
    const { status, err } = hopscope(['verify', path], { maxMb: mostOf(text) });
    expect(status).toBe(2);
    expect(err).toMatch(/^hopscope: /);
    expect(err.length).toBeLessThan(200_000);
  });
  tried(2, 'as an input of an import', () => {
    const { status, err } = hopscope(['topology', 'import', `router=${path}`], { maxMb: IMPORT_MB });
    expect([0, 2]).toContain(status);
    expect(err.length).toBeLessThan(200_000);
  });
});

describe('expectations', () => {
  const sheet = (text: string): string => file('sheet.yaml', `version: 1\ncaptures: { r: one.pcap }\n${text}`);
  it('variables that hold each other end', () => {
    const use = (name: string): string => `$${`{${name}}`}`;
    const vars = `variables: { a: "${use('b')}", b: "${use('a')}", c: "${use('d').repeat(1000)}", d: "${use('e').repeat(1000)}", e: "${'x'.repeat(1000)}" }`;
    const { status, err } = hopscope(['verify', sheet(`${vars}\nexpect: [{ name: "${use('a')}${use('c')}", where: icmp }]`)]);
    expect([0, 1, 2]).toContain(status);
    expect(err.length).toBeLessThan(200_000);
  });
  it('each over a million cases is refused', () => {
    const list = `[${Array.from({ length: 2000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(', ')}]`;
    const { status } = hopscope([
      'verify',
      sheet(`expect:\n  - { name: "to \${d}", each: { d: ${list} }, flow: { src: 10.0.1.5, dst: "\${d}" } }`),
    ]);
    expect([0, 1, 2, 3]).toContain(status);
  });
  thoroughly('5000 expectations', () => {
    const { status, out } = hopscope(['verify', sheet(`expect:\n${'  - { name: x, where: icmp }\n'.repeat(5000)}`)]);
    expect([0, 2]).toContain(status);
    expect(out.length).toBeLessThan(20 << 20);
  });
});

describe('filters', () => {
  const inOne = hopscopeMeasured();
  const byFile = (text: string): string[] => [
    'verify',
    file('filter.yaml', `version: 1\ncaptures: { r: one.pcap }\nexpect: [{ where: ${JSON.stringify(text)} }]`),
  ];
  const LARGE: readonly (readonly [name: string, text: string])[] = [
    ['1 MB', `ip.src == 1.2.3.4${' or ip.src == 1.2.3.4'.repeat(50_000)}`],
    ['10 000 parentheses', `${'('.repeat(10_000)}ip${')'.repeat(10_000)}`],
    ['10 000 times not', `${'!'.repeat(10_000)}ip`],
    ['10 000 times minus', `ip.ttl == ${'-'.repeat(10_000)}1`],
    ['a set of 20 000', `ip.ttl in {${'1,'.repeat(20_000)}2}`],
    ['a slice of 4 GB', 'frame[0:4294967295] == 00'],
    ['a slice of slices', `frame${'[0:9]'.repeat(1000)} == 00`],
    ['functions in functions', `${'len('.repeat(1000)}ip${')'.repeat(1000)} == 1`],
    ['a number of 60 000 digits', `ip.ttl == ${'9'.repeat(60_000)}`],
    ['a string of 60 000 characters', `frame contains "${'a'.repeat(60_000)}"`],
  ];
  it.each(some(LARGE, 2))('%s', async (_, text) => {
    const ran = await inOne(text.length < 100_000 ? ['dump', '-Y', text, capture] : byFile(text));
    expect([0, 1, 2]).toContain(ran.status);
    expect(ran.err.length).toBeLessThan(20_000);
  });

  const body = 'a'.repeat(60_000);
  const long = file(
    'long.pcap',
    pcap([ethernet(0x0800, ipv4(17, Buffer.concat([Uint8Array.of(0, 9, 0, 9, 0, 0, 0, 0), Buffer.from(body)])))]),
  );
  it.each([
    '(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*)*x',
    '^(a?){50}a{50}$',
    '(?i)(A+)+Z',
    '([a-z]+)*!',
    'a{1,1000}{1,1000}',
    '((a{0,100}){0,100}){0,100}',
    '(x+x+)+y',
  ])('the regular expression %s over 60 kB', async (pattern) => {
    const { status, err } = await inOne(['dump', '-Y', `frame matches "${pattern}"`, long]);
    expect([0, 2]).toContain(status);
    if (status === 2) expect(err).toMatch(/^hopscope: /);
  });
});
