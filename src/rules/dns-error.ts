// DNS answers that say that the server could not or would not answer, or that no name exists, where one should.
import type { Facts } from '../facts/facts.js';
import { DNS_PORT, type DnsServer } from '../flows/dns.js';
import { type DnsName, isResolved, type NameAnswers } from '../flows/dns-names.js';
import type { Ip } from '../topology/ip.js';
import page from './dns-error.md';
import { type EvidenceDraft, entry, push, rule, type Say } from './rule.js';

/** www.iana.org/assignments/dns-parameters; NOERROR and NXDOMAIN are answers, the second a good one most of the time. */
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
  /** Another server told the client each of these names. */
  isToldElsewhere: boolean;
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
        if (code === 0 || code === NXDOMAIN || count === 0) return;
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
          isToldElsewhere: true,
        }));
        group.count += count;
        group.answered += s.answered;
        for (const one of s.failedConversations) group.about.add(one);
        s.failedMarks.forEach((mark, i) => {
          if (s.failedCodes[i] !== code) return;
          group.isToldElsewhere &&= toldElsewhere(facts, s, s.failedNames[i], mark.timeNs);
          if (s.failedNames[i] !== '') group.names.add(s.failedNames[i]);
          if (group.evidence.length < 4) group.evidence.push({ mark, field: 'dns.flags.rcode', note: s.failedNames[i] });
        });
      });
    for (const { server, client, code, under, about, names, evidence, count, answered, isToldElsewhere } of groups.values()) {
      const isTold = isToldElsewhere && evidence.length > 0;
      const [name, meaning] = CODES[code] ?? [`response code ${code}`, ''];
      const some = [...names].slice(0, 3).join(', ');
      const first = [...about].map((uid) => facts.conversation(uid)).find((known) => known !== null);
      say({
        verdict: 'fail',
        severity: isTold ? 'info' : undefined,
        key: `${server} ${code}`,
        title: `DNS server ${server} answers ${name}`,
        message: `${count} of ${answered} answers from ${facts.named(server)} were ${name}${some === '' ? '' : ` (${some})`}.${isTold ? ' The client asked another server then, which knew.' : ''}`,
        cause: meaning,
        subject: { src: String(client), dst: String(server), proto: 'udp', dstPort: DNS_PORT, target: String(server) },
        evidence,
        count,
        about,
        // Behind a translation the same answer was seen under another address.
        under: under ?? (first === undefined ? null : facts.causes.of(first)),
      });
    }
    const disputed = judgeDisputed(facts, say);
    judgeMissing(facts, disputed, say);
    judgeOutside(facts, disputed, say);
  },
});

/** The client heard from another server at once what it wanted: that is what the second one is for (resolv.conf(5)). */
function toldElsewhere({ dns }: Facts, { client, server }: DnsServer, name: string, timeNs: number): boolean {
  const { known = [] } = dns.names.get(name.toLowerCase()) ?? {};
  return known.some(
    (k) =>
      k.client === String(client) &&
      k.server !== String(server) &&
      k.first.timeNs < timeNs + NEXT_NS &&
      k.lastNs > timeNs - NEXT_NS,
  );
}
const NEXT_NS = 5e9;

/** So many names that all do not exist are no slip of the pen, and no search list: that would end with one that does. */
const LEAST_NAMES = 3;

/** What others were told at most so long before is still so. */
const LASTING_NS = 60e9;

