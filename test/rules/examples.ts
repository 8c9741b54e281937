// Captures of faults that no lab was needed for: captures/NAME is made of these frames. After a change here, write them anew with
// UPDATE_CAPTURES=1 npx vitest run test/rules/pages.test.ts
import {
  captureFile,
  dns,
  echo,
  ethernet,
  forward,
  icmpError,
  ipv4,
  type Sight,
  sll2,
  type TestFrame,
  tcp,
  udp,
  vlan,
  vxlan,
} from './lab.js';
import { linkExamples } from './link-examples.js';
import { natExamples } from './nat-examples.js';

import { neighbourExamples } from './neighbour-examples.js';
import { programExamples } from './program-examples.js';
import { routeExamples } from './route-examples.js';
import { serviceExamples } from './service-examples.js';

const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';

type Body = Parameters<typeof ipv4>[1];
let id = 0;
const from = (src: string, dst: string, at: number, body: Body, sight: Sight = {}): TestFrame =>
  ethernet({ at, ...sight }, ipv4({ src, dst, id: ++id }, body));
const ask = (at: number, body: Body, sight?: Sight): TestFrame => from(CLIENT, SERVER, at, body, sight);
const answer = (at: number, body: Body): TestFrame => from(SERVER, CLIENT, at, body);

/** A handshake at `at`; data of the client starts at sequence number 1001. */
const handshake = (at: number, src: number, dst: number): TestFrame[] => [
  ask(at, tcp({ src, dst, flags: 'S', seq: 1000, mss: 1460 })),
  answer(at + 0.001, tcp({ src: dst, dst: src, flags: 'SA', seq: 5000, ack: 1001, mss: 1460 })),
  ask(at + 0.002, tcp({ src, dst, seq: 1001, ack: 5001 })),
];

const ping = (at: number, seq: number): TestFrame[] => [ask(at, echo({ seq })), answer(at + 0.001, echo({ seq, reply: true }))];

/** Between pods of two nodes, inside VXLAN; with a VLAN tag on the inner frame where `tag` is given. */
const inVxlan = (at: number, back: boolean, body: Body, tag?: number): TestFrame => {
  const [src, dst] = back ? ['10.0.2.5', '10.0.1.5'] : ['10.0.1.5', '10.0.2.5'];
  const [outerSrc, outerDst] = back ? ['192.168.1.12', '192.168.1.11'] : ['192.168.1.11', '192.168.1.12'];
  const inner = ipv4({ src, dst, id: ++id }, body);
  return ethernet(
    { at },
    vxlan({ src: outerSrc, dst: outerDst, vni: 42, id: ++id }, tag === undefined ? inner : vlan(tag, inner)),
  );
};

interface Example {
  readonly frames: readonly TestFrame[];
  readonly dropped?: number;
}

