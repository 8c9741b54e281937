// Several capture points in one run: one journey over all of them, whatever their clocks say.
//
//   client 192.0.2.10 --- eth1 router eth2 --- server 198.51.100.10
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowsText } from '../../src/dump/flows-output.js';
import { analyze } from '../../src/main/analyze.js';
import { clockOffsets } from '../../src/main/clocks.js';
import { FileRun } from '../../src/main/file-run.js';
import { collectFlows } from '../../src/main/flows.js';
import { openLab } from '../../src/main/lab.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { arp, echo, echo6, edit, encode, ethernet, forward, ipv4, ipv6, sll2, snat, type TestFrame, tcp } from '../rules/lab.js';
import { PLAIN } from './options.js';

const CLIENT = '192.0.2.10';
const SERVER = '198.51.100.10';
const MAC = {
  client: '02:00:00:00:00:0a',
  eth1: '02:00:00:00:00:01',
  eth2: '02:00:00:00:00:02',
  server: '02:00:00:00:00:0b',
  eth0: '02:00:00:00:00:09',
};
const LAB = {
  nodes: {
    client: {
      interfaces: { eth0: { index: 2, mac: MAC.client, addresses: [`${CLIENT}/24`] } },
      routes: ['default via 192.0.2.1 dev eth0'],
    },
    router: {
      interfaces: {
        eth0: { index: 2, mac: MAC.eth0, addresses: ['203.0.113.2/24'] },
        eth1: { index: 3, mac: MAC.eth1, addresses: ['192.0.2.1/24'] },
        eth2: { index: 4, mac: MAC.eth2, addresses: ['198.51.100.1/24'] },
      },
      routes: ['default via 203.0.113.1 dev eth0'],
    },
    server: {
      interfaces: { eth0: { index: 2, mac: MAC.server, addresses: [`${SERVER}/24`] } },
      routes: ['default via 198.51.100.1 dev eth0'],
    },
  },
};

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-points-'));
  writeFileSync(at('lab.json'), JSON.stringify(LAB));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pcap in nanoseconds; the clock of the point is ahead by some seconds. */
function pcap(frames: readonly TestFrame[], aheadSeconds = 0): Buffer {
  const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const head = words(0xa1b23c4d, 0x00040002, 0, 0, 262_144, frames[0]?.link === 'eth' ? 1 : 276);
  return Buffer.concat([
    head,
    ...frames.flatMap((frame) => {
      const bytes = encode(frame);
      const ns = Math.round(((frame.at ?? 0) + aheadSeconds) * 1e9);
      return [words(1_754_667_411 + Math.floor(ns / 1e9), ((ns % 1e9) + 1e9) % 1e9, bytes.length, bytes.length), bytes];
    }),
  ]);
}

/** The frames of a packet from the client to the server, or back, up to the hop where it is lost. */
function trip(seconds: number, body: Parameters<typeof ipv4>[1], back = false, hops = 4): TestFrame[] {
  const packet = ipv4(back ? { src: SERVER, dst: CLIENT } : { src: CLIENT, dst: SERVER }, body);
  const [from, to] = back ? ([MAC.server, MAC.client] as const) : ([MAC.client, MAC.server] as const);
  const [entry, exit] = back ? ([4, 3] as const) : ([3, 4] as const);
  const [start, end] = back ? ['server', 'client'] : ['client', 'server'];
  const sent = sll2({ point: start, if: 2, dir: 'out', mac: from, at: seconds }, packet);
  const entered = { ...sent, point: 'router', if: entry, dir: 'in' as const, at: seconds + 20e-6 };
  const left = { ...forward(entered, { if: exit, mac: back ? MAC.eth1 : MAC.eth2 }), at: seconds + 30e-6 };
  const arrived = { ...left, point: end, if: 2, dir: 'in' as const, at: seconds + 50e-6 };
  return [sent, entered, left, { ...arrived, dstMac: to }].slice(0, hops);
}

/** Pings, one every 0.4 s, of which questions and answers get as far as this. */
const pings = (n: number, there = 4, back = 4, from = 0): TestFrame[] =>
  Array.from({ length: n }, (_, i) => [
    ...trip(from + i * 0.4, echo({ id: 5 + from, seq: i + 1 }), false, there),
    ...(there === 4 ? trip(from + i * 0.4 + 100e-6, echo({ id: 5 + from, seq: i + 1, reply: true }), true, back) : []),
  ]).flat();

