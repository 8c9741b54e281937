// The tables say what the frames say: by tshark where it is installed, and by what was put into the frames.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arp,
  at,
  copy,
  dns,
  echo,
  encode,
  ethernet,
  forward,
  ipv4,
  ipv6,
  sll2,
  type TestFrame,
  tcp,
  udp,
  vxlan,
} from '../rules/lab.js';
import { some, times } from '../thorough.js';
import { ask, exported, options, type Row, scratch } from './help.js';

const folder = scratch();
beforeAll(folder.open);
afterAll(folder.close);

const client = '10.0.1.5';
const server = '10.0.2.5';
const outer = { src: '192.168.10.100', dst: '192.168.20.100' };
const hasTshark = spawnSync('tshark', ['--version'], { stdio: 'ignore' }).error === undefined;

/** What a payload is may depend on frames before, which tshark remembers. */
const upToTransport = (stack: string): string => /^(.*:(tcp|udp|icmp|icmpv6|arp|ip|ipv6))?/.exec(stack)![0];

let n = 0;
async function tablesOf(frames: readonly TestFrame[], ...queries: string[]): Promise<Row[][]> {
  const place = folder.at(`e${n++}`);
  await exported(place, options(`router=${folder.capture(`${n}.pcap`, frames)}`));
  return ask(place, ...queries);
}