function make(): Readonly<Record<string, Example>> {
  id = 0;
  const data = { src: 40_000, dst: 80, flags: 'PA', seq: 1001, ack: 5001, data: 400 };
  return {
    'tcp-stalled.pcap': {
      frames: [...handshake(0, 40_000, 80), ...[0.01, 0.25, 0.7, 1.6, 3.4].map((at) => ask(at, tcp(data))), ...ping(8, 1)],
    },
    'udp-silent.pcap': {
      frames: [...[0, 1, 2].map((at) => ask(at, udp({ src: 40_000, dst: 5000, data: 20 }))), ...ping(9, 1)],
    },
    'dns-servfail.pcap': {
      frames: [1, 2].flatMap((n) => [
        from(CLIENT, '10.1.2.53', n, udp({ src: 40_000 + n, dst: 53, data: dns({ id: n, name: 'db.example.net' }) })),
        from(
          '10.1.2.53',
          CLIENT,
          n + 0.5,
          udp({ src: 53, dst: 40_000 + n, data: dns({ id: n, name: 'db.example.net', response: true, rcode: 2 }) }),
        ),
      ]),
    },
    'icmp-ttl-exceeded.pcap': {
      frames: [1, 2, 3].flatMap((seq) => {
        const request = ask(seq, echo({ seq }));
        return [
          request,
          from('10.9.9.1', CLIENT, seq + 0.01, icmpError({ type: 11 }, request.packet as ReturnType<typeof ipv4>)),
        ];
      }),
    },
    'checksum-bad.pcap': {
      frames: [1, 2, 3].map((n) => ask(n, tcp({ src: 40_000 + n, dst: 80, flags: 'S', seq: 1000, checksum: 0x1234 }))),
    },
    'capture-dropped.pcapng': { frames: [...ping(0, 1), ...ping(1, 2)], dropped: 12 },
    'capture-clipped.pcap': {
      frames: [...handshake(0, 40_000, 80).map((f) => ({ ...f, snap: 50 })), ask(0.1, tcp(data), { snap: 50 })],
    },
    'capture-clock-jump.pcap': { frames: [...ping(40, 1), ...ping(41, 2), ...ping(11, 3), ...ping(12, 4)] },
    'vxlan-inner-vlan.pcap': {
      frames: [
        inVxlan(0, false, echo({ seq: 1 })),
        inVxlan(0.001, true, echo({ seq: 1, reply: true })),
        ...[1, 2, 3].map((seq) => inVxlan(seq, false, echo({ id: 8, seq }), 20)),
      ],
    },
    'vxlan-unexpected.pcap': {
      frames: [...[1, 2, 3].map((seq) => inVxlan(seq, false, echo({ seq }))), ...ping(9, 1)],
    },
    // One name is asked for again and again; the server answers the others.
    'dns-one-name-silent.pcap': {
      frames: [
        ...[0, 1, 2, 3].flatMap((n) => [
          from(CLIENT, '10.1.2.53', n, udp({ src: 41_000 + n, dst: 53, data: dns({ id: n, name: `host${n}.example.net` }) })),
          from(
            '10.1.2.53',
            CLIENT,
            n + 0.01,
            udp({ src: 53, dst: 41_000 + n, data: dns({ id: n, name: `host${n}.example.net`, response: true }) }),
          ),
        ]),
        ...[4, 5.1, 6.2].map((at) =>
          from(CLIENT, '10.1.2.53', at, udp({ src: 42_000, dst: 53, data: dns({ id: 77, name: 'slow.example.org' }) })),
        ),
        ...ping(7, 1),
      ],
    },
    // The router sends each ping out by the interface it came in on: an answer would not pass it.
    'ping-past-the-router.pcap': {
      frames: [0, 1, 2, 9].flatMap((n) => {
        const request = sll2(
          { if: 3, dir: 'in', at: n },
          ipv4({ src: CLIENT, dst: '10.1.1.20', id: ++id }, echo({ seq: n + 1 })),
        );
        return [request, forward(request, { if: 3, at: n + 0.0001 })];
      }),
    },
    'encrypted-only.pcap': {
      frames: [0, 1, 2, 3].map((n) =>
        from(n % 2 === 0 ? CLIENT : SERVER, n % 2 === 0 ? SERVER : CLIENT, n / 10, udp({ src: 51_871, dst: 51_871, data: 96 })),
      ),
    },
    'no-frames.pcap': { frames: [] },
    // The tunnel device of the receiving node was made anew: it comes out there as a frame for another host.
    'vxlan-old-mac.pcap': {
      frames: [1, 2, 3, 4].flatMap((seq) => {
        const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 900 + seq }, echo({ seq }));
        const values = { src: '192.168.1.11', dst: '192.168.1.12', vni: 1, id: 950 + seq, innerDst: '02:00:00:00:00:99' };
        return [
          sll2({ if: 2, dir: 'in', at: seq }, vxlan(values, inner)),
          sll2({ if: 3, dir: 'other', at: seq + 0.00001 }, inner),
        ];
      }),
    },
    // Datagrams that look like VXLAN, to more ports than are kept.
    'run-incomplete.pcap': {
      frames: Array.from({ length: 65 }, (_, i) => {
        const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1000 + i }, echo({ seq: i + 1 }));
        const values = { src: '192.168.1.11', dst: '192.168.1.12', vni: 1, id: 1100 + i, dstPort: 20_000 + i };
        return ethernet({ at: i / 100 }, vxlan(values, inner));
      }),
    },
  };
}

/** File name -> its bytes. One table a line; packets without an id are counted, so those that have none stand in the order of import. */
export const examples: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries<Example>({
    ...make(),
    ...neighbourExamples,
    ...programExamples,
    ...serviceExamples,
    ...linkExamples,
    ...routeExamples(),
    ...natExamples(),
  }).map(([name, { frames, dropped }]) => [name, captureFile(frames, dropped ?? null)]),
);
