import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Frame } from '../../../src/capture/frame.js';
import { Keeper } from '../../../src/capture/live/keep.js';
import { openCapture } from '../../../src/capture/open.js';
import { FilterError, UsageError } from '../../../src/errors.js';
import { analyze } from '../../../src/main/analyze.js';
import { collectFlows } from '../../../src/main/flows.js';
import { openSession } from '../../../src/tui/session/open.js';
import { natural as compareNaturally } from '../../../src/tui/session/order.js';
import { printed } from '../../dump/print.js';
import { PLAIN } from '../../main/options.js';
import { captureFile, forward, ipv4, sll2, snat, udp, vxlan } from '../../rules/lab.js';
import { bundled, columns, filled, LINE, loaded, open, shown, until } from './help.js';

const ROUTER = 'captures/native-missing-route.pcap';
const TOPOLOGY = 'captures/native-missing-route.topology.yaml';
const never = new AbortController().signal;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-session-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('findings', () => {
  it('are those of diagnose, and their evidence can be gone to', async () => {
    const session = await open(ROUTER, { topology: [TOPOLOGY] });
    expect(session.findingsKnown).toBe(false);
    await loaded(session);
    const { findings } = await analyze({ ...PLAIN, topology: [TOPOLOGY], files: [{ point: null, path: ROUTER }] });
    expect(session.findings).toEqual(findings);
    expect(session.evidence(0, 0)).toBe(findings[0].evidence[0].frame);
    expect(session.packets.rows(session.evidence(0, 0) - 1, 1, LINE)[0].severity).toBe('error');
    // A frame by its number in a capture, as `tui --go` takes it.
    expect([session.packetOf(null, 3), session.packetOf('router', 61), session.packetOf(null, 62)]).toEqual([3, 61, 0]);
    expect(session.page(findings[0].rule)).toContain('##');
    await session.close();
  });

  it('values of a field are counted, with the names that the topology has for them', async () => {
    const session = await open(ROUTER, { topology: [TOPOLOGY] });
    await loaded(session);
    const values = async (text: string) => {
      session.complete(text, text.length);
      await until(session, () => session.complete(text, text.length).items.length > 0);
      return session.complete(text, text.length).items.map((item) => `${item.text}: ${item.title}`);
    };
    const source = await values('ip.src == ');
    // tshark -T fields -e ip.src | sort | uniq -c
    expect(source.slice(0, 2)).toEqual(['172.20.0.96: 22 packets · default/curl-pod', '192.168.10.100: 17 packets · k8s-ctr']);
    expect(source).toContain('curl-pod: name');
    expect((await values('tcp.port == 1')).slice(0, 2)).toEqual(['10250: 20 packets', '51294: 20 packets']);
    expect(await values('http.request.method == ')).toEqual(['GET: 2 packets']);
    await session.close();
  });

  it('say at a packet what should have become of it', async () => {
    const session = await open(ROUTER, { topology: [TOPOLOGY] });
    await loaded(session);
    await until(session, () => session.detail(6)?.back.startsWith('no ') === true);
    const detail = session.detail(6)!;
    expect(detail.journey.map(({ hop, isThis }) => [hop, isThis])).toEqual([
      ['in eth1 ttl 63', false],
      ['out eth0 ttl 62', true],
    ]);
    expect(detail.wanted).toEqual(['out eth2 (172.20.2.0/24 is k8s-w0)']);
    expect(detail.back).toBe('no reply in 13.2 s');
    expect(detail.journey.map(({ label, place, isWrong }) => [label, place, isWrong])).toEqual([
      ['in', 'eth1', false],
      ['out', 'eth0', true],
    ]);
    expect(detail.findings.map((i) => session.findings[i].rule)).toContain('egress-wrong-interface');
    expect(detail.bytes).toHaveLength(104);
    const [frame, , ip] = detail.tree;
    expect(frame.text).toContain('out eth0');
    expect(ip.text).toBe('Internet Protocol Version 4, 172.20.0.96 \u2192 172.20.2.1');
    expect(detail.bytes[ip.at]).toBe(0x45);
    await session.close();
  });

  it('point at the packet of the run where there are several captures', async () => {
    const router = 'captures/rp-filter-router.pcap';
    const node = 'captures/rp-filter-node.pcap';
    const session = await openSession({
      captures: [
        { point: 'router', path: router },
        { point: 'node', path: node },
      ],
      threads: false,
    });
    await loaded(session);
    const frames = [router, node].map((path) => framesOf(path));
    expect(session.packets.count).toBe(frames[0].length + frames[1].length);
    const rows = session.packets.rows(0, session.packets.count, columns('no', 'point', 'time', 'frame.number'));
    // Each has the number that it has in its own file.
    const seen = new Map<string, number>();
    const own = rows.map(({ cells: [, point = ''] }) => {
      seen.set(point, (seen.get(point) ?? 0) + 1);
      return [point, seen.get(point)] as const;
    });
    expect(rows.map(({ cells }) => cells[0])).toEqual(own.map(([, n]) => String(n)));
    expect(rows.map((_, i) => session.nameOf(i + 1))).toEqual(own.map(([point, n]) => `${point}:${n}`));
    expect(own.map(([point, n]) => session.packetOf(point, n ?? 0))).toEqual(rows.map((_, i) => i + 1));
    expect(rows.map(({ cells }) => cells[3])).toEqual(rows.map((_, i) => String(i + 1)));
    expect(new Set(rows.map(({ cells }) => cells[1]))).toEqual(new Set(['router', 'node']));
    const ofNode = rows.flatMap(({ cells }, i) => (cells[1] === 'node' ? [i + 1] : []));
    expect(ofNode.map((_, i) => session.packetOf('node', i + 1))).toEqual(ofNode);
    const times = rows.map(({ cells }) => Number(cells[2]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const [i, { evidence }] of session.findings.entries())
      for (const { point, frame } of evidence) {
        const packets = Array.from({ length: session.evidenceCount(i) }, (_, k) => session.evidence(i, k));
        expect(packets).toContain(frame);
        expect(rows[frame - 1]!.cells[1]).toBe(point);
      }
    const across = session.detail(1)!.journey.map(({ hop }) => hop);
    expect(across.every((hop) => /^(router|node)/.test(hop))).toBe(true);
    await session.close();
  });
});

const framesOf = (path: string): number[] => {
  const source = openCapture(path);
  const frame = new Frame();
  const offsets: number[] = [];
  do while (source.next(frame)) offsets.push(frame.fileOffset);
  while (source.fill() === true);
  source.close();
  return offsets;
};

describe('filters', () => {
  it.each([
    'icmp',
    'tcp.flags.syn == 1 && tcp.flags.ack == 0',
    'hop.interface == "eth0"',
    'hop.direction == "in" && frame.time_relative > 1',
    'hop.path contains "out eth0"',
    'not ip',
  ])('%s: the packets of dump -Y', async (filter) => {
    const session = await open(ROUTER, { ifmap: '2=eth0,3=eth1,4=eth2' });
    const numbers = await shown(session, filter);
    const { text } = await printed(ROUTER, {
      filter,
      type: 'fields',
      field: ['frame.number', ...(filter.includes('path') ? ['hop.path'] : [])],
      ifmap: { 2: 'eth0', 3: 'eth1', 4: 'eth2' },
    });
    expect(numbers).toEqual(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => Number(line.split('\t')[0])),
    );
    expect(numbers.length).toBeGreaterThan(0);
    await session.close();
  });

  it('find a packet in the list, or the one before it', async () => {
    const session = await open(ROUTER);
    const numbers = await shown(session, 'tcp');
    expect(session.packets.positionOf(numbers[3])).toBe(3);
    expect(session.packets.positionOf(numbers[0] - 1)).toBe(-1);
    expect(session.packets.positionOf(100_000)).toBe(numbers.length - 1);
    session.show('', null);
    expect(session.packets.positionOf(5)).toBe(4);
    expect(session.packets.numberAt(61)).toBe(0);
    await session.close();
  });

  it('are checked while they are typed', async () => {
    const session = await open(ROUTER);
    expect(session.checkFilter('ip.addr == 10.0.0.1')).toBeNull();
    expect(session.checkFilter('')).toBeNull();
    const wrong = session.checkFilter('ip.ad == 1')!;
    expect([wrong.from, wrong.to]).toEqual([0, 5]);
    expect(wrong.message).toContain('ip.ad');
    expect(() => session.show('ip.ad == 1', null)).toThrow(FilterError);
    expect(session.complete('ip.s', 4).items.map(({ text }) => text)).toContain('ip.src');
    await session.close();
  });

  it('end each other: the last one counts', async () => {
    const session = await open(ROUTER);
    session.show('tcp', null);
    session.show('arp', null);
    const numbers = await shown(session, 'icmp');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(session.packets.count).toBe(numbers.length);
    await session.close();
  });
});