describe('packets', () => {
  const ping = sll2(
    { if: 3, dir: 'in' },
    vxlan({ ...outer, vni: 63446 }, ipv4({ src: client, dst: server, id: 77 }, echo({ id: 9, seq: 3 }))),
  );

  it('have the innermost packet, and what carries it', async () => {
    const [rows] = await tablesOf([ping, forward(ping, { if: 4 })], 'SELECT * FROM packets ORDER BY frame_number');
    expect(rows).toHaveLength(2);
    expect(rows![0]).toMatchObject({
      run: 'test',
      point: 'router',
      capture: 'router',
      frame_number: 1n,
      interface: 'eth1',
      interface_id: 3n,
      direction: 'in',
      tunnel: 'vxlan',
      vni: 63446,
      outer_ip_src: outer.src,
      outer_ip_dst: outer.dst,
      ip_version: 4,
      ip_src: client,
      ip_dst: server,
      ip_src_int: 0x0a000105n,
      ip_proto: 1,
      ip_id: 77,
      icmp_type: 8,
      icmp_ident: 9,
      icmp_seq: 3,
      src_port: null,
      way: 'forth',
      sight: 'first',
      clipped: false,
      malformed: false,
    });
    expect(rows![1]).toMatchObject({ interface: 'eth2', direction: 'out', sight: 'copy', journey: rows![0]!['journey'] });
  });

  it('have TCP, IPv6 and ARP', async () => {
    const [rows] = await tablesOf(
      [
        sll2(
          { if: 3, dir: 'in' },
          ipv6({ src: 'fd00::1', dst: 'fd00::2' }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 0xfffffff0, window: 512 })),
        ),
        sll2(
          { if: 3, dir: 'in' },
          arp({ op: 'request', sender: '10.0.1.1', senderMac: '02:00:00:00:00:01', target: '10.0.1.9' }),
        ),
      ],
      'SELECT * FROM packets ORDER BY frame_number',
    );
    expect(rows![0]).toMatchObject({
      ip_version: 6,
      ip_src: 'fd00::1',
      ip_src_int: null,
      src_port: 4000,
      dst_port: 80,
      tcp_flags: 2,
      tcp_seq_raw: 0xfffffff0n,
      tcp_window_size_value: 512,
    });
    expect(rows![1]).toMatchObject({
      ip_version: null,
      conversation: null,
      arp_opcode: 1,
      arp_src_proto_ipv4: '10.0.1.1',
      arp_src_hw_mac: '02:00:00:00:00:01',
      arp_dst_proto_ipv4: '10.0.1.9',
    });
  });

  it('keep times to the nanosecond', async () => {
    const place = folder.at('nanoseconds');
    const file = folder.at('nanoseconds.pcap');
    const bytes = Buffer.alloc(24 + 16 + 60);
    bytes.set(
      new Uint8Array(new Uint32Array([0xa1b23c4d, 0x00040002, 0, 0, 65535, 1, 1_700_000_000, 123_456_789, 60, 60]).buffer),
    );
    writeFileSync(file, bytes);
    await exported(place, options(file));
    const [rows] = await ask(place, 'SELECT frame_time_epoch_ns AS ns, CAST(frame_time AS VARCHAR) AS time FROM packets');
    expect(rows).toEqual([{ ns: 1_700_000_000_123_456_789n, time: '2023-11-14 22:13:20.123456+00' }]);
  });

  it
    .skipIf(!hasTshark)
    .each(
      some(
        [
          'captures/native-missing-route.pcap',
          'captures/vxlan-healthy.pcap',
          'captures/vxlan-over-ipv6.pcap',
          'captures/geneve-healthy.pcap',
          'captures/capture-clipped.pcap',
          'captures/cooked-v1.pcapng',
          'captures/dns-healthy.pcap',
        ],
        3,
      ),
    )('of %s are as tshark reads them', async (file) => {
    const place = folder.at(`t${n++}`);
    const given = { ...options(file), decodeAs: ['udp.port==8472,vxlan'] };
    await exported(place, given);
    const names = [
      ...['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.protocols', 'ip.src', 'ipv6.src', 'ip.ttl'],
      ...['tcp.srcport', 'udp.dstport', 'tcp.seq_raw', 'tcp.flags', 'vxlan.vni', 'icmp.type', 'arp.opcode', 'icmp.seq'],
    ];
    const printed = execFileSync(
      'tshark',
      [
        '-n',
        '-r',
        file,
        '-d',
        'udp.port==8472,vxlan',
        '-T',
        'fields',
        '-E',
        'occurrence=a',
        ...names.flatMap((name) => ['-e', name]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [rows] = await ask(place, 'SELECT * FROM packets ORDER BY frame_number');
    const lines = printed.replace(/\n$/, '').split('\n');
    expect(rows).toHaveLength(lines.length);
    let compared = 0;
    lines.forEach((line, i) => {
      const cells = Object.fromEntries(line.split('\t').map((cell, c) => [names[c]!, cell]));
      const row = rows![i]!;
      const [seconds, fraction] = cells['frame.time_epoch']!.split('.');
      expect(row).toMatchObject({
        frame_number: BigInt(cells['frame.number']!),
        frame_time_epoch_ns: BigInt(seconds + fraction!),
        frame_len: BigInt(cells['frame.len']!),
        frame_cap_len: BigInt(cells['frame.cap_len']!),
      });
      expect(upToTransport(row['frame_protocols'] as string)).toBe(upToTransport(cells['frame.protocols']!));
      // An ICMP error quotes another packet, whose fields tshark lists as well.
      if (/icmp(v6)?:ip/.test(cells['frame.protocols']!)) return;
      const last = (name: string) => cells[name]!.split(',').at(-1)!;
      const number = (name: string) => (last(name) === '' ? null : Number(last(name)));
      if (row['ip_version'] === 4) expect(row).toMatchObject({ ip_src: last('ip.src'), ip_ttl: number('ip.ttl') });
      if (row['ip_version'] === 6) expect(row['ip_src']).toBe(last('ipv6.src'));
      compared++;
      // Of a header that was cut tshark shows the first fields.
      if (row['clipped'] === true) return;
      if (row['ip_proto'] === 6) {
        expect(row['src_port']).toBe(number('tcp.srcport'));
        expect(row['tcp_flags']).toBe(number('tcp.flags'));
        expect(row['tcp_seq_raw'] === null ? null : Number(row['tcp_seq_raw'])).toBe(number('tcp.seq_raw'));
      }
      if (row['ip_proto'] === 17) expect(row['dst_port']).toBe(number('udp.dstport'));
      if (row['tunnel'] === 'vxlan') expect(row['vni']).toBe(number('vxlan.vni'));
      if (row['ip_proto'] === 1) expect(row).toMatchObject({ icmp_type: number('icmp.type'), icmp_seq: number('icmp.seq') });
      expect(row['arp_opcode']).toBe(number('arp.opcode'));
    });
    expect(compared).toBeGreaterThan(lines.length / 2);
  });
});

describe('journeys', () => {
  const request = at(0, sll2({ if: 3, dir: 'in' }, ipv4({ src: client, dst: server, ttl: 63 }, echo({ seq: 1 }))));
  const sent = at(0.00001, forward(request, { if: 4 }));

  it('run across the points of a run, one row a hop', async () => {
    const place = folder.at('points');
    const arrived = at(0.0002, copy(sent, { if: 2, dir: 'in' }));
    const later = at(2, sll2({ if: 3, dir: 'in' }, ipv4({ src: client, dst: server, ttl: 63 }, echo({ seq: 2 }))));
    await exported(
      place,
      options(
        `router=${folder.capture('router.pcap', [request, sent, later, at(2.00001, forward(later, { if: 4 }))])}`,
        `node=${folder.capture('node.pcap', [arrived])}`,
      ),
    );
    const [hops, orphans, counted] = await ask(
      place,
      'SELECT journey, hop, hops, point, interface, direction, ip_ttl, frame_number, path FROM journeys ORDER BY journey, hop',
      // Every hop is a packet: the same journey, conversation, time and interface.
      `SELECT j.* FROM journeys j LEFT JOIN packets p ON p.run = j.run AND p.capture = j.capture AND p.frame_number = j.frame_number
         AND p.journey = j.journey AND p.conversation = j.conversation AND p.way = j.way AND p.ip_ttl = j.ip_ttl
         AND p.frame_time_epoch_ns = j.frame_time_epoch_ns AND p.run_ns = j.run_ns AND p.interface = j.interface
       WHERE p.run IS NULL`,
      'SELECT forth_packets AS packets, forth_frames AS frames FROM conversations',
    );
    expect(orphans).toEqual([]);
    expect(counted).toEqual([{ packets: 2n, frames: 5n }]);
    expect(
      hops!.map(
        (h) => `${h['journey']}.${h['hop']}/${h['hops']} ${h['point']} ${h['direction']} ${h['interface']} ${h['ip_ttl']}`,
      ),
    ).toEqual([
      '0.1/3 router in eth1 63',
      '0.2/3 router out eth2 62',
      '0.3/3 node in eth0 62',
      '1.1/2 router in eth1 63',
      '1.2/2 router out eth2 62',
    ]);
    expect(hops![0]!['path']).toBe('router: in eth1 > router: out eth2 > node: in eth0');
  });

  it('tell how long each hop took, and by what it was carried', async () => {
    const carried = at(
      1,
      sll2({ if: 3, dir: 'in' }, vxlan({ ...outer, vni: 7 }, ipv4({ src: client, dst: server, ttl: 60 }, echo()))),
    );
    const [rows] = await tablesOf(
      [request, sent, carried],
      'SELECT since_previous_ns, tunnel, vni, outer_ip_dst, outer_ip_ttl FROM journeys ORDER BY journey, hop',
    );
    expect(rows).toEqual([
      { since_previous_ns: null, tunnel: null, vni: null, outer_ip_dst: null, outer_ip_ttl: null },
      { since_previous_ns: 10_000n, tunnel: null, vni: null, outer_ip_dst: null, outer_ip_ttl: null },
      { since_previous_ns: null, tunnel: 'vxlan', vni: 7, outer_ip_dst: outer.dst, outer_ip_ttl: 64 },
    ]);
  });
});

describe('conversations', () => {
  it('are all there, also those that made room', async () => {
    const frame = encode(ethernet({}, ipv4({ src: client, dst: server, id: 1 }, udp({ src: 1, dst: 2, data: 4 }))));
    const parts: Uint8Array[] = [];
    // A few more than are kept; thoroughly, than are kept where nobody says how many.
    const kept = times(1000, 120_000);
    const many = kept + 1000;
    parts.push(pcapHeader());
    for (let i = 0; i < many; i++) {
      const bytes = Buffer.alloc(16 + frame.length);
      bytes.writeUInt32LE(1_700_000_000 + Math.floor(i / 1000), 0);
      bytes.writeUInt32LE((i % 1000) * 1000, 4);
      bytes.writeUInt32LE(frame.length, 8);
      bytes.writeUInt32LE(frame.length, 12);
      bytes.set(frame, 16);
      // Another source port, and another destination port for each 60 000 of them.
      bytes.writeUInt16BE(1024 + (i % 60_000), 16 + 34);
      bytes.writeUInt16BE(2000 + Math.floor(i / 60_000), 16 + 36);
      parts.push(bytes);
    }
    writeFileSync(folder.at('many.pcap'), Buffer.concat(parts));
    const place = folder.at('many');
    const done = await exported(place, { ...options(folder.at('many.pcap')), maxConversations: kept });
    expect(done.rows).toMatchObject({ packets: many, conversations: many, journeys: many });
    const [rows] = await ask(
      place,
      `SELECT count(DISTINCT c.conversation) AS conversations, count(*) AS joined, sum(forth_packets) AS packets
       FROM conversations c JOIN packets p ON p.conversation = c.conversation AND p.src_port = c.src_port`,
    );
    expect(rows).toEqual([{ conversations: BigInt(many), joined: BigInt(many), packets: BigInt(many) }]);
  });
});

describe('findings', () => {
  it('point at packets', async () => {
    const place = folder.at('findings');
    const file = 'captures/native-missing-route.pcap';
    await exported(place, { ...options(file), ifmap: null, topology: ['captures/native-missing-route.topology.yaml'] });
    const [findings, frames, dangling] = await ask(
      place,
      'SELECT position, rule, verdict, ip_dst, interface_expected, folded_under IS NULL AS root, occurrences FROM findings ORDER BY position',
      `SELECT p.interface, p.direction, p.ip_dst FROM evidence e JOIN packets p USING (run, capture, frame_number, frame_time_epoch_ns)
       JOIN findings f USING (run, finding) WHERE f.position = 1 ORDER BY e.position LIMIT 2`,
      'SELECT * FROM evidence e ANTI JOIN packets p USING (run, capture, frame_number)',
    );
    expect(findings![0]).toMatchObject({
      rule: 'egress-wrong-interface',
      verdict: 'fail',
      interface_expected: 'eth2',
      root: true,
    });
    expect(findings!.slice(1).map(({ root }) => root)).not.toContain(true);
    expect(frames).toMatchObject([
      { interface: 'eth1', direction: 'in', ip_dst: '172.20.2.1' },
      { interface: 'eth0', direction: 'out', ip_dst: '172.20.2.1' },
    ]);
    expect(dangling).toEqual([]);
  });
});

describe('captures', () => {
  it('without frames make empty tables', async () => {
    const file = folder.at('none.pcap');
    writeFileSync(file, pcapHeader());
    const place = folder.at('none');
    const done = await exported(place, options(file));
    expect(done.rows).toEqual({ packets: 0, conversations: 0, journeys: 0, findings: 1, evidence: 0, captures: 1 });
    const [rows, metadata] = await ask(
      place,
      'SELECT (SELECT count(*) FROM packets) + (SELECT count(*) FROM journeys) AS n, frames, first_time FROM captures',
      `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${place}/packets/*.parquet') ORDER BY 1`,
    );
    expect(rows).toEqual([{ n: 0n, frames: 0n, first_time: null }]);
    expect(metadata).toMatchObject([
      { key: 'hopscope.run', value: 'test' },
      { key: 'hopscope.schema', value: 'hopscope.export/1' },
      { key: 'hopscope.table', value: 'packets' },
      { key: 'hopscope.version' },
    ]);
  });

  it('that are filtered hold only what matches, and say so', async () => {
    const file = folder.capture('two.pcap', [
      sll2(
        { if: 3, dir: 'in' },
        ipv4({ src: client, dst: server }, udp({ src: 4000, dst: 53, data: dns({ name: 'a.example' }) })),
      ),
      sll2({ if: 3, dir: 'in' }, ipv4({ src: client, dst: server }, echo())),
    ]);
    const place = folder.at('filtered');
    await exported(place, { ...options(file), filter: 'icmp' });
    const [rows] = await ask(place, 'SELECT p.frame_number, c.display_filter FROM packets p, captures c');
    expect(rows).toEqual([{ frame_number: 2n, display_filter: 'icmp' }]);
  });

  it('may name their interfaces as they like', async () => {
    const evil = 'eth0\u001b[2J\'"; DROP TABLE packets; --\u202e\n';
    const file = folder.at('evil.pcapng');
    const frame = encode(ethernet({}, ipv4({ src: client, dst: server }, echo())));
    writeFileSync(file, pcapng(evil, frame));
    const place = folder.at('evil');
    await exported(place, { ...options(file), ifmap: null });
    const [rows] = await ask(place, 'SELECT p.interface, j.interface AS hop FROM packets p JOIN journeys j USING (journey)');
    expect(rows).toEqual([{ interface: evil, hop: evil }]);
  });
});

/** Of a classic pcap in microseconds, little endian, Ethernet. */
const pcapHeader = (): Buffer => Buffer.from(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer);

/** One section, one Ethernet interface of this name, one frame. */
function pcapng(name: string, frame: Uint8Array): Buffer {
  const block = (type: number, body: Buffer) => {
    const bytes = Buffer.alloc(12 + body.length);
    bytes.writeUInt32LE(type, 0);
    bytes.writeUInt32LE(bytes.length, 4);
    bytes.set(body, 8);
    bytes.writeUInt32LE(bytes.length, bytes.length - 4);
    return bytes;
  };
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4);
  const text = Buffer.from(name);
  const option = Buffer.alloc(4);
  option.writeUInt16LE(2, 0);
  option.writeUInt16LE(text.length, 2);
  const section = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex');
  const packet = Buffer.alloc(20);
  packet.writeUInt32LE(frame.length, 12);
  packet.writeUInt32LE(frame.length, 16);
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, Buffer.concat([Buffer.from('0100000000000000', 'hex'), option, padded(text), Buffer.alloc(4)])),
    block(6, Buffer.concat([packet, padded(frame)])),
  ]);
}
