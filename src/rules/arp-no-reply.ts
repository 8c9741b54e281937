// An address that is asked for and that nobody answers for.
import { DIRECTION } from '../capture/frame.js';
import type { Neighbour } from '../flows/neighbours.js';
import page from './arp-no-reply.md';
import { rule, seconds } from './rule.js';
import type { World } from './world.js';

export default rule({
  id: 'arp-no-reply',
  title: 'An ARP request got no reply',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 826',
  hint: 'Is the owner up, and does this segment (VLAN or VNI) reach it? For a load-balancer address: is a node announcing it?',
  page,
  options: { within: seconds(1, 'how long an answer may take (Linux asks again after one second, retrans_time_ms)') },
  judge(world, say, { within }) {
    for (const n of world.tracker.neighbours.list) if (n.kind === 'arp') judgeNeighbour(world, n, within, say);
  },
});

/** Shared with neighbour discovery: the question is the same, only its wire form differs. */
export function judgeNeighbour(
  world: World,
  n: Neighbour,
  within: number,
  say: Parameters<Parameters<typeof rule>[0]['judge']>[1],
): void {
  if (n.asked === 0 || n.answers > 0) return;
  // The answer is a unicast to the asker: it can be seen where the asker is, or where such answers were seen before. Who asks
  // again at once did not get one either.
  const visible = n.askedByUs > 0 || (world.tracker.neighbours.unicastReplies.get(n.port) ?? 0) > 0 || n.repeated > 0;
  if (!visible || inUse(world, n)) return;
  const open = world.nowNs - n.questions[0].timeNs < within;
  const { target } = n;
  const address = world.topology?.address(target) ?? null;
  const owner = world.topology?.ownerOf(target)[0] ?? null;
  const should = owner?.node ?? (address !== null && address.owners.length > 0 ? address.owners.join(' or ') : null);
  const about = [...world.conversations()]
    .filter((c) => world.ip(c, 1).equals(target) || world.ip(c, 0).equals(target))
    .map((c) => world.uid(c));
  const what = n.kind === 'arp' ? 'ARP' : 'neighbour solicitation';
  const { point } = world.captures[n.source];
  say({
    verdict: open ? 'inconclusive' : 'fail',
    key: `${target}`,
    title: `Nobody answers ${what} for ${target}${address?.service ? ` (${address.service})` : ''}`,
    message: `${n.asked === 1 ? 'A question' : `${n.asked} questions`} for ${world.named(target)} on ${world.portName(n.port)}, asked by ${n.askers.slice(0, 3).join(', ')}, got no answer${open ? ' before the capture ended' : ''}.`,
    cause:
      should !== null
        ? `${should} should have answered.`
        : address?.service
          ? `No node announces this address of ${address.service}.`
          : '',
    subject: {
      src: n.askers.length > 0 ? String(n.askers[0]) : null,
      dst: String(target),
      proto: n.kind === 'arp' ? 'arp' : 'icmpv6',
      target: String(target),
      interfaceOut: n.questions[0].direction === DIRECTION.out ? world.portName(n.port) : null,
      interfaceIn: n.questions[0].direction === DIRECTION.in ? world.portName(n.port) : null,
      node: point,
    },
    evidence: n.questions.map((mark) => ({
      mark,
      field: n.kind === 'arp' ? 'arp.dst.proto_ipv4' : 'icmpv6.nd.ns.target_address',
    })),
    count: n.asked,
    about,
  });
}

/** Packets from the address come in here: it was answered where we do not see it. */
function inUse(world: World, n: Neighbour): boolean {
  return world.livesBehind(n.source, n.target).exact;
}
