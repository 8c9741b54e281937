// Conversations and what they said, from capture files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvCell, flowsCsv, flowsJson, flowsText } from '../../src/dump/flows-output.js';
import { FollowPrinter } from '../../src/dump/follow-output.js';
import { collectFlows } from '../../src/main/flows.js';
import { follow } from '../../src/main/follow.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { captureFile, dnat, echo, forward, ipv4, sll2, snat, type TestFrame, tcp, udp, vxlan } from '../rules/lab.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-flows-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function options(frames: readonly TestFrame[]): AnalyzeOptions {
  const path = join(folder, `${files++}.pcap`);
  writeFileSync(path, captureFile(frames));
  return {
    files: [{ point: null, path }],
    topology: [],
    ifmap: '2=eth0,3=eth1,4=eth2',
    decodeAs: [],
    filter: null,
    at: null,
    rules: { only: [], except: [], settings: [] },
  };
}

const client = { src: '10.0.1.5', dst: '10.0.2.5', ttl: 64 };
const server = { src: '10.0.2.5', dst: '10.0.1.5', ttl: 64 };
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
let id = 1;
const says = (text: string, seq: number, ack: number): TestFrame =>
  sll2(
    { if: 3, dir: 'in' },
    ipv4({ ...client, id: id++ }, tcp({ src: 4000, dst: 7000, flags: 'PA', seq, ack, data: bytes(text) })),
  );
const answers = (text: string, seq: number, ack: number): TestFrame =>
  sll2(
    { if: 4, dir: 'in' },
    ipv4({ ...server, id: id++ }, tcp({ src: 7000, dst: 4000, flags: 'PA', seq, ack, data: bytes(text) })),
  );
/** As a router sees it: in, and out again. */
const routed = (frame: TestFrame): TestFrame[] => [frame, forward(frame, { if: frame.if === 3 ? 4 : 3 })];

describe('what changes on the way', () => {
  const inner = ipv4({ ...client, id: 95 }, udp({ src: 4000, dst: 7000, data: 20 }));
  const outer = { src: '192.168.10.100', dst: '192.168.20.100', ttl: 64 };
  it('is said where it happens: the VNI, and the ends of the tunnel', async () => {
    const came = sll2({ if: 3, dir: 'in' }, vxlan({ ...outer, vni: 5 }, inner));
    const rewritten = sll2({ if: 4, dir: 'out' }, vxlan({ ...outer, ttl: 63, vni: 7 }, inner));
    const moved = sll2({ if: 4, dir: 'out' }, vxlan({ ...outer, src: '192.168.20.200', ttl: 63, vni: 5 }, inner));
    const pathOf = async (...frames: TestFrame[]) => (await collectFlows(options(frames))).flows[0].forth.path;
    expect(await pathOf(came, forward(came, { if: 4 }))).toBe('in eth1 (vxlan) > out eth2 (vxlan)');
    expect(await pathOf(came, rewritten)).toBe('in eth1 (vxlan) > out eth2 (vxlan vni 7 was 5)');
    expect(await pathOf(came, moved)).toBe('in eth1 (vxlan) > out eth2 (vxlan 192.168.20.200>192.168.20.100)');
  });
  it('is said of a translation: the other ends', async () => {
    const came = sll2({ if: 3, dir: 'in' }, inner);
    const list = await collectFlows(options([came, snat(forward(came, { if: 2 }), '192.0.2.1', 61_000)]));
    expect(flowsText(list)).toContain('translated to #1 (192.0.2.1:61000 \u2192 10.0.2.5:7000)');
    expect(flowsText(list)).toContain('translated from #0 (10.0.1.5:4000 \u2192 10.0.2.5:7000)');
  });
  it('is said of each of two translations on the way, in both directions', async () => {
    const came = sll2({ if: 3, dir: 'in' }, inner);
    const home = snat(forward(came, { if: 2 }), '192.168.5.2', 61_000);
    const carrier = snat(forward(home, { if: 5 }), '192.0.2.1', 50_000);
    const answer = { src: '10.0.2.5', ttl: 64, id: 7 };
    const back = sll2({ if: 5, dir: 'in' }, ipv4({ ...answer, dst: '192.0.2.1' }, udp({ src: 7000, dst: 50_000, data: 30 })));
    const inward = dnat(forward(back, { if: 2 }), '192.168.5.2', 61_000);
    const arrived = dnat(forward(inward, { if: 3 }), '10.0.1.5', 4000);
    const list = await collectFlows(options([came, home, carrier, { ...back, at: 0.1 }, inward, arrived]));
    expect(list.flows.map(({ translatedFrom, translated }) => [translatedFrom, translated])).toEqual([
      [null, 1],
      [0, 2],
      [1, 1],
    ]);
    expect(list.flows.every(({ forth, back }) => forth.packets === 1 && back.packets === 1)).toBe(true);
    expect(flowsText(list)).toContain('translated from #0 (10.0.1.5:4000 \u2192 10.0.2.5:7000)');
    expect(flowsText(list)).toContain('translated to #2 (192.0.2.1:50000 \u2192 10.0.2.5:7000)');
  });
});