describe('orders', () => {
  it.each(['no', 'time', 'length', 'ip.ttl', 'frame.time_delta'])('by %s: as numbers, stable both ways', async (field) => {
    const session = await open(ROUTER);
    for (const descending of [false, true]) {
      const numbers = await shown(session, '', field, descending);
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
      const values = session.packets.rows(0, numbers.length, columns(field)).map(({ cells }) => cells[0]);
      const keys = values.map((cell, i) => (cell === '' ? null : ([Number(cell.split(',')[0]), numbers[i]] as const)));
      const some = keys.filter((key) => key !== null);
      // What has no value comes last.
      expect(keys.slice(0, some.length)).not.toContain(null);
      const sign = descending ? -1 : 1;
      expect(some).toEqual([...some].sort((a, b) => sign * (a[0] - b[0]) || a[1] - b[1]));
    }
    await session.close();
  });

  it('by address: 10.10.1.200 behind 10.0.2.15, as numbers', async () => {
    const session = await open(ROUTER);
    await shown(session, 'ip', 'ip.src');
    const sources = session.packets.rows(0, 1000, columns('source')).map(({ cells }) => cells[0]);
    const unique = [...new Set(sources)];
    const value = (ip: string) => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    expect(unique).toEqual([...unique].sort((a, b) => value(a) - value(b)));
    await shown(session, 'ip', 'source');
    expect([...new Set(session.packets.rows(0, 1000, columns('source')).map(({ cells }) => cells[0]))]).toEqual(unique);
    await session.close();
  });

  it('by text, with a filter', async () => {
    const session = await open(ROUTER);
    const numbers = await shown(session, 'tcp || arp', 'proto');
    const protos = session.packets.rows(0, numbers.length, columns('proto')).map(({ cells }) => cells[0]);
    expect(protos).toEqual([...protos].sort());
    expect(new Set(protos).size).toBeGreaterThan(1);
    await session.close();
  });
});

