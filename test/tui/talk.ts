// Conversations for the tests of the screen.
import { ipv4, ipv6, sll2, type TestFrame, tcp } from '../rules/lab.js';

export const LONG_A = '2001:db8:1111:2222:3333:4444:5555:6666';
export const LONG_B = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff';
export const text = (value: string) => new TextEncoder().encode(value);

/** What client and server said, with a handshake before it. */
export function conversation(client: readonly Uint8Array[], server: readonly Uint8Array[], version: 4 | 6 = 4): TestFrame[] {
  const ends = version === 4 ? (['10.9.0.1', '10.9.0.2'] as const) : ([LONG_A, LONG_B] as const);
  const ip = version === 4 ? ipv4 : ipv6;
  const seq = [1000, 5000];
  const send = (way: 0 | 1, flags: string, data?: Uint8Array): TestFrame => {
    const frame = sll2(
      { if: way + 2 },
      ip(
        { src: ends[way], dst: ends[1 - way]! },
        tcp({
          src: way === 0 ? 40_000 : 8080,
          dst: way === 0 ? 8080 : 40_000,
          flags,
          seq: seq[way]!,
          ack: seq[1 - way]!,
          ...(data === undefined ? {} : { data }),
        }),
      ),
    );
    seq[way]! += (data?.length ?? 0) + (flags.includes('S') ? 1 : 0);
    return frame;
  };
  return [
    send(0, 'S'),
    send(1, 'SA'),
    send(0, 'A'),
    ...client.map((data) => send(0, 'PA', data)),
    ...server.map((data) => send(1, 'PA', data)),
  ];
}
