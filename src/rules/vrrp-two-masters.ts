// Two routers are master of one virtual router at the same time: VRRP, CARP, HSRP, GLBP.
import { macNumber } from '../bytes/show.js';
import { isVirtual } from '../facts/claims.js';
import type { Facts } from '../facts/facts.js';
import type { Master, RouterKind, VirtualRouter } from '../flows/services/virtual-routers.js';
import { atLeast, rule, type Say } from './rule.js';
import page from './vrrp-two-masters.md';

export default rule({
  id: 'vrrp-two-masters',
  title: 'Two masters of one virtual router at once',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 3768 section 6.4.3; RFC 5798 section 6.4.3; RFC 2281 section 5',
  hint: 'Why do the advertisements of one not reach the other? Look at filters for protocol 112 (HSRP: UDP 1985; GLBP: UDP 3222), at the VLAN between them, at password and version; two clusters on one link need two router IDs.',
  page,
  options: {
    turns: atLeast(3, 'times a master was heard again after the other one; when one takes over they meet once or twice'),
  },
  judge(facts, say, { turns }) {
    const said = new Set<string>();
    for (const router of facts.services.virtualRouters.list) judgeTaken(facts, router, say);
    judgeGroups(facts, say);
    for (const router of facts.services.virtualRouters.list) {
      if (router.turns < turns) continue;
      const masters = router.masters.filter(({ adverts }) => adverts > 1).sort((a, b) => a.address.compare(b.address));
      if (masters.length < 2) continue;
      const virtual = router.addresses.join(', ') || groupName(router);
      // The same two may be at odds in several groups: of one number in VRRP and HSRP, and in two VLANs.
      const key = `${groupName(router)} ${virtual} ${masters.map(({ address }) => address).join(' ')}`;
      if (said.has(key)) continue;
      said.add(key);
      const seconds = Math.max(1, Math.round((router.lastTurnNs - router.firstTurnNs) / 1e9));
      const about = new Set(masters.map(({ uid }) => uid));
      for (const address of router.addresses)
        for (const conversation of facts.conversationsThat(
          ({ initiator, responder }) => initiator.equals(address) || responder.equals(address),
        ))
          if (conversation.lastNs >= router.firstTurnNs) about.add(conversation.uid);
      const over = router.current;
      const ended = over !== null && facts.nowNs - router.lastTurnNs > ENDED_NS;
      say({
        verdict: 'fail',
        key,
        title: `Two ${MASTERS[router.kind]} at once for ${virtual}: ${masters.map(({ address }) => address).join(' and ')}`,
        message: `${masters.map((m) => masterText(router.kind, m)).join(' and ')} both advertise ${groupName(router)}${router.addresses.length > 0 ? ` (${virtual})` : ''}, in turn, for ${seconds} s. A master that hears a better one must step down, so they do not hear each other. Packets to ${virtual} go to the one that announced itself last.${ended ? ` Only ${over.address} goes on; hosts may still send to the other one.` : ''}`,
        cause: causeText(router.kind, masters),
        subject: {
          dst: String(router.addresses[0] ?? ''),
          target: virtual,
          macs: masters.flatMap(({ mac }) => (mac < 0 ? [] : [macNumber(mac)])),
        },
        evidence: masters.flatMap((m) => [
          ...m.marks.slice(0, 1).map((mark) => ({ mark, field: priorityField(router.kind, m), note: `${m.address} advertises` })),
          { mark: m.last, field: priorityField(router.kind, m), note: `${m.address} still advertises` },
        ]),
        count: router.turns,
        about,
      });
    }
  },
});

/** Another station claims the virtual address by ARP or neighbour discovery, and the master goes on: it does not hear that there is another one. */
function judgeTaken(facts: Facts, router: VirtualRouter, say: Say): void {
  const [master] = router.masters;
  if (router.masters.length !== 1 || master.mac < 0 || isVirtual(master.mac)) return;
  for (const virtual of router.addresses)
    for (const neighbour of facts.neighbours.of(virtual)) {
      if (neighbour.port !== router.port) continue;
      const claim = neighbour.claims.find(
        ({ mac, firstNs, lastNs }) =>
          mac !== master.mac && !isVirtual(mac) && firstNs > master.sinceNs && master.lastNs - lastNs > ENDED_NS,
      );
      if (claim === undefined || neighbour.claims.some(({ mac, firstNs }) => mac === master.mac && firstNs > claim.lastNs))
        continue;
      const field = neighbour.kind === 'arp' ? 'arp.src.hw_mac' : 'icmpv6.opt.linkaddr';
      say({
        verdict: 'fail',
        key: `${router.id} ${virtual} taken`,
        title: `${macNumber(claim.mac)} takes ${virtual}, and the ${router.kind} master ${master.address} goes on`,
        message: `${macNumber(claim.mac)} announced ${facts.named(virtual)} ${claim.count === 1 ? 'once' : `${claim.count} times`}. ${facts.named(master.address)} (${macNumber(master.mac)}, ${priorityText(router.kind, master)}) was master of it before and went on to advertise, so it heard of no other master: two are at work.`,
        cause: `The advertisements of the other one do not arrive here (a filter for ${CARRIERS[router.kind]}, a VLAN), or the address is given to a host that is no part of it.`,
        subject: { dst: String(virtual), target: String(virtual), macs: [macNumber(claim.mac), macNumber(master.mac)] },
        evidence: [
          { mark: claim.first, field, note: `says ${macNumber(claim.mac)}` },
          { mark: master.last, field: priorityField(router.kind, master), note: `${master.address} still advertises` },
        ],
        count: claim.count,
        about: facts.withEnd(virtual),
      });
    }
}

