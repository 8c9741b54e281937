// Packets through the router of the tests of keys: eth1 is interface 3, eth2 is 4.
import { at, echo, forward, ipv4, sll2, type TestFrame, udp } from '../rules/lab.js';

/** A packet through the router, from eth1 to eth2. */
export const through = (frame: TestFrame, out = 4): TestFrame[] => [frame, forward(frame, { if: out })];
export const back = (frame: TestFrame): TestFrame[] => [frame, forward(frame, { if: 3 })];

export const request = (seq = 1, dst = '10.0.2.5', id = 7) =>
  sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst, id: 100 + seq, ttl: 64 }, echo({ seq, id })));
export const reply = (seq = 1, src = '10.0.2.5', id = 7) =>
  sll2({ if: 4, dir: 'in' }, ipv4({ src, dst: '10.0.1.5', id: 200 + seq, ttl: 64 }, echo({ seq, id, reply: true })));
export const answeredPing = [...through(request()), ...back(reply())];
/** Long enough behind for anything to be overdue. */
export const later = at(
  20,
  sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.8', dst: '10.0.1.1', id: 9 }, udp({ src: 999, dst: 999 }))),
);
export const lostPing = [...through(request()), later];

/** A frame of which only half a header was kept: what else was there, nobody knows. */
export const cut: TestFrame = { ...request(5), snap: 30 };