describe('search', () => {
  const find = { matchCase: false, target: 'list' } as const;
  it('goes on and back in what is shown, in the list, the details and the bytes', async () => {
    const session = await open(ROUTER);
    await loaded(session);
    session.packets.rows(0, 1, LINE);
    expect(await session.find({ ...find, kind: 'string', text: 'ECHO (ping) reply' }, -1, false, never)).toBe(14);
    expect(await session.find({ ...find, kind: 'string', text: 'echo (ping) REPLY', matchCase: true }, -1, false, never)).toBe(
      -1,
    );
    expect(await session.find({ ...find, kind: 'regex', text: 'seq=[0-9]+$' }, 60, true, never)).toBeGreaterThan(14);
    expect(await session.find({ ...find, kind: 'filter', text: 'arp' }, 0, false, never)).toBe(1);
    expect(await session.find({ ...find, kind: 'string', target: 'details', text: 'time to live: 62' }, -1, false, never)).toBe(
      5,
    );
    expect(await session.find({ ...find, kind: 'hex', target: 'bytes', text: 'ac 14 02 01' }, -1, false, never)).toBe(2);
    // Every place in the bytes, forwards and backwards, is the same as what a filter finds.
    for (const [kind, text, filter] of [
      ['hex', 'ac14', 'frame contains ac:14'],
      ['string', 'GET', 'frame matches "(?i)get"'],
      ['string', 'h', 'frame matches "(?i)h"'],
    ] as const) {
      const numbers = await shown(session, filter);
      session.show('', null);
      const found: number[] = [];
      for (let at = -1; ; ) {
        at = await session.find({ ...find, target: 'bytes', kind, text }, at, false, never);
        if (at < 0) break;
        found.push(at + 1);
      }
      expect(found).toEqual(numbers);
      const back: number[] = [];
      for (let at = 61; ; ) {
        at = await session.find({ ...find, target: 'bytes', kind, text }, at, true, never);
        if (at < 0) break;
        back.unshift(at + 1);
      }
      expect(back).toEqual(numbers);
    }
    await shown(session, 'arp');
    expect(await session.find({ ...find, kind: 'string', text: '10.0.2.2 is at' }, -1, false, never)).toBe(3);
    await expect(session.find({ ...find, kind: 'hex', text: 'abc' }, 0, false, never)).rejects.toThrow(UsageError);
    await expect(session.find({ ...find, kind: 'regex', text: '(' }, 0, false, never)).rejects.toThrow(UsageError);
    await expect(session.find({ ...find, kind: 'filter', text: 'nope ==' }, 0, false, never)).rejects.toThrow(FilterError);
    const ended = new AbortController();
    ended.abort();
    expect(await session.find({ ...find, kind: 'string', text: 'echo' }, -1, false, ended.signal)).toBe(-1);
    await session.close();
  });
});

