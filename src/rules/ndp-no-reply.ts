// Neighbour solicitations for an IPv6 address that no host answers.
import page from './ndp-no-reply.md';
import { rule, seconds } from './rule.js';
import { judgeSilence } from './silent-neighbours.js';

export default rule({
  id: 'ndp-no-reply',
  title: 'A neighbour solicitation got no answer',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 4861 section 7.2',
  hint: 'Is the owner up, and does this segment (VLAN or VNI) reach it? For a load-balancer address: is a node announcing it?',
  page,
  options: { within: seconds(1, 'how long an answer may take (RetransTimer, RFC 4861 section 10)') },
  judge(facts, say, { within }) {
    judgeSilence(facts, 'nd', within, say);
  },
});
