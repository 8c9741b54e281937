// VXLAN carries frames with a VLAN tag inside, which the other end should discard.
import { type Link, type Tunnels, tunnelName } from '../facts/tunnels.js';
import { rule } from './rule.js';
import { tunnelSubject } from './subjects.js';
import page from './tunnel-inner-vlan.md';

export default rule({
  id: 'tunnel-inner-vlan',
  title: 'Tunnelled frames carry a VLAN tag',
  group: 'tunnel',
  severity: 'warning',
  spec: 'RFC 7348 section 6.1',
  hint: 'Take the tag off before the frame enters the tunnel (a VLAN interface or a bridge port that is untagged), or give each VLAN a VNI of its own.',
  page,
  judge(facts, say) {
    for (const link of facts.tunnels.links) {
      // Geneve leaves the inner frame to its users (RFC 8926 section 4.5); only VXLAN speaks of tags.
      if (link.kind !== 'vxlan') continue;
      const tagged = link.edges.filter((edge) => edge.innerTagged > 0);
      if (tagged.length === 0) continue;
      const ids = new Set(tagged.map((edge) => edge.id));
      const inside = link.carried.filter((x) => ids.has(x.edge.id));
      // Both ends are set up for it where anything tagged is answered, or where another end sends tagged frames too.
      const isAnswered =
        inside.some((x) => facts.delivery.of(x.direction) === true || x.direction.isReply) || othersTag(facts.tunnels, link);
      // Flooded frames, which need no answer, show no loss.
      const works = isAnswered || !inside.some((x) => facts.delivery.of(x.direction) === false);
      const count = tagged.reduce((sum, edge) => sum + edge.innerTagged, 0);
      const vnis = tagged.map((edge) => edge.vni);
      say({
        verdict: 'fail',
        severity: works ? 'info' : 'warning',
        confidence: works ? 'high' : 'medium',
        key: `${link.src} ${link.dst}`,
        title: `${tunnelName(link.kind)} from ${link.src} to ${link.dst} carries frames with a VLAN tag inside`,
        message: `${count === 1 ? 'A frame' : `${count} frames`} inside ${tunnelName(link.kind)} from ${facts.named(link.src)} to ${facts.named(link.dst)} ${count === 1 ? 'has' : 'have'} an inner VLAN tag. ${isAnswered ? 'The other side answers or sends such frames too, so both are set up for it.' : works ? 'RFC 7348 lets the receiver discard such frames; nothing shows that this one does.' : 'RFC 7348 lets the receiver discard such frames, and most do.'}`,
        cause: works ? '' : `${facts.named(link.src)} puts tagged frames into the tunnel.`,
        subject: {
          ...tunnelSubject(link),
          vni: vnis.length === 1 ? vnis[0] : null,
          node: facts.ownership.nodeAt(link.src),
        },
        evidence: tagged
          .flatMap((edge) => (edge.firstTagged === null ? [] : [{ mark: edge.firstTagged, field: 'vlan.id' }]))
          .slice(0, 4),
        count,
        about: works
          ? []
          : inside.filter((x) => facts.delivery.of(x.direction) === false).map((x) => x.direction.conversation.uid),
      });
    }
  },
});

/** Another end of the same network sends frames with a tag. */
function othersTag(tunnels: Tunnels, { src, kind, port, vnis }: Link): boolean {
  for (const other of tunnels.links)
    if (other.kind === kind && other.port === port && !other.src.equals(src))
      if (other.edges.some((edge) => edge.innerTagged > 0 && vnis.has(edge.vni))) return true;
  return false;
}
