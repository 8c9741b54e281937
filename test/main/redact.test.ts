// A bundle for others to see: the same faults in it, and neither names nor public addresses.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { parseIpv4, parseIpv6 } from '../../src/bytes/parse.js';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { createCapture } from '../../src/capture/write.js';
import { headerStatus, payloadStatus } from '../../src/dissect/checksum.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { analyze } from '../../src/main/analyze.js';
import { Pseudonyms } from '../../src/main/pseudonyms.js';
import { redact } from '../../src/main/redact.js';
import { some } from '../thorough.js';
import { PLAIN } from './options.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-redact-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('other names and addresses', () => {
  const shared = (a: number, b: number): number => Math.clz32((a ^ b) >>> 0);

  it('keep networks together, and leave what is not public', () => {
    const others = new Pseudonyms();
    const list = [
      '8.8.8.8',
      '8.8.8.9',
      '8.8.4.4',
      '81.2.69.142',
      '81.2.69.160',
      '172.15.1.1',
      '172.32.0.1',
      '1.1.1.1',
      '192.1.2.3',
    ];
    const before = list.map((text) => parseIpv4(text) as number);
    const after = before.map((address) => others.ipv4(address));
    expect(new Set(after).size).toBe(list.length);
    expect(after.filter((address, i) => address === before[i])).toEqual([]);
    // Within a first byte that is public as a whole, two addresses share as much as before.
    for (const [i, k] of [
      [0, 1],
      [0, 2],
      [3, 4],
    ] as const)
      expect(shared(after[i] as number, after[k] as number)).toBe(shared(before[i] as number, before[k] as number));
    for (const text of [
      '10.0.0.1',
      '192.168.10.200',
      '172.20.0.96',
      '127.0.0.1',
      '224.0.0.5',
      '169.254.1.1',
      '100.64.0.1',
      '255.255.255.255',
      '0.0.0.0',
    ])
      expect(others.text(text)).toBe(text);
    const bytes = parseIpv6('2a00:1450:4001:81b::200e') as Uint8Array;
    const other = bytes.slice();
    expect(others.ipv6(other, 0)).toBe(true);
    // Solicited-node multicast ends with them.
    expect(other.slice(13)).toEqual(bytes.slice(13));
    expect(other.slice(2)).not.toEqual(bytes.slice(2));
    for (const text of ['fe80::1', 'fd00::1', 'ff02::1:ff00:200e', '2001:db8::1', '::1']) expect(others.text(text)).toBe(text);
  });

  it('stand in texts where the old ones stood, and nowhere else', () => {
    const others = new Pseudonyms();
    others.learn('webpod.shop.example.com');
    others.learn('router');
    const text = others.text(
      'default via 81.2.69.1 dev eth0\n81.2.69.0/24 dev eth0 src 81.2.69.7\n1.2.3.4.5 v1.18.2 08:00:27:d5:e8:d7 12:30:45.123456 2a00:1450::/32\nWebPod webpods mcast_router router\n',
    );
    const lines = text.split('\n');
    const gateway = /via (\S+)/.exec(text)?.[1] as string;
    expect(gateway).not.toBe('81.2.69.1');
    expect(lines[1]).toMatch(
      new RegExp(
        `^${gateway.split('.').slice(0, 3).join('\\.')}\\.0/24 dev eth0 src ${gateway.split('.').slice(0, 3).join('\\.')}\\.\\d+$`,
      ),
    );
    expect(lines[2]).toMatch(/^1\.2\.3\.4\.5 v1\.18\.2 08:00:27:d5:e8:d7 12:30:45\.123456 [0-9a-f:]+::\/32$/);
    const [name, ...rest] = (lines[3] as string).split(' ');
    expect(name).toMatch(/^[A-Z][a-z]{2}[A-Z][a-z]{2}$/);
    expect(name).not.toBe('WebPod');
    expect(rest).toEqual(['webpods', 'mcast_router', 'router']);
    expect(others.kept).toEqual(new Set(['router', 'com']));
  });
});

