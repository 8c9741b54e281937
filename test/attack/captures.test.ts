// Captures that lie about their size, their depth and their number of things.
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as thorough from '../thorough.js';
import {
  be16,
  block,
  dns,
  ethernet,
  file,
  hopscope,
  hopscopeMeasured,
  interfaceBlock,
  ipv4,
  option,
  packetBlock,
  pcap,
  query,
  section,
  u16,
  u32,
  udp,
} from './help.js';

/** One process for files of which each form of output is asked. */
const inOne = hopscopeMeasured();
const PING = ethernet(0x0800, ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1)));
const ALL_FORMS: readonly (readonly string[])[] = [
  ['diagnose'],
  ['dump'],
  ['dump', '-V', '-x'],
  ['dump', '-T', 'json'],
  ['dump', '--style', 'tcpdump'],
  ['flows'],
  ['info'],
];

describe('decompression bombs', () => {
  const zeros = (mb: number): Buffer => Buffer.concat([pcap([PING]), Buffer.alloc(mb << 20)]);
  const zstdBlock = (type: number, size: number, last: boolean): number[] => {
    const head = (size << 3) | (type << 1) | (last ? 1 : 0);
    return [head & 0xff, (head >> 8) & 0xff, (head >> 16) & 0xff];
  };
  /** A zstd frame: one raw block, then blocks that each repeat a zero 128 Ki times. */
  const zstd = (raw: Uint8Array, blocks: number, window = 0x58): Buffer => {
    const repeated = Uint8Array.from([...zstdBlock(1, 1 << 17, false), 0]);
    const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, window, ...zstdBlock(0, raw.length, false)), raw];
    for (let n = 0; n < blocks; n++) parts.push(repeated);
    return Buffer.concat([...parts, Uint8Array.from(zstdBlock(0, 0, true))]);
  };

  it('gzip: 64 MB of empty records in 64 kB are read in little memory', () => {
    const { status } = hopscope(['info', file('bomb.pcap.gz', gzipSync(zeros(64), { level: 9 })), '-f', 'json']);
    expect(status).toBe(0);
  });
  it('gzip: one record that is larger than any', () => {
    const lying = Buffer.concat([pcap([PING]), Uint8Array.from([...u32(0), ...u32(0), ...u32(0x7fffffff), ...u32(0x7fffffff)])]);
    const { status, err } = hopscope(['info', file('record.gz', gzipSync(Buffer.concat([lying, Buffer.alloc(64 << 20)])))]);
    expect(status).toBe(4);
    expect(err).toMatch(/frame 2 at byte \d+: the record claims 2147483647 captured bytes/);
  });
  it('gzip in gzip in gzip is not unpacked by itself', () => {
    const nested = gzipSync(gzipSync(gzipSync(zeros(16))));
    const { status, out } = hopscope([file('nested.gz', nested)]);
    expect(status).toBe(4);
    expect(out.replace(/\s+/g, ' ')).toMatch(/compressed by gzip inside gzip; unpack it once first/);
  });
  it('zstd: 8 GB in 256 kB is told to be a bomb, and the frames before it are kept', () => {
    const { status, err, out } = hopscope(['info', file('bomb.zst', zstd(pcap([PING]), 65_536)), '-f', 'json']);
    expect(status).toBe(4);
    expect(err).toMatch(/more than 2000 times its size/);
    expect(JSON.parse(out)).toMatchObject({ captures: [{ frames: expect.any(Number) }] });
  });
  it('zstd: a window of 2 GB', () => {
    const { status, out } = hopscope([file('window.zst', zstd(pcap([PING]), 4, 0xa8))]);
    expect(status).toBe(4);
    expect(out.replace(/\s+/g, ' ')).toMatch(/a window above 128 MiB; unpack it first with `zstd -d --long=31`/);
  });
  it('zstd: a window of 128 MB is asked for and not used', () => {
    expect(hopscope([file('window128.zst', zstd(pcap([PING]), 1, 0x88))]).status).not.toBeNull();
  });
  it('zstd: a skippable frame of 4 GB', () => {
    const skip = Uint8Array.from([...[0x50, 0x2a, 0x4d, 0x18], ...u32(0xffffffff), 1, 2, 3]);
    expect(hopscope([file('skip.zst', skip)]).status).toBe(4);
  });
});

