// Packets that no host sends twice come twice by the same interface, and those of the other direction do not.
import type { Direction } from '../facts/conversation.js';
import page from './packet-doubled.md';
import { entry, rule } from './rule.js';

/** Fewer are one copy too many at a change of the path. */
const LEAST = 3;

interface Group {
  readonly doubled: Direction[];
  count: number;
  packets: number;
}

export default rule({
  id: 'packet-doubled',
  title: 'Packets arrive twice',
  group: 'neighbours',
  severity: 'warning',
  spec: 'RFC 9293 section 3.4',
  hint: 'Find where the second copy is made: capture on the other side of each switch and router in turn. Look for a mirror port (or tc mirred, nft dup) whose copies come back into the network, two links between two switches without a bond or spanning tree, and a broadcast bond.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      const { doubles, packets, firstPort, from, conversation } = direction;
      if (doubles * 2 < packets || doubles === 0 || direction.isToMany || direction.to.isMulticast) continue;
      if (!conversation.isTcp && !conversation.isEcho) continue;
      const group = entry(groups, `${firstPort} ${from}`, (): Group => ({ doubled: [], count: 0, packets: 0 }));
      group.doubled.push(direction);
      group.count += doubles;
      group.packets += packets;
    }
    for (const { doubled, count, packets } of groups.values()) {
      const [{ from, to, firstPort, firstSource, conversation }] = doubled;
      // Where nothing comes back there is nothing to compare with; and what copies, copies all of it.
      if (count < LEAST || count * 10 < packets * 9 || doubled.every(({ other }) => other.packets === 0)) continue;
      const { point } = facts.captures[firstSource];
      const name = facts.interfaces.name(firstPort);
      const isCapture = doubled.some(({ other }) => other.doubles > 0);
      say({
        verdict: 'fail',
        severity: isCapture ? 'info' : undefined,
        key: `${point} ${name} ${from}`,
        title: `Packets from ${from} are seen twice at ${point} on ${name}`,
        message: `${count} of ${packets} packets from ${facts.named(from)} ${doubled.length === 1 ? `to ${facts.named(to)} ` : ''}came by ${name} a second time, unchanged and at once.${isCapture ? '' : ' Packets of the other direction come once.'}`,
        cause: isCapture
          ? 'Both directions are doubled: it is the capture that has frames twice (a mirror port that copies what comes in and what goes out, one link captured at two places).'
          : 'No host sends these twice so soon, so something between it and here makes copies: a loop of links, or a mirror that leads back into the network. The second copies cost bandwidth, pings show (DUP!), and programs that use UDP get each message twice.',
        subject: { src: String(from), dst: doubled.length === 1 ? String(to) : null, proto: conversation.protoName, node: point },
        evidence: doubled.slice(0, 3).map(({ first }) => ({ mark: first, field: 'ip.id', note: 'seen twice' })),
        count,
      });
    }
  },
});
