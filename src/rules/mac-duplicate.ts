// Two machines have one MAC: the switch believes it to be where it was heard last.
import { macNumber as macText } from '../bytes/show.js';
import { isVirtual } from '../facts/claims.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { Ip } from '../topology/ip.js';
import page from './mac-duplicate.md';
import { entry, rule, type Say } from './rule.js';

/** A machine that uses the MAC, as one of its addresses. */
interface Holder {
  readonly ip: Ip;
  /** Where it is: a port of the bridge, or a node of the topology. */
  readonly place: string;
  readonly first: Mark;
}

export default rule({
  id: 'mac-duplicate',
  title: 'Two machines have the same MAC',
  group: 'neighbours',
  severity: 'error',
  spec: 'IEEE 802.1Q section 8.7 (learning)',
  hint: 'Give one of them another MAC: a copied machine keeps that of the one it was copied from (on a hypervisor make a new one for its card; on Linux ip link set DEV address MAC).',
  page,
  judge(facts, say) {
    const said = new Set<string>();
    for (const { source, mac, holders } of [...atPorts(facts), ...ofNodes(facts)]) {
      const key = `${source} ${mac}`;
      if (said.has(key)) continue;
      said.add(key);
      report(facts, source, mac, holders, say);
    }
  },
});

function report(facts: Facts, source: number, mac: number, holders: readonly Holder[], say: Say): void {
  const about = holders.flatMap(({ ip }) =>
    facts.withEnd(ip).filter((uid) => facts.conversation(uid)?.directions.some(({ lost }) => lost > 0) === true),
  );
  const lost = about.reduce(
    (sum, uid) => sum + (facts.conversation(uid)?.directions.reduce((all, direction) => all + direction.lost, 0) ?? 0),
    0,
  );
  const { point } = facts.captures[source];
  say({
    verdict: 'fail',
    severity: lost > 0 ? 'error' : 'warning',
    key: `${point} ${macText(mac)}`,
    title: `${holders.length} machines have the MAC ${macText(mac)}: ${holders.map(({ ip }) => ip).join(' and ')}`,
    message: `${holders.map(({ ip, place }) => `${ip} (${place})`).join(' and ')} send with the same MAC ${macText(mac)}. ${lost > 0 ? `${lost} packets from or to them were lost.` : 'Nothing that was lost is seen yet.'}`,
    cause:
      'A switch learns a MAC at the port where it was heard last: each frame of one machine draws the frames for the other one to its port, where nobody takes them. So connections break in turns.',
    subject: {
      src: null,
      dst: String(holders[0].ip),
      target: String(holders[1].ip),
      macs: [macText(mac)],
      node: point,
    },
    evidence: holders.map(({ first, ip, place }) => ({ mark: first, note: `${ip}, ${place}` })),
    count: Math.max(lost, holders.length),
    about,
  });
}

interface Found {
  readonly source: number;
  readonly mac: number;
  readonly holders: readonly Holder[];
}

/** Frames of one MAC come in by several ports of a bridge in turns, by each with an address of its own. */
function atPorts(facts: Facts): Found[] {
  return [...facts.bridges.residents()].flatMap(({ source, mac, addresses }): Found[] => {
    if (isVirtual(mac)) return [];
    const settled = [...addresses.values()].filter(({ ip, ports }) => ports.size === 1 && !ip.isLinkLocal);
    for (const a of settled)
      for (const b of settled) {
        const [[p], [q]] = [[...a.ports], [...b.ports]];
        // One after the other is a machine that was moved, or a bond that changed its link.
        const inTurns = a.first.timeNs < b.first.timeNs && b.first.timeNs < a.lastNs;
        if (p === q || !inTurns || !facts.bridges.areBridged(p, q)) continue;
        const holders = [a, b].map(({ ip, first }, i) => ({
          ip,
          first,
          place: `behind ${facts.interfaces.name(i === 0 ? p : q)}`,
        }));
        return [{ source, mac, holders }];
      }
    return [];
  });
}

/** Machines of the topology that have the same MAC, and speak with it here for their addresses. */
function ofNodes(facts: Facts): Found[] {
  const { topology } = facts;
  if (topology === null) return [];
  const byMac = new Map<string, { readonly source: number; readonly mac: number; readonly holders: Map<string, Holder> }>();
  for (const n of facts.neighbours.list)
    for (const { mac, first } of [...n.claims, ...n.users]) {
      if (isVirtual(mac) || n.target.isLinkLocal) continue;
      const owners = topology.interfacesByMac(mac);
      const owner = owners.find(({ addresses }) => addresses.some(({ address }) => address.equals(n.target)));
      if (owner === undefined || owners.every(({ node }) => node === owner.node)) continue;
      const { holders } = entry(byMac, `${n.source} ${n.segment} ${mac}`, () => ({
        source: n.source,
        mac,
        holders: new Map<string, Holder>(),
      }));
      entry(holders, owner.node, (): Holder => ({ ip: n.target, place: owner.node, first }));
    }
  return [...byMac.values()].flatMap(({ source, mac, holders }) =>
    holders.size < 2 ? [] : [{ source, mac, holders: [...holders.values()] }],
  );
}
