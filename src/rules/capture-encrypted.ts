// A capture that holds little but encrypted packets: what is inside them, and whether it is answered, cannot be seen.
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import page from './capture-encrypted.md';
import { rule, type Say } from './rule.js';

export default rule({
  id: 'capture-encrypted',
  title: 'What was captured is encrypted',
  group: 'capture',
  severity: 'info',
  spec: 'RFC 4303; WireGuard',
  hint: 'Capture before the packets are encrypted as well: on the pods, or on the tunnel device (cilium_wg0, wg0, the lxc and veth devices).',
  page,
  judge(facts, say) {
    const { kinds, packets, others, first, oneWay } = facts.encrypted;
    for (const direction of oneWay) if (direction.packets >= LEAST) sayOneWay(facts, direction, say);
    if (first === null || others > 0) return;
    const { point } = facts.captures[first.source];
    say({
      verdict: 'inconclusive',
      key: `${point} ${kinds.join(' ')}`,
      title: `${packets} packets are encrypted (${kinds.join(', ')}): what they carry cannot be judged`,
      message: `Apart from them the capture holds nothing that wants an answer. ${kinds.join(' and ')} hides who talks to whom, so nothing is known of what happens inside.`,
      subject: { node: point },
      evidence: [{ mark: first, field: kinds[0] === 'ESP' ? 'esp.spi' : 'udp.port' }],
      count: packets,
    });
  },
});

/** Fewer may be the last of a tunnel, or the first. */
const LEAST = 5;

/** Who sends that much gets something back in the end, an acknowledgment or a keep-alive. */
function sayOneWay(facts: Facts, { from, to, packets, first, conversation }: Direction, say: Say): void {
  const isHidden = facts.hearing.silence(conversation.request) !== 'telling';
  say({
    verdict: 'inconclusive',
    key: `${from} ${to} one way`,
    title: `Nothing encrypted comes back from ${to} to ${from}`,
    message: `${packets} ESP packets from ${facts.named(from)} to ${facts.named(to)}, and none the other way.${isHidden ? ' They may take another way, past this capture.' : ''} What is inside cannot be seen, nor whether it wants an answer.`,
    hint: `Look at the counters of the tunnel on both ends (ip -s xfrm state): does ${to} decrypt what comes, and does it send? Is ESP let through both ways (IP protocol 50, UDP port 4500)?`,
    subject: { src: String(from), dst: String(to), node: facts.captures[first.source].point },
    evidence: [{ mark: first, field: 'esp.spi', note: 'nothing comes back' }],
    count: packets,
    about: [conversation.uid],
  });
}
