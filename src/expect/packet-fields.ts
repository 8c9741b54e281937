// Fields for filters that the engine knows of the frame at hand, and those that are the same for a whole conversation.
import { DIRECTION } from '../capture/frame.js';
import type { ExtraField } from '../dissect/extra.js';
import { field } from '../dissect/fields.js';
import { type FrameTimes, frameFields } from '../filter/frame-fields.js';
import type { Tracker } from '../flows/tracker.js';

/** Fields whose values do not change between frames of one way of a conversation at one place: see FilterSet. */
export const PACKET_FIELDS: ReadonlySet<string> = new Set([
  ...['ip.src', 'ip.dst', 'ip.addr', 'ipv6.src', 'ipv6.dst', 'ipv6.addr'],
  // Not udp.srcport and udp.port: in a tunnel, the outer source port may change.
  ...['tcp.srcport', 'tcp.dstport', 'tcp.port', 'udp.dstport'],
  ...['vxlan.vni', 'geneve.vni'],
  ...['hop.interface', 'hop.direction', 'hop.point', 'sll.ifindex'],
]);

const DIRECTIONS: Readonly<Record<number, string | undefined>> = {
  [DIRECTION.in]: 'in',
  [DIRECTION.out]: 'out',
  [DIRECTION.other]: 'passing',
};

/** What the tracker knows of the frame it observed last. `times`: of the capture that frame is from. */
export function packetFields(tracker: () => Tracker, times: FrameTimes): ExtraField[] {
  const port = () => {
    const t = tracker();
    return t.ports.list[t.packet.port];
  };
  return [
    ...frameFields(times),
    {
      def: field('hop.interface', 'Interface it was seen at', 'string'),
      read: () => (port().known ? port().name : null),
    },
    {
      def: field('hop.direction', 'Direction: in, out or passing', 'string'),
      read: () => DIRECTIONS[tracker().packet.direction] ?? null,
    },
    { def: field('hop.point', 'Capture point', 'string'), read: () => port().point },
  ];
}
