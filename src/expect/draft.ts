// A draft of expectations from what a known-good capture shows: by whom, not by which port or when.

import { macNumber } from '../bytes/show.js';
import { safeJson } from '../bytes/text.js';
import { isMoreThanText } from '../bytes/yaml.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import type { Ip } from '../topology/ip.js';
import { isTranslated, type Journey, journeys } from './journey.js';
import { some } from './outcome.js';

/** One expectation as lines of YAML, without the list's dash and indent. */
export type Lines = readonly string[];

/** More than this nobody reads. */
const MAX_FLOWS = 40;
const MAX_NEIGHBOURS = 24;
const MAX_VNIS = 4;

interface Group {
  readonly src: string;
  readonly dst: string;
  /** '' for any; null for any. */
  readonly proto: string;
  readonly port: number | null;
  readonly members: readonly Conversation[];
}

/** Names and networks that addresses are written by. */
class Names {
  /** Addresses that are asked for on their link and belong to no host there that asks itself: LB addresses. */
  constructor(private readonly facts: Facts) {}

  of(ip: Ip): string {
    const { topology } = this.facts;
    if (topology !== null) {
      if (topology.address(ip) !== null) return String(ip);
      const [owner] = topology.ownerOf(ip);
      if (owner?.what === 'interface' && owner.node !== null && topology.ownerOf(ip).length === 1) return owner.node;
      if (owner?.node != null && topology.node(owner.node)?.podCIDRs.some((cidr) => cidr.contains(ip)))
        return `pods of ${owner.node}`;
      if (owner !== undefined) return String(ip);
    }
    return isPrivate(ip) && !this.isAlone(ip) ? guessedNetwork(ip) : String(ip);
  }

  /** An address on a link that answers for itself: a gateway, a node, an LB address; its network says less than it does. */
  private isAlone(ip: Ip): boolean {
    this.links ??= new Set([...this.facts.neighbours.list].filter((n) => n.claims.length > 0).map((n) => String(n.target)));
    return this.links.has(String(ip));
  }
  private links: Set<string> | null = null;
}

const quoted = (text: string): string =>
  /^[\w/][\w.*/-]*(?: [\w.*/-]+)*$/.test(text) && !isMoreThanText(text) ? text : JSON.stringify(text);
const list = (items: readonly string[]): string => (items.length === 1 ? quoted(items[0]) : `[${items.map(quoted).join(', ')}]`);

export interface Draft {
  readonly expectations: readonly Lines[];
  /** What was seen and is not among them, a sentence each. */
  readonly omitted: readonly string[];
}

export function draft(facts: Facts, clean: boolean): Draft {
  const names = new Names(facts);
  const [flows, owners] = [groups(facts, names), neighbours(facts)];
  const silent = unanswered(facts);
  const omitted = [
    silent.length === 0 ? null : `nothing of conversations without an answer: ${some([...new Set(silent.map(endsOf))], 5)}`,
    tooMany(flows.length, MAX_FLOWS, 'pairs of networks that talk', '-Y chooses what is written'),
    tooMany(owners.length, MAX_NEIGHBOURS, 'addresses that were asked for', 'write arp: for those that matter'),
  ];
  return {
    expectations: [
      ...flows.slice(0, MAX_FLOWS).map((group) => flow(facts, names, group)),
      ...owners.slice(0, MAX_NEIGHBOURS),
      ...leaks(facts),
      ...(clean ? [['name: no rule finds an error', 'findings: { none: [error] }']] : []),
    ],
    omitted: omitted.filter((text) => text !== null),
  };
}

/** The hosts it is between, without ports: those of a client, and of a traceroute, are others each time. */
const endsOf = ({ initiator, responder, protoName }: Conversation): string => `${initiator} → ${responder} ${protoName}`;

/** A draft asks only for what was answered. What both ends send to the same port are no questions: a tunnel, or a routing protocol. */
function unanswered(facts: Facts): readonly Conversation[] {
  const sent = new Set<string>();
  const key = (from: Ip, to: Ip, port: number): string => `${from} ${to} ${port}`;
  const silent = facts.conversationsThat((conversation) => {
    const { initiator, responder, responderPort } = conversation;
    if (!isAsked(conversation) || isAnswered(facts, conversation) || facts.errors.isError(conversation)) return false;
    sent.add(key(initiator, responder, responderPort));
    return true;
  });
  return silent.filter(({ initiator, responder, responderPort }) => !sent.has(key(responder, initiator, responderPort)));
}

/** Between two hosts that can be named. */
const isAsked = ({ initiator: src, responder: dst }: Conversation): boolean =>
  !(dst.isMulticast || dst.isLinkLocal || src.isLinkLocal);