function options(points: Readonly<Record<string, string>>, topology = true): AnalyzeOptions {
  return {
    ...PLAIN,
    files: Object.entries(points).map(([path, point]) => ({ point, path })),
    topology: topology ? [at('lab.json')] : [],
  };
}

/** One file a point; `ahead`: seconds by point. */
function save(
  frames: readonly TestFrame[],
  ahead: Readonly<Record<string, number>> = {},
  points = ['client', 'router', 'server'],
) {
  const files: Record<string, string> = {};
  for (const point of points) {
    const path = at(`${point}.pcap`);
    writeFileSync(
      path,
      pcap(
        frames.filter((frame) => frame.point === point),
        ahead[point] ?? 0,
      ),
    );
    files[path] = point;
  }
  return files;
}

/** A third of the packet, some time behind the one before. */
const fragment = (frame: TestFrame, k: number): TestFrame => ({
  ...edit(frame, (p) => ({ ...p, values: { ...p.values, 'flags.df': 0, 'flags.mf': k < 2 ? 1 : 0, frag_offset: k * 8 } })),
  at: (frame.at ?? 0) + k * 40e-6,
});

const loud = async (opts: AnalyzeOptions) =>
  (await analyze(opts)).findings.filter((f) => f.severity !== 'info' && f.foldedUnder === null);

async function paths(opts: AnalyzeOptions) {
  const run = await FileRun.open(opts);
  await run.read();
  const { conversations, journeys, ports } = run.tracker;
  const texts: string[] = [];
  for (let c = 0; c < conversations.used; c++)
    for (const way of [0, 1])
      for (const { path, count } of journeys.usesOf(c, way))
        texts.push(
          `${count} ${path.hops.map((hop) => `${ports.list[hop.port].point}.${ports.name(hop.port)}.${['?', 'in', 'out', 'by'][hop.direction]}`).join(' ')}`,
        );
  return { texts, packets: [...conversations.packets.slice(0, 2)], retransmissions: conversations.retransmissions[0] };
}

const THERE = 'client.eth0.out router.eth1.in router.eth2.out server.eth0.in';
const BACK = 'server.eth0.out router.eth2.in router.eth1.out client.eth0.in';

describe('a name that the topology has under a slightly different one', () => {
  const named = async (point: string, ifmap: string | null = null) => {
    const [path] = Object.keys(save(pings(1), {}, ['router']));
    return (await analyze({ ...options({ [path]: point }), ifmap })).captures.map((c) => c.point);
  };

  it('is an error, of a point and of an interface', async () => {
    await expect(named('ruoter')).rejects.toThrow(
      "no node of the topology is called 'ruoter', which is named as a capture point; did you mean 'router'?",
    );
    await expect(named('router', '3=eht1')).rejects.toThrow(
      "--ifmap 3=eht1: the topology has no interface 'eht1' there; did you mean 'eth1'?",
    );
  });

  it('is none where it is like no other: a pod, or a node or interface that the topology lacks', async () => {
    expect(await named('client-pod')).toEqual(['client-pod']);
    expect(await named('router2')).toEqual(['router2']);
    expect(await named('router', '3=lxc1,4=eth7')).toEqual(['router']);
  });
});

describe('one interface of a bridge', () => {
  it('is not named after a port that has the same MAC, and no address but a link-local one', async () => {
    const veth = { mac: MAC.eth1, addresses: ['fe80::1/64'], master: 'br0' };
    const br0 = { mac: MAC.eth1, addresses: ['192.0.2.1/24', 'fe80::2/64'] };
    const frames = [0, 1].map((s) =>
      ethernet(
        { point: 'bridge', mac: MAC.client, dstMac: MAC.eth1, at: s },
        ipv4({ src: CLIENT, dst: '192.0.2.1' }, echo({ seq: s })),
      ),
    );
    const named = async (interfaces: object) => {
      writeFileSync(at('bridge.json'), JSON.stringify({ nodes: { bridge: { interfaces } } }));
      const [capture] = (await analyze({ ...options(save(frames, {}, ['bridge'])), topology: [at('bridge.json')] })).captures;
      return capture.interfaces.map((i) => i.name);
    };
    expect(await named({ veth, br0 })).toEqual(['br0']);
    // A bond has the address, its ports have none.
    expect(
      await named({ p1: { mac: MAC.eth1, master: 'bond0' }, bond0: { mac: MAC.eth1, addresses: ['192.0.2.1/24'] } }),
    ).toEqual(['bond0']);
  });
});

