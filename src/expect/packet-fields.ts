// The dictionary as the tracker fills it, and which of its fields keep their values from frame to frame.
import { DIRECTION } from '../capture/frame.js';
import type { ExtraField } from '../dissect/extra.js';
import { knownFields } from '../filter/dictionary.js';
import type { FrameTimes } from '../filter/frame-fields.js';
import type { Tracker } from '../flows/tracker.js';

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
  return knownFields({
    times,
    interface: () => (port().known ? port().name : null),
    direction: () => DIRECTIONS[tracker().packet.direction] ?? null,
    get point() {
      return port().point;
    },
    get conversation() {
      const { conversation: c, conversations } = tracker();
      return c < 0 ? null : conversations.uid[c];
    },
    path: null,
  });
}
