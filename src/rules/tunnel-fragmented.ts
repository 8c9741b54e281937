// Outer packets of a tunnel are cut into fragments on their way.
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import { isLaterFragments } from '../facts/passing.js';
import { type Carried, type Link, tunnelName } from '../facts/tunnels.js';
import type { Edge } from '../flows/tunnels.js';
import { tcpMss } from './mtu.js';
import { rule, type Say } from './rule.js';
import { tunnelSubject } from './subjects.js';
import page from './tunnel-fragmented.md';

export default rule({
  id: 'tunnel-fragmented',
  title: 'Tunnelled packets are fragmented',
  group: 'tunnel',
  severity: 'warning',
  spec: 'RFC 7348 section 4.3',
  hint: 'Lower the MTU of the pods (or of the tunnel route) by what the tunnel adds, or raise the MTU of the links below.',
  page,
  judge(facts, say) {
    const { tunnels } = facts;
    const done = new Set<Link>();
    for (const link of tunnels.links) {
      const back = tunnels.back(link);
      if (done.has(link) || (back !== null && done.has(back))) continue;
      done.add(link);
      // Both directions cross the same links: one cause.
      const both = back === null ? [link] : [link, back];
      const edges = both.flatMap((x) => x.edges);
      const cut = edges.filter((edge) => edge.fragments > 0);
      const first = cut
        .map((edge) => edge.firstFragment)
        .reduce((a, b) => (a === null || (b !== null && b.timeNs < a.timeNs) ? b : a), null);
      if (first === null) continue;
      const count = cut.reduce((sum, edge) => sum + edge.fragments, 0);
      const fragment = Math.max(...cut.map((edge) => edge.longestFragment));
      const whole = Math.max(...edges.map((edge) => edge.longest));
      const overhead = Math.max(...edges.map((edge) => edge.overhead));
      const inside = fragment - overhead;
      const { point } = facts.captures[first.source];
      const name = tunnelName(link.kind);
      const rest = restMissing(facts, link) ?? (back === null ? null : restMissing(facts, back));
      if (rest !== null) {
        sayRest(facts, rest, both, say);
        continue;
      }
      const where = facts.interfaces.name(first.port);
      const out = first.direction === DIRECTION.out;
      const here = out && whole > fragment;
      const big = both.flatMap(({ carried }) => carried).filter(({ direction }) => direction.longest > inside);
      const lost = big.filter((one) => isLost(facts, one));
      // What is larger than a fragment does not arrive, of nobody, and what is smaller does: it is the fragments that are lost.
      const isGone =
        lost.some((one) => isPersistent(one)) &&
        !big.some((one) => facts.delivery.of(one.direction) === true && !isLost(facts, one)) &&
        both.some(({ carried }) =>
          carried.some(({ direction }) => direction.longest <= inside && facts.delivery.of(direction) === true),
        );
      const mss = tcpMss(inside, (link.carried[0]?.direction.to ?? link.src).family);
      say({
        verdict: 'fail',
        ...(isGone && { severity: 'error' as const, hint: GONE_HINT }),
        key: [String(link.src), String(link.dst)].sort().join(' '),
        title: `${name} packets between ${link.src} and ${link.dst} are fragmented${here ? ` by ${point}` : ''}${isGone ? ', and those that are do not arrive' : ''}`,
        message: `${here ? `${point} takes outer packets of ${whole} bytes and sends them by ${where} in fragments of at most ${fragment}` : `Outer packets ${out ? 'leave by' : 'arrive on'} ${where} in fragments of at most ${fragment} bytes`} (${count} seen). ${overhead > 0 ? `${name} adds ${overhead} bytes: inner packets of ${inside} bytes, a TCP MSS of ${mss}, would pass whole.` : 'Inner packets are too long for the links below the tunnel.'}`,
        // Fragments are cut at multiples of eight bytes (RFC 791 section 3.2).
        cause: `A link between the two has an MTU of ${fragment} to ${fragment + 7} bytes; the MTU of the pods is made for more.${isGone ? ` No packet of more than ${inside} bytes inside arrives, shorter ones do: the fragments are lost on the way, as many filters and cloud networks drop them.` : ''}`,
        subject: {
          ...tunnelSubject(link),
          vni: cut.length === 1 ? cut[0].vni : null,
          interfaceOut: out ? where : null,
          interfaceIn: first.direction === DIRECTION.in ? where : null,
          node: here ? point : null,
        },
        evidence: cut
          .flatMap((edge) =>
            edge.firstFragment === null ? [] : [{ mark: edge.firstFragment, field: 'ip.flags.mf', note: 'first fragment' }],
          )
          .slice(0, 4),
        count,
        ...(isGone && { about: new Set(lost.map(({ direction }) => direction.conversation.uid)) }),
      });
    }
  },
});

