// What separates the conversations with one server that fail from those that work: who asks, when, how, and by which path.
import { FLAG } from '../../dissectors/tcp.js';
import { groupedBy } from '../bytes/groups.js';
import { macNumber } from '../bytes/show.js';
import type { Mark } from '../flows/mark.js';
import { Prefix } from '../topology/ip.js';
import { type Contrast, contrasts, type Sample } from './contrast.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy, lazyBy } from './lazy.js';

/** Fewer conversations of a side separate by chance: of two times three, one in ten orders does. */
const LEAST = 3;
/** The same of what has an order, where a chance separation is likelier. */
const LEAST_ORDERED = 4;
/** The same of odd and even ports, which alternate for reasons of their own; they are told only where nothing else separates. */
const LEAST_PORTS = 6;
/** More values than that on a side are no property that a reader recognises. */
const MOST_VALUES = 4;
const MOST_SENTENCES = 3;
/** An answer is due after that: the first retry of a SYN (RFC 6298 section 2). */
const DUE_NS = 1e9;

/** The narrowest first. */
const ATTRIBUTES = ['size', 'dscp', 'vlan', 'begun', 'source', 'network', 'mac', 'nextHop', 'interface', 'ttl', 'ports'] as const;
type Attribute = (typeof ATTRIBUTES)[number];
const ORDERED: ReadonlySet<string> = new Set<Attribute>(['size', 'begun']);

interface Tried {
  readonly request: Direction;
  readonly lost: boolean;
}

export class Separation {
  constructor(private readonly facts: Facts) {}

  /** Sentences on what separates failing conversations with the server of these (uids) from those that work; empty where nothing does. */
  of(about: Iterable<number>): readonly string[] {
    let found: Conversation | null = null;
    let key = '';
    for (const uid of about) {
      const conversation = this.facts.conversation(uid);
      if (conversation === null || isCopy(conversation)) continue;
      const server = serverOf(conversation);
      if (found !== null && key !== server) return [];
      found = conversation;
      key = server;
    }
    return found === null ? [] : this.sentences(key);
  }

  private readonly sentences = lazyBy((server: string): readonly string[] => {
    const tried = (this.byServer().get(server) ?? []).flatMap((conversation) => this.outcome(conversation) ?? []);
    const lost = tried.filter((one) => one.lost);
    const answered = tried.filter((one) => !one.lost);
    if (lost.length < LEAST || answered.length < LEAST) return [];
    const network = networkOf(lost, answered) ?? networkOf(answered, lost);
    const samples = tried.map(
      ({ request, lost }): Sample => ({ lost, count: 1, attributes: this.attributesOf(request, network) }),
    );
    const isTold = ({ attribute, exceptions, lostValues, deliveredValues }: Contrast): boolean =>
      exceptions === 0 &&
      Math.min(lostValues.length, deliveredValues.length) <= MOST_VALUES &&
      Math.min(lost.length, answered.length) >=
        (attribute === 'ports' ? LEAST_PORTS : ORDERED.has(attribute) ? LEAST_ORDERED : LEAST);
    const unit = lost[0].request.conversation.isTcp ? 'connections' : 'flows';
    return contrasts(samples, ATTRIBUTES, ORDERED)
      .filter(isTold)
      .filter(({ attribute }, _, all) => attribute !== 'ports' || all.length === 1)
      .slice(0, MOST_SENTENCES)
      .map(
        (contrast) =>
          `Not answered: ${this.text(contrast, true, lost, network)} (${lost.length} ${unit}). Answered: ${this.text(contrast, false, answered, network)} (${answered.length}).`,
      );
  });

  private readonly byServer = lazy(() => groupedBy(this.facts.conversations(), serverOf));

  /** Null where it is not known how it went, or where it is told of the conversation before a translation. */
  private outcome(conversation: Conversation): Tried | null {
    const { request, reply, isTcp, isEcho } = conversation;
    if (request.packets === 0 || isCopy(conversation)) return null;
    if (isTcp) {
      if (!request.sent(FLAG.syn)) return null;
      if (request.sent(FLAG.ack) && reply.sent(FLAG.syn))
        // Only the second SYN was answered: it need not have taken the way of the first.
        return request.syns > 1 && reply.firstNs - request.firstNs >= AGAIN_NS ? null : { request, lost: false };
      const isDue = request.syns > 1 || this.facts.nowNs - request.firstNs >= DUE_NS;
      return isDue && (reply.packets === 0 || reply.syns > 1 || !reply.sent(FLAG.syn)) ? { request, lost: true } : null;
    }
    if (isEcho) {
      if (request.answered > 0) return request.lost === 0 ? { request, lost: false } : null;
      return request.lost > 0 ? { request, lost: true } : null;
    }
    if (reply.packets > 0) return { request, lost: false };
    return this.facts.nowNs - request.firstNs >= DUE_NS ? { request, lost: true } : null;
  }