describe('lengths of 2^31 and 2^32', () => {
  const LARGE = [0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff];
  const put = (bytes: Uint8Array, at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(value, at);
    return copy;
  };
  const plain = pcap([PING, PING, PING]);
  const ng = Buffer.concat([section(), interfaceBlock(option(2, 'eth0')), packetBlock(PING), packetBlock(PING)]);
  const ngHead = section().length;
  const ngPacket = ngHead + interfaceBlock(option(2, 'eth0')).length;
  const names = (size: number): number[] => [...u16(1), ...u16(size), 10, 0, 0, 1, 0x61, 0, 0, 0];
  const lies: (readonly [name: string, bytes: Buffer, read: number])[] = LARGE.flatMap((n) => [
    [`pcap snapshot length ${n}`, put(plain, 16, n), 3],
    [`pcap captured length ${n}`, put(plain, 24 + 8, n), 0],
    [`pcap captured length ${n} of the second record`, put(plain, 24 + 16 + PING.length + 8, n), 1],
    [`pcap wire length ${n}`, put(plain, 24 + 12, n), 3],
    [`section length ${n}`, put(ng, 4, n), 0],
    [`interface block length ${n}`, put(ng, ngHead + 4, n), 0],
    [`interface snapshot length ${n}`, put(ng, ngHead + 12, n), 2],
    [`packet block length ${n}`, put(ng, ngPacket + 4, n), 0],
    [`packet captured length ${n}`, put(ng, ngPacket + 20, n), 0],
    [`packet wire length ${n}`, put(ng, ngPacket + 24, n), 2],
    [`packet of interface ${n}`, put(ng, ngPacket + 8, n), 0],
    [`trailing length ${n}`, put(ng, ngPacket + 28 + ((PING.length + 3) & ~3), n), 0],
    [`unknown block of ${n}`, Buffer.concat([ng, block(0xbad, [1, 2, 3, 4], n)]), 2],
    [`simple packet of ${n}`, Buffer.concat([ng, block(3, [...u32(n), 1, 2, 3, 4])]), 2],
    [`obsolete packet of ${n}`, Buffer.concat([ng, block(2, [0, 0, 0, 0, ...u32(0), ...u32(0), ...u32(n), ...u32(n)])]), 2],
  ]);
  lies.push(
    ['option of 65535', Buffer.concat([ng, block(1, [1, 0, 0, 0, ...u32(0), ...u16(2), ...u16(0xffff), 1, 2, 3, 4])]), 2],
    ['name record of 65535', Buffer.concat([ng, block(4, names(0xffff))]), 2],
    ['name without an end', Buffer.concat([ng, block(4, names(8).fill(0x61, 8))]), 2],
  );

  it('each ends at once; what was whole before it is read', () => {
    const paths = lies.map(([name, bytes]) => file(`${name.replaceAll(' ', '-')}.cap`, bytes));
    const { out, status } = hopscope(['info', ...paths, '-f', 'json']);
    expect(status).toBe(4);
    const { captures } = JSON.parse(out) as { captures: { frames: number; error: string | null }[] };
    captures.forEach(({ frames, error }, i) => {
      const [name, , least] = lies[i];
      expect(frames, name).toBeGreaterThanOrEqual(least);
      if (least === 0 && frames === 0) expect(error, name).toMatch(/(at byte|start of the file|byte \d+)/);
    });
  });
  it('the rules and the printers take them too', async () => {
    const some = lies.filter((_, i) => i % 3 === 0);
    for (const args of [['diagnose'], ['dump', '-T', 'json'], ['dump', '--style', 'tcpdump']])
      for (const [name, bytes] of some.slice(0, 4)) {
        const { status } = await inOne([...args, file(`${name.replaceAll(' ', '-')}.cap`, bytes)]);
        expect([0, 1, 3, 4], name).toContain(status);
      }
  });
});