describe('several points', () => {
  it('make one journey, and each packet counts once', async () => {
    const { texts, packets } = await paths(options(save(pings(3))));
    expect(texts).toEqual([`3 ${THERE}`, `3 ${BACK}`]);
    expect(packets).toEqual([3, 3]);
    expect(await loud(options(save(pings(3))))).toEqual([]);
  });

  it('whatever their clocks say; evidence keeps the time of its file', async () => {
    const ahead = { client: 0, router: 3.7, server: -86_400.25 };
    const files = save(pings(5), ahead);
    expect((await paths(options(files))).texts).toEqual([`5 ${THERE}`, `5 ${BACK}`]);
    const run = await analyze(options(files));
    expect(run.findings.map((f) => [f.rule, f.severity, f.title])).toEqual([
      ['capture-clock-jump', 'info', "The clock of router is 3.700 s ahead of client's"],
      ['capture-clock-jump', 'info', "The clock of server is 86400.250 s behind client's"],
    ]);
    expect(run.captures.map((c) => c.first)).toEqual([
      '2025-08-08T15:36:51.000000000Z',
      '2025-08-08T15:36:54.700020000Z',
      '2025-08-07T15:36:50.750050000Z',
    ]);
  });

  it('estimate clocks to within the time a packet takes', async () => {
    const { captures, registry } = await openLab(options(save(pings(5), { router: 0.001, server: -12.5 })));
    const [client, router, server] = clockOffsets(captures, registry);
    expect(client).toBe(0);
    expect(Math.abs(router - 0.001e9)).toBeLessThan(20e3);
    expect(Math.abs(server + 12.5e9)).toBeLessThan(40e3);
  });

  it('order the hops of a link by its direction where clocks drift apart', async () => {
    const frames = pings(5).map((frame, i) =>
      // The last answer comes into the client 300 us before it left the router.
      i === 39 ? { ...frame, at: (frame.at ?? 0) - 320e-6 } : frame,
    );
    expect((await paths(options(save(frames)))).texts).toEqual([`5 ${THERE}`, `5 ${BACK}`]);
  });

  it('compare clocks by whole packets: fragments of one look alike', async () => {
    const parts = pings(3).flatMap((frame, i) => (i % 8 < 4 ? [0, 1, 2].map((k) => fragment(frame, k)) : [frame]));
    const { captures, registry } = await openLab(options(save(parts)));
    expect(clockOffsets(captures, registry)).toEqual([0, 0, 0]);
  });

  it('take no multicast for the same packet: hosts send the same report on each of their links', async () => {
    const report = (point: string, index: number, seconds: number, dir: 'in' | 'out' = 'out'): TestFrame =>
      sll2(
        { point, if: index, dir, mac: MAC.eth1, at: seconds },
        ipv6({ src: '::', dst: 'ff02::16', hlim: 1 }, echo6({ seq: 1 })),
      );
    const noise = [
      ...[0.2, 0.21, 0.22, 0.23].map((s, i) => report('router', 2 + i, s)),
      ...[0.1, 0.11, 0.12, 0.13].map((s, i) => report('client', 2 + i, s, 'in')),
    ];
    const frames = [...pings(1, 2), ...noise].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    const { captures, registry } = await openLab(options(save(frames, {}, ['client', 'router'])));
    expect(clockOffsets(captures, registry)).toEqual([0, 0]);
  });

  it('leave clocks alone that may agree, and points that share nothing', async () => {
    const one = await openLab(options(save(pings(5))));
    expect(clockOffsets(one.captures, one.registry)).toEqual([0, 0, 0]);
    const apart = pings(5).map((f) =>
      f.point === 'server' ? { ...f, packet: ipv4({ src: '10.1.1.1', dst: '10.1.1.2' }, echo({ id: 99 })) } : f,
    );
    const two = await openLab(options(save(apart, { server: 5 })));
    expect(clockOffsets(two.captures, two.registry)).toEqual([0, 0, 0]);
  });

  it('do not take a copy for a retransmission, nor a retransmission for a copy', async () => {
    const data = (s: number) => trip(s, tcp({ src: 40_000, dst: 80, flags: 'A', seq: 2, ack: 9, data: 100 }));
    const syn = trip(0, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1 }));
    const once = await paths(options(save([...syn, ...pings(3, 4, 4, 1), ...data(3)], { router: 1.5 })));
    expect([once.packets[0], once.retransmissions]).toEqual([2, 0]);
    const twice = await paths(options(save([...syn, ...pings(3, 4, 4, 1), ...data(3), ...data(3.3)], { router: 1.5 })));
    expect([twice.packets[0], twice.retransmissions]).toEqual([3, 1]);
  });
});