  private attributesOf(request: Direction, network: Prefix | null): Readonly<Record<string, string | number>> {
    const { conversation, from, first } = request;
    const known = (name: Attribute, value: string | number, isKnown: boolean) => (isKnown ? { [name]: value } : {});
    return {
      source: String(from),
      begun: request.firstNs,
      interface: this.placeOf(first),
      vlan: request.firstVlan,
      dscp: request.firstDscp,
      // A connection that is opened carries larger packets for that reason.
      ...known('size', request.longest, !conversation.isTcp),
      ...known('ports', request.fromPort & 1, !conversation.isEcho && request.fromPort > 0),
      ...known('network', Number(network?.contains(from)), network !== null),
      ...known('mac', macNumber(request.firstSourceMac), request.firstSourceMac >= 0),
      ...known('nextHop', macNumber(request.firstDestinationMac), request.firstDestinationMac >= 0),
      ...known('ttl', request.firstTtl, request.firstTtl > 0),
    };
  }

  private placeOf({ source, port }: Mark): string {
    const several = new Set(this.facts.captures.map(({ point }) => point)).size > 1;
    return several ? this.facts.links.name({ source, port }) : this.facts.interfaces.name(port);
  }

  private text(
    { attribute, lostValues, deliveredValues, threshold }: Contrast,
    isLost: boolean,
    side: readonly Tried[],
    network: Prefix | null,
  ): string {
    const values = isLost ? lostValues : deliveredValues;
    const more = values.length - MOST_VALUES;
    const list = `${values.slice(0, MOST_VALUES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    const isAbove = (threshold?.side === 'above') === isLost;
    switch (attribute as Attribute) {
      case 'begun': {
        const firsts = side.map(({ request }) => request.first).sort((x, y) => x.timeNs - y.timeNs);
        const { frame, timeNs, source } = isAbove ? firsts[0] : firsts[firsts.length - 1];
        const { point } = this.facts.captures[source];
        const when = `frame ${frame} of ${point} (after ${(timeNs / 1e9).toFixed(3)} s)`;
        return isAbove ? `those that began with ${when} or later` : `those that began with ${when} or before`;
      }
      case 'size':
        return isAbove ? `packets of ${list} bytes and more` : `packets of up to ${list} bytes`;
      case 'source':
        return `from ${list}`;
      case 'network':
        return `from ${values[0] === 1 ? network : 'other addresses'}`;
      case 'ports':
        return `from ${values[0] === 1 ? 'odd' : 'even'} source ports`;
      case 'mac':
        return `from MAC ${list}`;
      case 'nextHop':
        return `to MAC ${list}`;
      case 'interface':
        return `first seen on ${list}`;
      case 'vlan':
        return values.map((id) => (id === UNTAGGED ? 'untagged' : `in VLAN ${id}`)).join(', ');
      case 'dscp':
        return `with DSCP ${list}`;
      case 'ttl':
        return `with TTL ${list}`;
    }
  }
}

/** Retries of a SYN come no sooner (RFC 6298 section 2). */
const AGAIN_NS = 0.9e9;

/** What another conversation became behind a translation. */
const isCopy = ({ request }: Conversation): boolean => request.paths.some((use) => use.translatedFrom >= 0);

/** Of pings the host: their identifier names no service. */
const serverOf = ({ proto, responder, responderPort, isEcho }: Conversation): string =>
  `${proto} ${responder} ${isEcho ? '' : responderPort}`;

/** As `firstVlan` has it. */
const UNTAGGED = -1;

/** A network of which all the first ask, of several addresses, and none of the others; null where there is none. */
function networkOf(some: readonly Tried[], others: readonly Tried[]): Prefix | null {
  const [{ request }] = some;
  if (some.every((one) => one.request.from.equals(request.from))) return null;
  const isFamily4 = request.from.family === 4;
  // As wide as the networks of links are, where that still leaves out the others; else as narrow as it can be.
  let narrowest: Prefix | null = null;
  for (let length = isFamily4 ? 31 : 127; length > 0; length--) {
    const network = new Prefix(request.from, length);
    if (!some.every((one) => network.contains(one.request.from))) continue;
    if (others.some((one) => network.contains(one.request.from))) return narrowest;
    narrowest ??= network;
    if (length === (isFamily4 ? 24 : 64)) return network;
    if (length < (isFamily4 ? 24 : 64)) return narrowest;
  }
  return narrowest;
}
