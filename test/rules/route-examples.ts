// Captures of the rules about routes that no lab was needed for.
import { forward, ipv4, sll2, type TestFrame, tcp, vxlan } from './lab.js';
import { passed } from './route-lab.js';

const CLIENT = '10.1.1.10';
const SERVER = '10.9.9.9';
/** Ends of a tunnel through the router. */
const [NEAR_END, FAR_END] = ['172.16.1.1', '172.16.2.1'];
/** In by one interface and out by another one, a little later. */
const through = (
  sight: { readonly if: number; readonly at: number },
  out: number,
  packet: Parameters<typeof sll2>[1],
): TestFrame[] => {
  const frame = sll2(sight, packet);
  return [frame, { ...forward(frame, { if: out }), at: sight.at + 0.0001 }];
};

/** The router shares connections of one host out over two next hops; what leaves by if3 is lost when `dead`. */
export const spread = ({ dead = true, inTunnel = false, server = SERVER } = {}): TestFrame[] =>
  Array.from({ length: 6 }, (_, n) => {
    const src = 40_000 + n;
    // As senders of VXLAN do: the outer port is made of the inner ones (RFC 7348 section 5), so that the ways are shared out by it.
    const packet = (from: string, to: string, id: number, body: Parameters<typeof ipv4>[1]) => {
      const inner = ipv4({ src: from, dst: to, id }, body);
      if (!inTunnel) return inner;
      const [near, far] = from === CLIENT ? [NEAR_END, FAR_END] : [FAR_END, NEAR_END];
      return vxlan({ src: near, dst: far, vni: 7, srcPort: src, id }, inner);
    };
    const leg = n % 2 === 1 ? 3 : 4;
    const ask = (at: number, id: number, flags = 'S', seq = 1000, ack = 0): TestFrame[] =>
      through({ if: 2, at }, leg, packet(CLIENT, server, 100 + n * 8 + id, tcp({ src, dst: 443, flags, seq, ack })));
    if (dead && leg === 3) return [...ask(n, 0), ...ask(n + 1.01, 1), ...ask(n + 3.02, 2)];
    const back = tcp({ src: 443, dst: src, flags: 'SA', seq: 1, ack: 1001 });
    return [
      ...ask(n, 0),
      ...through({ if: leg, at: n + 0.01 }, 2, packet(server, CLIENT, 200 + n * 8, back)),
      ...ask(n + 0.02, 1, 'A', 1001, 2),
    ];
  })
    .flat()
    .sort((x, y) => (x.at ?? 0) - (y.at ?? 0));

export const routeExamples = (): Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> => ({
  'no-way-back.pcap': { frames: passed(4) },
  'path-leg-dead.pcap': { frames: spread() },
});
