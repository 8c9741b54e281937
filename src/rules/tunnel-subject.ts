// A tunnel as the subject of a finding.
import type { Link } from '../facts/tunnels.js';

/**
 * Its ends, and where the kind has them port and VNI; those of a tunnel without a port (GRE, IP in IP) are null. What concerns the outer
 * packets alone is the same for every VNI: `ends` leaves it out.
 */
export const tunnelSubject = (link: Link, about: 'ends' | 'segment' = 'segment') => ({
  src: String(link.src),
  dst: String(link.dst),
  ...(link.port > 0 ? { proto: 'udp', dstPort: link.port } : {}),
  tunnel: link.kind,
  vni: about === 'segment' && link.vnis.size === 1 ? [...link.vnis][0] : null,
});
