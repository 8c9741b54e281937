// Flows that other tools saw on their way, and of which nothing shows that they got an answer: where they were heard of last.
import { quantity } from '../bytes/units.js';
import type { Facts } from '../facts/facts.js';
import { type LastHeard, type LostAt, lastHeard } from '../facts/witness-way.js';
import { endsOf, type Told, type WitnessFlow } from '../facts/witnesses.js';
import { HALF_OPEN } from '../witnesses/conntrack.js';
import { WITNESS_NAMES } from '../witnesses/event.js';
import { entry, rule } from './rule.js';
import page from './witness-lost.md';
import { hostText, isContradicted, isDenied, isDropped, nodesOf, subjectOf, targetText, uidsOf } from './witnessed.js';

interface Group {
  readonly flows: WitnessFlow[];
  readonly told: Told[];
  readonly heard: LastHeard | null;
  readonly what: What;
}

/** `lost`: asked again, so no answer came. */
type What = 'refused' | 'lost' | 'open';

export default rule({
  id: 'witness-lost',
  title: 'Flows that another tool saw were not answered',
  group: 'witness',
  severity: 'error',
  hint: 'Let the tool listen on both nodes and for longer (hubble observe --follow), or capture on them (tcpdump -i any).',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    if (!witnesses.any) return;
    const groups = new Map<string, Group>();
    for (const flow of witnesses.flows()) {
      const what = whatOf(facts, flow);
      if (what === null) continue;
      const heard = what === 'refused' ? null : lastHeard(facts, flow);
      const key = what === 'open' ? 'open' : `${what} ${heard?.at} ${heard?.node} ${endsOf(flow)}`;
      const group = entry(groups, key, (): Group => ({ flows: [], told: [], heard, what }));
      group.flows.push(flow);
      if (heard !== null) group.told.push(heard.told, ...heard.shown);
      else group.told.push(...quotable(facts, flow, what));
    }
    for (const [key, { flows, told, heard, what }] of groups) {
      const [flow] = flows;
      const asked = flows.reduce((sum, one) => sum + timesAsked(witnesses.asks(one)), 0);
      const node = heard?.node || nodesOf(told)[0] || '';
      const common = {
        key,
        subject: subjectOf(flow, node),
        evidence: [],
        quotes: told,
        about: uidsOf(flows),
        count: asked || flows.length,
      };
      const who = `${hostText(facts, flow.client)} → ${targetText(facts, flow)}`;
      const tool = WITNESS_NAMES[told[0].group.event.kind];
      if (what === 'open') {
        const targets = new Set(flows.map(({ server }) => hostText(facts, server)));
        say({
          ...common,
          verdict: 'inconclusive',
          confidence: 'low',
          title: `${quantity(flows.length, 'flow')} got no answer that ${tool === 'Hubble' ? 'Hubble' : 'a witness'} shows${flows.length === 1 ? `: ${who}` : ''}`,
          message: `${flows.length === 1 ? who : `${quantity(flows.length, 'flow')} to ${targets.size === 1 ? [...targets][0] : `${targets.size} hosts`}`}: ${heard === null ? 'it was asked' : whereText(facts, heard, flow)}, and no answer is shown. Nothing proves that none came: the question was not repeated, and tools leave out events that are like others.`,
          alternatives: heard === null ? [] : CAUSES[heard.at].filter((text) => text !== ''),
          hint: tool === WITNESS_NAMES.conntrack ? FOLLOW : undefined,
        });
        continue;
      }
      if (what === 'refused') {
        say({
          ...common,
          verdict: 'fail',
          title: `${hostText(facts, flow.server)} refuses connections to port ${flow.server.port}`,
          message: `${tool} saw ${quantity(flows.length, 'connection')} of ${hostText(facts, flow.client)} reset by the other end before ${flows.length === 1 ? 'it was' : 'they were'} open.`,
          cause: 'Nothing listens on the port, or a filter rejects connections in this way.',
          hint: 'Does the program run, and listen on this port and address? A targetPort of a service that is wrong refuses in the same way.',
        });
        continue;
      }
      if (told.some(({ group: { event } }) => event.kind === 'conntrack' && event.detail.endsWith(HALF_OPEN))) {
        say({
          ...common,
          verdict: 'fail',
          title: `Connections do not open: ${who}`,
          message: `${tool}${node === '' ? '' : ` at ${node}`} saw ${quantity(flows.length, 'connection')} ${who} end after the server's SYN-ACK: the client never acknowledged it.`,
          cause:
            'The SYN-ACK is lost after this machine, or the client does not take it: a reverse path filter, a translation that is missing on the way back, a firewall at the client.',
          hint: 'Capture on this machine and at the client (tcpdump -i any): where is the SYN-ACK seen last? A client that answers it with a reset does not know the connection.',
          under: facts.causes.ofAnyFault(common.about),
        });
        continue;
      }
      const doubtful = told.some(({ witness }) => witnesses.missed(witness));
      const [cause = '', ...alternatives] = heard === null ? [] : CAUSES[heard.at];
      say({
        ...common,
        verdict: doubtful ? 'inconclusive' : 'fail',
        confidence: heard === null || heard.at === 'left' || heard.at === 'overlay' ? 'medium' : 'high',
        title: `${titleText(heard)}: ${who}`,
        message: `${who} was tried ${quantity(asked, 'time')} without an answer${heard === null ? '' : `: ${whereText(facts, heard, flow)}`}.${doubtful ? ' The witness lost events or did not hear some nodes, so an answer may have been missed.' : ''}`,
        cause,
        alternatives,
        hint: heard === null ? undefined : HINTS[heard.at],
        under: facts.causes.ofAnyFault(common.about),
      });
    }
  },
});

