// ICMP errors say that packets cannot be delivered. Their sender and their code tell most of the story.

import { FRAGMENTATION_NEEDED } from '../../dissectors/icmp.js';
import { shown } from '../bytes/command.js';
import type { Direction } from '../facts/conversation.js';
import { isTracePort, unreachableText } from '../facts/errors.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import { protoName } from '../flows/proto.js';
import type { Ip } from '../topology/ip.js';
import { noBackend } from './backends.js';
import page from './icmp-unreachable.md';
import { type Draft, type EvidenceDraft, entry, rule, type Say, Spread } from './rule.js';

/** What the codes of both families come down to. */
type Reason = 'network' | 'host' | 'port' | 'protocol' | 'prohibited' | 'other';

// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1; RFC 4443 section 3.1.
const REASON4: Readonly<Record<number, Reason>> = {
  0: 'network',
  1: 'host',
  2: 'protocol',
  3: 'port',
  6: 'network',
  7: 'host',
  9: 'prohibited',
  10: 'prohibited',
  11: 'network',
  12: 'host',
  13: 'prohibited',
};
const REASON6: Readonly<Record<number, Reason>> = {
  0: 'network',
  1: 'prohibited',
  3: 'host',
  4: 'port',
  5: 'prohibited',
  6: 'prohibited',
};

interface Group {
  readonly first: IcmpError;
  /** Number of networks, hosts or ports, when they are many. */
  readonly many: number;
  readonly wholeHost: boolean;
  readonly reason: Reason;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly destinations: Map<string, Ip>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'icmp-unreachable',
  title: 'Packets are refused as undeliverable',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 792; RFC 4443 section 3.1; RFC 1812 section 5.2.7.1',
  hint: 'Look at the node that sends the message: it has seen the packets and says why it does not pass them on.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    const spread = new Spread();
    /** Where pings are rejected like the rest, the filter is about the host, not about one port of it. */
    const wholeHosts = new Set<string>();
    for (const error of facts.errors.list) {
      if (error.kind !== 'unreachable') continue;
      const reason = reasonOf(error);
      spread.add(kindOf(error, reason), where(error, reason));
      if (reason === 'prohibited' && portOf(error.proto, error.dstPort) === null) wholeHosts.add(kindOf(error, reason));
    }
    for (const error of facts.errors.list) {
      if (error.kind !== 'unreachable' || aboutTunnel(facts, error)) continue;
      const reason = reasonOf(error);
      const quoted = facts.errors.quoted(error);
      if (isHealthy(facts, error, reason, quoted)) continue;
      const under =
        (quoted === null ? null : facts.causes.of(quoted.conversation)) ??
        (reason === 'host' ? silentNextHop(facts, error) : null);
      const wholeHost = wholeHosts.has(kindOf(error, reason));
      const many = wholeHost ? 0 : spread.many(kindOf(error, reason));
      const place = many > 0 || wholeHost ? '' : where(error, reason);
      const group = entry(groups, `${kindOf(error, reason)} ${under} ${place}`, () => ({
        first: error,
        many,
        wholeHost,
        reason,
        under,
        about: new Set<number>(),
        destinations: new Map<string, Ip>(),
        evidence: [] as EvidenceDraft[],
        count: 0,
      }));
      // The same message before and after a translation is one.
      const isCopy = quoted !== null && facts.translation.of(quoted.conversation).some((other) => group.about.has(other.uid));
      if (!isCopy) group.count += error.count;
      group.destinations.set(String(error.dst), error.dst);
      if (quoted !== null) group.about.add(quoted.conversation.uid);
      for (const mark of error.marks)
        if (group.evidence.length < 4)
          group.evidence.push({ mark, field: error.family === 4 ? 'icmp.code' : 'icmpv6.code', note: unreachableText(error) });
    }
    for (const group of groups.values()) {
      // The same message under a translated address was said a moment ago.
      const said = group.under ?? facts.causes.ofAny(group.about);
      for (const uid of alsoRefused(facts, group)) group.about.add(uid);
      report(facts, { ...group, under: said }, say);
    }
  },
});

const reasonOf = ({ family, code }: IcmpError): Reason => (family === 4 ? REASON4 : REASON6)[code] ?? 'other';

