// Packets to a virtual address go to a router that is not its master.
import { macNumber } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import { isVirtual } from '../facts/claims.js';
import type { Direction } from '../facts/conversation.js';
import type { Mark } from '../flows/mark.js';
import type { Master, VirtualRouter } from '../flows/services/virtual-routers.js';
import { type EvidenceDraft, rule } from './rule.js';
import { groupName, priorityField, soleMaster } from './vrrp-two-masters.js';
import page from './vrrp-wrong-master.md';

export default rule({
  id: 'vrrp-wrong-master',
  title: 'Packets to a virtual address go to a router that is not master',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 5798 sections 6.4.3, 8.2',
  hint: 'Let the master announce its address again (gratuitous ARP, or an unsolicited neighbour advertisement), and clear the neighbour entry of the hosts.',
  page,
  judge(facts, say) {
    const said = new Set<string>();
    for (const router of facts.services.virtualRouters.list) {
      const master = soleMaster(router, facts.nowNs);
      if (master === null) continue;
      for (const virtual of router.addresses) {
        const sinceNs = aloneSince(router, master);
        const found = facts.conversationsThat(({ request, reply, responder }) =>
          responder.equals(virtual)
            ? request.packets > 0 && reply.packets === 0 && request.firstNs > sinceNs && goesElsewhere(request, router, master)
            : router.masters.length > 1 && goesBy(request, router, master, sinceNs),
        );
        const key = String(virtual);
        if (found.length === 0 || said.has(key)) continue;
        said.add(key);
        const [{ request }] = found;
        const macs = new Set(found.map((one) => one.request.firstToMac).filter((mac) => mac >= 0));
        const where = macs.size > 0 ? [...macs].map(macNumber).join(', ') : facts.captures[request.first.source].point;
        const old = router.masters.find((m) => macs.has(m.mac));
        const evidence: EvidenceDraft[] = [
          ...found.slice(0, 3).map((one) => ({ mark: firstLost(one.request), field: 'eth.dst', note: `for ${virtual}` })),
          { mark: master.last, field: priorityField(router.kind, master), note: `${master.address} is master` },
        ];
        say({
          verdict: 'fail',
          key,
          title: `Packets ${found.every((one) => one.responder.equals(virtual)) ? 'to' : 'that should go by'} ${virtual} go to ${where}, the ${router.kind} master is ${master.address}${master.mac < 0 ? '' : ` (${macNumber(master.mac)})`}`,
          message: `${found.length === 1 ? 'A conversation' : `${found.length} conversations`} ${found.every((one) => one.responder.equals(virtual)) ? 'with' : 'by'} ${facts.named(virtual)} went to ${where}${old === undefined ? '' : `, which is ${old.address}`}, and got no answer. Only ${facts.named(master.address)} advertised ${groupName(router)} then.`,
          cause: `The hosts keep the MAC of the former master: ${master.address} did not announce ${virtual} when it became the only one.`,
          subject: {
            src: String(request.from),
            dst: String(virtual),
            target: String(virtual),
            macs: [...macs].map(macNumber),
          },
          evidence,
          count: found.reduce((sum, { request: { answered, lost, packets } }) => sum + (answered > 0 ? lost : packets), 0),
          about: found.map(({ uid }) => uid),
          under: facts.causes.ofAny(found.map(({ uid }) => uid)),
        });
      }
    }
  },
});

/** The first of those that were lost at last. */
function firstLost({ phases, first }: Direction): Mark {
  const last = phases.at(-1);
  return last?.outcome === 'lost' ? last.first : first;
}

/** Since when no other was heard. */
const aloneSince = (router: VirtualRouter, master: Master): number =>
  Math.max(master.sinceNs, ...router.masters.filter((m) => m !== master).map(({ last }) => last.timeNs));

/** It is sent to the MAC of a former master, as a gateway's, and nothing has come back since another one is master. */
function goesBy(request: Direction, router: VirtualRouter, master: Master, sinceNs: number): boolean {
  const { firstToMac: mac, other, phases, lastNs } = request;
  if (request.lost === 0 || mac < 0 || mac === master.mac || isVirtual(mac)) return false;
  if (!router.masters.some((m) => m.mac === mac && m !== master)) return false;
  const isLost = request.firstNs > sinceNs || phases.at(-1)?.outcome === 'lost';
  return isLost && lastNs > sinceNs && (other.packets === 0 || other.lastNs < sinceNs);
}

function goesElsewhere(request: Direction, router: VirtualRouter, master: Master): boolean {
  const mac = request.firstToMac;
  if (mac >= 0) return master.mac >= 0 && mac !== master.mac && !isVirtual(mac) && router.masters.some((m) => m.mac === mac);
  // The link says no MAC: what came in to this node itself is at the wrong one where the master is another node.
  return request.first.direction === DIRECTION.in && request.isForUs && master.last.direction === DIRECTION.in;
}