/** Null: answered, explained, not due, or nothing was asked. */
function whatOf(facts: Facts, flow: WitnessFlow): What | null {
  const { witnesses, causes } = facts;
  const { told, conversations } = flow;
  if (told.some(({ group }) => isDropped(group.event) || isDenied(group.event)) || isContradicted(flow)) return null;
  if (witnesses.isProxied(flow)) return null;
  // What the packets show counts more: tools leave out events that are like others.
  if (conversations.some((one) => causes.of(one) !== null || one.reply.packets > 0)) return null;
  if (witnesses.isRefused(flow)) return conversations.length > 0 ? null : 'refused';
  if (witnesses.isAnswered(flow)) return null;
  const isLost = witnesses.asks(flow).length > 0 && witnesses.isRepeated(flow);
  // Of packets in the captures it says where they were lost, if it knows that; whether they were is for the captures to say.
  if (conversations.length > 0) return isLost && isTelling(lastHeard(facts, flow)) ? 'lost' : null;
  // It is not known whether such a datagram wants an answer. That nothing at all was answered is no pass either.
  if (witnesses.asks(flow).length === 0) return witnesses.isAllSilent(flow) ? 'open' : null;
  if (isLost) return 'lost';
  return witnesses.isNotDue(flow) ? null : 'open';
}

const isTelling = (heard: LastHeard | null): boolean => heard !== null && heard.at !== 'left';

function whereText(facts: Facts, { at, told, shown }: LastHeard, flow: WitnessFlow): string {
  const { event } = told.group;
  const tool = event.kind === 'kernel' ? 'the kernel' : WITNESS_NAMES[event.kind];
  const here = event.node === '' ? '' : ` at ${event.node}`;
  switch (at) {
    case 'inside':
      return `${tool} saw it leave the endpoint${here} and reach no further point`;
    case 'delivered':
      return `${tool} saw it delivered to ${hostText(facts, flow.server)}${here}`;
    case 'overlay':
      return `${tool} saw it go into the tunnel${here}, and on no other node come out of it`;
    case 'modes':
      return `${tool} saw its answer leave by ${event.point.slice(3)}${here}, while the question went by ${shown[0]?.group.event.point.slice(3)}${shown[0]?.group.event.node ? ` at ${shown[0].group.event.node}` : ''}`;
    case 'answer':
      return `${tool} saw an answer leave (${event.point}${here}) that does not arrive`;
    case 'nic':
      return `${tool} saw it handed to the network${here}, whose capture on all interfaces does not have it`;
    case 'stack':
      return `${tool} saw it last on its way into the network stack of the node${here}`;
    case 'left':
      return `${tool} heard of it last at ${event.point}${here}`;
  }
}