const isAnswered = (facts: Facts, { request, reply }: Conversation): boolean =>
  request.packets > 0 && reply.packets > 0 && facts.delivery.of(request) !== false;

const tooMany = (found: number, most: number, what: string, advice: string): string | null =>
  found <= most ? null : `the first ${most} of ${found} ${what}; ${advice}`;

/** Ports that a draft tells apart of one protocol between the same ends. */
const MAX_PORTS = 6;

/**
 * Answered conversations by who asks whom; split by protocol, and then by port, where they behave differently or where others
 * between the same ends were not answered.
 */
function groups(facts: Facts, names: Names): Group[] {
  const byEnds = new Map<string, { good: Conversation[]; rest: Conversation[] }>();
  for (const conversation of facts.conversations()) {
    const [src, dst] = [conversation.initiator, conversation.responder];
    if (!isAsked(conversation)) continue;
    const key = `${names.of(src)}\n${names.of(dst)}`;
    const known = byEnds.get(key) ?? { good: [], rest: [] };
    byEnds.set(key, known);
    if (!isAnswered(facts, conversation)) known.rest.push(conversation);
    // What became of another conversation behind a translation is told with that one.
    else if (!isTranslated(facts, conversation)) known.good.push(conversation);
  }
  return [...byEnds].flatMap(([key, { good, rest }]) => {
    const [src, dst] = key.split('\n');
    const alike = (members: readonly Conversation[]) =>
      new Set(members.map((conversation) => signature(facts, names, conversation))).size === 1;
    if (rest.length === 0 && alike(good)) return [{ src, dst, proto: '', port: null, members: good }];
    return [...new Set(good.map((conversation) => conversation.protoName))].flatMap((proto): Group[] => {
      const of = (members: readonly Conversation[]) => members.filter((conversation) => conversation.protoName === proto);
      const [members, others] = [of(good), of(rest)];
      const ports = [...new Set(members.map((conversation) => conversation.ports.dstPort))].filter((port) => port !== null);
      const whole = { src, dst, proto, port: null, members };
      if ((others.length === 0 && alike(members)) || ports.length === 0 || ports.length > MAX_PORTS) return [whole];
      return ports.map((port) => ({
        ...whole,
        port,
        members: members.filter((conversation) => conversation.ports.dstPort === port),
      }));
    });
  });
}

const everywhere = () => true;

/** All paths of these directions as hops, when they are the same for all packets and each direction is known; else null. */
function pathOf(facts: Facts, directions: readonly Direction[]): string[] | null {
  const texts = new Set<string>();
  for (const direction of directions)
    for (const journey of journeys(facts, direction, everywhere)) texts.add(hops(facts, journey).join('\n'));
  if (texts.size !== 1) return null;
  const path = [...texts][0].split('\n');
  return path.every((hop) => /(^| )(in|out|passing) (?!any$)\S+/.test(hop)) ? path : null;
}

const WORDS: Readonly<Record<number, string>> = { [DIRECTION.in]: 'in ', [DIRECTION.out]: 'out ', [DIRECTION.other]: 'passing ' };

function hops(facts: Facts, journey: Journey): string[] {
  const several = new Set(facts.captures.map((c) => c.point)).size > 1;
  return journey.hops.map(
    (hop) =>
      `${several ? `${hop.point} ` : ''}${WORDS[hop.direction] ?? ''}${hop.interface}${hop.carrier === 'bare' ? '' : ` ${hop.carrier}`}`,
  );
}

const signature = (facts: Facts, names: Names, conversation: Conversation): string =>
  JSON.stringify([
    pathOf(facts, [conversation.request]),
    pathOf(facts, [conversation.reply]),
    [...new Set(facts.tunnels.edgesOf(conversation.request).map((e) => `${e.kind} ${names.of(e.src)} ${names.of(e.dst)}`))],
  ]);