describe('tables', () => {
  const natural = { tab: 0, sortBy: null, descending: false, limitToFilter: false };

  it('flows are those of the command', async () => {
    const session = await open(ROUTER);
    await loaded(session);
    const rows = await filled(session, session.table('flows', natural));
    const { flows } = await collectFlows({
      ...PLAIN,
      files: [{ point: null, path: ROUTER }],
    });
    expect(rows.map((cells) => [cells[0], cells[1].split(' ')[0], cells[4], cells[7], cells[8]])).toEqual(
      flows.map((f) => [
        `#${f.id}`,
        f.proto,
        f.history === '' ? f.state : `${f.state} ${f.history}`,
        String(f.forth.packets),
        String(f.back.packets),
      ]),
    );
    await session.close();
  });

  it('sort by a column, stay with the filter, and their filters show their packets', async () => {
    const session = await open(ROUTER);
    await loaded(session);
    const table = session.table('flows', { ...natural, sortBy: 9, descending: true });
    await filled(session, table);
    const packets = table.rows(0, 100).map((row) => row!);
    expect(packets.length).toBe(10);
    const bytes = await filled(session, session.table('flows', { ...natural, sortBy: 7, descending: true }));
    const counts = bytes.map((cells) => Number(cells[7]));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    for (const { filter, packet } of packets) expect(await shown(session, filter)).toContain(packet);
    await shown(session, 'tcp.port == 22');
    const limited = await filled(session, session.table('flows', { ...natural, limitToFilter: true }));
    expect(limited.length).toBeLessThan(10);
    await session.close();
  });

  it('journeys: each packet once, with its path', async () => {
    const session = await open(ROUTER);
    await loaded(session);
    const rows = await filled(session, session.table('journeys', natural));
    expect(rows[0].slice(5, 8)).toEqual(['2', 'in if3 > out if2', '63 62']);
    const flows = await filled(session, session.table('flows', natural));
    const packets = flows.reduce((sum, cells) => sum + Number(cells[7]) + Number(cells[8]), 0);
    expect(rows).toHaveLength(packets);
    for (const column of [1, 2, 5, 6, 8]) {
      const table = session.table('journeys', { ...natural, sortBy: column, descending: true });
      table.rows(0, 1);
      await until(session, () => !table.isPartial);
      const cells = table.rows(0, 1000).map((row) => row!.cells);
      expect(new Set(cells.map(([n]) => n))).toEqual(new Set(rows.map(([n]) => n)));
      if (column === 5) expect(cells[0][5]).toBe(String(Math.max(...rows.map((row) => Number(row[5])))));
      if (column === 2)
        expect(cells.map((row) => row[2])).toEqual(cells.map((row) => row[2]).sort((a, b) => -compareNaturally(a, b)));
    }
    await session.close();
  });

  it('neighbours, tunnels, protocols, conversations and properties', async () => {
    const session = await open('captures/vxlan-healthy.pcap');
    await loaded(session);
    const tunnels = await filled(session, session.table('tunnels', natural));
    expect(tunnels[0][0]).toBe('vxlan');
    const protocols = session.table('hierarchy', natural);
    await filled(session, protocols);
    const sorted = session.table('hierarchy', { ...natural, sortBy: 2 });
    await filled(session, sorted);
    const tree = sorted.rows(0, 100).map((row) => row!);
    tree.forEach(({ depth }, i) => {
      expect(depth).toBeLessThanOrEqual(i === 0 ? 0 : tree[i - 1].depth + 1);
    });
    const second = tree.filter(({ depth }) => depth === 1).map(({ cells }) => Number(cells[2]));
    expect(second).toEqual([...second].sort((a, b) => a - b));
    const [top] = protocols.rows(0, 1);
    expect(top!.cells.slice(1, 3)).toEqual(['100.0 %', String(session.packets.count)]);
    const conversations = session.table('conversations', natural);
    await filled(session, conversations);
    expect(conversations.tabs.map(({ title }) => title)).toEqual(['Ethernet', 'IPv4', 'IPv6', 'TCP', 'UDP']);
    // Every frame of an Ethernet capture is between two stations.
    const wire = await open('captures/vlan-uplink.pcap');
    await loaded(wire);
    const pairs = await filled(wire, wire.table('conversations', natural));
    expect(pairs.reduce((sum, cells) => sum + Number(cells[4]), 0)).toBe(wire.packets.count);
    expect(pairs[0][0]).toMatch(/^([0-9a-f]{2}:){5}/);
    await wire.close();
    expect((await filled(session, session.table('properties', natural))).find(([name]) => name === 'Packets')![1]).toBe(
      String(session.packets.count),
    );
    await session.close();
    const lab = await open('captures/arp-flap.pcap');
    await loaded(lab);
    const neighbours = await filled(lab, lab.table('neighbours', natural));
    expect(neighbours.some((cells) => /changed|answer/.test(cells[2]))).toBe(true);
    await lab.close();
  });
});

