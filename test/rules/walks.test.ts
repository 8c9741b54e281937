// Most conversations are healthy, and a run may hold a hundred thousand: whoever walks all of them costs time in every run. A rule looks
// at those that ail (facts.ailing), a fact learns from examples (facts.examples), or both wait until something has gone wrong.
import { expect, it } from 'vitest';
import type { Facts } from '../../src/facts/facts.js';
import { chooseRules } from '../../src/rules/choose.js';
import { assess } from '../../src/rules/engine.js';
import { clock } from '../../src/rules/findings.js';
import { catalogue } from '../../src/rules/index.js';
import { forward, ipv4, observe, sll2, type TestFrame, tcp, vxlan } from './lab.js';

/** Those who may, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/rules/egress-wrong-next-hop.ts':
    'with a topology: the next hop is the MAC of each frame, and packets of one path may go to several',
  'src/facts/tunnels.ts': 'with tunnels: each has a list of what it carries',
  'src/facts/passing.ts': 'with tunnels: whether a node passes on what one carries is asked by destination, and all tell it',
  'src/rules/tunnel-missing.ts':
    'with tunnels: what goes beside them may be answered as well, so that nothing else is wrong with it',
};

const CLIENT = '10.1.0.10';
const SERVER = '10.2.0.10';
const NODES = {
  router: {
    interfaces: {
      eth1: { index: 3, mac: '02:00:00:00:01:01', addresses: ['10.1.0.1/24'] },
      eth2: { index: 4, mac: '02:00:00:00:02:01', addresses: ['10.2.0.1/24'] },
    },
    routes: ['10.1.0.0/24 dev eth1', '10.2.0.0/24 dev eth2'],
  },
};

/** What the packet is on the far side of the router. */
const SIDES: Readonly<Record<string, (frame: TestFrame, reply: boolean) => TestFrame>> = {
  routed: (frame) => frame,
  tunnelled: (frame, reply) => {
    const [src, dst] = reply ? ['10.2.0.2', '10.2.0.1'] : ['10.2.0.1', '10.2.0.2'];
    return { ...frame, packet: vxlan({ src, dst, vni: 7 }, frame.packet) };
  },
};
const TOPOLOGIES: Readonly<Record<string, object | undefined>> = {
  none: undefined,
  plain: { nodes: NODES },
  tunnel: {
    nodes: { ...NODES, far: { interfaces: { eth0: { addresses: ['10.2.0.2/24'] } } } },
    tunnel: { type: 'vxlan', port: 8472, vni: 7 },
  },
};

/** A connection through the router, from its handshake to its end. */
function connection(n: number, farSide: (frame: TestFrame, reply: boolean) => TestFrame): TestFrame[] {
  const port = 40_000 + n;
  let id = n * 16;
  const sent: readonly (readonly [reply: boolean, flags: string, seq: number, ack: number, data: number])[] = [
    [false, 'S', 1000, 0, 0],
    [true, 'SA', 5000, 1001, 0],
    [false, 'A', 1001, 5001, 0],
    [false, 'PA', 1001, 5001, 100],
    [true, 'PA', 5001, 1101, 100],
    [false, 'FA', 1101, 5101, 0],
    [true, 'FA', 5101, 1102, 0],
    [false, 'A', 1102, 5102, 0],
  ];
  return sent.flatMap(([reply, flags, seq, ack, data], i) => {
    const at = n + i * 0.01;
    const [src, dst] = reply ? [SERVER, CLIENT] : [CLIENT, SERVER];
    const ports = reply ? { src: 80, dst: port } : { src: port, dst: 80 };
    id++;
    const came = sll2({ if: reply ? 4 : 3, dir: 'in' }, ipv4({ src, dst, id }, tcp({ ...ports, flags, seq, ack, data })));
    const went = forward(came, { if: reply ? 3 : 4 });
    return [
      { ...(reply ? farSide(came, reply) : came), at },
      { ...(reply ? went : farSide(went, reply)), at: at + 0.001 },
    ];
  });
}

/** Files that ask for all conversations while the rules judge. */
function walkers(facts: Facts): string[] {
  const found = new Set<string>();
  const watched = facts as unknown as Record<'conversations' | 'directions', () => unknown>;
  for (const name of ['conversations', 'directions'] as const) {
    const all = watched[name];
    watched[name] = () => {
      const [caller] = (new Error().stack ?? '').match(/src\/(?:rules|facts)\/(?!facts\.ts|lazy\.ts)[\w-]+\.ts/g) ?? [];
      found.add(caller ?? 'another file');
      return all();
    };
  }
  const rules = chooseRules(catalogue, { only: [], except: [], settings: [] });
  expect(assess(facts, rules, clock(0)).findings).toEqual([]);
  return [...found].sort();
}

const cases = Object.keys(SIDES).flatMap((side) => Object.keys(TOPOLOGIES).map((topology) => ({ side, topology })));
const met = new Set<string>();

it.each(cases)('all healthy connections are walked by those alone that may: $side, topology $topology', ({ side, topology }) => {
  const frames = Array.from({ length: 20 }, (_, n) => connection(n, SIDES[side])).flat();
  const known = TOPOLOGIES[topology];
  const facts = observe(frames, known === undefined ? {} : { topology: known });
  expect(facts.conversations().length).toBeGreaterThanOrEqual(20);
  expect(facts.ailing().length).toBe(0);
  const found = walkers(facts);
  for (const file of found) met.add(file);
  expect(
    found.filter((file) => ALLOWED[file] === undefined),
    'ask facts.ailing() or facts.examples(), or walk them only after something was found',
  ).toEqual([]);
});

it('all that may do', () => {
  expect([...met].sort()).toEqual(Object.keys(ALLOWED).sort());
});
