// The shapes of `-T` that tshark has: JSON against what tshark printed (shapes/record.mjs), XML by a strict reader.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { definitionsOf } from '../../src/dissect/lookup.js';
import { Registry } from '../../src/dissect/registry.js';
import { namedFields } from '../../src/filter/dictionary.js';
import { parseXml } from '../report/xml.js';
import { captureFile, dns, icmpError, ipv4, sll2, tcp, udp } from '../rules/lab.js';
import { type PrintOptions, printed } from './print.js';
import { leaves } from './shapes/leaves.mjs';

interface Recorded {
  readonly capture: string;
  readonly filter: string;
  readonly packets: readonly (readonly string[])[];
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'shapes/recorded.json'), 'utf8')) as readonly Recorded[];
const registry = new Registry(dissectors, []);
const frameFields = new Set(namedFields().map(({ def }) => def.name));

/** The name of the last member of `tcp > tcp.flags = 0x0002`. */
const nameOf = (leaf: string): string => leaf.split(' = ')[0]!.split(' > ').at(-1)!;
const isKnown = (leaf: string): boolean => {
  const name = nameOf(leaf);
  return frameFields.has(name) || name.startsWith('_ws.expert') || definitionsOf(registry, name).length > 0;
};

/** What hopscope has and tshark has not, or reads in another way (docs/tshark-differences.md). */
const OWN = /^(tcp\.options\.sack_[lr]e|hop\..*|sll\.proto|sll\.addr|data\.(data|len)|http\.file_data)$/;
/** Remarks that hopscope does not make, texts that are there and empty, and two of docs/tshark-differences.md: sums that are quoted, data on a port of HTTP. */
const UNSAID =
  /^icmp > .*status = |^frame > frame.protocols = .*:tcp(:data)?$|tcp\.flags\.\w+ > _ws\.expert|D-SACK|\\r\\n > _ws\.expert|^dhcp.* = $/;
const compared = (packet: readonly string[]): string[] =>
  packet.filter((leaf) => isKnown(leaf) && !OWN.test(nameOf(leaf)) && !UNSAID.test(leaf)).sort();

const at = (name: string): string => resolve('captures', name);
const lab: PrintOptions = { decodeAs: ['udp.port==8472,vxlan'] };

describe('-T json', () => {
  it.each(recorded)('has what tshark has of $capture where hopscope knows it', async ({ capture, filter, packets }) => {
    const { text } = await printed(at(capture), { ...lab, type: 'json', filter });
    const own = leaves(text).slice(0, packets.length);
    expect(own.map(compared)).toEqual(packets.map(compared));
  });
});

const A = '10.0.1.5';
const B = '10.0.2.5';
/** What a terminal, JSON and XML must not get as it is. */
const HOSTILE = 'x\x1b[31m"<&>\'\u202e\x00';
const hostile = captureFile([
  sll2({}, ipv4({ src: A, dst: B }, udp({ src: 5000, dst: 53, data: dns({ name: HOSTILE }) }))),
  sll2(
    {},
    ipv4(
      { src: A, dst: B },
      tcp({
        src: 5000,
        dst: 80,
        flags: 'PA',
        data: new TextEncoder().encode(`GET /${HOSTILE} HTTP/1.1\r\nHost: ${HOSTILE}\r\n\r\n`),
      }),
    ),
  ),
]);
const UNCLEAN = /[\x00-\x09\x0b-\x1f\x7f\u202e]/;

describe('names and bytes of packets', () => {
  it.each(['json', 'jsonraw', 'ek', 'pdml', 'psml'] as const)('leave -T %s whole', async (type) => {
    const { text } = await printed(hostile, { type });
    expect(text).not.toMatch(UNCLEAN);
    if (type !== 'jsonraw') expect(text).toContain('10.0.');
    if (type === 'pdml' || type === 'psml') expect(parseXml(text).children.length).toBeGreaterThan(1);
    else if (type === 'ek')
      expect(
        text
          .trimEnd()
          .split('\n')
          .map((line) => Object.keys(JSON.parse(line))),
      ).toHaveLength(4);
    else expect(JSON.parse(text)).toHaveLength(2);
  });
});