it('a stream is what was said, each byte once', async () => {
  const session = await open('captures/tcp-zero-window.pcap');
  await loaded(session);
  const [number] = await shown(session, 'tcp.len > 0');
  const stream = (await session.stream(number))!;
  expect(stream.clientPackets + stream.serverPackets).toBeGreaterThan(2);
  expect(stream.chunks.length).toBeGreaterThan(0);
  expect(stream.chunks[0].packet).toBe(number);
  expect(await shown(session, stream.filter)).toContain(number);
  const [arp] = await shown(session, 'arp');
  if (arp !== undefined) expect(await session.stream(arp)).toBeNull();
  await session.close();
});

it('traffic adds up, in readable steps', async () => {
  const session = await open(ROUTER);
  await loaded(session);
  const numbers = await shown(session, 'tcp');
  for (const steps of [1, 7, 200]) {
    const { packets, shownPackets, bytes, stepNs } = await session.traffic(steps);
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    expect(packets.length).toBeLessThanOrEqual(steps);
    expect([1, 2, 5]).toContain(stepNs / 10 ** Math.floor(Math.log10(stepNs)));
    expect([sum(packets), sum(shownPackets)]).toEqual([61, numbers.length]);
    expect(sum(bytes)).toBeGreaterThan(sum(packets) * 40);
  }
  await session.close();
});