describe('10 000 of everything in one packet', () => {
  const times = (n: number, bytes: number[]): number[] => Array.from({ length: n }, () => bytes).flat();
  const nested = (wrap: (inner: Buffer) => Uint8Array, count: number): Buffer => {
    let inner: Buffer = ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1));
    for (let n = 0; n < count; n++) inner = Buffer.from(wrap(inner));
    return inner;
  };
  const vxlan = (inner: Buffer) =>
    ipv4(17, udp(1, 4789, Buffer.concat([Uint8Array.of(8, 0, 0, 0, 0, 0, 1, 0), ethernet(0x800, inner)])));
  const frames = [
    ethernet(0x8100, [...times(10_000, [0, 1, 0x81, 0]), 0, 1, 8, 0, 0x45]),
    ethernet(0x88a8, times(10_000, [0, 1, 0x88, 0xa8])),
    ethernet(0x8847, [...times(10_000, [0, 0, 0x10, 64]), 0, 0, 0x11, 64]),
    // IPv6 hop-by-hop, destination and routing headers that lead to each other.
    ethernet(0x86dd, [0x60, 0, 0, 0, ...be16(0xfff8), 60, 64, ...times(32, [0xfd]), ...times(10_000, [60, 0, 1, 4, 0, 0, 0, 0])]),
    ethernet(0x86dd, [0x60, 0, 0, 0, ...be16(0xfff8), 43, 64, ...times(32, [0xfd]), ...times(10_000, [43, 0, 0, 0, 0, 0, 0, 0])]),
    ethernet(
      0x0800,
      nested((inner) => ipv4(4, inner), 10_000),
    ),
    ethernet(0x0800, nested(vxlan, 2000)),
    ethernet(
      0x0800,
      nested((inner) => ipv4(47, Buffer.concat([Uint8Array.of(0, 0, 8, 0), inner])), 5000),
    ),
    // ICMP errors that quote ICMP errors.
    ethernet(
      0x0800,
      nested((inner) => ipv4(1, Buffer.concat([Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0), inner])), 5000),
    ),
    // One option each, as often as there is room: TCP, IPv4, Geneve, DHCP, LLDP, neighbour discovery, SCTP chunks.
    ethernet(0x0800, ipv4(6, Uint8Array.from([...times(12, [0]), 0xf0, 2, ...times(6, [0]), ...times(40, [1])]))),
    ethernet(0x0800, ipv4(17, udp(1, 6081, Uint8Array.from([0x3f, 0, 0x65, 0x58, 0, 0, 1, 0, ...times(63, [1, 2, 3, 0])])))),
    ethernet(
      0x0800,
      ipv4(17, udp(68, 67, Uint8Array.from([1, 1, 6, 0, ...times(232, [0]), 0x63, 0x82, 0x53, 0x63, ...times(20_000, [12, 0])]))),
    ),
    ethernet(0x88cc, times(10_000, [0xfe, 4, 0, 0x80, 0xc2, 1])),
    ethernet(0x86dd, [
      0x60,
      0,
      0,
      0,
      ...be16(0xfff8),
      58,
      255,
      ...times(32, [0xfd]),
      135,
      0,
      0,
      0,
      ...times(20, [0]),
      ...times(8000, [1, 1, 0, 0, 0, 0, 0, 0]),
    ]),
    ethernet(0x0800, ipv4(132, Uint8Array.from([0, 1, 0, 2, ...times(8, [0]), ...times(10_000, [0, 0, 0, 4])]))),
  ];
  const path = file('deep.pcap', pcap(frames, 1, 1 << 21));

  it.each(ALL_FORMS.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const { status, out } = await inOne([...args, path]);
    expect([0, 1, 3]).toContain(status);
    if (args.includes('json')) expect(JSON.parse(out)).toHaveLength(frames.length);
  });
  it('a filter that asks for every layer', async () => {
    const filter = 'any vlan.id == 1 and ip.src#5000 == 1.2.3.4 or frame matches "(x+x+)+y"';
    expect((await inOne(['dump', '-Y', filter, path])).status).toBe(0);
  });
});