/** What can have one cause when it happens in many places: one sender, and for ports also one host. */
const kindOf = ({ from, code, dst }: IcmpError, reason: Reason): string =>
  `${from} ${code} ${reason === 'port' || reason === 'prohibited' ? dst : ''}`;

/** What has one cause: a port, a host, or a network. */
function where({ dst, dstPort, proto }: IcmpError, reason: Reason): string {
  if (reason === 'network') return guessedNetwork(dst);
  return reason === 'port' || reason === 'prohibited' || reason === 'protocol'
    ? `${dst} ${proto} ${portOf(proto, dstPort)}`
    : String(dst);
}

/** A port that names a service: an echo's identifier does not. */
const portOf = (proto: number, port: number): number | null => (proto === PROTO.tcp || proto === PROTO.udp ? port : null);

/** The packet that was refused is an outer one: tunnel-blocked says more. */
function aboutTunnel(facts: Facts, error: IcmpError): boolean {
  if (error.inner !== null) return true;
  return (
    error.proto === PROTO.udp &&
    facts.tunnels.edges.some((e) => e.port === error.dstPort && e.dst.equals(error.dst) && e.src.equals(error.src))
  );
}

function isHealthy(facts: Facts, error: IcmpError, reason: Reason, quoted: Direction | null): boolean {
  if (error.dst.isMulticast || (error.family === 4 && error.code === FRAGMENTATION_NEEDED)) return true;
  if (reason === 'port' && error.proto === PROTO.udp) {
    // Which port is cut off: a path trace ends so, and so does an answer that comes too late.
    if (facts.errors.isCut(error)) return true;
    // The goal of a path trace.
    if (isTracePort(error.proto, error.dstPort) || facts.errors.traced(error.src, error.dst)) return true;
    // An answer that comes when the client has closed its socket already.
    if (quoted?.isReply || isLateAnswer(facts, error)) return true;
  }
  // A question for an address on offer hopes for no answer.
  if (reason === 'host') {
    if (quoted !== null) {
      if (facts.leases.isOnOffer(error.dst, quoted.firstNs, quoted.lastNs)) return true;
    } else if (
      error.src.equals(error.from) &&
      facts.leases.isOnOffer(error.dst, error.firstNs - ASKED_NS, error.lastNs - ASKED_NS)
    )
      return true; // The server tells itself: its ping waited for ARP and never left, so it is not in the capture.
  }
  // An outage that has passed is one, where it was long enough.
  if (reason === 'host' && quoted !== null && quoted.phases.some(({ outcome, count }) => outcome === 'lost' && count >= OUTAGE))
    return false;
  // It went well later, so the fault has passed.
  if (quoted === null) return false;
  return facts.cameUp(quoted.conversation, error.lastNs) || (quoted.other.packets > 0 && quoted.other.lastNs > error.lastNs);
}

/** When it went well and when it did not, of the first conversation that knows both. */
function phasesOf(facts: Facts, about: Iterable<number>): Draft['phases'] {
  for (const uid of about) {
    const phases = facts.conversation(uid)?.request.phases ?? [];
    if (phases.some(({ outcome }) => outcome === 'answered') && phases.some(({ outcome }) => outcome === 'lost')) return phases;
  }
  return undefined;
}

/** So many packets in a row that are lost are not a neighbour that was asked for anew. */
const OUTAGE = 5;

/**
 * What was refused comes from a service's port to a client's own, which is closed by now: the client has given up waiting, or has what it
 * wanted. The port is in the range that clients are given (RFC 6335 section 6; Linux begins at 32768), and it was seen asking, or
 * the answer comes from a system port.
 */
function isLateAnswer(facts: Facts, { dst, srcPort, dstPort, from }: IcmpError): boolean {
  if (!from.equals(dst) || dstPort < CLIENT_PORTS || srcPort >= CLIENT_PORTS) return false;
  if (srcPort < SYSTEM_PORTS) return true;
  return facts.errors.hasSent(dst, dstPort);
}

const CLIENT_PORTS = 32_768;
const SYSTEM_PORTS = 1024;

/**
 * Routers limit how often they say no (RFC 1812 section 4.3.2.8): other tries that reach the same target by the same way, soon after, and
 * are not answered, have the same cause.
 */