describe('flows', () => {
  const outer = { src: '192.168.10.100', dst: '192.168.20.100' };
  const request = ipv4({ ...client, id: 90 }, echo({ id: 9, seq: 1 }));
  const reply = ipv4({ ...server, id: 91 }, echo({ id: 9, seq: 1, reply: true }));
  const frames = [
    ...routed(says('hello', 101, 501)),
    ...routed(answers('world', 501, 106)),
    ...routed(sll2({ if: 3, dir: 'in' }, vxlan({ ...outer, vni: 7 }, request))),
    ...routed(sll2({ if: 4, dir: 'in' }, vxlan({ src: outer.dst, dst: outer.src, vni: 8 }, reply))),
    sll2({ if: 2, dir: 'out' }, ipv4({ src: '10.0.1.5', dst: '8.8.8.8' }, udp({ src: 5000, dst: 6000, data: 10 }))),
  ];

  it('count each packet once, with the path it took and what carried it', async () => {
    const { flows, forgotten, errors } = await collectFlows(options(frames));
    expect([forgotten, errors]).toEqual([0, []]);
    expect(flows).toHaveLength(3);
    expect(flows[0]).toMatchObject({
      proto: 'tcp',
      src: '10.0.1.5',
      srcPort: 4000,
      dst: '10.0.2.5',
      dstPort: 7000,
      state: 'OTH',
      history: 'Dd',
    });
    expect(flows[0].forth).toMatchObject({ packets: 1, frames: 2, bytes: 45, path: 'in eth1 > out eth2', tunnels: [] });
    expect(flows[0].back).toMatchObject({ packets: 1, frames: 2, bytes: 45, path: 'in eth2 > out eth1' });
    expect(flows[1]).toMatchObject({ proto: 'icmp', state: 'SF', history: '' });
    expect(flows[1].forth).toMatchObject({
      packets: 1,
      path: 'in eth1 (vxlan) > out eth2 (vxlan)',
      tunnels: ['vxlan 7 192.168.10.100>192.168.20.100'],
    });
    expect(flows[1].back.tunnels).toEqual(['vxlan 8 192.168.20.100>192.168.10.100']);
    expect(flows[2]).toMatchObject({ proto: 'udp', state: 'S0' });
    expect(flows[2].back).toMatchObject({ packets: 0, path: null });
  });

  it('are written as text, CSV and JSON', async () => {
    const list = await collectFlows(options(frames));
    const text = flowsText(list);
    expect(text).toMatch(/^#0 {2}tcp +10\.0\.1\.5:4000 {2}\u2192 10\.0\.2\.5:7000 {2}OTH Dd {2}1\/1 packets/);
    // The identifier of a ping is no port.
    expect(text).toMatch(/^#1 {2}icmp \d+ +[\d.]+ +\u2192 [\d.]+ +SF/m);
    expect(text).toContain('\n      \u2190 in eth2 (vxlan) > out eth1 (vxlan) [vxlan 8 192.168.20.100>192.168.10.100]\n');
    const rows = flowsCsv(list).trimEnd().split('\r\n');
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map((row) => row.split(',').length)).size).toBe(1);
    expect(rows[1]).toContain(',tcp,10.0.1.5,4000,10.0.2.5,7000,OTH,Dd,1,2,45,0,in eth1 > out eth2,0,,');
    const json = JSON.parse(flowsJson(list));
    expect(json).toMatchObject({ schema: 'hopscope.flows/1', forgotten: 0 });
    expect(json.flows[0]).toMatchObject({ id: 0, start: '2025-08-08T15:36:51.000000000Z', duration: 0.002 });
  });

  it('give a spreadsheet nothing to calculate', () => {
    for (const start of ['=', '+', '-', '@']) expect(csvCell(`${start}1+1`)).toBe(`'${start}1+1`);
    expect(csvCell('a"b,c')).toBe('"a""b,c"');
    expect(csvCell('in eth1\t\n')).toBe('in eth1\\t\\n');
    expect(csvCell(-1)).toBe('-1');
    expect(csvCell(null)).toBe('');
  });
});

