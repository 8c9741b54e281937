// A port speaks LACP and hears no partner: there is none, or one end does not hear the other.
import { macNumber } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import type { LacpEnd, LacpPort } from '../flows/services/lacp.js';
import page from './lacp-no-partner.md';
import { type EvidenceDraft, groupedBy, rule, type Say } from './rule.js';

export default rule({
  id: 'lacp-no-partner',
  title: 'A port speaks LACP and hears no partner',
  group: 'neighbours',
  severity: 'error',
  spec: 'IEEE 802.1AX clause 6.4',
  hint: 'Is the other end configured for LACP (802.3ad) on this port, and is the cable in the right one (cat /proc/net/bonding/bond0; show lacp neighbor)?',
  page,
  judge(facts, say) {
    const places = groupedBy(facts.services.lacp.list, ({ place }) => place);
    for (const [place, ports] of places)
      for (const port of ports) if (isAlone(port)) judgePort(facts.interfaces.name(place), port, ports, say);
  },
});

/** Its state says so in two LACPDUs: it goes by what is configured only after it has waited for its timeout (clause 6.4.12). */
const isAlone = ({ aloneFrames }: LacpPort): boolean => aloneFrames > 1;

/** What is sent while it waits is not proof: it may be on its way up. */
const WAIT_NS = 3e9;

export const portText = ({ system, port }: LacpEnd): string => `${macNumber(system)} port ${port}`;

function judgePort(name: string, port: LacpPort, ports: readonly LacpPort[], say: Say): void {
  const { alone, actor, up, aloneFrames: count, last } = port;
  if (alone === null) return;
  const seen: EvidenceDraft[] = [
    ...(up === null ? [] : [{ mark: up, field: 'lacp.actor.state', note: 'in use until here' }]),
    { mark: alone, field: 'lacp.actor.state', note: 'hears no partner' },
    { mark: last, field: 'lacp.actor.state', note: 'still hears no partner' },
  ];
  const common = { key: `${port.place} ${actor.system} ${actor.port}`, evidence: seen, count, absence: true } as const;
  // Those that speak while it waits: LACPDUs come every second or every thirty.
  const others = ports.filter(
    (one) => one !== port && one.actor.system !== actor.system && last.timeNs - one.first.timeNs > WAIT_NS && one.frames > 1,
  );
  const other = others.find((one) => one.last.timeNs > alone.timeNs);
  if (other !== undefined) {
    say({
      ...common,
      verdict: 'fail',
      title: `${portText(actor)} does not hear the LACPDUs of ${portText(other.actor)} on ${name}`,
      message: `Both send LACPDUs on ${name}. The state of ${portText(actor)} says that it heard none (defaulted or expired)${isAlone(other) ? ', and so does that of the other end' : '; the other end hears it'}. The link is not used by the aggregate.`,
      cause: `LACPDUs to ${macNumber(actor.system)} are lost on the way or dropped there: something between them does not pass on 01:80:c2:00:00:02 (a bridge, a media converter, a virtual switch).`,
      evidence: [...seen, { mark: other.last, field: 'lacp.actor.state', note: `${portText(other.actor)} sends` }],
    });
  } else if (up !== null || others.length > 0)
    say({
      ...common,
      verdict: 'fail',
      title: `The LACP partner of ${portText(actor)} on ${name} is silent`,
      message: `${portText(actor)} passed traffic on ${name} with ${portText(port.partner)} before, and has heard no LACPDU of it since. The link is not used by the aggregate.`,
      cause: 'The other end was shut down, changed or plugged elsewhere, or its LACPDUs do not arrive.',
    });
  else if (port.direction === DIRECTION.out)
    say({
      ...common,
      verdict: 'fail',
      severity: 'warning',
      title: `Nobody answers the LACPDUs of ${portText(actor)} on ${name}`,
      message: `The node sent ${port.frames} LACPDUs on ${name} and none came in. The link is not used by the aggregate, or it is used alone.`,
      cause: 'The other end does not speak LACP on this port: it has no aggregate there, or a static one (mode on).',
    });
  else if (port.direction === DIRECTION.in)
    say({
      ...common,
      verdict: 'fail',
      severity: 'info',
      title: `${portText(actor)} speaks LACP on ${name}, and this node does not answer`,
      message: `${port.frames} LACPDUs came in on ${name}, and the node sent none. A switch port that may be part of an aggregate does that; many pass traffic alone then (LACP fallback), some pass none.`,
      cause: 'This node has no aggregate on that interface.',
    });
  else
    say({
      ...common,
      verdict: 'inconclusive',
      title: `No LACP partner of ${portText(actor)} is seen on ${name}`,
      message: `${port.frames} LACPDUs of ${portText(actor)} were captured, whose state says that it hears nobody, and none of another end. One direction of the link may be missing from this capture.`,
      hint: 'Capture both directions of the link, on the host or on the switch.',
    });
}
