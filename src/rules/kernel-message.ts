// Faults that a kernel or a tool of the link names by itself.
import { quantity } from '../bytes/units.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { WITNESS_NAMES, type WitnessEvent } from '../witnesses/event.js';
import { hostOf } from '../witnesses/says.js';
import type { Severity } from './finding.js';
import { stopsHere } from './forwarding.js';
import page from './kernel-message.md';
import { groupedBy, push, rule } from './rule.js';
import { countOf, hostText, nodesOf } from './witnessed.js';

interface Meaning {
  readonly severity?: Severity;
  readonly title: (event: WitnessEvent, facts: Facts, at: string) => string;
  readonly cause: string;
  readonly hint: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'martian source': {
    title: ({ src, dst, interface: dev }, facts, at) =>
      `Packets from ${hostText(facts, src)} to ${hostText(facts, dst)} are refused as martian on ${dev}${at}`,
    cause:
      'The kernel does not believe that this source is behind that interface: its own route back leads elsewhere (reverse-path filter), or the address is its own.',
    hint: 'Ask on the node: `ip route get SOURCE`. Correct the route, or set rp_filter of the interface to 2 (loose).',
  },
  'martian destination': {
    severity: 'warning',
    title: ({ dst, interface: dev }, facts, at) => `Packets to ${hostText(facts, dst)} are refused as martian on ${dev}${at}`,
    cause: 'The destination is no address that a packet may have there.',
    hint: 'Who sends to this address?',
  },
  'bad checksum': {
    title: ({ src, dst }, facts, at) =>
      `Wrong UDP checksum from ${hostText(facts, src)} to ${hostText(facts, dst)} port ${dst.port}${at}`,
    cause:
      'The receiver drops such packets. Often the sender leaves the checksum to its interface, which does not compute it (offload).',
    hint: 'Switch off the offload at the sender: `ethtool -K DEV tx off`; for tunnels `tx-udp_tnl-segmentation off` as well.',
  },
  'neighbour table overflow': {
    title: (_, __, at) => `The neighbour table is full${at}`,
    cause: 'There are more neighbours than gc_thresh3 allows: packets to further ones are dropped.',
    hint: 'Enlarge net.ipv4.neigh.default.gc_thresh1, 2 and 3 (and ipv6), or make the network on the link smaller.',
  },
  'own address as source': {
    severity: 'warning',
    title: ({ interface: dev }, _, at) => `Packets with the node's own MAC come in by ${dev}${at}`,
    cause: 'What the bridge sends comes back: a loop between switches or bonds, or another machine has the same MAC.',
    hint: 'Look for two links between the same switches, a bond without LACP on the other side, and for copied machines with the same MAC.',
  },
  'connection table full': {
    title: (_, __, at) => `The connection table is full${at}: new connections are dropped`,
    cause: 'nf_conntrack_max is reached.',
    hint: 'Raise net.netfilter.nf_conntrack_max, or find out who opens so many connections: `conntrack -L | awk ...`, `conntrack -S`.',
  },
  'duplicate address': {
    title: ({ dst, interface: dev }, facts, at) => `${hostText(facts, dst)} is already in use on the link of ${dev}${at}`,
    cause: 'Duplicate address detection was answered (RFC 4862 section 5.4): the address is not used here.',
    hint: 'Which other machine has it? The MAC in the message says so where there is one.',
  },
  'transmit queue timed out': {
    title: ({ interface: dev }, _, at) => `${dev} does not send any more${at}: its transmit queue timed out`,
    cause: 'The driver or the hardware of the interface is stuck.',
    hint: 'Look at the lines around it, and at firmware and driver of the interface.',
  },
  'SYN flooding': {
    severity: 'warning',
    title: ({ dst }, _, at) => `More connections come in to port ${dst.port} than the program accepts${at}`,
    cause: 'The queue of the listening socket is full.',
    hint: 'Is the program too slow, or its backlog too short (somaxconn, tcp_max_syn_backlog)?',
  },
  'several MACs answer': {
    title: ({ dst }, facts, at) => `Several machines answer ARP for ${hostText(facts, dst)}${at}`,
    cause: 'Two machines have the address, or one answers in the name of another (proxy ARP).',
    hint: 'Find the owners of the MACs, and take the address from one of them.',
  },
  'pings are answered twice': {
    severity: 'warning',
    title: ({ dst }, facts, at) => `Pings of ${hostText(facts, dst)} are answered more than once${at}`,
    cause:
      'Two machines have the address, or a loop or a mirror on the way doubles the packets (switches without spanning tree, a bond, two bridges in a row).',
    hint: 'Ask for the MACs of the address: `arping -c 3 ADDRESS`. With one MAC, capture at both ends of the link: where are there two copies?',
  },
  'a router redirects': {
    severity: 'warning',
    title: ({ dst }, facts, at) => `A router sends the packets to ${hostText(facts, dst)} back out where they came from${at}`,
    cause: 'Another router on the same link is the better next hop (RFC 792): the route of the machine that pings is a detour.',
    hint: 'Give that machine the route by the router that the redirect names.',
  },
  'HTTP server error': {
    severity: 'warning',
    title: ({ dst, src }, facts, at) =>
      `${hostText(facts, src) || hostText(facts, dst)} answers with a server error of HTTP${at}`,
    cause: 'The program, or a proxy in front of it, could not serve the request. The network delivered question and answer.',
    hint: 'Look into the log of that program for these times; of a proxy also at the server behind it.',
  },
  'DNS server error': {
    severity: 'warning',
    title: ({ src }, facts, at) => `The name server ${hostText(facts, src)} answers with an error${at}`,
    cause:
      'The name server does not reach those who know the name, or refuses the question. The network delivered question and answer.',
    hint: 'Ask it by hand: `dig NAME @SERVER`, and look into its log.',
  },
  'the address is in use': {
    title: ({ dst }, facts, at) => `${hostText(facts, dst)} is already in use on the link${at}`,
    cause: 'A test for duplicates (arping -D) was answered.',
    hint: 'Find the owner of the MAC, or choose another address.',
  },
};