/** One address in two groups that are at work at the same time: each has a master of its own. */
function judgeGroups(facts: Facts, say: Say): void {
  const routers = [...facts.services.virtualRouters.list];
  const said = new Set<string>();
  for (const [n, a] of routers.entries())
    for (const b of routers.slice(n + 1)) {
      const virtual = a.addresses.find((address) => b.addresses.some((one) => one.equals(address)));
      const [x, y] = [a.current, b.current];
      if (virtual === undefined || x === null || y === null || a.port !== b.port || a.vlan !== b.vlan) continue;
      if (x.address.equals(y.address) || x.adverts < 3 || y.adverts < 3) continue;
      const key = `${virtual} ${groupName(a)} ${groupName(b)}`;
      if (Math.min(x.last.timeNs, y.last.timeNs) - Math.max(x.sinceNs, y.sinceNs) < ENDED_NS || said.has(key)) continue;
      said.add(key);
      say({
        verdict: 'fail',
        key,
        title: `${virtual} is the address of two groups: ${groupName(a)} of ${x.address} and ${groupName(b)} of ${y.address}`,
        message: `${facts.named(x.address)} is master of ${groupName(a)} and ${facts.named(y.address)} of ${groupName(b)}, at the same time, and both groups have the virtual address ${virtual}. Routers of one group agree who answers for it; those of two groups do not hear each other.`,
        cause: 'The two were meant to be one group: their kind or their number differs.',
        subject: { dst: String(virtual), target: String(virtual) },
        evidence: [
          { mark: x.last, field: priorityField(a.kind, x), note: groupName(a) },
          { mark: y.last, field: priorityField(b.kind, y), note: groupName(b) },
        ],
        count: x.adverts + y.adverts,
        about: [x.uid, y.uid, ...facts.withEnd(virtual)],
      });
    }
}

/** Three intervals without the other one: it has stopped. */
const ENDED_NS = 4e9;

/** As its protocol calls those who answer for the virtual address. */
const MASTERS: Readonly<Record<RouterKind, string>> = {
  VRRP: 'VRRP masters',
  CARP: 'CARP masters',
  HSRP: 'active HSRP routers',
  GLBP: 'active GLBP gateways',
};
/** What their advertisements are sent by. */
const CARRIERS: Readonly<Record<RouterKind, string>> = {
  VRRP: 'protocol 112',
  CARP: 'protocol 112',
  HSRP: 'UDP 1985',
  GLBP: 'UDP 3222',
};
/** The field that says how good one is. */
export const priorityField = (kind: RouterKind, { version }: Master): string =>
  kind === 'GLBP' ? 'glbp.hello.priority' : kind !== 'HSRP' ? 'vrrp.prio' : version === 1 ? 'hsrp.priority' : 'hsrp2.priority';

/** `virtual router 51`, `HSRP group 1`. */
export const groupName = ({ kind, id }: VirtualRouter): string =>
  kind === 'VRRP' ? `virtual router ${id}` : kind === 'CARP' ? `virtual host ${id}` : `${kind} group ${id}`;

const priorityText = (kind: RouterKind, { priority }: Master): string =>
  kind === 'CARP' ? `advskew ${priority}` : `priority ${priority}`;

const masterText = (kind: RouterKind, master: Master): string =>
  `${master.address} (${master.mac < 0 ? '' : `${macNumber(master.mac)}, `}${priorityText(kind, master)})`;

function causeText(kind: RouterKind, masters: readonly Master[]): string {
  const [best, ...others] = [...masters].sort((a, b) => (kind === 'CARP' ? a.priority - b.priority : b.priority - a.priority));
  const versions = masters.map(({ address, version }) => `${address} version ${version}`);
  if (others.some(({ version }) => version !== best.version))
    return `They do not speak the same version: ${versions.join(', ')}. Neither takes the other's messages.`;
  if (others.some(({ secret }) => secret !== best.secret))
    return 'Their authentication differs (its kind or the password), so neither takes the messages of the other.';
  return others.every(({ priority }) => priority !== best.priority)
    ? `The advertisements of ${best.address}, which has the ${kind === 'CARP' ? 'lower advskew' : 'higher priority'}, do not reach ${others.map(({ address }) => address).join(', ')}.`
    : 'Neither takes the advertisements of the other, or they are two clusters with the same router ID.';
}

/** The master that was heard alone for a while, or null. */
export const soleMaster = (router: VirtualRouter, nowNs: number): Master | null =>
  router.current !== null &&
  nowNs - router.current.lastNs < ENDED_NS * 2 &&
  router.masters.every((m) => m === router.current || m.lastNs < (router.current as Master).lastNs - ENDED_NS)
    ? router.current
    : null;