describe('a journey', () => {
  const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 95 }, udp({ src: 4000, dst: 7000, data: 20 }));
  const came = sll2({ if: 3, dir: 'in' }, inner);
  const outer = { src: '192.168.10.100', dst: '192.168.20.100' };
  it.each([
    [
      'translated',
      [came, snat(forward(came, { if: 2 }), '192.0.2.1', 61_000)],
      ['in eth1 ttl 64', 'out eth0 ttl 63, src 192.0.2.1:61000'],
    ],
    [
      'under another VNI',
      [
        sll2({ if: 3, dir: 'in' }, vxlan({ ...outer, vni: 5 }, inner)),
        sll2({ if: 4, dir: 'out' }, vxlan({ ...outer, vni: 7, ttl: 63 }, inner)),
      ],
      ['in eth1 ttl 64 (vxlan ttl 64)', 'out eth2 ttl 64 (vxlan vni 7 was 5 ttl 63)'],
    ],
  ])('shows where a packet is %s', async (name, frames, hops) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, captureFile(frames));
    const session = await open(path, { ifmap: '2=eth0,3=eth1,4=eth2' });
    await loaded(session);
    expect(session.detail(1)!.journey.map(({ hop }) => hop)).toEqual(hops);
    await session.close();
  });
});

describe('saving', () => {
  it('writes what is shown, with the names of interfaces, and it reads back the same', async () => {
    const session = await open(ROUTER, { ifmap: '2=eth0,3=eth1,4=eth2' });
    await loaded(session);
    const numbers = await shown(session, 'icmp');
    const before = session.packets.rows(0, 100, columns('hop', 'source', 'destination', 'info')).map(({ cells }) => cells);
    const path = join(folder, 'saved.pcapng');
    expect(await session.save(path, null, never)).toBe(numbers.length);
    const again = await open(path);
    await loaded(again);
    expect(again.packets.rows(0, 100, columns('hop', 'source', 'destination', 'info')).map(({ cells }) => cells)).toEqual(before);
    expect(await session.save(path, [2, 5], never)).toBe(2);
    expect(framesOf(path)).toHaveLength(2);
    await again.close();
    await session.close();
  });

  it('does not write over what is shown', async () => {
    const path = join(folder, 'own.pcap');
    writeFileSync(path, readFileSync(ROUTER));
    const session = await open(path);
    await loaded(session);
    await expect(session.save(path, null, never)).rejects.toThrow('is what is shown here; save under another name');
    expect(readFileSync(path)).toEqual(readFileSync(ROUTER));
    await session.close();
  });

  it('leaves what was there when it cannot be done', async () => {
    const session = await open(ROUTER);
    await loaded(session);
    await expect(session.save(join(folder, 'nowhere', 'x.pcapng'), null, never)).rejects.toThrow('its directory does not exist');
    const copy = join(folder, 'shrinking.pcap');
    writeFileSync(copy, readFileSync(ROUTER));
    const other = await open(copy);
    await loaded(other);
    writeFileSync(copy, readFileSync(ROUTER).subarray(0, 200));
    const path = join(folder, 'kept.pcapng');
    writeFileSync(path, 'before');
    await expect(other.save(path, [60], never)).rejects.toThrow(UsageError);
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    await other.close();
    await session.close();
  });
});

