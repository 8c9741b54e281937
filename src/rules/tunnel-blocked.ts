// ICMP refuses the outer packets of a tunnel.

import type { Facts } from '../facts/facts.js';
import { type Link, tunnelName } from '../facts/tunnels.js';
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import type { TunnelKind } from '../flows/tunnels.js';
import { rule, type Say } from './rule.js';
import page from './tunnel-blocked.md';
import { judgeSwallowed } from './tunnel-swallowed.js';

interface Group {
  readonly kind: TunnelKind;
  readonly error: IcmpError;
  readonly errors: IcmpError[];
  readonly links: Set<Link>;
}

export default rule({
  id: 'tunnel-blocked',
  title: 'ICMP refuses tunnelled packets',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 1812 section 5.2.7.1; RFC 4443 section 3.1',
  hint: 'Open the tunnel port on the host that sent the ICMP error, or start what should listen there.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const error of facts.errors.list) {
      if (error.kind !== 'unreachable') continue;
      const quoted = facts.tunnels.quoted(error);
      if (quoted === null) continue;
      const key = `${error.from} ${error.dst} ${error.dstPort} ${error.code}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = { kind: quoted.kind, error, errors: [], links: new Set() };
        groups.set(key, group);
      }
      group.errors.push(error);
      if (quoted.link !== null) group.links.add(quoted.link);
    }
    for (const [key, group] of groups) {
      for (const [other, same] of groups) {
        if (!isSameFilter(facts, group, same)) continue;
        group.errors.push(...same.errors);
        for (const link of same.links) group.links.add(link);
        groups.delete(other);
      }
      const back = [...groups].find(([, other]) => isOtherPort(group, other));
      if (back !== undefined) groups.delete(back[0]);
      sayGroup(facts, say, back === undefined ? key : `${key} ${back[0]}`, group, back?.[1] ?? null);
    }
    judgeSwallowed(facts, say, new Set([...groups.values()].flatMap(({ links }) => [...links])));
  },
});

/** One firewall refuses one port, whichever of the two ends sends. */
const isSameFilter = (facts: Facts, a: Group, b: Group): boolean =>
  a !== b &&
  a.error.src.equals(b.error.dst) &&
  a.error.dst.equals(b.error.src) &&
  a.error.dstPort === b.error.dstPort &&
  a.error.code === b.error.code &&
  (FORBIDDEN[a.error.family] as readonly number[]).includes(a.error.code) &&
  facts.ownership.nodeAt(a.error.from) !== null &&
  facts.ownership.nodeAt(a.error.from) === facts.ownership.nodeAt(b.error.from);

/** Each end refuses what the other sends, on another port than it uses itself. */
const isOtherPort = (a: Group, b: Group): boolean =>
  a !== b &&
  a.error.src.equals(b.error.dst) &&
  a.error.dst.equals(b.error.src) &&
  a.error.dstPort !== b.error.dstPort &&
  [a, b].every(
    ({ error }) => error.proto === PROTO.udp && (NOBODY_LISTENS[error.family] as readonly number[]).includes(error.code),
  );

/** `back`: the refusal of the other end, where the two use different ports. */
function sayGroup(facts: Facts, say: Say, key: string, group: Group, back: Group | null): void {
  const { kind, error } = group;
  const errors = [...group.errors, ...(back?.errors ?? [])];
  const links = new Set([...group.links, ...(back?.links ?? [])]);
  const carried = [...links].flatMap((link) => link.carried);
  const lost = [...links].flatMap((link) => facts.tunnels.lost(link));
  const count = errors.reduce((sum, e) => sum + e.count, 0);
  const name = tunnelName(kind);
  const senders = [...new Set(group.errors.map((e) => String(e.src)))];
  const port = error.proto === PROTO.udp ? ` port ${error.dstPort}` : '';
  const { title, cause, hint } = meaning(facts, error, `${name}${port}`);
  // It was refused once and works: an end point that was just starting.
  const refusedNs = Math.max(...errors.map((e) => e.lastNs));
  const delivered = carried.filter((x) => facts.delivery.of(x.direction) === true);
  const works =
    lost.length === 0 &&
    delivered.length > 0 &&
    (delivered.length === carried.length || delivered.some(({ direction }) => direction.firstNs > refusedNs));
  // What the other direction holds may be nothing but what a device says when it comes up: the same filter has it.
  const onTheWay = [...links]
    .flatMap((link) => [link, facts.tunnels.back(link)].filter((one) => one !== null))
    .flatMap((link) => facts.captures.flatMap((_, source) => facts.swallowed.at(link, source)));
  const about = new Set([
    ...lost.map((x) => x.direction.conversation.uid),
    ...onTheWay.map(({ direction }) => direction.conversation.uid),
  ]);
  const asked = [...links].flatMap((link) => facts.tunnels.askedInVain(link).map((n) => n.target));
  const inside =
    lost.length > 0
      ? ` ${lost.length === 1 ? 'One conversation' : `${lost.length} conversations`} inside the tunnel got no answer.`
      : asked.length > 0
        ? ` Nobody answers inside for ${[...new Set(asked.map(String))].join(', ')}.`
        : works
          ? ' What runs in the tunnel was answered all the same.'
          : '';
  say({
    verdict: 'fail',
    severity: works ? 'info' : 'error',
    key,
    title:
      back === null
        ? title
        : `${name} between ${error.src} and ${error.dst}: one end uses port ${error.dstPort}, the other ${back.error.dstPort}`,
    message:
      back === null
        ? `${count === 1 ? 'An ICMP error' : `${count} ICMP errors`} from ${facts.named(error.from)} to ${senders.slice(0, 3).join(', ')} ${count === 1 ? 'refuses' : 'refuse'} ${name} packets to ${facts.named(error.dst)}${port}.${inside}`
        : `${facts.named(error.src)} sends ${name} to port ${error.dstPort} of ${facts.named(error.dst)}, which sends to port ${back.error.dstPort} of it. Each refuses what comes in: port unreachable (${count} ICMP errors).${inside}`,
    cause:
      back === null
        ? cause
        : `The tunnel devices of the two ends were made with different UDP ports, ${error.dstPort} and ${back.error.dstPort}.`,
    ...(back === null
      ? { hint }
      : { hint: 'Give both tunnel devices the same port: ip -d link show type vxlan (or geneve) prints dstport on each.' }),
    subject: {
      src: String(error.src),
      dst: String(error.dst),
      proto: error.proto === PROTO.udp ? 'udp' : String(error.proto),
      dstPort: error.proto === PROTO.udp ? error.dstPort : null,
      tunnel: kind,
      target: error.inner === null ? null : String(error.inner.dst),
      node: facts.ownership.nodeAt(error.from),
    },
    evidence: errors
      .flatMap((e) => e.marks)
      .slice(0, 4)
      .map((mark) => ({ mark, field: error.family === 4 ? 'icmp.code' : 'icmpv6.code', note: `from ${error.from}` })),
    count,
    about,
    silent: asked,
    under: works ? null : (facts.causes.ofAny(about) ?? facts.causes.ofAddress(error.dst)),
  });
}

/** Codes of RFC 1812 section 5.2.7.1 and RFC 4443 section 3.1. */
const FORBIDDEN = { 4: [9, 10, 13], 6: [1, 5, 6] } as const;
const NOBODY_LISTENS = { 4: [2, 3], 6: [4] } as const;

function meaning(
  facts: Facts,
  e: IcmpError,
  what: string,
): { readonly title: string; readonly cause: string; readonly hint?: string } {
  const has = (codes: readonly number[]) => codes.includes(e.code);
  if (has(FORBIDDEN[e.family]))
    return {
      title: `${what} to ${e.dst} is forbidden by ${e.from}: administratively prohibited`,
      cause: `A firewall on ${facts.named(e.from)} rejects the tunnel.`,
    };
  if (has(NOBODY_LISTENS[e.family]))
    return {
      title: `Nobody listens for ${what} on ${e.dst}: port unreachable`,
      cause: `${facts.named(e.dst)} has no tunnel device on this port: it is down, of another kind, or uses another port; a firewall that rejects says the same.`,
    };
  return {
    title: `${e.from} has no way to ${e.dst} for ${what}: destination unreachable`,
    cause: `${facts.named(e.from)} has no route to the other end of the tunnel, or nobody answers for its address.`,
    hint: `Is ${e.dst} a node that exists? On ${e.src} look where its tunnel leads (bridge fdb show, ip -d link: remote, cilium-dbg bpf tunnel list) and correct an entry of a node that is gone; else look at the route and at ARP for ${e.dst} on ${e.from}.`,
  };
}
