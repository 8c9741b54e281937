// A tunnel as the subject of a finding.
import type { Link } from '../facts/tunnels.js';

/** Its ends, and where the kind has them port and VNI; those of a tunnel without a port (GRE, IP in IP) are null. */
export const tunnelSubject = (link: Link) => ({
  src: String(link.src),
  dst: String(link.dst),
  ...(link.port > 0 ? { proto: 'udp', dstPort: link.port } : {}),
  tunnel: link.kind,
  vni: link.vnis.size === 1 ? [...link.vnis][0] : null,
});