describe('captures of all kinds', () => {
  it('compressed: the same rows, and no copy is left', async () => {
    const plain = await open(ROUTER);
    await loaded(plain);
    const path = join(folder, 'native-missing-route.pcap.gz');
    writeFileSync(path, gzipSync(readFileSync(ROUTER)));
    // A folder of its own, since other tests have theirs beside it.
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const session = await open(path);
    const folders = readdirSync(temporary);
    expect(folders).toHaveLength(1);
    expect(statSync(join(temporary, folders[0])).mode & 0o777).toBe(0o700);
    await loaded(session);
    expect(session.packets.rows(0, 100, LINE)).toEqual(plain.packets.rows(0, 100, LINE));
    expect(await shown(session, 'icmp')).toEqual(await shown(plain, 'icmp'));
    await session.close();
    expect(readdirSync(temporary)).toEqual([]);
    await plain.close();
  });

  it('compressed, and larger than what is kept: what fits is there, and it is said', async () => {
    const path = join(folder, 'large.pcap.gz');
    writeFileSync(path, gzipSync(readFileSync(ROUTER)));
    const session = await open(path, { copyLimit: 100 });
    await loaded(session);
    expect(session.load.error).toContain('more than 100 B come out of it');
    await session.close();
  });

  it('damaged: keeps what was read, and says where it breaks off', async () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(ROUTER).subarray(0, 3000));
    const session = await open(path);
    await loaded(session);
    expect(session.load.state).toBe('done');
    expect(session.load.error).toMatch(/frame \d+ at byte \d+/);
    expect(session.packets.count).toBe(framesOf(path).length);
    expect(session.log[0].text).toBe(session.load.error);
    await session.close();
  });

  it('missing, empty, no capture: one clear line', async () => {
    await expect(open(join(folder, 'nothing.pcap'))).rejects.toThrow('there is no such file');
    const path = join(folder, 'empty.pcap');
    writeFileSync(path, '');
    await expect(open(path)).rejects.toThrow('the file is empty');
    await expect(open('package.json')).rejects.toThrow('not a pcap or pcapng capture');
    await expect(open(folder)).rejects.toThrow('is a directory');
    await expect(open('/dev/null')).rejects.toThrow('is neither a file nor a pipe');
    symlinkSync('circle', join(folder, 'circle'));
    await expect(open(join(folder, 'circle'))).rejects.toThrow('cannot be read (ELOOP');
    writeFileSync(path, readFileSync(ROUTER).subarray(0, 24));
    const session = await open(path);
    await loaded(session);
    expect([session.load.error, session.packets.count, session.packets.rows(0, 10, LINE), session.detail(1)]).toEqual([
      null,
      0,
      [],
      null,
    ]);
    await session.close();
  });

  it('growing: goes on at the end, and its findings with it', async () => {
    const bytes = readFileSync(ROUTER);
    const offsets = framesOf(ROUTER);
    const path = join(folder, 'growing.pcap');
    writeFileSync(path, bytes.subarray(0, offsets[20] + 3));
    const session = await open(path, { follow: true, topology: [TOPOLOGY], at: 'router' });
    await until(session, () => session.packets.count === 20 && session.load.state === 'following');
    session.show('icmp', null);
    await until(session, () => session.packets.count > 0);
    const early = session.packets.count;
    appendFileSync(path, bytes.subarray(offsets[20] + 3));
    await until(session, () => session.load.frames === 61);
    await until(session, () => session.packets.count > early);
    await until(session, () => session.findingsKnown && session.findings.length > 0);
    session.stop();
    await loaded(session);
    expect(session.findings[0].rule).toBe('egress-wrong-interface');
    expect(session.packets.count).toBe((await shown(session, 'icmp')).length);
    await session.close();
  });

  it('growing from nothing, as a live capture does, with interfaces that come later', async () => {
    const path = join(folder, 'live.pcapng');
    writeFileSync(path, '');
    const from = openCapture(ROUTER);
    const frame = new Frame();
    // As `live -w` writes: an interface for each number, described when its first frame comes.
    const keeper = new Keeper(path, null, (index) => `eth${index - 2}`);
    const session = await open(path, { follow: true });
    let written = 0;
    from.fill();
    for (const upTo of [1, 20, 61]) {
      for (; written < upTo && from.next(frame); written++) keeper.write(frame, from.info);
      keeper.flush();
      await until(session, () => session.packets.count === upTo);
      await until(session, () => session.load.state === 'following');
    }
    from.close();
    const hops = session.packets.rows(0, 61, columns('hop')).map(({ cells }) => cells[0]);
    expect(new Set(hops.map((hop) => hop.split(' ')[1]))).toEqual(new Set(['eth0', 'eth1', 'eth2']));
    session.stop();
    await loaded(session);
    await session.close();
    keeper.finish(0);
  });

  it('replaced while it is shown: rows say so, and nothing breaks', async () => {
    const path = join(folder, 'replaced.pcap');
    writeFileSync(path, readFileSync(ROUTER));
    const session = await open(path);
    await loaded(session);
    writeFileSync(path, '');
    const [row] = session.packets.rows(60, 1, LINE);
    expect(row.cells.at(-1)).toContain('cannot be read any more');
    expect(session.detail(61)).toBeNull();
    await session.close();
  });
});