describe('what is asked of a shape', () => {
  const arp = async (options: PrintOptions) => (await printed(at('arp-flap.pcap'), { count: 1, ...options })).text;
  const layers = async (options: PrintOptions) => JSON.parse(await arp({ type: 'json', ...options }))[0]._source.layers;

  it('-e makes columns of values', async () => {
    const field = ['arp.opcode', 'eth.addr', 'ip.src'];
    expect(await layers({ field })).toEqual({ 'arp.opcode': ['2'], 'eth.addr': ['ff:ff:ff:ff:ff:ff', '0a:00:00:00:00:11'] });
    expect(JSON.parse((await arp({ type: 'ek', field })).split('\n')[1]!)).toEqual({
      timestamp: '1754667411000',
      layers: { arp_opcode: ['2'], eth_addr: ['ff:ff:ff:ff:ff:ff', '0a:00:00:00:00:11'] },
    });
    expect(await arp({ type: 'pdml', field })).toContain('  <field name="arp.opcode" value="2"/>\n');
  });

  it('-j leaves the content of the others out, -J has all that is in its own', async () => {
    expect(await layers({ protocols: 'eth' })).toMatchObject({
      frame: { filtered: 'frame' },
      eth: { 'eth.dst': 'ff:ff:ff:ff:ff:ff', 'eth.dst_tree': { filtered: 'eth.dst' }, 'eth.type': '0x0806' },
      arp: { filtered: 'arp' },
    });
    expect((await layers({ topProtocols: 'eth' })).eth['eth.dst_tree']).toEqual({ 'eth.addr': 'ff:ff:ff:ff:ff:ff' });
    const pdml = await arp({ type: 'pdml', protocols: 'arp' });
    expect(pdml).toMatch(/<proto name="eth"[^>]*>\n {4}<field name="filtered" value="eth"\/>\n/);
    expect(pdml).toContain('<field name="arp.opcode"');
  });

  it('-x has bytes, place, length, bits and type of each field', async () => {
    expect(await layers({ bytes: true })).toMatchObject({
      arp_raw: ['00010800060400020a0000000011c0a80114000000000000c0a80114', 14, 28, 0, 1],
      arp: { 'arp.opcode_raw': ['0002', 20, 2, 0, 5], 'arp.src.proto_ipv4_raw': ['c0a80114', 28, 4, 0, 32], 'arp.opcode': '2' },
    });
    expect(await layers({ type: 'jsonraw' })).not.toHaveProperty(['arp', 'arp.opcode']);
  });

  it('--no-duplicate-keys makes arrays', async () => {
    const { text } = await printed(at('vxlan-router.pcap'), {
      ...lab,
      type: 'json',
      filter: 'frame.number == 3',
      duplicateKeys: false,
    });
    const [packet] = JSON.parse(text);
    expect(packet._source.layers.ip.map((ip: Record<string, unknown>) => ip['ip.addr'])).toEqual([
      ['192.168.10.100', '192.168.20.100'],
      ['172.20.0.96', '172.20.2.1'],
    ]);
  });

  it('what an ICMP error quotes stands inside of it', async () => {
    const lost = ipv4({ src: A, dst: B }, udp({ src: 5000, dst: 9 }));
    const { text } = await printed(captureFile([sll2({}, ipv4({ src: B, dst: A }, icmpError({ type: 3, code: 1 }, lost)))]), {
      type: 'json',
    });
    const [packet] = JSON.parse(text);
    expect(packet._source.layers.icmp).toMatchObject({ 'icmp.type': '3', ip: { 'ip.dst': B }, udp: { 'udp.dstport': '9' } });
    expect(packet._source.layers).not.toHaveProperty('udp');
  });

  it('nothing is an empty array, and whole XML', async () => {
    expect(await arp({ type: 'json', filter: 'tcp' })).toBe('[]\n');
    expect(parseXml(await arp({ type: 'pdml', filter: 'tcp' })).name).toBe('pdml');
  });
});