describe('addresses in other forms', () => {
  it('are replaced in names of DNS, in texts and in packets alike, and keep their length', () => {
    const others = new Pseudonyms();
    const name = '142.69.2.81.in-addr.arpa';
    const other = others.text(name);
    expect(other).toMatch(/^\d{3}\.\d{2}\.\d\.81\.in-addr\.arpa$/);
    expect(other).not.toBe(name);
    // Its network is the other's network.
    expect(others.text('69.2.81.in-addr.arpa')).toBe(other.slice(other.indexOf('.') + 1));
    const wire = (text: string) =>
      Buffer.concat([...text.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
    const bytes = new Uint8Array(wire(name));
    expect(others.bytes(bytes, 0, bytes.length)).toBe(true);
    expect(Buffer.from(bytes)).toEqual(wire(other));
    const six = 'e.0.0.2.0.0.0.0.0.0.0.0.0.0.0.0.b.1.8.0.1.0.0.4.0.5.4.1.0.0.a.2.ip6.arpa';
    const address = parseIpv6('2a00:1450:4001:81b::200e') as Uint8Array;
    others.ipv6(address, 0);
    const nibbles = [...Buffer.from(address).toString('hex')].reverse().join('.');
    expect(others.text(six)).toBe(`${nibbles}.ip6.arpa`);
    const packed = new Uint8Array(wire(six));
    expect(others.bytes(packed, 0, packed.length)).toBe(true);
    expect(Buffer.from(packed)).toEqual(wire(`${nibbles}.ip6.arpa`));
    for (const own of ['1.0.0.10.in-addr.arpa', '168.192.in-addr.arpa', '8.e.f.ip6.arpa', '999.69.2.81.in-addr.arpa'])
      expect(others.text(own)).toBe(own);
  });

  it('are replaced as numbers where the address is known', () => {
    const others = new Pseudonyms();
    const mark = 'mark 0x40000000, ip[12:4] = 0x5102458e, 0x0a000001';
    expect(others.text(mark)).toBe(mark);
    others.learnWords('src 81.2.69.142\n');
    const other = others.ipv4(0x5102458e).toString(16).padStart(8, '0');
    expect(others.text(mark)).toBe(`mark 0x40000000, ip[12:4] = 0x${other}, 0x0a000001`);
  });
});

/** How many checksums of a capture are right, wrong and unverified. */
function sums(path: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const source = openCapture(path);
  const frame = new Frame();
  const layers = new Layers(new Registry(dissectors, []));
  do
    while (source.next(frame)) {
      layers.walk(frame);
      for (let i = 0; i < layers.count; i++) {
        const name = layers.registry.protocols[layers.proto[i] as number]?.name;
        const status =
          name === 'ip'
            ? headerStatus(layers, i, 10)
            : name === 'tcp'
              ? payloadStatus(layers, i, { offset: 16, pseudo: 6 })
              : name === 'udp'
                ? payloadStatus(layers, i, { offset: 6, pseudo: 17, optional: true })
                : name === 'icmp'
                  ? payloadStatus(layers, i, { offset: 2, pseudo: null })
                  : null;
        if (status !== null) counts[`${name} ${status}`] = (counts[`${name} ${status}`] ?? 0) + 1;
      }
    }
  while (source.fill() === true);
  source.close();
  return counts;
}

/** The capture with one private network made public. */
function publish(from: string, to: string, network: readonly [number, number], other: readonly [number, number]): void {
  const source = openCapture(from);
  const file = createCapture(to, { format: 'pcapng' });
  const frame = new Frame();
  const [old, made] = [Buffer.from(network), Buffer.from(other)];
  do
    while (source.next(frame)) {
      const bytes = Buffer.from(frame.bytes.buffer, frame.bytes.byteOffset + frame.start, frame.end - frame.start);
      for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) made.copy(bytes, at);
      file.write(frame, source.info);
    }
  while (source.fill() === true);
  file.finish();
}

/** The captures of the project. */
const CASES = /\.pcap(?:ng)?$/;

describe('redact', () => {
  it('leaves the faults of a bundle as they are', async () => {
    const names = readdirSync('captures').filter((name) => CASES.test(name));
    expect(names.length).toBeGreaterThan(60);
    for (const name of some(names, 8)) {
      const bundle = join(folder, name);
      mkdirSync(bundle);
      publish(join('captures', name), join(bundle, 'border7.pcapng'), [10, 0], [81, 2]);
      const shared = `${bundle}-shared`;
      writeFileSync(
        join(bundle, 'bundle.json'),
        JSON.stringify({ version: 1, points: { border7: { captures: ['border7.pcapng'] } } }),
      );
      const result = await redact(bundle, shared);
      expect(result).toMatchObject({ files: 2, names: expect.any(Number) });
      const capture = readdirSync(shared).find((one) => one.endsWith('.pcapng')) as string;
      expect(capture).not.toBe('border7.pcapng');
      const faults = async (path: string) => {
        const { findings } = await analyze({ ...PLAIN, files: [{ point: 'p', path }] });
        return findings.map(({ rule, verdict, severity, count }) => `${rule} ${verdict} ${severity} ${count}`).sort();
      };
      expect(await faults(join(shared, capture)), name).toEqual(await faults(join(bundle, 'border7.pcapng')));
      expect(sums(join(shared, capture)), name).toEqual(sums(join(bundle, 'border7.pcapng')));
      // None of the public addresses of before is left.
      expect(readFileSync(join(shared, capture)).indexOf(Buffer.from([81, 2, 2, 15]))).toBe(-1);
    }
  });

  it('replaces names in all files alike, also in packets, and says what it cannot reach', async () => {
    const bundle = join(folder, 'names');
    mkdirSync(join(bundle, 'before'), { recursive: true });
    cpSync('captures/native-missing-route.pcap', join(bundle, 'warehouse.pcap'));
    writeFileSync(
      join(bundle, 'bundle.json'),
      JSON.stringify({ version: 1, points: { warehouse: { captures: ['warehouse.pcap'], host: 'wh-01' } } }),
    );
    writeFileSync(
      join(bundle, 'before', 'pods.json'),
      JSON.stringify({ items: [{ metadata: { name: 'billing-7d4', namespace: 'payroll' }, spec: { nodeName: 'wh-01' } }] }),
    );
    writeFileSync(join(bundle, 'before', 'log.txt'), 'billing-7d4.payroll on wh-01 answered 81.2.69.142\n');
    writeFileSync(
      join(bundle, 'command.txt'),
      'me@jumpbox:~$ curl http://ledger.acme.test/x\ncurl: (6) Could not resolve host: ledger.acme.test\nPING vault9 (81.2.69.7) 56(84) bytes of data.\n0x5102458e 142.69.2.81.in-addr.arpa\n',
    );
    writeFileSync(join(bundle, 'before', 'key.bin'), Buffer.from([0, 1, 2, 0xff, 0xfe, 0, 7]));
    const shared = join(folder, 'names-shared');
    const { remains } = await redact(bundle, shared);
    const { stdout } = spawnSync(
      'grep',
      ['-rlaE', 'warehouse|billing|payroll|wh-01|81\\.2\\.69|69\\.2\\.81|jumpbox|ledger|acme|vault9|5102458e', shared],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('');
    expect(remains.join('\n')).toContain('encrypted');
    expect(remains.join('\n')).toContain('key.bin');
    await expect(redact(bundle, shared)).rejects.toThrow('is there already');
    await expect(redact(join(folder, 'nothing'), join(folder, 'x'))).rejects.toThrow('is no folder');
  });
});
