// Packets come into a node that should pass them on, and do not leave it.
import { DIRECTION } from '../capture/frame.js';
import type { PathUse } from '../flows/journeys.js';
import page from './forward-missing.md';
import { type EvidenceDraft, rule } from './rule.js';
import type { World } from './world.js';

interface Group {
  readonly c: number;
  readonly way: number;
  readonly use: PathUse;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  readonly under: number | null;
  count: number;
}

export default rule({
  id: 'forward-missing',
  title: 'Packets come in and are not forwarded',
  group: 'path',
  severity: 'error',
  hint: 'Look for a blackhole route, a firewall, reverse-path filtering (net.ipv4.conf.*.rp_filter), or forwarding switched off.',
  page,
  judge(world, say) {
    const groups = new Map<string, Group>();
    for (const c of world.conversations())
      for (const way of [0, 1] as const) {
        if (world.delivered(c, way) === true) continue;
        for (const use of world.uses(c, way)) {
          if (!stopsHere(world, c, way, use)) continue;
          const under = world.causeOf(c);
          const key = `${use.hops[0].source} ${world.portName(use.path.hops[0].port)} ${world.towards(c, way)} ${under}`;
          let group = groups.get(key);
          if (group === undefined) {
            group = { c, way, use, about: new Set(), evidence: [], under, count: 0 };
            groups.set(key, group);
          }
          group.count += use.count;
          group.about.add(world.uid(c));
          if (group.evidence.length < 4)
            group.evidence.push({ mark: world.hopMark(use, 0), field: 'ip.dst', note: 'never seen going out' });
        }
      }
    for (const group of groups.values()) {
      const { c, way, use } = group;
      const { source } = use.hops[0];
      const entry = world.portName(use.path.hops[0].port);
      const edge = use.path.hops[0].edge < 0 ? null : world.tracker.tunnels.list[use.path.hops[0].edge];
      const dst = edge?.dst ?? world.towards(c, way);
      const { point } = world.captures[source];
      const route = world.node(source) === null ? null : (world.topology?.route(world.node(source) as string, dst) ?? null);
      say({
        verdict: 'fail',
        confidence: world.node(source) === null ? 'medium' : 'high',
        key: `${point} ${entry} ${dst}`,
        title: `Packets to ${dst} come into ${point} on ${entry} and never leave it`,
        message: `${group.count === 1 ? 'A packet' : `${group.count} packets`} to ${world.named(dst)} came in on ${entry}; no copy went out by any interface, and no answer came.`,
        cause:
          route !== null && !['unicast', 'local', 'connected'].includes(route.kind)
            ? `${point} has a ${route.kind} route for ${route.prefix}.`
            : '',
        subject: {
          src: String(edge?.src ?? world.towards(c, 1 - way)),
          dst: String(dst),
          proto: edge === null ? world.protoName(c) : 'udp',
          ...(edge === null ? world.ports(c) : {}),
          tunnel: edge?.kind ?? null,
          interfaceIn: entry,
          node: point,
        },
        evidence: group.evidence,
        count: group.count,
        about: group.about,
        under: group.under,
      });
    }
  },
});

/** Came in, should have gone out, did not. */
function stopsHere(world: World, c: number, way: number, use: PathUse): boolean {
  const { hops } = use.path;
  const { source } = use.hops[0];
  if (hops.some((hop) => hop.direction !== DIRECTION.in) || use.translatedUid >= 0 || !world.forwards(source)) return false;
  // With one hop left to live it ends here by right.
  if (use.hops[0].ttl <= 1) return false;
  const edge = hops[0].edge < 0 ? null : world.tracker.tunnels.list[hops[0].edge];
  const dst = edge?.dst ?? world.towards(c, way);
  if (dst.isMulticast || dst.isLinkLocal || world.isOwn(source, dst) || (dst.family === 4 && dst.d === 0xffffffff)) return false;
  if (dst.family === 4 && (dst.d & 0xff) === 0xff) return false;
  return true;
}