describe('names of the topology', () => {
  it('stand in the list of conversations', async () => {
    const { flows } = await collectFlows(options(save(pings(2))));
    expect(flows.map((f) => [f.srcName, f.dstName])).toEqual([['client', 'server']]);
    expect(flowsText({ flows, forgotten: 0, baseSeconds: 0, errors: [] })).toContain('client \u2192 server');
  });
});

describe('one fault at several points', () => {
  it('is one finding, with frames of each', async () => {
    const question = arp({ sender: '192.0.2.1', senderMac: MAC.eth1, target: '192.0.2.77' });
    const asked = [3, 4, 5].flatMap((seconds) => [
      sll2({ point: 'router', if: 3, dir: 'out', mac: MAC.eth1, at: seconds }, question),
      sll2({ point: 'client', if: 2, dir: 'broadcast', mac: MAC.eth1, at: seconds + 20e-6 }, question),
    ]);
    const found = await loud(options(save([...pings(3), ...asked, ...pings(3, 4, 4, 7)])));
    expect(found.map((f) => [f.rule, f.count])).toEqual([['arp-no-reply', 3]]);
    expect(new Set(found[0].evidence.map((e) => e.point))).toEqual(new Set(['router', 'client']));
  });
});

describe('two captures of one point', () => {
  const half = (frames: readonly TestFrame[], index: number): TestFrame[] =>
    frames
      .filter((f) => f.point === 'router' && f.if === index)
      .map((f) =>
        f.dir === 'in'
          ? ethernet({ point: 'router', mac: f.mac, dstMac: index === 3 ? MAC.eth1 : MAC.eth2, at: f.at }, f.packet)
          : ethernet({ point: 'router', mac: index === 3 ? MAC.eth1 : MAC.eth2, dstMac: f.dstMac, at: f.at }, f.packet),
      );

  it('are one node with two interfaces', async () => {
    const frames = pings(4);
    writeFileSync(at('r-eth1.pcap'), pcap(half(frames, 3)));
    writeFileSync(at('r-eth2.pcap'), pcap(half(frames, 4)));
    const opts = options({ [at('r-eth1.pcap')]: 'router', [at('r-eth2.pcap')]: 'router' });
    expect((await paths(opts)).texts).toEqual(['4 router.eth1.in router.eth2.out', '4 router.eth2.in router.eth1.out']);
    const run = await analyze(opts);
    expect(run.captures.map((c) => [c.point, c.interfaces.map((i) => i.name)])).toEqual([
      ['router/eth1', ['eth1']],
      ['router/eth2', ['eth2']],
    ]);
  });

  it('may both show an interface: its packets count once', async () => {
    const frames = pings(4);
    writeFileSync(at('any.pcap'), pcap(frames.filter((f) => f.point === 'router')));
    writeFileSync(at('r-eth1.pcap'), pcap(half(frames, 3)));
    const { texts, packets } = await paths(options({ [at('any.pcap')]: 'router', [at('r-eth1.pcap')]: 'router' }));
    expect(texts).toEqual(['4 router.eth1.in router.eth2.out', '4 router.eth2.in router.eth1.out']);
    expect(packets).toEqual([4, 4]);
  });
});

