// Tunnels that carry nothing but ARP or neighbour discovery, asked in vain: the first that is lost when a tunnel does not work.
import { shown } from '../bytes/command.js';
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import { isPaired, type Link, tunnelName, vniText } from '../facts/tunnels.js';
import type { Mark } from '../flows/mark.js';
import type { Neighbour } from '../flows/neighbour.js';
import type { Subject } from './finding.js';
import type { Say } from './rule.js';

const FIELD = { arp: 'arp.dst.proto_ipv4', nd: 'icmpv6.nd.ns.target_address' } as const;
const WHAT = { arp: 'ARP questions', nd: 'neighbour solicitations' } as const;

/** The far end answers into its tunnel device, and no answer leaves it; or nothing at all comes back. True when it was one of them. */
export function judgeAsked(facts: Facts, link: Link, within: number, say: Say, subject: Partial<Subject>): boolean {
  if (!isPaired(link) || facts.tunnels.back(link) !== null) return false;
  const asked = onePerTarget(facts.tunnels.askedInVain(link)).filter((n) => facts.causes.ofAddress(n.target) === null);
  if (asked.length === 0 || facts.causes.ofAddress(link.dst) !== null) return false;
  const [first] = asked;
  const name = tunnelName(link.kind);
  const count = asked.reduce((sum, n) => sum + n.asked, 0);
  const silent = asked.map((n) => n.target);
  const whom = silent.slice(0, 3).map(String).join(', ');
  const answer = asked.map((n) => answerAt(facts, link, n)).find((mark) => mark !== null) ?? null;
  const evidence = first.questions.map((mark) => ({ mark, field: FIELD[first.kind], note: 'no answer' }));
  if (answer !== null) {
    const { point } = facts.captures[answer.source];
    const device = facts.interfaces.name(answer.port);
    say({
      verdict: 'fail',
      absence: true,
      key: `${link.dst} ${link.src} outside`,
      title: `${point} answers into ${device}, and no ${name} packet leaves for ${link.src}`,
      message: `${count} ${WHAT[first.kind]} for ${whom} came from ${facts.named(link.src)} inside ${name}, and ${point} answered them by ${device}. No encapsulated answer was seen on the wire.`,
      cause: `${point} drops them below the tunnel device: a firewall on outgoing UDP port ${link.port}, no route to ${link.src}, or no entry for ${first.askers[0]} in the tunnel map.`,
      hint: `On ${point}: look for rules on UDP port ${link.port} (nft list ruleset), ${shown`ip route get ${link.src}`}, and the drop counters of ${device} (ip -s link).`,
      subject: {
        ...subject,
        src: String(link.dst),
        dst: String(link.src),
        interfaceOut: device,
        target: String(first.askers[0]),
        node: point,
      },
      evidence: [{ mark: answer, note: 'not seen encapsulated' }, ...evidence],
      count,
      silent,
    });
    return true;
  }
  const open = asked.every((n) => facts.nowNs - n.questions[0].timeNs < within);
  const outside = facts.tunnels.unansweredOutside(link);
  say({
    verdict: open ? 'inconclusive' : 'fail',
    absence: true,
    confidence: 'medium',
    key: `${link.src} ${link.dst} back`,
    title: `${name} from ${link.src} to ${link.dst} is one-way: nothing comes back`,
    message: `${count} ${WHAT[first.kind]} for ${whom} went from ${facts.named(link.src)} to ${facts.named(link.dst)} inside ${name} (${vniText(link.vnis, facts.topology)}) and got no answer. Not one tunnelled packet came back from ${link.dst}.`,
    cause: `${facts.named(link.dst)} does not take the packets, does not answer, or cannot send to ${facts.named(link.src)}.`,
    alternatives: [`The tunnel is whole and nobody behind ${link.dst} has ${whom}: it need not have anything to say then.`],
    subject: { ...subject, target: String(first.target) },
    evidence,
    count,
    // To a node on the way the packets are those of the outer conversation: what became of them there is the cause.
    under: facts.causes.ofAnyFault(outside),
    about: new Set(outside),
    silent,
  });
  return true;
}

/** A question that passes several interfaces stands at each of them: the one that saw the most counts. */
function onePerTarget(asked: readonly Neighbour[]): Neighbour[] {
  const most = new Map<string, Neighbour>();
  for (const n of asked) {
    const known = most.get(String(n.target));
    if (known === undefined || n.asked > known.asked) most.set(String(n.target), n);
  }
  return [...most.values()];
}

/** Where the address was answered for by the node that is the far end of the tunnel, on its own side; null where that was not seen. */
function answerAt(facts: Facts, link: Link, n: Neighbour): Mark | null {
  for (const other of facts.neighbours.of(n.target)) {
    if (!facts.ownership.isOwn(other.source, link.dst) || !other.askers.some((ip) => n.askers.some((a) => a.equals(ip))))
      continue;
    for (const { first, lastEdge } of other.claims) if (lastEdge < 0 && first.direction === DIRECTION.out) return first;
  }
  return null;
}