function flow(facts: Facts, names: Names, { src, dst, proto, port, members }: Group): Lines {
  const what = `${proto}${port === null ? '' : ` ${port}`}`;
  const lines = [
    `name: ${quoted(`${what === '' ? '' : `${what} from `}${src} ${src.startsWith('pods of ') ? 'reach' : 'reaches'} ${dst}`)}`,
    `flow: { src: ${quoted(src)}, dst: ${quoted(dst)}${proto === '' ? '' : `, proto: ${proto}`}${port === null ? '' : `, dstPort: ${port}`} }`,
  ];
  const [there, back] = [
    pathOf(
      facts,
      members.map(({ request }) => request),
    ),
    pathOf(
      facts,
      members.map(({ reply }) => reply),
    ),
  ];
  if (there !== null) lines.push(`path: [${there.map(quoted).join(', ')}]`);
  if (back !== null) lines.push(`returnPath: [${back.map(quoted).join(', ')}]`);
  const edges = members.flatMap((conversation) => facts.tunnels.edgesOf(conversation.request));
  if (edges.length > 0) {
    const kinds = new Set(edges.map((e) => e.kind));
    const [from, to] = [new Set(edges.map((e) => names.of(e.src))), new Set(edges.map((e) => names.of(e.dst)))];
    const vnis = [
      ...new Set(
        members
          .flatMap((conversation) => [
            ...facts.tunnels.edgesOf(conversation.request),
            ...facts.tunnels.edgesOf(conversation.reply),
          ])
          .map((e) => e.vni),
      ),
    ].filter((v) => v >= 0);
    const parts = kinds.size === 1 ? [`type: ${[...kinds][0]}`] : [];
    parts.push(`outer: { src: ${list([...from])}, dst: ${list([...to])} }`);
    if (vnis.length > 0 && vnis.length <= MAX_VNIS) parts.push(`vni: [${vnis.sort((a, b) => a - b).join(', ')}]`);
    lines.push(`tunnel: { ${parts.join(', ')} }`);
  }
  const translated = members.map((conversation) => facts.translation.of(conversation));
  const firsts = new Set(translated.map(([other]) => (other === undefined ? '' : String(other.initiator))));
  const source = [...firsts][0];
  if (firsts.size === 1 && source !== '' && translated.every((all) => all.length === 1)) {
    const changed = members.every((conversation) => String(conversation.initiator) !== source);
    if (changed) lines.push(`nat: { translated: { src: ${quoted(source)} } }`);
  }
  if (
    members.every(
      (conversation) => facts.delivery.of(conversation.request) === true && facts.answers.of(conversation) === 'answered',
    )
  )
    lines.push('answered: true');
  return lines;
}

/** Addresses that were asked for and answered by one MAC. */
function neighbours(facts: Facts): Lines[] {
  const seen = new Set<string>();
  const found: Lines[] = [];
  for (const n of facts.neighbours.list) {
    if (n.claims.length !== 1 || n.asked === 0 || n.unanswered > 0 || n.target.isLinkLocal) continue;
    if (seen.has(String(n.target))) continue;
    seen.add(String(n.target));
    const [{ mac, lastPort }] = n.claims;
    const owner = facts.topology?.nodeByMac(mac) ?? null;
    const kind = n.kind === 'arp' ? 'arp' : 'ndp';
    const at = facts.interfaces.of(lastPort);
    const on = at.known && at.nameFrom !== 'none' ? `, on: ${quoted(at.name)}` : '';
    found.push([
      `name: ${quoted(`${n.target} is answered by ${owner ?? macNumber(mac)}`)}`,
      `${kind}: { target: ${quoted(String(n.target))}${on}, ${owner === null ? `mac: "${macNumber(mac)}"` : `owner: ${quoted(owner)}`} }`,
      // Neighbours are remembered: not every run has to ask again.
      'atLeast: 0',
    ]);
  }
  return found;
}

/** Private networks that never leave by the interface that leads to public addresses. */
function leaks(facts: Facts): Lines[] {
  const outside = new Set<string>();
  const sources = new Map<string, Set<string>>();
  for (const direction of facts.directions())
    for (const use of direction.paths)
      for (const hop of use.path.hops) {
        if (hop.direction !== DIRECTION.out || hop.edge >= 0) continue;
        const { from, to } = direction;
        const name = facts.interfaces.name(hop.port);
        if (!isPrivate(to) && !to.isMulticast && !to.isLinkLocal) outside.add(name);
        sources.set(name, (sources.get(name) ?? new Set()).add(guessedNetwork(from)));
      }
  const networks = new Set<string>();
  for (const { from } of facts.directions()) if (isPrivate(from) && from.family === 4) networks.add(guessedNetwork(from));
  return [...outside].flatMap((name) => {
    const inside = [...networks].filter((network) => !sources.get(name)?.has(network));
    if (inside.length === 0 || inside.length > 8) return [];
    return [
      [
        `name: ${quoted(`no address of the inside leaves by ${name}`)}`,
        `never: ${JSON.stringify(`hop.interface == "${name}" && hop.direction == out && ip.src in {${inside.join(', ')}}`)}`,
        'witness: ip',
      ],
    ];
  });
}

/** `remarks`: comments below the expectations. */
export const draftText = (head: Lines, expectations: readonly Lines[], remarks: readonly string[] = []): string =>
  // Texts stand in double quotes, where YAML has JSON's escapes: what a terminal acts on is written as one.
  `${safeJson(
    [
      ...head,
      'expect:',
      ...expectations.flatMap((lines) => lines.map((line, i) => `  ${i === 0 ? '- ' : '  '}${line}`)),
      ...remarks.map((text) => `# ${text}`),
    ].join('\n'),
  )}\n`;