/** Names that do not exist for some and do for others; which servers deny them. */
function judgeDisputed(facts: Facts, say: Say): ReadonlySet<string> {
  const servers = new Map<string, { readonly name: DnsName; readonly denied: NameAnswers; readonly told: NameAnswers }[]>();
  for (const name of facts.dns.names.list)
    for (const denied of name.missing) {
      if (isResolved(name, denied)) continue;
      const told = name.known.find(
        ({ client, first, lastNs }) =>
          client !== denied.client && first.timeNs < denied.lastNs && denied.first.timeNs < lastNs + LASTING_NS,
      );
      if (told !== undefined) push(servers, denied.server, { name, denied, told });
    }
  for (const [server, all] of servers) {
    const [{ name, denied, told }] = all;
    const clients = new Set(all.map((one) => one.denied.client));
    const names = [...new Set(all.map((one) => one.name.name))].slice(0, 3).join(', ');
    const about = new Set(all.map((one) => one.denied.conversation));
    const count = all.reduce((sum, one) => sum + one.denied.count, 0);
    const isSame = told.server === server;
    say({
      verdict: 'fail',
      key: `${server} disputed`,
      title: `DNS server ${server} says that ${name.name} does not exist, ${isSame ? `and resolves it for ${told.client}` : `${told.server} resolves it`}`,
      message: `${count === 1 ? 'An answer' : `${count} answers`} from ${server} to ${clients.size === 1 ? denied.client : `${clients.size} clients`} (${names}) said NXDOMAIN; ${isSame ? 'it' : told.server} resolves the same name for ${told.client}.`,
      cause: isSame
        ? 'The server answers by who asks (views, access lists), or its replicas or upstreams do not know the same.'
        : `${server} is not the server of that zone, or its data are older: the client asks the wrong server, or a forwarder is missing.`,
      subject: { src: denied.client, dst: server, proto: 'udp', dstPort: DNS_PORT, target: server },
      evidence: [
        { mark: denied.first, field: 'dns.flags.rcode', note: `${name.name} does not exist` },
        { mark: told.first, field: 'dns.flags.rcode', note: `${name.name} exists` },
      ],
      count,
      about,
      under: facts.causes.ofAny(about),
    });
  }
  return new Set([...servers.values()].flatMap((all) => all.map(({ denied }) => `${denied.server} ${denied.client}`)));
}

/** Clients for which no name exists, whatever they ask for. */
function judgeMissing(facts: Facts, disputed: ReadonlySet<string>, say: Say): void {
  const servers = new Map<string, { readonly s: DnsServer; readonly heard: readonly NameAnswers[] }[]>();
  for (const s of facts.dns.list) {
    if (s.existing > 0 || s.missing.size < LEAST_NAMES || disputed.has(`${s.server} ${s.client}`)) continue;
    const heard = [...s.missing].flatMap((name) => {
      const known = facts.dns.names.get(name);
      const own = known?.missing.find(({ client, server }) => client === String(s.client) && server === String(s.server));
      return known === undefined || own === undefined || isResolved(known, own) ? [] : own;
    });
    if (heard.length >= LEAST_NAMES) push(servers, String(s.server), { s, heard });
  }
  for (const [server, all] of servers) {
    const [{ s, heard }] = all;
    const about = new Set(all.flatMap((one) => one.heard.map(({ conversation }) => conversation)));
    const count = all.reduce((sum, one) => sum + one.s.codes[NXDOMAIN], 0);
    const names = [...s.missing].slice(0, 3).join(', ');
    say({
      verdict: 'fail',
      key: `${server} knows nothing`,
      title: `DNS server ${server} knows none of the names that ${all.length === 1 ? s.client : `${all.length} clients`} ${all.length === 1 ? 'asks' : 'ask'} for`,
      message: `${count} answers from ${facts.named(s.server)} to ${all.length === 1 ? facts.named(s.client) : `${all.length} clients`} said NXDOMAIN (${names}), and none said that a name exists.`,
      cause:
        'The server is not the one for these names (an upstream or a forwarder that is missing, a wrong server), its zone is empty, or the names are wrong.',
      subject: { src: String(s.client), dst: server, proto: 'udp', dstPort: DNS_PORT, target: server },
      evidence: heard.slice(0, 4).map(({ first }) => ({ mark: first, field: 'dns.flags.rcode', note: 'NXDOMAIN' })),
      count,
      about,
      under: facts.causes.ofAny(about),
    });
  }
}

const NXDOMAIN = 3;

