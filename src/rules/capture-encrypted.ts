// A capture that holds little but encrypted packets: what is inside them, and whether it is answered, cannot be seen.
import page from './capture-encrypted.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-encrypted',
  title: 'What was captured is encrypted',
  group: 'capture',
  severity: 'info',
  spec: 'RFC 4303; WireGuard',
  hint: 'Capture before the packets are encrypted as well: on the pods, or on the tunnel device (cilium_wg0, wg0, the lxc and veth devices).',
  page,
  judge(facts, say) {
    const { kinds, packets, others, first } = facts.encrypted;
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
