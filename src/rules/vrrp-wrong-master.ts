// Packets to a virtual address go to a router that is not its master.
import { macNumber } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { VirtualRouter, VrrpMaster } from '../flows/services/vrrp.js';
import { type EvidenceDraft, rule } from './rule.js';
import { isVirtual, soleMaster } from './vrrp-two-masters.js';
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
    for (const router of facts.services.vrrp.list) {
      const master = soleMaster(router, facts.nowNs);
      if (master === null) continue;
      for (const virtual of router.addresses) {
        const found = facts.conversationsThat(
          ({ request, reply, responder }) =>
            responder.equals(virtual) &&
            request.packets > 0 &&
            reply.packets === 0 &&
            request.firstNs > aloneSince(router, master) &&
            goesElsewhere(request, router, master),
        );
        const key = String(virtual);
        if (found.length === 0 || said.has(key)) continue;
        said.add(key);
        const [{ request }] = found;
        const macs = new Set(found.map((one) => one.request.firstToMac).filter((mac) => mac >= 0));
        const where = macs.size > 0 ? [...macs].map(macNumber).join(', ') : facts.captures[request.first.source].point;
        const old = router.masters.find((m) => macs.has(m.mac));
        const evidence: EvidenceDraft[] = [
          ...found.slice(0, 3).map((one) => ({ mark: one.request.first, field: 'eth.dst', note: `for ${virtual}` })),
          { mark: master.last, field: 'vrrp.prio', note: `${master.address} is master` },
        ];
        say({
          verdict: 'fail',
          key,
          title: `Packets to ${virtual} go to ${where}, the VRRP master is ${master.address}${master.mac < 0 ? '' : ` (${macNumber(master.mac)})`}`,
          message: `${found.length === 1 ? 'A conversation' : `${found.length} conversations`} with ${facts.named(virtual)} went to ${where}${old === undefined ? '' : `, which is ${old.address}`}, and got no answer. Only ${facts.named(master.address)} advertised virtual router ${router.id} then.`,
          cause: `The hosts keep the MAC of the former master: ${master.address} did not announce ${virtual} when it became the only one.`,
          subject: {
            src: String(request.from),
            dst: String(virtual),
            target: String(virtual),
            macs: [...macs].map(macNumber),
          },
          evidence,
          count: found.reduce((sum, one) => sum + one.request.packets, 0),
          about: found.map(({ uid }) => uid),
          under: facts.causes.ofAny(found.map(({ uid }) => uid)),
        });
      }
    }
  },
});

/** Since when nobody else was heard. */
const aloneSince = (router: VirtualRouter, master: VrrpMaster): number =>
  Math.max(master.sinceNs, ...router.masters.filter((m) => m !== master).map(({ last }) => last.timeNs));

function goesElsewhere(request: Direction, router: VirtualRouter, master: VrrpMaster): boolean {
  const mac = request.firstToMac;
  if (mac >= 0) return master.mac >= 0 && mac !== master.mac && !isVirtual(mac) && router.masters.some((m) => m.mac === mac);
  // The link says no MAC: what came in to this node itself is at the wrong one where the master is another node.
  return request.first.direction === DIRECTION.in && request.isForUs && master.last.direction === DIRECTION.in;
}