describe('loss between points', () => {
  // Pings that arrive, before and behind: the link is watched the whole time.
  const around = (lost: TestFrame[]) => [...pings(2), ...lost, ...pings(2, 4, 4, 9)];
  const other = (there: number, back = 4) =>
    pings(4, there, back, 3).map((f) => ({ ...f, packet: { ...f.packet, values: readdress(f) } as typeof f.packet }));
  /** Between other hosts of the two networks, so that the conversation has no answers. */
  const readdress = (f: TestFrame) => {
    const { values } = f.packet as { values: Record<string, string> };
    const move = (ip: string) => ip.replace(/\.10$/, '.20');
    return { ...values, src: move(values['src']!), dst: move(values['dst']!) };
  };

  it('names the two ends of the link', async () => {
    const found = await loud(options(save(around(pings(4, 3, 4, 3)))));
    expect(found.map((f) => [f.rule, f.title])).toEqual([
      ['return-missing', `Packets to ${SERVER} are lost between router eth2 and server eth0`],
    ]);
    expect(found[0].subject).toMatchObject({ node: 'router', interfaceOut: 'eth2', dst: SERVER });
  });

  it('names the link where answers are lost', async () => {
    const found = await loud(options(save(around(pings(4, 4, 1, 3)))));
    expect(found.map((f) => [f.rule, f.title])).toEqual([
      ['return-missing', `Packets to ${CLIENT} are lost between server eth0 and router eth2`],
    ]);
  });

  it('is the node when the packets came into it', async () => {
    const found = await loud(options(save(around(pings(4, 2, 4, 3)))));
    expect(found.map((f) => [f.rule, f.subject.node, f.subject.interfaceIn])).toEqual([['forward-missing', 'router', 'eth1']]);
  });

  it('is not claimed where the next point did not watch, or is not the next', async () => {
    const early = around(pings(4, 3, 4, 3)).filter((f) => f.point !== 'server' || (f.at as number) < 2);
    const titles = (await loud(options(save(early)))).map((f) => f.title);
    expect(titles.filter((title) => title.includes('lost between'))).toEqual([]);
    const elsewhere = (await loud(options(save(around(other(3)))))).map((f) => f.title);
    expect(elsewhere.filter((title) => title.includes('lost between'))).toEqual([]);
  });

  it('is claimed of a point that saw nothing for a while only as far as it captured for certain, by its own clock', async () => {
    const zeroMs = 1_754_667_411_000;
    const exact = { aheadMs: 0, doubtMs: 0 };
    /** The server captured from and to these seconds, by the clock of whoever captured; that of its own may be ahead. */
    const claims = async (frames: TestFrame[], from: number, to: number, clock = exact): Promise<string[]> => {
      const asked = options(save(frames, { server: clock.aheadMs / 1000 }));
      const files = asked.files.map((file) => {
        const [start, end, own] = file.point === 'server' ? [from, to, clock] : [-5, 20, exact];
        return { ...file, taken: { fromMs: zeroMs + start * 1000, toMs: zeroMs + end * 1000, ...own } };
      });
      const run = await analyze({ ...asked, files });
      return run.findings.flatMap(({ title, verdict }) => (title.includes('lost between') ? [`${verdict}: ${title}`] : []));
    };
    const claimed = [`fail: Packets to ${SERVER} are lost between router eth2 and server eth0`];
    const before = [...pings(4), ...pings(4, 3, 4, 3)];
    expect(await claims(before, -5, 20)).toEqual(claimed);
    // It ended before the pings that did not come, or began after them: nothing is known of those.
    expect(await claims(before, -5, 2.5)).toEqual([]);
    const after = [...pings(4, 3, 4, 3), ...pings(4, 4, 4, 9)];
    expect(await claims(after, -5, 20)).toEqual(claimed);
    expect(await claims(after, 8, 20)).toEqual([]);
    // Its clock is 40 s off: packets that both saw say so, and so does what was measured.
    const off = { aheadMs: 40_000, doubtMs: 5 };
    expect(await claims(before, -5, 20, off)).toEqual(claimed);
    expect(await claims(before, -5, 2.5, off)).toEqual([]);
    // It was there just until after the last ping, and its clock is not known that well.
    expect(await claims(before, -5, 6)).toEqual(claimed);
    expect(await claims(before, -5, 6, { aheadMs: 0, doubtMs: 3000 })).toEqual([]);
  });

  it('is not claimed of packets that leave by an interface nobody captured', async () => {
    const seen = pings(4).filter((f) => f.point === 'client' || (f.point === 'router' && f.if === 3 && f.dir === 'in'));
    const asEthernet = (f: TestFrame) =>
      f.point === 'router' ? ethernet({ point: 'router', mac: f.mac, dstMac: MAC.eth1, at: f.at }, f.packet) : f;
    const found = await loud(options(save(seen.map(asEthernet), {}, ['client', 'router'])));
    expect(found.filter((f) => f.rule === 'forward-missing' || f.title.includes('lost between'))).toEqual([]);
  });

  it('follows a packet that is translated between the points', async () => {
    const frames = pings(3).map((f) => (f.dir !== 'in' || f.point !== 'server' ? f : snat(f, '198.51.100.1')));
    const { packets } = await paths(
      options(save(frames.filter((f) => (f.packet as { values: { dst: string } }).values.dst === SERVER))),
    );
    expect(packets[0]).toBe(3);
  });
});
