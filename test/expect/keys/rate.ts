import { at } from '../../rules/lab.js';
import { answeredPing, cut, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';
const NAT = '- nat: { original: { dst: 10.0.2.6 }, translated: { src: 10.0.2.1 } }';
/** 208 bytes from the first packet to the last, a second later: 1664 bit/s. */
const slow = [...through(request()), at(1, request(2))];

export const cases = [
  ['rate', `${FLOW}\n  rate: { atLeast: 1kbit/s, atMost: 2kbit/s }`, slow, 'pass'],
  ['rate', `${FLOW}\n  rate: { atLeast: 10Mbit/s }`, slow, /^fail: 1\.66 kbit\/s/],
  ['rate.atLeast', `${FLOW}\n  rate: { atLeast: 1664bit/s }`, slow, 'pass'],
  ['rate.atLeast', `${FLOW}\n  rate: { atLeast: 1665bit/s }`, slow, /^fail: 1\.66 kbit\/s/],
  ['rate.atMost', `${FLOW}\n  rate: { atMost: 1664bit/s }`, slow, 'pass'],
  ['rate.atMost', '- where: icmp\n  rate: { atMost: 100bit/s }', slow, /^fail: 2\.5 kbit\/s/],
  ['rate of one packet', `${FLOW}\n  rate: { atMost: 100bit/s }`, through(request()), /^fail: no two packets at different times/],
  ['rate, with gaps', '- where: icmp\n  rate: { atMost: 1Gbit/s }', [...answeredPing, cut], /^inconclusive: .*, but .*cut/],
  ['rate beside nat', `${NAT}\n  rate: { atLeast: 1bit/s }`, through(request(1, '10.0.2.6')), /^fail/],
] as const;
