// Two routers are master of one virtual router at the same time.
import { macNumber } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { VirtualRouter, VrrpMaster } from '../flows/services/vrrp.js';
import { atLeast, rule, type Say } from './rule.js';
import page from './vrrp-two-masters.md';

export default rule({
  id: 'vrrp-two-masters',
  title: 'Two VRRP masters at once',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 3768 section 6.4.3; RFC 5798 section 6.4.3',
  hint: 'Why do the advertisements of one not reach the other? Look at filters for protocol 112, at the VLAN between them, at password and version; two clusters on one link need two router IDs.',
  page,
  options: {
    turns: atLeast(3, 'times a master was heard again after the other one; when one takes over they meet once or twice'),
  },
  judge(facts, say, { turns }) {
    const said = new Set<string>();
    for (const router of facts.services.vrrp.list) judgeTaken(facts, router, say);
    for (const router of facts.services.vrrp.list) {
      if (router.turns < turns) continue;
      const masters = router.masters.filter(({ adverts }) => adverts > 1).sort((a, b) => a.address.compare(b.address));
      if (masters.length < 2) continue;
      const key = `${router.id} ${masters.map(({ address }) => address).join(' ')}`;
      if (said.has(key)) continue;
      said.add(key);
      const virtual = router.addresses.join(', ');
      const seconds = Math.max(1, Math.round((router.lastTurnNs - router.firstTurnNs) / 1e9));
      const about = new Set<number>();
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
        title: `Two VRRP masters at once for ${virtual}: ${masters.map(({ address }) => address).join(' and ')}`,
        message: `${masters.map((m) => masterText(m)).join(' and ')} both advertise virtual router ${router.id} (${virtual}), in turn, for ${seconds} s. A master that hears a higher priority must step down, so they do not hear each other. Packets to ${virtual} go to the one that announced itself last.${ended ? ` Only ${over.address} goes on; hosts may still send to the other one.` : ''}`,
        cause: causeText(masters),
        subject: {
          dst: String(router.addresses[0] ?? ''),
          target: virtual,
          macs: masters.flatMap(({ mac }) => (mac < 0 ? [] : [macNumber(mac)])),
        },
        evidence: masters.flatMap((m) => [
          ...m.marks.slice(0, 1).map((mark) => ({ mark, field: 'vrrp.prio', note: `${m.address} advertises` })),
          { mark: m.last, field: 'vrrp.prio', note: `${m.address} still advertises` },
        ]),
        count: router.turns,
        about,
      });
    }
  },
});

/** Somebody else claims the virtual address by ARP or neighbour discovery, and the master goes on: it does not hear that there is another one. */
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
        title: `${macNumber(claim.mac)} takes ${virtual}, and the VRRP master ${master.address} goes on`,
        message: `${macNumber(claim.mac)} announced ${facts.named(virtual)} ${claim.count === 1 ? 'once' : `${claim.count} times`}. ${facts.named(master.address)} (${macNumber(master.mac)}, priority ${master.priority}) was master of it before and went on to advertise, so it heard of no other master: two are at work.`,
        cause:
          'The advertisements of the other one do not arrive here (a filter for protocol 112, a VLAN), or the address is given to a host that is no part of it.',
        subject: { dst: String(virtual), target: String(virtual), macs: [macNumber(claim.mac), macNumber(master.mac)] },
        evidence: [
          { mark: claim.first, field, note: `says ${macNumber(claim.mac)}` },
          { mark: master.last, field: 'vrrp.prio', note: `${master.address} still advertises` },
        ],
        count: claim.count,
        about: facts.withEnd(virtual),
      });
    }
}

/** Virtual MACs of routers, RFC 5798 section 7.3: whoever is master has them. */
export const isVirtual = (mac: number): boolean => mac - (mac % 0x1_0000) === 0x00005e000000;

/** Three intervals without the other one: it has stopped. */
const ENDED_NS = 4e9;

const masterText = ({ address, mac, priority }: VrrpMaster): string =>
  `${address} (${mac < 0 ? '' : `${macNumber(mac)}, `}priority ${priority})`;

const causeText = (masters: readonly VrrpMaster[]): string => {
  const [first, ...others] = [...masters].sort((a, b) => b.priority - a.priority);
  return others.every(({ priority }) => priority < first.priority)
    ? `The advertisements of ${first.address}, which has the higher priority, do not reach ${others.map(({ address }) => address).join(', ')}.`
    : 'Neither takes the advertisements of the other, or they are two clusters with the same router ID.';
};

/** The master that was heard alone for a while, or null. */
export const soleMaster = (router: VirtualRouter, nowNs: number): VrrpMaster | null =>
  router.current !== null &&
  nowNs - router.current.lastNs < ENDED_NS * 2 &&
  router.masters.every((m) => m === router.current || m.lastNs < (router.current as VrrpMaster).lastNs - ENDED_NS)
    ? router.current
    : null;