export default rule({
  id: 'kernel-message',
  title: 'The kernel names a fault by itself',
  group: 'witness',
  severity: 'error',
  hint: 'The message says what to look at.',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    if (!witnesses.any) return;
    const said = new Set([...facts.complaints].map(({ kind, server, port }) => `${kind} ${server} ${port}`));
    const pairs = groupedBy(
      // What the captures hold is reported by what they show.
      witnesses
        .complaints()
        .filter(({ group: { event } }) => !said.has(`http ${event.src.address} ${event.src.port}`) || event.fault === ''),
      ({ group: { event } }) => `${placeOf(event)}|${hostOf(event.src)} ${hostOf(event.dst)}`,
    );
    const places = groupedBy(pairs, ([, [{ group }]]) => placeOf(group.event));
    const groups = groupedBy(pairs, ([key, [{ group }]]) => {
      const place = placeOf(group.event);
      return (places.get(place)?.length ?? 0) >= MANY ? place : key;
    });
    const packets = lazy(() => ailingPackets(facts));
    for (const [key, alike] of groups) {
      const told = alike.flatMap(([, one]) => one);
      const others = alike.length === 1 ? '' : `, and the like of ${alike.length - 1} other pairs of addresses`;
      const [
        {
          group: { event },
        },
      ] = told;
      const meaning = MEANINGS[event.fault || event.reason];
      if (meaning === undefined) continue;
      const [node] = nodesOf(told);
      const about = new Set(told.flatMap(({ group }) => packetsOf(group.event, packets)));
      if (event.fault === 'connection table full' || event.reason === 'connection table full')
        for (const uid of stoppedAt(facts, node)) about.add(uid);
      const count = countOf(told);
      const name =
        event.kind === 'kernel'
          ? `The kernel${node === undefined ? '' : ` of ${node}`} says so`
          : `${WITNESS_NAMES[event.kind]} shows it${node === undefined ? '' : ` at ${node}`}`;
      say({
        verdict: 'fail',
        severity: isNoise(event) ? 'info' : meaning.severity,
        key,
        title: `${meaning.title(event, facts, node === undefined ? '' : ` at ${node}`)}${others}`,
        message: `${name} (${quantity(count, 'time')})${event.detail === '' ? '' : `: ${event.detail}`}.`,
        cause: meaning.cause,
        hint: meaning.hint,
        subject: {
          src: hostOf(event.src) || null,
          dst: hostOf(event.dst) || null,
          proto: event.proto || null,
          interfaceIn: event.interface || null,
          node: node ?? null,
        },
        evidence: [],
        quotes: told,
        count,
        about,
        under: facts.causes.ofAnyFault(about),
      });
    }
  },
});

/** Uids of connections that never got past this node, or past the only one that captured where the message names none. */
function stoppedAt(facts: Facts, node: string | undefined): number[] {
  const points = new Set(facts.captures.map(({ point }) => point));
  const isHere = ({ point, node: own }: { point: string; node: string | null }): boolean =>
    node === undefined ? points.size === 1 : node === point || node === own;
  const found: number[] = [];
  for (const direction of facts.ailingDirections()) {
    const stops = direction.paths.filter((use) => stopsHere(facts, direction, use));
    // What is in the table already is not dropped.
    if (stops.length === 0 || stops.length < direction.paths.length) continue;
    if (stops.every((use) => isHere(facts.captures[facts.paths.lastNode(use).source]))) found.push(direction.conversation.uid);
  }
  return found;
}

/** Broadcasts of machines that look for an address are martians on every link with two networks. */
const isNoise = ({ reason, src, dst }: WitnessEvent): boolean =>
  reason.startsWith('martian') && (dst.address === '255.255.255.255' || src.address === '0.0.0.0');

/** From so many pairs of addresses on, what one interface of a node complains of has one cause. */
const MANY = 8;

/** What is a remark is not counted among faults, nor a fault among remarks. */
const placeOf = (event: WitnessEvent): string =>
  `${event.fault || event.reason} ${event.node} ${event.interface}${isNoise(event) ? ' noise' : ''}`;

/** Questions of which every one is known to have arrived. */
const isTaken = (facts: Facts, direction: Direction): boolean =>
  !direction.isReply && direction.lost === 0 && direction.retransmissions === 0 && facts.delivery.of(direction) === true;

/** Uids of conversations that are not known to be healthy, by source and destination of their packets. */
function ailingPackets(facts: Facts): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { directions, uid } of facts.ailing())
    for (const direction of directions) {
      // A martian of questions that arrived was a copy of them, and does not explain why their answers are lost.
      if (isTaken(facts, direction)) continue;
      push(found, `${direction.from} ${direction.to}`, uid);
    }
  return found;
}

/** Those whose packets it speaks of. */
const packetsOf = (
  { reason, src, dst }: WitnessEvent,
  packets: () => ReadonlyMap<string, readonly number[]>,
): readonly number[] => (reason.startsWith('martian') ? (packets().get(`${src.address} ${dst.address}`) ?? []) : []);