it('several sections of a pcapng, each with interfaces of its own', async () => {
  const parts = ['captures/capture-dropped.pcapng', 'captures/cooked-v1.pcapng', 'captures/capture-dropped.pcapng'];
  const path = join(folder, 'sections.pcapng');
  writeFileSync(path, Buffer.concat(parts.map((part) => readFileSync(part))));
  const { text } = await printed(path, {
    type: 'fields',
    field: ['frame.number', 'frame.section_number', 'frame.protocols', 'frame.len'],
  });
  const lines = text.split('\n').slice(0, -1);
  const session = await open(path);
  await loaded(session);
  const wanted = columns('frame.number', 'frame.section_number', 'frame.protocols', 'frame.len');
  expect(new Set(lines.map((line) => line.split('\t')[1]))).toEqual(new Set(['1', '2', '3']));
  for (let i = lines.length - 1; i >= 0; i--) expect(session.packets.rows(i, 1, wanted)[0].cells.join('\t')).toBe(lines[i]);
  await session.close();
});

it('a field that nobody declares is an empty column, and is told', async () => {
  const session = await open(ROUTER);
  expect(session.packets.rows(0, 1, columns('no', 'nope.nope', 'proto'))[0].cells).toEqual(['1', '', 'ARP']);
  expect(session.log.map(({ text }) => text)).toContain('there is no field nope.nope');
  await session.close();
});

it('a pipe is kept, and let go of', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const idle = await open(path);
  await idle.close();
  const session = await open(path);
  const writing = writeFile(path, readFileSync(ROUTER));
  await until(session, () => session.load.frames === 61);
  await writing;
  await loaded(session);
  expect(session.captures[0]).toMatchObject({ point: 'pipe', file: path });
  session.decodeAs(['udp.port==1,vxlan']);
  await until(session, () => session.load.state === 'done' && session.decodedAs.length === 1);
  expect([session.packets.count, session.captures[0].file]).toEqual([61, path]);
  await session.close();
});

it('decode-as acts everywhere', async () => {
  const path = 'captures/vxlan-healthy.pcap';
  const session = await open(path, { decodeAs: ['udp.port==8472,data'] });
  await loaded(session);
  expect(await shown(session, 'vxlan')).toEqual([]);
  expect(() => session.decodeAs(['udp.port==8472,nonsense'])).toThrow(UsageError);
  session.decodeAs(['udp.port==8472,vxlan']);
  await until(session, () => session.packets.count > 0 && session.packets.progress.state === 'done');
  expect(session.packets.filter).toBe('vxlan');
  expect(session.detail(session.packets.numberAt(0))!.tree.map(({ def }) => def.name)).toContain('vxlan');
  await session.close();
});

it('the index takes 24 bytes a packet', async () => {
  const { Store, PACKET_BYTES } = await import('../../../src/tui/session/store.js');
  expect(PACKET_BYTES).toBe(24);
  const store = new Store();
  const start = store.bytes;
  for (let n = 1; n <= 65_536; n++) store.put(n, n, n * 0xffff_0001, n & 0xffff, n, n & 1);
  store.publish(65_536);
  expect(store.bytes - start).toBe(24 * 65_536);
  for (const n of [1, 1000, 65_536])
    expect([store.timeNs(n), store.offset(n), store.capture(n), store.conversation(n), store.way(n)]).toEqual([
      n,
      n * 0xffff_0001,
      n & 0xffff,
      n,
      n & 1,
    ]);
});

it('threads show the same', async () => {
  for (const path of bundled.slice(0, 3)) {
    const here = await open(path);
    const there = await openSession({ captures: [{ point: null, path }] });
    await Promise.all([loaded(here), loaded(there)]);
    expect(there.packets.rows(0, 1000, LINE)).toEqual(here.packets.rows(0, 1000, LINE));
    expect(there.findings).toEqual(here.findings);
    expect(await shown(there, 'ip', 'info')).toEqual(await shown(here, 'ip', 'info'));
    await Promise.all([here.close(), there.close()]);
  }
});