function alsoRefused(facts: Facts, { first, reason, wholeHost, about, many }: Group): number[] {
  const onHost = reason === 'prohibited' && wholeHost;
  if (many > 0 || !(onHost || reason === 'network' || reason === 'host')) return [];
  const quoted = facts.errors.quoted(first);
  const tries: number[] = [];
  for (const direction of facts.directions()) {
    if (!direction.to.equals(first.dst) || direction.packets === 0) continue;
    // Something got through meanwhile: then it is not the whole host that is refused.
    if (direction.lastNs > first.firstNs && direction.answered > 0) return [];
    const soon = direction.firstNs >= first.firstNs && direction.firstNs <= first.lastNs + SOON_NS;
    const alike = quoted === null || direction.first.port === quoted.first.port;
    if (soon && alike && !about.has(direction.conversation.uid) && facts.delivery.of(direction) === false)
      tries.push(direction.conversation.uid);
  }
  return tries;
}

const SOON_NS = 10e9;

/** "Host unreachable" says that ARP or neighbour discovery failed: for the destination, or for the next hop towards it. */
function silentNextHop(facts: Facts, error: IcmpError): number | null {
  const direct = facts.causes.ofAddress(error.dst);
  if (direct !== null) return direct;
  const node = facts.topology?.ownerOf(error.from).find((owner) => owner.what === 'interface')?.node ?? null;
  const via = node === null ? null : (facts.topology?.route(node, error.dst)?.via ?? null);
  if (via !== null && facts.causes.ofAddress(via) !== null) return facts.causes.ofAddress(via);
  for (const n of facts.neighbours.list) {
    const number = facts.causes.ofAddress(n.target);
    if (number === null || n.questions.length === 0) continue;
    const asks = n.askers.some((a) => a.equals(error.from)) || (n.askedByUs > 0 && facts.ownership.isOwn(n.source, error.from));
    // Linux gives up after three questions, a second apart.
    const waited = error.firstNs - n.questions[0].timeNs;
    if (asks && waited > 0 && error.firstNs - n.lastAskedNs < GIVE_UP_NS) return number;
  }
  return null;
}

const GIVE_UP_NS = 5e9;
/** A packet that never left waited so long for an answer to ARP: three questions, a second apart. */
const ASKED_NS = 3e9;

function report(facts: Facts, group: Group, say: Say): void {
  const { first: error, many, wholeHost, reason, destinations, evidence, about, count, under } = group;
  const { from, dst } = error;
  const onHost = reason === 'port' || reason === 'prohibited';
  const port = (many > 0 || wholeHost) && onHost ? null : portOf(error.proto, error.dstPort);
  const proto = protoName(error.proto);
  const service = many > 0 && onHost ? `${many} ports of ${dst}` : port === null ? String(dst) : `${dst} port ${port}`;
  const place = many > 0 ? `${many} ${reason === 'network' ? 'networks' : 'addresses'}` : guessedNetwork(dst);
  const whom =
    destinations.size === 1
      ? facts.named(dst)
      : many > 0
        ? `${destinations.size} addresses, such as ${dst},`
        : `${place} (${destinations.size} addresses)`;
  const [mark] = error.marks;
  const sender = facts.topology?.ownerOf(from).find((owner) => owner.what === 'interface')?.node ?? null;
  const who = sender === null ? String(from) : `${sender} (${from})`;
  const told = causeText(facts, reason, error, sender);
  const repair =
    (reason === 'network' || reason === 'host' || told.route !== undefined) && sender !== null
      ? (facts.topology?.repair(sender, dst) ?? null)
      : null;
  say({
    verdict: 'fail',
    key: many > 0 || wholeHost ? kindOf(error, reason) : `${from} ${error.code} ${where(error, reason)}`,
    title: titleText(told, reason, from, dst, destinations.size === 1 ? String(dst) : place, service, proto),
    message: `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(error.src)} to ${whom}${port === null ? '' : ` port ${port} (${proto})`} got "${unreachableText(error)}" from ${who}.`,
    cause: told.cause,
    hint: told.hint,
    alternatives: told.alternatives,
    commands: repair === null ? [] : [repair],
    subject: {
      src: String(error.src),
      dst: String(dst),
      proto,
      srcPort: about.size === 1 && port !== null ? error.srcPort : null,
      dstPort: port,
      target: String(from),
      interfaceIn: mark === undefined ? null : facts.interfaces.name(mark.port),
      node: sender ?? (mark === undefined ? null : facts.captures[mark.source].point),
    },
    phases: phasesOf(facts, about),
    evidence,
    count,
    about,
    under,
  });
}

