// Frames cut so short that headers are missing.
import { quantity } from '../bytes/units.js';
import page from './capture-clipped.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-clipped',
  title: 'Frames were cut inside their headers',
  group: 'capture',
  severity: 'warning',
  spec: 'pcap(3pcap), snapshot length',
  hint: 'Capture with -s 0, or with -s 200 at least when there are tunnels: outer, tunnel and inner headers are 100 to 150 bytes.',
  page,
  judge(facts, say) {
    facts.doubts.counted.forEach(({ clipped, headersCut, longestClipped, frames, firstClipped }, source) => {
      if (headersCut === 0) return;
      const { point } = facts.captures[source];
      say({
        verdict: 'inconclusive',
        key: point,
        title: `The capture at ${point} cuts frames at ${longestClipped} bytes, inside their headers`,
        message: `${clipped} of ${frames} frames were cut, ${headersCut} of them before the end of their headers. What those carried is not known.`,
        subject: { node: point },
        evidence: firstClipped === null ? [] : [{ mark: firstClipped, field: 'frame.cap_len' }],
        count: headersCut,
      });
    });
    facts.doubts.counted.forEach(({ unprinted }, source) => {
      if (unprinted.size === 0) return;
      const { point } = facts.captures[source];
      const names = [...unprinted.keys()].join(', ');
      const messages = [...unprinted].map(([name, { count }]) => quantity(count, `${name} message`)).join(', ');
      say({
        verdict: 'inconclusive',
        key: `${point} text`,
        title: `The text at ${point} does not print what its ${names} messages say`,
        message: `It shows that ${messages} passed, not what is in them: whether they are right was not judged.`,
        hint: 'Capture with -w FILE, or print the bytes (tcpdump -X).',
        subject: { node: point },
        evidence: [...unprinted.values()].map(({ first }) => ({ mark: first, field: 'frame.cap_len' })),
        count: [...unprinted.values()].reduce((sum, { count }) => sum + count, 0),
      });
    });
  },
});
