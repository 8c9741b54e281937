// ICMP says that packets are too big for a link.

import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Sizes, TooBig } from '../facts/sizes.js';
import { tunnelName } from '../facts/tunnels.js';
import { clamp, goal, tcpMss } from './mtu.js';
import page from './mtu-exceeded.md';
import { entry, rule, type Say, seconds } from './rule.js';

export default rule({
  id: 'mtu-exceeded',
  title: 'Packets are too big for a link',
  group: 'size',
  severity: 'error',
  spec: 'RFC 1191; RFC 8201',
  hint: 'Let the ICMP errors reach the sender, or lower the MTU (or clamp the TCP MSS) to what fits.',
  page,
  options: { within: seconds(1, 'how long the sender may take to send smaller packets') },
  judge(facts, say, { within }) {
    const all = [...facts.sizes.tooBig()];
    const groups = new Map<string, TooBig[]>();
    const taught = new Map<string, TooBig[]>();
    const bySelf: TooBig[] = [];
    for (const found of all) {
      const { error } = found;
      if (error.from.equals(error.src)) {
        bySelf.push(found);
        continue;
      }
      const group = entry(groups, `${error.from} ${error.mtu}`, () => [] as TooBig[]);
      group.push(found);
      taught.set(`${error.dst} ${error.mtu}`, group);
    }
    // A node that has learned a path's MTU tells itself: the cause is the link that taught it.
    for (const found of bySelf) {
      const { from, dst, mtu } = found.error;
      (taught.get(`${dst} ${mtu}`) ?? entry(groups, `${from} ${mtu}`, () => [] as TooBig[])).push(found);
    }
    for (const [key, group] of groups) report(facts, key, group, within, say);
  },
});

function report(facts: Facts, key: string, group: readonly TooBig[], within: number, say: Say): void {
  const { error, tunnel, overhead, limit } = group[0];
  const stuckIn = group.find((x) => x.directions.some((direction) => facts.sizes.isStuck(x, direction)));
  const stuck = group.flatMap((x) => x.directions.filter((direction) => facts.sizes.isStuck(x, direction)));
  const count = group.reduce((sum, x) => sum + x.error.count, 0);
  const size = Math.max(...group.map((x) => x.size));
  const started = Math.min(...group.map((x) => x.error.firstNs));
  const open = stuck.length > 0 && facts.nowNs - started < within;
  const dst = goal(stuckIn ?? group[0]);
  const mss = tcpMss(limit, dst.family);
  const says = error.family === 6 ? 'packet too big' : 'fragmentation needed';
  const names = [...new Set(group.map((x) => tunnelName(x.tunnel?.kind ?? 'ip')))];
  const most = error.mtu === 0 ? 'does not say how much it takes' : `takes ${error.mtu}`;
  const lost = stuck.length === 0 ? null : (group.map((x) => facts.sizes.errorLostAt(x.error)).find((at) => at !== null) ?? null);
  const device = deviceTowards(facts, error.from, error.dst);
  say({
    verdict: open ? 'inconclusive' : 'fail',
    severity: stuck.length > 0 ? 'error' : 'info',
    key,
    title: `${tunnel === null ? 'Packets' : `${names[0]} packets`} of ${size} bytes to ${error.dst} are too big: ${error.from} ${error.mtu === 0 ? 'refuses them' : `takes ${error.mtu}`}`,
    message: [
      `${facts.named(error.src)} sends ${tunnel === null ? 'packets' : `${names[0]} packets`} of ${size} bytes to ${facts.named(error.dst)}; ${facts.named(error.from)}${device === null ? '' : ` (${device})`} ${most} and says so (ICMP ${says}, ${count === 1 ? 'once' : `${count} times`}).`,
      ...(error.mtu === 0 ? [] : [numbers(tunnel !== null, names[0], overhead, limit, mss)]),
      stuck.length === 0
        ? 'The sender adapts, and nothing stays undelivered.'
        : `${stuck.length === 1 ? 'One conversation' : `${stuck.length} conversations`} did not get through.`,
    ].join(' '),
    cause: cause(facts, group[0], stuck, lost),
    hint:
      stuck.length === 0
        ? 'Nothing to repair. An MTU (or MSS) that fits from the start saves the round trip.'
        : error.mtu === 0
          ? undefined
          : `Let ICMP type ${error.family === 6 ? '2' : '3 code 4'} through, or give the senders an MTU of ${limit} (TCP MSS ${mss}).`,
    commands: stuck.length === 0 || mss < 88 ? [] : [clamp(mss, dst.family)],
    subject: {
      src: String(error.src),
      dst: String(error.dst),
      proto: tunnel !== null ? 'udp' : stuck.length > 0 ? stuck[0].conversation.protoName : null,
      dstPort: tunnel !== null ? error.dstPort : null,
      tunnel: tunnel?.kind ?? null,
      target: String(error.from),
      interfaceOut: device,
      node: facts.ownership.nodeAt(error.from),
    },
    evidence: group
      .flatMap((x) =>
        x.error.marks.map((mark) => ({
          mark,
          field: error.family === 6 ? 'icmpv6.mtu' : 'icmp.mtu',
          note: `next-hop MTU ${x.error.mtu}`,
        })),
      )
      .slice(0, 5),
    count,
    about: new Set([...stuck.map(({ conversation }) => conversation.uid), ...(lost === null ? [] : [lost.uid])]),
  });
}

const numbers = (inTunnel: boolean, name: string, overhead: number, limit: number, mss: number): string =>
  inTunnel
    ? `${name} adds ${overhead} bytes, so inner packets may have ${limit} (TCP MSS ${mss}).`
    : `What fits is a TCP MSS of ${mss}.`;

/** The interface by which the node that refuses would have sent the packet. */
function deviceTowards(facts: Facts, from: TooBig['error']['from'], dst: TooBig['error']['dst']): string | null {
  const node = facts.ownership.nodeAt(from);
  return node === null ? null : (facts.topology?.route(node, dst)?.dev ?? null);
}

function cause(
  facts: Facts,
  { error, tunnel }: TooBig,
  stuck: readonly Direction[],
  lost: ReturnType<Sizes['errorLostAt']>,
): string {
  if (stuck.length === 0) return 'Path MTU discovery at work.';
  if (lost !== null)
    return `${lost.point} takes the ICMP error in on ${lost.port} and does not pass it on to ${error.to}, so the sender never learns.`;
  const [direction] = stuck;
  const again = direction.stuckCount;
  if (tunnel !== null)
    return `The error goes to ${facts.named(error.to)}, the end of the tunnel. The sender inside, ${facts.named(direction.from)}, never hears of it and goes on with packets that do not fit.`;
  return again > 0
    ? `${facts.named(error.to)} goes on sending packets of the same size: the ICMP error is dropped on its way there, or ignored.`
    : direction.conversation.isTcp
      ? `${facts.named(error.to)} has not sent smaller packets since.`
      : 'What was refused was not sent again in a smaller size, as few programs without TCP do.';
}
