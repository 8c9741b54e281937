// What earlier packets say of one (streams, relative numbers, retransmissions, RTT, the time of an answer) is shown of packets that are read
// in any order, as `dump` says it, who reads them all.
import { describe, expect, it } from 'vitest';
import { columns, loaded, open, shown } from './help.js';
import { readDump } from './past-of-dump.js';

const FIELDS = [
  'tcp.stream',
  'udp.stream',
  'tcp.seq',
  'tcp.ack',
  'tcp.nxtseq',
  'tcp.window_size',
  'tcp.analysis.retransmission',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.acks_frame',
  'tcp.analysis.ack_rtt',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.bytes_in_flight',
  'tcp.time_delta',
  'udp.time_delta',
  'dns.time',
  'http.time',
  'icmp.resptime',
];
const COLUMNS = columns(...FIELDS);

/** Does an ICMP or ICMPv6 message of this type quote a packet? */
const isError = ([icmp = '', icmpv6 = '']: readonly string[]): boolean =>
  ['3', '5', '11', '12'].includes(icmp) || (icmpv6 !== '' && Number(icmpv6) < 128);
/** Of a quoted packet the screen says no stream: it reads the packets of one conversation, and that of an error is its own. */
const withoutStream = (values: readonly string[]): string[] =>
  values.map((value, k) => (/^(tcp|udp)\.(?!seq)/.test(FIELDS[k]!) ? '' : value));

describe.each([
  'captures/native-healthy.pcap',
  'captures/mtu-blackhole.pcap',
  'captures/tcp-zero-window.pcap',
  'captures/masquerade-healthy.pcap',
  'captures/dns-healthy.pcap',
  'captures/ipv6-healthy.pcap',
])('%s', (path) => {
  it('has the values of dump, from its end to its start too', async () => {
    const session = await open(path);
    await loaded(session);
    const types = await readDump(path, ['icmp.type', 'icmpv6.type']);
    const wanted = (await readDump(path, FIELDS)).map((values, k) => (isError(types[k]!) ? withoutStream(values) : values));
    const row = (n: number) => session.packets.rows(n - 1, 1, COLUMNS)[0]!.cells;
    const numbers = wanted.map((_, i) => i + 1);
    for (const n of [...numbers].reverse()) expect(row(n), `packet ${n}`).toEqual(wanted[n - 1]);
    // A column more, and all are read again: from the start.
    const more = columns(...FIELDS, 'tcp.len');
    for (const n of numbers) expect(session.packets.rows(n - 1, 1, more)[0]!.cells.slice(0, -1)).toEqual(wanted[n - 1]);
    await session.close();
  });
});

it('stands in the tree, and orders and finds packets', async () => {
  const session = await open('captures/tcp-reset.pcap');
  await loaded(session);
  const wanted = await readDump('captures/tcp-reset.pcap', ['tcp.stream', 'tcp.seq']);
  const names = new Map<string, string>();
  const walk = (nodes: NonNullable<ReturnType<typeof session.detail>>['tree']): void => {
    for (const node of nodes) {
      names.set(node.def.name, node.text ?? '');
      walk(node.children);
    }
  };
  for (const n of [wanted.length, 5, 3]) {
    names.clear();
    walk(session.detail(n)!.tree);
    if (wanted[n - 1]![0] !== '') expect([...names.keys()]).toContain('tcp.stream');
  }
  const streams = (await shown(session, 'tcp', 'tcp.stream', true)).map((n) => Number(wanted[n - 1]![0]));
  expect(streams.length).toBeGreaterThan(3);
  expect(streams).toEqual([...streams].sort((a, b) => b - a));
  const last = Math.max(...streams);
  const own = await shown(session, `tcp.stream == ${last}`);
  expect(own).toEqual(wanted.flatMap(([stream], i) => (stream === String(last) ? [i + 1] : [])));
  session.show('', null);
  const search = { text: `tcp.stream == ${last}`, kind: 'filter', target: 'list', matchCase: false } as const;
  const at = await session.find(search, session.packets.count, true, new AbortController().signal);
  expect(session.packets.numberAt(at)).toBe(own.at(-1));
  await session.close();
});