describe('a million of everything in one file', () => {
  it('interfaces of a pcapng: 65 536 are read, then the file counts as damaged', () => {
    const one = interfaceBlock();
    const many = Buffer.concat([section(), one, packetBlock(PING), Buffer.alloc(1_000_000 * one.length, one)]);
    const { status, err, out } = hopscope(['diagnose', file('interfaces.pcapng', many), '-f', 'json']);
    expect(status).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      captures: [{ frames: 1, error: expect.stringMatching(/more than 65536 interfaces/) }],
    });
    expect(err).not.toMatch(/note: .*undefined/);
  });
  it('interface numbers of cooked frames: the ports that are kept are 4096', () => {
    const frames = Array.from({ length: 100_000 }, (_, i) =>
      Buffer.concat([
        Uint8Array.from([
          8,
          0,
          0,
          0,
          ...[i >>> 24, i >>> 16, i >>> 8, i].map((b) => b & 0xff),
          0,
          1,
          0,
          6,
          ...new Array<number>(8).fill(2),
        ]),
        PING.subarray(14),
      ]),
    );
    const { status, out } = hopscope(['diagnose', file('numbers.pcap', pcap(frames, 276)), '-f', 'json']);
    expect([0, 1, 3]).toContain(status);
    expect((JSON.parse(out) as { captures: { interfaces: unknown[] }[] }).captures[0].interfaces.length).toBeLessThanOrEqual(
      4096,
    );
  });
  it('sections, comments, names and unknown blocks', () => {
    const parts: Buffer[] = [];
    for (let n = 0; n < 30_000; n++)
      parts.push(
        section(option(1, `comment ${n}`)),
        interfaceBlock(option(2, `eth${n}`)),
        packetBlock(PING, option(1, 'x'.repeat(50))),
        block(0x80000000 + n, [1, 2, 3, 4]),
      );
    const { status, out } = hopscope(['info', file('sections.pcapng', Buffer.concat(parts)), '-f', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ captures: [{ frames: 30_000 }] });
  });
  thorough.thoroughly('hosts, conversations, questions and neighbours', () => {
    const frames: Uint8Array[] = [];
    const count = thorough.times(40_000, 140_000);
    for (let n = 0; n < count; n++) {
      const source = [10, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff];
      const ask = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, ...source.slice(1), ...source, 0, 0, 0, 0, 0, 0, 10, 9, 9, n & 0xff];
      frames.push(
        n % 2 === 0
          ? ethernet(
              0x0800,
              ipv4(6, Uint8Array.from([...be16(n), 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0]), source),
            )
          : ethernet(0x0806, ask),
      );
    }
    // The rules look at each open conversation and unanswered neighbour: docs/limits.md says what that takes.
    const { status, out } = hopscope(['diagnose', file('hosts.pcap', pcap(frames)), '-f', 'json'], {
      maxMb: 700,
      maxCpuSeconds: 30,
    });
    expect([1, 3]).toContain(status);
    expect((JSON.parse(out) as { findings: unknown[] }).findings.length).toBeLessThanOrEqual(2000);
  });
});

describe('DNS names that go round', () => {
  const head = (questions: number, answers: number) => [0, 1, 0x84, 0, ...be16(questions), ...be16(answers), 0, 0, 0, 0];
  const loops = [
    dns([...head(1, 0), 0xc0, 12, 0, 1, 0, 1], true),
    dns([...head(1, 0), 1, 0x61, 0xc0, 12, 0, 1, 0, 1], true),
    dns([...head(1, 0), 0xc0, 14, 0xc0, 12, 0, 1, 0, 1], true),
    dns([...head(1, 0), 0xff, 0xff, 0, 1, 0, 1], true),
    dns([...head(0xffff, 0xffff), ...new Array<number[]>(4000).fill([0xc0, 12, 0, 1, 0, 1]).flat()], true),
    // Each label points at the one before it: a name of 60 kB.
    dns(
      [
        ...head(1, 0),
        ...Array.from({ length: 4000 }, (_, i) => [1, 0x61, 0xc0 | ((12 + i * 4 - 4) >> 8), (12 + i * 4 - 4) & 0xff]).flat(),
      ],
      true,
    ),
    query(new Array<string>(2000).fill('a'.repeat(63))),
  ];
  it.each(ALL_FORMS.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    expect([0, 1, 3]).toContain((await inOne([...args, file('loops.pcap', pcap(loops))])).status);
  });
});

it('the tools that are named in messages are real ones', () => {
  // A check of the test itself: files made here are captures for others too.
  const path = file('sane.pcap', pcap([PING]));
  let printed: string;
  try {
    printed = execFileSync('tcpdump', ['-nn', '-r', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return console.log('tcpdump is not installed: nothing to compare with');
  }
  expect(printed).toMatch(/10\.0\.1\.5 > 10\.0\.2\.5: ICMP echo request/);
});
