// A cooked capture of the first version: of all interfaces, and it does not say which.
import { DIRECTION } from '../capture/frame.js';
import page from './capture-no-interface.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-no-interface',
  title: 'The capture does not tell interfaces apart',
  group: 'capture',
  severity: 'warning',
  spec: 'LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2',
  hint: 'Capture again with tcpdump 4.99 or newer: tcpdump -i any -y LINUX_SLL2 -w FILE. dumpcap -i any writes the old format; give it each interface by name (-i eth1 -i eth2).',
  page,
  judge(facts, say) {
    for (const port of facts.interfaces.list) {
      const frames = port.frames[DIRECTION.in] + port.frames[DIRECTION.out] + port.frames[DIRECTION.other];
      if (port.known || frames === 0) continue;
      say({
        verdict: 'inconclusive',
        key: port.point,
        title: `The capture at ${port.point} does not say by which interfaces packets came and went`,
        message: `It has Linux cooked headers of version 1, with a direction but no interface. Which way packets were sent cannot be judged; all the rest was.`,
        cause: 'Captured on "any" with dumpcap, or with tcpdump before 4.99.',
        subject: { node: port.point },
        evidence: [],
        count: frames,
      });
    }
  },
});