/** Domains that only resolvers of a site know (RFC 6762 appendix G, RFC 2606 section 2, ICANN's .internal). */
const OWN_DOMAINS = /\.(?:local|localdomain|internal|intranet|private|corp|home|lan|test|consul|home\.arpa)$/;

/**
 * Servers that resolve names of the site, and none of any other domain: what they do not know they pass on to nobody. Block lists deny names of
 * other domains too, and then some names of other domains still exist.
 */
function judgeOutside(facts: Facts, disputed: ReadonlySet<string>, say: Say): void {
  interface Heard {
    readonly s: DnsServer;
    readonly outside: Map<string, NameAnswers>;
    inside: NameAnswers | null;
    /** It resolves something of another domain. */
    isOpen: boolean;
  }
  const pairs = new Map<string, Heard>();
  for (const s of facts.dns.list)
    if (s.existing > 0 && s.missing.size >= LEAST_NAMES)
      pairs.set(`${s.server} ${s.client}`, { s, outside: new Map(), inside: null, isOpen: false });
  if (pairs.size === 0) return;
  const missing = new Set<string>();
  for (const name of facts.dns.names.list) if (name.missing.length > 0) missing.add(name.name);
  for (const name of facts.dns.names.list) {
    const isOwn = OWN_DOMAINS.test(name.name);
    for (const known of name.known) {
      const heard = pairs.get(`${known.server} ${known.client}`);
      if (heard === undefined) continue;
      if (isOwn) heard.inside ??= known;
      else heard.isOpen = true;
    }
    if (isOwn || isExpanded(name.name, missing)) continue;
    for (const denied of name.missing)
      if (!isResolved(name, denied)) pairs.get(`${denied.server} ${denied.client}`)?.outside.set(name.name, denied);
  }
  const servers = new Map<string, Heard[]>();
  for (const [key, heard] of pairs) {
    const domains = new Set([...heard.outside.keys()].map((name) => name.split('.').slice(-2).join('.')));
    if (!heard.isOpen && heard.inside !== null && domains.size >= LEAST_NAMES && !disputed.has(key))
      push(servers, String(heard.s.server), heard);
  }
  for (const [server, all] of servers) {
    const [{ s, inside }] = all;
    const denied = all.flatMap(({ outside }) => [...outside.values()]);
    const names = [...new Set(all.flatMap(({ outside }) => [...outside.keys()]))];
    const about = new Set(denied.map(({ conversation }) => conversation));
    const whom = all.length === 1 ? facts.named(s.client) : `${all.length} clients`;
    say({
      verdict: 'fail',
      confidence: 'medium',
      key: `${server} outside`,
      title: `DNS server ${server} resolves names of the site and none outside of it`,
      message: `${facts.named(s.server)} told ${whom} of ${names.length} names of other domains (${names.slice(0, 3).join(', ')}) that they do not exist, and of none that it does; names of the site it resolves.`,
      cause:
        'The server answers for its own zone and passes other questions on to nobody who knows: its forwarder is missing, or leads to a server that knows no more (forward in the Corefile of CoreDNS, /etc/resolv.conf of its node).',
      hint: `Ask the server for a name outside (dig @${server} NAME), then the servers that it forwards to; a block list that denies just these names looks the same.`,
      subject: { src: String(s.client), dst: server, proto: 'udp', dstPort: DNS_PORT, target: server },
      evidence: [
        ...denied
          .slice(0, 3)
          .map(({ first }, i) => ({ mark: first, field: 'dns.flags.rcode', note: `${names[i] ?? 'it'} does not exist` })),
        ...(inside === null ? [] : [{ mark: inside.first, field: 'dns.flags.rcode', note: 'a name of the site exists' }]),
      ],
      count: denied.reduce((sum, { count }) => sum + count, 0),
      about,
      under: facts.causes.ofAny(about),
    });
  }
}

/** A name with a domain of the search list behind it (resolv.conf(5)): what stands before is asked for too. */
function isExpanded(name: string, asked: ReadonlySet<string>): boolean {
  for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) if (asked.has(name.slice(0, at))) return true;
  return false;
}
