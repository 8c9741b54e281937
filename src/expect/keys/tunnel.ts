import * as z from 'zod';
import type { Packet } from '../../flows/packet.js';
import type { Edge } from '../../flows/tunnels.js';
import { Ip, type Prefix } from '../../topology/ip.js';
import type { FrameTest } from '../frames.js';
import { type Hold, key } from '../key.js';
import { within } from '../names.js';
import { type Builder, Unusable } from '../plan.js';
import { ends, list, text } from '../shapes.js';

const header = z.strictObject({
  type: z.enum(['vxlan', 'geneve', 'gre', 'ip']).optional(),
  outer: ends.optional().describe('End points'),
  inner: ends.optional().describe('Chooses the packets this is about'),
  vni: list(z.union([z.int().min(0).max(0xffffff), text]))
    .optional()
    .describe('Numbers, or names of identities'),
  port: z.int().min(1).max(65535).optional().describe('Outer UDP destination port'),
});

export default key({
  key: 'tunnel',
  shape: z.union([z.literal('none'), header], { error: "a tunnel is { type, outer, inner, vni, port }, or 'none'" }),
  beside: ['flow', 'nat', 'where'],
  means:
    '`{ type, outer: { src, dst }, inner: { src, dst }, vni, port }`; `inner` chooses the packets, the rest must hold; VNIs by identity names; `none`',
  hold(tunnel, b) {
    const want = wantOf(b, tunnel);
    const shown = showTunnel(want);
    return b.about === 'frames' ? { text: shown, frame: tunnelTest(want) } : { text: shown, conversation: journeysIn(want, b) };
  },
});

interface TunnelWant {
  readonly none: boolean;
  readonly type: string | null;
  readonly outerSrc: readonly Prefix[] | null;
  readonly outerDst: readonly Prefix[] | null;
  readonly innerSrc: readonly Prefix[] | null;
  readonly innerDst: readonly Prefix[] | null;
  readonly vni: readonly number[] | null;
  readonly port: number | null;
}

function wantOf(b: Builder, value: z.output<typeof header> | 'none'): TunnelWant {
  const spec = value === 'none' ? {} : value;
  const vnis = spec.vni === undefined ? null : Array.isArray(spec.vni) ? spec.vni : [spec.vni];
  return {
    none: value === 'none',
    type: spec.type ?? null,
    outerSrc: b.addresses(spec.outer?.src, ['tunnel', 'outer', 'src']),
    outerDst: b.addresses(spec.outer?.dst, ['tunnel', 'outer', 'dst']),
    innerSrc: b.addresses(spec.inner?.src, ['tunnel', 'inner', 'src']),
    innerDst: b.addresses(spec.inner?.dst, ['tunnel', 'inner', 'dst']),
    vni:
      vnis?.flatMap(
        (vni) =>
          b.part(['tunnel', 'vni'], () => {
            if (typeof vni === 'number') return [vni];
            const found = b.plan.book.identities(vni);
            if (found.length === 0)
              throw new Unusable(`no identity is called '${vni}'; name it under identities in the topology`);
            return found;
          }) ?? [],
      ) ?? null,
    port: spec.port ?? null,
  };
}

/** Whether the packets of a conversation are in that tunnel wherever they were seen. */
function journeysIn(want: TunnelWant, { sources }: Builder): Hold['conversation'] {
  return (facts, conversation) => {
    for (const direction of conversation.directions) {
      // What is said of the inner ends chooses a direction.
      const { from, to } = direction;
      if (want.innerSrc !== null && !within(want.innerSrc, from)) continue;
      if (want.innerDst !== null && !within(want.innerDst, to)) continue;
      // End points as they are written are those of the requests.
      const turned = !direction.isReply || want.innerSrc !== null || want.innerDst !== null;
      const own = turned ? want : { ...want, outerSrc: want.outerDst, outerDst: want.outerSrc };
      for (const use of direction.paths) {
        const at = use.path.hops.map((_, i) => i).filter((i) => sources(use.path.hops[i].source));
        const edges = at.flatMap((i) => (use.path.hops[i].edge < 0 ? [] : [facts.tunnels.edge(use.path.hops[i].edge)]));
        const wrong = edges.length === 0 ? wrongTunnel(own, null) : edges.map((e) => wrongTunnel(own, e)).find((w) => w !== null);
        if (at.length > 0 && wrong != null)
          return { conversation, said: wrong, evidence: at.map((i) => ({ mark: facts.paths.mark(use, i) })) };
      }
    }
    return null;
  };
}

/** What is wrong with a tunnel edge, or null. */
function wrongTunnel(want: TunnelWant, edge: Edge | null): string | null {
  if (edge === null) return want.none ? null : 'not in a tunnel';
  if (want.none) return `in ${edge.kind} from ${edge.src} to ${edge.dst}`;
  const said = `${edge.kind} from ${edge.src} to ${edge.dst}${edge.vni < 0 ? '' : `, VNI ${edge.vni}`}`;
  const wrong =
    (want.type !== null && want.type !== edge.kind) ||
    (want.outerSrc !== null && !within(want.outerSrc, edge.src)) ||
    (want.outerDst !== null && !within(want.outerDst, edge.dst)) ||
    (want.vni !== null && !want.vni.includes(edge.vni)) ||
    (want.port !== null && want.port !== edge.port);
  return wrong ? (want.port !== null && want.port !== edge.port ? `${said}, port ${edge.port}` : said) : null;
}

function tunnelTest(want: TunnelWant): FrameTest {
  const address = new Ip();
  const inside = (networks: readonly Prefix[] | null, p: Packet, from: 0 | 4): boolean => {
    if (networks === null) return true;
    [address.a, address.b, address.c, address.d] = p.address.subarray(from, from + 4);
    return within(networks, address);
  };
  // One edge after the other: what was said of the last one holds for most frames.
  let last: Edge | null | undefined;
  let said: string | null = null;
  return (t) => {
    const p = t.packet;
    if (p.family === 0 || !inside(want.innerSrc, p, 0) || !inside(want.innerDst, p, 4)) return undefined;
    const edge = t.carrier < 0 ? null : t.tunnels.list[t.carrier];
    if (edge !== last) {
      last = edge;
      said = wrongTunnel(want, edge);
    }
    return said;
  };
}

function showTunnel(want: TunnelWant): string {
  if (want.none) return 'not in a tunnel';
  const ends = (networks: readonly Prefix[] | null) => (networks === null ? 'anywhere' : networks.map(String).join(' or '));
  const parts = [`in ${want.type ?? 'a tunnel'}`];
  if (want.outerSrc !== null || want.outerDst !== null) parts.push(`from ${ends(want.outerSrc)} to ${ends(want.outerDst)}`);
  if (want.vni !== null) parts.push(`VNI ${want.vni.join(' or ')}`);
  if (want.port !== null) parts.push(`port ${want.port}`);
  if (want.innerSrc !== null || want.innerDst !== null)
    parts.push(`for packets from ${ends(want.innerSrc)} to ${ends(want.innerDst)}`);
  return parts.join(', ');
}
