import { edit, vlan } from '../../rules/lab.js';
import { answeredPing, cut, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

const dscp = (frame: ReturnType<typeof request>, value: number) =>
  edit(frame, (p) => ({ ...p, values: { ...p.values, 'dsfield.dscp': value } }));
const [comesIn, leaves] = through(request()) as [ReturnType<typeof request>, ReturnType<typeof request>];
const remarked = [dscp(comesIn, 46), dscp(leaves, 0)];
const tagged = [comesIn, { ...leaves, packet: vlan(7, leaves.packet) }];

export const cases = [
  ['kept', `${FLOW}\n  kept: [dscp, vlan]`, answeredPing, 'pass'],
  ['kept', `${FLOW}\n  kept: [dscp]`, remarked, /^fail: dscp changes on the way: 46, then 0/],
  ['kept vlan', '- where: icmp\n  kept: vlan', tagged, /^fail: vlan changes on the way: none, then 7/],
  ['kept ttl', '- where: icmp\n  kept: ttl', through(request()), /^fail: ttl changes on the way: 64, then 63/],
  ['kept, any field', `${FLOW}\n  kept: ip.id`, answeredPing, 'pass'],
  ['kept, seen once', `${FLOW}\n  kept: dscp`, [request()], /^fail: no packet with dscp was seen at two places/],
  ['kept, with gaps', `${FLOW}\n  kept: dscp`, [request(), cut], /^inconclusive: no packet with dscp .*cut/],
  [
    'kept beside nat',
    '- nat: { original: { src: a }, translated: { src: 10.0.9.9 } }\n  kept: dscp',
    answeredPing,
    /^fail: not translated/,
  ],
] as const;