const titleText = (heard: LastHeard | null): string => {
  if (heard === null) return 'No answer';
  const here = heard.node === '' ? '' : ` at ${heard.node}`;
  const texts: Readonly<Record<LostAt, string>> = {
    inside: `Lost in BPF${here}, right behind the endpoint`,
    delivered: `Delivered${here} and not answered`,
    overlay: `Lost in the tunnel from ${heard.node || 'the node'}`,
    modes: 'One node uses the tunnel, and the other does not',
    answer: `The answer is lost after ${heard.told.group.event.point}${here}`,
    nic: `Lost behind BPF${here}, before any interface`,
    stack: `Lost in the network stack${here}`,
    left: `Lost after ${heard.told.group.event.point}${here}`,
  };
  return texts[heard.at];
};

/** The likeliest cause first; '' where nothing more can be said. */
const CAUSES: Readonly<Record<LostAt, readonly string[]>> = {
  inside: ['A program of BPF dropped it. A line with the verdict DROPPED would have the reason.'],
  delivered: ['The way there is in order: the application or the pod does not answer, or its answer does not leave the pod.'],
  overlay: [
    'The network between the nodes loses the tunnel packets: a filter on the port of the tunnel, a size that does not fit, or a wrong checksum.',
  ],
  modes: ['The nodes run different routing modes: one sends pod traffic through the tunnel, the other sends it bare.'],
  answer: ['The return path is broken: routes, filters and sizes from this point on.'],
  nic: ['The node itself lost it after BPF: a filter of tc or the packet filter, or a queue of the interface.'],
  stack: [
    "The node's own packet filter, its routes or its reverse-path filter had it last.",
    'The program that it is for does not answer.',
  ],
  left: [''],
};

const HINTS: Readonly<Record<LostAt, string>> = {
  inside: 'Look for its drop: `hubble observe --verdict DROPPED`, `cilium-dbg monitor --type drop` on the node.',
  delivered:
    'Does the program in the pod listen on this port (ss -ltn)? Capture in the pod: kubectl debug, or nsenter with tcpdump.',
  overlay:
    'Capture on the interface between the nodes at both ends (udp port 8472, 4789 or 6081): does the outer packet leave and arrive?',
  modes:
    'Compare `cilium-dbg status --verbose` (routing, tunnel) of both nodes, and restart the agent of the one that has an old configuration.',
  answer: 'Capture at both nodes, and follow the answer.',
  nic: 'Look at `tc -s filter show dev DEV egress`, `nft list ruleset` and `ip -s link show DEV` of the node.',
  stack: 'Look at `iptables-save -c` or `nft list ruleset`, `ip route get`, and rp_filter of the node; pwru shows the function.',
  left: 'Let the tool listen on all nodes of the way, or capture there.',
};

const FOLLOW = 'Follow the connections while it is asked again (conntrack -E), or capture on both machines (tcpdump -i any).';

/** A question is seen at each point of its way: as often as at the busiest. */
const timesAsked = (asks: readonly Told[]): number => Math.max(0, ...asks.map(({ group }) => group.count));

/** Lines that show it: the resets, the questions, or else everything. */
function quotable(facts: Facts, flow: WitnessFlow, what: What): readonly Told[] {
  if (what === 'refused') return flow.told.filter(({ group: { event } }) => event.isReply === true);
  const asks = facts.witnesses.asks(flow);
  return asks.length > 0 ? asks : flow.told;
}
