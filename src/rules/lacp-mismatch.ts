// Ports of one aggregate that do not go to one partner, or an end that will not be aggregated.

import { STATE } from '../../dissectors/lacp.js';
import { macNumber } from '../bytes/show.js';
import type { LacpEnd, LacpPort } from '../flows/services/lacp.js';
import page from './lacp-mismatch.md';
import { portText } from './lacp-no-partner.js';
import { groupedBy, rule } from './rule.js';

export default rule({
  id: 'lacp-mismatch',
  title: 'Ports of one aggregate do not belong together',
  group: 'neighbours',
  severity: 'error',
  spec: 'IEEE 802.1AX clauses 6.3.5, 6.4.14',
  hint: 'Compare the ports at both ends: system ID, key (speed, port-channel number) and cabling (cat /proc/net/bonding/bond0; show lacp neighbor).',
  page,
  judge(facts, say) {
    const ports = [...facts.services.lacp.list].filter(hasPartner);
    // What one system calls one aggregate has one key.
    for (const group of groupedBy(ports, ({ actor }) => `${actor.system} ${actor.key}`).values()) {
      const latest = [...groupedBy(group, ({ actor }) => actor.port).values()].map(newest);
      const partners = groupedBy(latest, ({ partner }) => `${partner.system} ${partner.key}`);
      if (partners.size < 2 || !areTogether(latest)) continue;
      const [{ actor }] = latest;
      const parts = Array.from(partners.values(), ([one]) => partnerText(one.partner));
      say({
        verdict: 'fail',
        key: `${actor.system} ${actor.key}`,
        title: `Ports of one aggregate of ${macNumber(actor.system)} (key ${actor.key}) go to ${partners.size} partners`,
        message: `${latest.map((one) => `port ${one.actor.port} goes to ${partnerText(one.partner)}`).join(', ')}. Only ports that go to one system and one key are used together; the others stay out.`,
        cause: isOneSystem(latest)
          ? 'The ports of the other end belong to different aggregates, or differ in speed or configuration.'
          : `They are cabled to different devices (${parts.join(', ')}), which are not one system to LACP (no MLAG, no stack).`,
        evidence: latest.slice(0, 4).map((one) => ({
          mark: one.last,
          field: 'lacp.partner.sysid',
          note: partnerText(one.partner),
        })),
        count: latest.length,
      });
    }
    for (const { actor, partner, last, place, frames } of ports) {
      if (frames < 2 || isAggregatable(actor) || !isAggregatable(partner)) continue;
      say({
        verdict: 'fail',
        severity: 'warning',
        key: `${actor.system} ${actor.port} individual`,
        title: `${portText(actor)} is individual: it takes part in no aggregate`,
        message: `The LACPDUs of ${portText(actor)} on ${facts.interfaces.name(place)} have the aggregation flag clear, those of its partner ${portText(partner)} have it set. The link is used alone.`,
        cause: 'The port is not a member of an aggregate at that end, or it runs half duplex.',
        evidence: [{ mark: last, field: 'lacp.actor.state.aggregation', note: 'individual' }],
        count: frames,
      });
    }
  },
});

const isAggregatable = ({ state }: LacpEnd): boolean => (state & STATE.aggregation) !== 0;

/** It knows the other end from what that said. */
const hasPartner = ({ partner, aloneFrames }: LacpPort): boolean => aloneFrames === 0 && partner.system !== 0;

const newest = (ports: readonly LacpPort[]): LacpPort => ports.reduce((a, b) => (b.last.timeNs > a.last.timeNs ? b : a));

/** A cable that was moved is no mismatch: all of them are heard to the end. LACPDUs come every thirty seconds at least. */
const SLOW_NS = 30e9;
const areTogether = (ports: readonly LacpPort[]): boolean => {
  const times = ports.map(({ last }) => last.timeNs);
  return Math.max(...times) - Math.min(...times) <= SLOW_NS;
};

const isOneSystem = ([first, ...others]: readonly LacpPort[]): boolean =>
  others.every(({ partner }) => partner.system === first.partner.system);

const partnerText = ({ system, key }: LacpEnd): string => `${macNumber(system)} (key ${key})`;