async function followed(
  frames: readonly TestFrame[],
  which: string,
  form: 'text' | 'hex' | 'raw' = 'text',
  only: number | null = null,
) {
  let text = '';
  const printer = new FollowPrinter(form, only, async (part) => {
    text += Buffer.from(part).toString();
    return true;
  });
  const { id } = await follow(options(frames), which, printer);
  await printer.end();
  return { id, text };
}

describe('follow', () => {
  const talk = [
    ...routed(sll2({ if: 3, dir: 'in' }, ipv4(client, tcp({ src: 4000, dst: 7000, flags: 'S', seq: 100 })))),
    ...routed(sll2({ if: 4, dir: 'in' }, ipv4(server, tcp({ src: 7000, dst: 4000, flags: 'SA', seq: 500, ack: 101 })))),
    ...routed(says('GET ', 101, 501)),
    ...routed(says('now\n', 105, 501)),
    ...routed(says('GET ', 101, 501)),
    // The second half of the answer is first on the wire.
    ...routed(answers('world\n', 507, 109)),
    ...routed(answers('hello ', 501, 109)),
    ...routed(says('bye\n', 109, 513)),
  ];

  it('prints each byte once and in order, whoever repeats it', async () => {
    const { id, text } = await followed(talk, '0');
    expect(id).toBe(0);
    expect(text).toBe(
      [
        '--- 10.0.1.5:4000 \u2192 10.0.2.5:7000',
        'GET now',
        '--- 10.0.2.5:7000 \u2192 10.0.1.5:4000',
        'hello world',
        '--- 10.0.1.5:4000 \u2192 10.0.2.5:7000',
        'bye',
        '',
      ].join('\n'),
    );
  });

  it('chooses by filter, and shows the conversation from its start', async () => {
    const { id, text } = await followed(talk, 'tcp.seq_raw == 109');
    expect(id).toBe(0);
    expect(text.startsWith('--- 10.0.1.5:4000 \u2192 10.0.2.5:7000\nGET now\n')).toBe(true);
  });

  it('gives one side as it is', async () => {
    expect((await followed(talk, '0', 'raw', 0)).text).toBe('GET now\nbye\n');
  });

  it('shows gaps', async () => {
    const { text } = await followed([says('one', 101, 501), says('four', 120, 501)], '0');
    expect(text).toBe('--- 10.0.1.5:4000 \u2192 10.0.2.5:7000\none\n[16 bytes are missing in the capture]\nfour\n');
  });

  it('dumps bytes with their place in the stream', async () => {
    const { text } = await followed([says('0123456789abcdefXY', 101, 501), answers('ok', 501, 119)], '0', 'hex');
    expect(text.split('\n').slice(1, 3)).toEqual([
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66   0123456789abcdef',
      '00000010  58 59                                             XY',
    ]);
    expect(text).toContain('\n    00000000  6f 6b ');
  });

  it('takes datagrams one by one, and copies of them once', async () => {
    const datagram = (text: string) =>
      sll2({ if: 3, dir: 'in' }, ipv4({ ...client, id: id++ }, udp({ src: 1000, dst: 2000, data: bytes(text) })));
    const { text } = await followed([...routed(datagram('first datagram\n')), ...routed(datagram('second datagram\n'))], 'udp');
    expect(text).toBe('--- 10.0.1.5:1000 \u2192 10.0.2.5:2000\nfirst datagram\nsecond datagram\n');
  });

  it('lets no escape sequence through', async () => {
    expect((await followed([says('a\u001b[2Jb\r\nc', 101, 501)], '0')).text).toContain('a\\x1b[2Jb\nc\n');
  });

  it('finds nothing where nothing is', async () => {
    expect((await followed(talk, '17')).id).toBeNull();
    expect((await followed(talk, 'dns')).id).toBeNull();
  });
});
