// ARP requests for an address that no host answers.
import page from './arp-no-reply.md';
import { rule, seconds } from './rule.js';
import { judgeSilence } from './silent-neighbours.js';

export default rule({
  id: 'arp-no-reply',
  title: 'An ARP request got no reply',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 826',
  hint: 'Is the owner up, and does this segment (VLAN or VNI) reach it? For a load-balancer address: is a node announcing it?',
  page,
  options: { within: seconds(1, 'how long an answer may take (Linux asks again after one second, retrans_time_ms)') },
  judge(facts, say, { within }) {
    judgeSilence(facts, 'arp', within, say);
  },
});