const GONE_HINT =
  'Lower the MTU of the pods (or of the tunnel route) by what the tunnel adds, so that nothing has to be fragmented; or raise the MTU of the links below, and look for the filter that drops fragments.';

/** First fragments of a link that are seen at a node, where not one of those that follow is. */
interface Rest {
  readonly link: Link;
  readonly edge: Edge;
  readonly source: number;
  /** Another point where the rest was seen; null: none. */
  readonly sent: string | null;
}

/** So many first fragments without their rest are no accident. */
const LEAST = 2;

function restMissing(facts: Facts, link: Link): Rest | null {
  const edge = link.edges.find(({ fragments, firstFragment }) => fragments >= LEAST && firstFragment !== null);
  if (edge?.firstFragment == null) return null;
  const later = facts.directions().filter(isLaterFragments);
  const seenAt = new Set(
    later
      .filter(({ from, to }) => from.equals(link.src) && to.equals(link.dst))
      .flatMap(({ paths }) => paths.flatMap((use) => use.path.hops.map((hop) => hop.source))),
  );
  // At the sender all are seen; where some point has none of them they are lost before it.
  const source = facts.captures.findIndex(
    (_, i) =>
      !seenAt.has(i) && link.carried.some(({ use }) => use.path.hops.some((hop) => hop.source === i && hop.edge === edge.id)),
  );
  if (source < 0) return null;
  // Later fragments have no ports: a capture filter by port leaves them out. Where those of others are seen there is none.
  const isWhole =
    later.some(({ paths }) => paths.some((use) => use.path.hops.some((hop) => hop.source === source))) ||
    (link.carried.some((one) => isLost(facts, one)) && [...facts.neighbours.list].some((n) => n.source === source && !n.inside));
  const [other] = seenAt;
  return isWhole ? { link, edge, source, sent: other === undefined ? null : facts.captures[other].point } : null;
}

const isLost = (facts: Facts, { direction }: Carried): boolean =>
  direction.lost > 0 || direction.stuckCount > 1 || direction.retransmissions > 1 || facts.delivery.of(direction) === false;

/** Again and again: one may be lost on any network. */
const isPersistent = ({ direction }: Carried): boolean =>
  direction.lost > 2 || direction.stuckCount > 1 || direction.retransmissions > 1;

function sayRest(facts: Facts, { link, edge, source, sent }: Rest, both: readonly Link[], say: Say): void {
  const { point } = facts.captures[source];
  const name = tunnelName(link.kind);
  const mark = edge.firstFragment;
  if (mark === null) return;
  const fits = edge.longestFragment - Math.max(0, ...both.flatMap(({ edges }) => edges.map(({ overhead }) => overhead)));
  const large = both
    .flatMap(({ carried }) => carried)
    .filter(({ direction }) => direction.longest > fits && facts.delivery.of(direction) !== true)
    .map(({ direction }) => direction.conversation.uid);
  say({
    verdict: 'fail',
    severity: 'error',
    absence: true,
    key: `${link.src} ${link.dst} rest`,
    title: `Only the first fragments of ${name} packets from ${link.src} to ${link.dst} reach ${point}`,
    message: `${name} packets from ${facts.named(link.src)} to ${facts.named(link.dst)} are cut into fragments of at most ${edge.longestFragment} bytes; the first ones are seen at ${point}, and of the later ones not one${sent === null ? '' : `, though they left ${sent}`}. So no packet of more than ${fits} bytes inside is put together again, and shorter ones pass.`,
    cause:
      'Something on the way drops fragments but the first: they have no ports (RFC 791 section 3.2), so a filter that lets the tunnel pass by its port does not fit them; many cloud networks drop them too.',
    subject: {
      ...tunnelSubject(link),
      vni: edge.vni,
      interfaceIn: mark.direction === DIRECTION.in ? facts.interfaces.name(mark.port) : null,
      node: point,
    },
    evidence: [{ mark, field: 'ip.flags.mf', note: 'first fragment' }],
    count: edge.fragments,
    about: new Set(large),
  });
}