function titleText(told: Told, reason: Reason, from: Ip, to: Ip, dst: string, service: string, proto: string): string {
  const { route = null, isAtOnce = false } = told;
  if (route !== null) return `${from} has ${/^[aeiou]/.test(route) ? 'an' : 'a'} ${route}, so packets to ${dst} are refused`;
  switch (reason) {
    case 'network':
      return `${from} has no route to ${dst}`;
    case 'host':
      return from.equals(to)
        ? `What stands behind ${dst} is not reached (host unreachable)`
        : isAtOnce
          ? `${from} refuses packets to ${dst} (host unreachable)`
          : `${from} cannot reach ${dst} on its link (host unreachable)`;
    case 'port':
      if (proto === 'tcp' && from.equals(to)) return `Packets to ${service} (tcp) are rejected as "port unreachable"`;
      return from.equals(to) ? `Nothing listens on ${service} (${proto})` : `${from} refuses packets to ${service} (${proto})`;
    case 'prohibited':
      return `A filter on ${from} rejects packets to ${service}`;
    case 'protocol':
      return `${dst} does not speak protocol ${proto}`;
    default:
      return `${from} reports ${dst} as unreachable`;
  }
}

interface Told {
  readonly cause: string;
  readonly hint?: string;
  readonly alternatives?: readonly string[];
  /** The route or the rule that refuses by itself. */
  readonly route?: string;
  /** It was refused sooner than any question of ARP could have failed. */
  readonly isAtOnce?: boolean;
}

/** What a node's routes and rules say of a packet that it refused as prohibited. */
function prohibited(facts: Facts, who: string, { dst, src }: IcmpError, sender: string | null): Told {
  const filter: Told = {
    cause: `A firewall rule on ${who} rejects the packets.`,
    hint: `Look at the rules on ${who} (nft list ruleset, iptables -S), and at network policies.`,
  };
  if (sender === null || facts.topology === null || !facts.topology.routesKnownFor(sender, dst.family))
    return {
      ...filter,
      alternatives: [`A route of kind prohibit answers with the same code: on ${who}, ${shown`ip route get ${dst}`} shows it.`],
    };
  const { route, refused, rule: policy, certain } = facts.topology.routeDecision(sender, dst, { src });
  if (refused === 'prohibit')
    return {
      cause: `A rule of ${who} prohibits them: ${policy}. No firewall is needed for that.`,
      hint: `Look at the rules of ${who} (ip rule), and delete the one that prohibits what should pass.`,
      route: 'prohibit rule',
    };
  if (route?.kind === 'prohibit')
    return {
      cause: `${who} has a prohibit route for ${route.prefix}, and answers with this code by itself. No firewall is needed for that.`,
      hint: `Delete or replace the route on ${who} if packets to ${dst} should pass (${shown`ip route get ${dst}`} shows the one it takes).`,
      route: `prohibit route for ${route.prefix}`,
    };
  return certain ? filter : { ...filter, alternatives: [`A rule of ${who} (ip rule) may prohibit them too.`] };
}

/**
 * The error follows the packet sooner than a question of ARP or neighbour discovery can fail (RFC 4861 section 10: three tries, a second
 * apart; Linux does the same for ARP), and no such question was seen.
 */
function isAtOnce(facts: Facts, error: IcmpError): boolean {
  const quoted = facts.errors.quoted(error);
  if (quoted === null || quoted.packets === 0) return false;
  const after = error.firstNs - quoted.firstNs;
  if (after < 0 || after >= AT_ONCE_NS) return false;
  for (const n of facts.neighbours.list) if (n.questions.length > 0 && n.target.equals(error.dst)) return false;
  return true;
}

const AT_ONCE_NS = 0.5e9;

