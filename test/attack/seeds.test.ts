// Hashes of what packets say have a seed that is another one in each run: nobody can write a capture whose conversations all hash alike, and
// no report depends on it.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { mix, mixEnds, mixFour, newSeed, scattered } from '../../src/bytes/mix.js';
import { some } from '../thorough.js';
import { pcapAt } from './floods.js';
import { be16, CLI, ethernet, file, hopscope, ipv4, ROOT, udp } from './help.js';

/** Node.js with random numbers that are all this one. */
const forced = (seed: number): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`import crypto from 'node:crypto'; import { syncBuiltinESMExports } from 'node:module'; crypto.randomInt = () => ${seed}; syncBuiltinESMExports();`)}`,
];

describe('reports', () => {
  it.each([
    ['diagnose', 'geneve-one-way.pcap'],
    ['flows', 'dns-servfail.pcap'],
    ['diagnose', 'arp-poisoning.pcap'],
  ])('%s %s says the same under all seeds', (command, capture) => {
    const said = some([0, 1, 0x7fff_ffff, 0x8000_0000, 0xdead_beef], 2).map((seed) => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [...forced(seed), CLI, command, `captures/${capture}`, '-f', 'json'],
        {
          encoding: 'utf8',
          cwd: ROOT,
          env: { ...process.env, HOPSCOPE_WORKERS: '0' },
        },
      );
      expect(stderr).toBe('');
      return stdout;
    });
    expect(said[0]!.length).toBeGreaterThan(100);
    expect(new Set(said).size).toBe(1);
  });
});

/** How many of the hashes fall into the fullest of 4096 chains. */
function longest(hashes: readonly number[]): number {
  const chains = new Uint32Array(4096);
  for (const hash of hashes) chains[hash & 4095]!++;
  return Math.max(...chains);
}

const MANY = Array.from({ length: 40_960 }, (_, i) => i);
/** Ten of them in each chain; with chance alone none has as many as this. */
const FAIR = 50;

describe('hashes', () => {
  const ends = Int32Array.of(0x2001_0db8, 0, 0, 1, 0x2001_0db8, 0, 0, 2);
  const inverse = (n: number): number => {
    let x = n;
    for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(n, x));
    return x;
  };

  it('spread addresses whose words would cancel when they are folded together, or differ in their highest bits only', () => {
    const C = 0x85ebca6b;
    const folded = MANY.map((i) => mixFour(i, Math.imul(i, C), 0, 1));
    const high = MANY.map((i) => mixFour((i & 0xff) << 24, (i >> 8) << 24, 0, 1));
    const undone = MANY.map((i) => mixFour(i, Math.imul(i ^ 7, inverse(C)), Math.imul(i, 0xc2b2ae35), 1));
    for (const hashes of [folded, high, undone]) expect(longest(hashes)).toBeLessThan(FAIR);
  });

  it('are those of both directions, and others with another seed', () => {
    const back = Int32Array.from([...ends.slice(4), ...ends.slice(0, 4)]);
    expect(mixEnds(ends, 0, 5555, 80, 6, 7)).toBe(mixEnds(back, 0, 80, 5555, 6, 7));
    expect(mixEnds(ends, 0, 5555, 80, 6, 7)).not.toBe(mixEnds(ends, 0, 5555, 80, 6, 8));
    expect(new Set([newSeed(), newSeed(), newSeed()]).size).toBe(3);
  });

  it('of a key are as many as there are keys', () => {
    const keys = [...MANY, ...MANY.map((i) => i * 0x1_0000_0007), 2 ** 32 - 1, 2 ** 53 - 1];
    const places = keys.map(scattered);
    expect(new Set(places).size).toBe(new Set(keys).size);
    expect(places.every((place) => Number.isSafeInteger(place) && place >= 0)).toBe(true);
    expect(scattered(2 ** 32 - 1)).toBeLessThan(2 ** 32);
  });
});

describe('captures made to collide cost no more than others', () => {
  /** VXLAN packets whose end points and VNIs had one hash before there were seeds. */
  const edges = (n: number) => {
    const C = 0xc2b2ae35;
    const before = (vni: number): number => {
      let h = Math.imul(vni, 0x9e3779b1) ^ Math.imul(4789, 0x85ebca6b);
      for (const word of [0, 0, 0xffff, 0x0a00_0001, 0, 0, 0xffff]) h = Math.imul(h ^ word, C);
      return h;
    };
    return Array.from({ length: n }, (_, vni) => {
      const to = before(vni) ^ 0x12345678;
      const inner = ethernet(
        0x0800,
        ipv4(1, Uint8Array.from([8, 0, 0, 0, 0, 1, ...be16(vni & 0xffff)]), [11, 0, 0, 1], [11, 1, 0, 1]),
      );
      const vxlan = Buffer.concat([Uint8Array.from([8, 0, 0, 0, vni >> 16, (vni >> 8) & 255, vni & 255, 0]), inner]);
      const target = [to >>> 24, (to >>> 16) & 255, (to >>> 8) & 255, to & 255];
      return { us: vni * 10, bytes: ethernet(0x0800, ipv4(17, udp(40_000, 4789, vxlan), [10, 0, 0, 1], target)) };
    });
  };

  it('tunnels', () => {
    hopscope(['diagnose', file('edges.pcap', pcapAt(edges(40_000))), '-q'], { maxCpuSeconds: 8, env: { HOPSCOPE_WORKERS: '0' } });
  });

  it('conversations whose address and port cancel each other', () => {
    const flows = MANY.map((i) => {
      const [from, to] = [1024 + (i % 60_000), 2000 + Math.floor(i / 60_000)];
      const packet = ipv4(17, udp(from, to, new Uint8Array(0)), [...be16(0x0a00 ^ from), 1, 5], [...be16(0x0a01 ^ to), 2, 6]);
      return { us: i * 10, bytes: ethernet(0x0800, packet) };
    });
    hopscope(['diagnose', file('cancel.pcap', pcapAt(flows)), '-q'], { maxCpuSeconds: 8, env: { HOPSCOPE_WORKERS: '0' } });
  });
});

it('the spreading of bits loses none', () => {
  expect(new Set(MANY.map((i) => mix(i * 104_729))).size).toBe(MANY.length);
});
