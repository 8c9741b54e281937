// Which fields of filters keep their values from frame to frame.

/** Fields whose values are the same for all frames of one way of a conversation at one place: see FilterSet. */
export const LASTING: ReadonlySet<string> = new Set([
  ...['ip.src', 'ip.dst', 'ip.addr', 'ipv6.src', 'ipv6.dst', 'ipv6.addr'],
  // Not udp.srcport and udp.port: in a tunnel, the outer source port may change.
  ...['tcp.srcport', 'tcp.dstport', 'tcp.port', 'udp.dstport'],
  ...['vxlan.vni', 'geneve.vni', 'conversation'],
  ...['hop.interface', 'hop.direction', 'hop.point', 'sll.ifindex'],
]);

/** Of these, the ones that differ from place to place. */
export const LOCAL: ReadonlySet<string> = new Set(['hop.interface', 'hop.direction', 'hop.point', 'sll.ifindex']);