/** Both ends of WireGuard have the same port by default: that of its documentation, or Cilium's. */
const isWireguard = ({ proto, dstPort }: IcmpError): boolean => proto === PROTO.udp && (dstPort === 51_820 || dstPort === 51_871);

function causeText(facts: Facts, reason: Reason, error: IcmpError, sender: string | null): Told {
  const who = sender ?? String(error.from);
  switch (reason) {
    case 'network': {
      const route = sender === null ? null : (facts.topology?.route(sender, error.dst) ?? null);
      // Linux says the same of a missing route and of one that is there to refuse (RFC 4443 section 3.1, code 0).
      const isGuess = route === null && error.family === 6 && (sender === null || !facts.topology?.routesKnownFor(sender, 6));
      if (isGuess)
        return {
          cause: `${who} has no route to ${error.dst}, or one of kind unreachable.`,
          hint: `Add or correct the route on ${who} (${shown`ip route get ${error.dst}`} shows what it does).`,
        };
      return {
        cause:
          route === null
            ? `${who} has no route to ${error.dst}, not even a default route.`
            : route.kind === 'unicast' || route.kind === 'connected'
              ? `${who} had no route to ${error.dst} at that moment, though one is listed.`
              : `${who} has a ${route.kind} route for ${route.prefix}.`,
        hint: `Add the route on ${who} (${shown`ip route get ${error.dst}`} shows what it does).`,
      };
    }
    case 'host': {
      const route = sender === null ? null : (facts.topology?.route(sender, error.dst) ?? null);
      if (error.from.equals(error.dst))
        return {
          cause: `The error comes in the name of ${error.dst} itself: it is translated, and the host behind it does not answer the node that translates.`,
          hint: 'Look at the node that translates (service, load balancer): which backend did it choose, and is that one up?',
        };
      if (route !== null && route.nexthops.length === 0 && route.kind !== 'local')
        return {
          cause: `${who} has a route of kind ${route.kind} for ${route.prefix}.`,
          hint: `Delete or replace the route on ${who} if packets to ${error.dst} should pass (${shown`ip route get ${error.dst}`} shows the one it takes).`,
          route: `${route.kind} route for ${route.prefix}`,
        };
      if (isAtOnce(facts, error))
        return {
          cause: `${who} refuses at once: a question for a MAC address would take a second or more to fail, so it did not look for ${error.dst}. It has a route of kind unreachable, or a filter that rejects with this code.`,
          hint: `On ${who}: ${shown`ip route get ${error.dst}`} shows the route it takes, nft list ruleset or iptables -S the filters (reject-with icmp-host-unreachable).`,
          isAtOnce: true,
        };
      return {
        cause: `${who} asked for the MAC address of ${error.dst}, or of the next hop towards it, and got no answer.`,
        hint: `Is the owner of the address up, and is it on this link? On ${who}: ip neigh, ${shown`ip route get ${error.dst}`}.`,
      };
    }
    case 'port': {
      const empty = noBackend(facts, error.dst);
      if (empty !== null) return empty;
      // RFC 9293 section 3.10.7.1: a closed port answers with a reset.
      if (error.proto === PROTO.tcp)
        return {
          cause: `A closed TCP port answers with a reset. "Port unreachable" comes from a filter that rejects (REJECT says just this), or from the node of a Kubernetes service without a backend that is ready.`,
          hint: `Look at the filters of ${who} (nft list ruleset, iptables -S | grep REJECT). Of a service: kubectl get endpointslices -o wide, and are its pods ready?`,
        };
      if (isWireguard(error))
        return {
          cause: `${who} has no WireGuard device on this port: encryption is switched on at one end only, or the device is down.`,
          hint: `Compare both ends: cilium-dbg encrypt status, wg show (does the listening port fit?).`,
        };
      return {
        cause: error.from.equals(error.dst)
          ? 'The host is up and reached; no process has the port open.'
          : `${error.from} answers in the name of ${error.dst}: a filter that rejects the port (REJECT says just this), a service without backends, or a translation.`,
        hint: 'Is the server process running, and does it listen on this address and not only on 127.0.0.1?',
      };
    }
    case 'prohibited':
      return prohibited(facts, who, error, sender);
    default:
      return { cause: '' };
  }
}
