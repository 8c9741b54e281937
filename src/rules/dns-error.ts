// DNS answers that say that the server could not or would not answer.
import { DNS_PORT } from '../flows/dns.js';
import type { Ip } from '../topology/ip.js';
import page from './dns-error.md';
import { type EvidenceDraft, entry, rule } from './rule.js';

/** www.iana.org/assignments/dns-parameters; NOERROR and NXDOMAIN are answers. */
const CODES: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  1: ['FORMERR', 'The server does not understand the question.'],
  2: ['SERVFAIL', 'The server failed: its own upstream does not answer, or DNSSEC does not hold.'],
  4: ['NOTIMP', 'The server does not know this kind of question.'],
  5: ['REFUSED', 'The server does not serve this client or this zone, by its configuration.'],
  9: ['NOTAUTH', 'The server is not responsible for the zone.'],
};

interface Group {
  readonly server: Ip;
  readonly client: Ip;
  readonly code: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly names: Set<string>;
  readonly evidence: EvidenceDraft[];
  count: number;
  answered: number;
}

export default rule({
  id: 'dns-error',
  title: 'A DNS server answers with an error',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 1035 section 4.1.1; RFC 2136 section 2.2',
  hint: 'Look into the log of the DNS server, and ask it directly: dig @SERVER NAME.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const s of facts.dns.list)
      s.codes.forEach((count, code) => {
        if (code === 0 || code === 3 || count === 0) return;
        const [uid] = s.failedConversations;
        const conversation = uid === undefined ? null : facts.conversation(uid);
        const under = conversation === null ? null : facts.causes.of(conversation);
        const group = entry(groups, `${s.server} ${code} ${under}`, () => ({
          server: s.server,
          client: s.client,
          code,
          under,
          about: new Set<number>(),
          names: new Set<string>(),
          evidence: [],
          count: 0,
          answered: 0,
        }));
        group.count += count;
        group.answered += s.answered;
        for (const one of s.failedConversations) group.about.add(one);
        s.failedMarks.forEach((mark, i) => {
          if (s.failedCodes[i] !== code) return;
          if (s.failedNames[i] !== '') group.names.add(s.failedNames[i]);
          if (group.evidence.length < 4) group.evidence.push({ mark, field: 'dns.flags.rcode', note: s.failedNames[i] });
        });
      });
    for (const { server, client, code, under, about, names, evidence, count, answered } of groups.values()) {
      const [name, meaning] = CODES[code] ?? [`response code ${code}`, ''];
      const some = [...names].slice(0, 3).join(', ');
      const first = [...about].map((uid) => facts.conversation(uid)).find((known) => known !== null);
      say({
        verdict: 'fail',
        key: `${server} ${code}`,
        title: `DNS server ${server} answers ${name}`,
        message: `${count} of ${answered} answers from ${facts.named(server)} were ${name}${some === '' ? '' : ` (${some})`}.`,
        cause: meaning,
        subject: { src: String(client), dst: String(server), proto: 'udp', dstPort: DNS_PORT, target: String(server) },
        evidence,
        count,
        about,
        // Behind a translation the same answer was seen under another address.
        under: under ?? (first === undefined ? null : facts.causes.of(first)),
      });
    }
  },
});
