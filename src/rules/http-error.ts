// A web server, or a proxy in front of it, answers that it cannot.
import type { Facts } from '../facts/facts.js';
import type { Ip } from '../topology/ip.js';
import { complaintsOf, severityOf, type Told } from './complaints.js';
import page from './http-error.md';
import { rule } from './rule.js';

/** RFC 9110 section 15.6. */
const CODES: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  500: ['Internal Server Error', 'The program failed while it made the answer.'],
  501: ['Not Implemented', 'The program does not know the method.'],
  502: [
    'Bad Gateway',
    'A proxy got no usable answer from the server behind it: that one refuses, resets or speaks another protocol.',
  ],
  503: ['Service Unavailable', 'The program is overloaded or in maintenance, or a proxy has no server behind it that is ready.'],
  504: ['Gateway Timeout', 'A proxy waited in vain for the server behind it.'],
};
/** What a proxy says of the server behind it. */
const OF_UPSTREAM = new Set([502, 503, 504]);
/** Proxies wait for a minute at most by their defaults. */
const BEFORE_NS = 120e9;

export default rule({
  id: 'http-error',
  title: 'A web server answers with a server error',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9110 section 15.6',
  hint: 'Look into the log of that program for these times; of a proxy, also at the server behind it (capture there: does the proxy reach it?).',
  page,
  judge(facts, say) {
    for (const told of complaintsOf(facts, 'http', ({ reply }) => reply.isHttpGood)) {
      const { first, about, count, clients, good } = told;
      const { server, port, code, marks } = first;
      const [name, meaning] = CODES[code] ?? ['a server error', ''];
      const whom = clients.size === 1 ? facts.named(conversationOf(facts, told).initiator) : `${clients.size} clients`;
      say({
        verdict: 'fail',
        severity: severityOf(told),
        key: `${server} ${port} ${code}`,
        title: `${server} port ${port} answers HTTP ${code} (${name})`,
        message: `${count === 1 ? 'An answer' : `${count} answers`} of ${facts.named(server)} port ${port} to ${whom} ${count === 1 ? 'was' : 'were'} HTTP ${code} (${name}).${good > 0 ? ` It answered ${good} other ${good === 1 ? 'connection' : 'connections'} without such an error.` : ''} The network delivered the questions and the answers.`,
        cause: meaning,
        subject: {
          src: clients.size === 1 ? [...clients][0] : null,
          dst: String(server),
          proto: 'tcp',
          dstPort: port,
          target: String(server),
        },
        evidence: marks.map((mark) => ({ mark, field: 'http.response.code', note: String(code) })),
        count,
        about,
        under: OF_UPSTREAM.has(code) ? upstreamCause(facts, told) : null,
      });
    }
  },
});

const conversationOf = (facts: Facts, { about }: Told) => {
  const [uid] = about;
  return facts.conversation(uid) as NonNullable<ReturnType<Facts['conversation']>>;
};

/** What is said of a connection that the proxy itself tried shortly before. */
function upstreamCause(facts: Facts, { first: { server, marks } }: Told): number | null {
  const [{ timeNs }] = marks;
  for (const conversation of facts.ailing()) {
    const { initiator, request } = conversation;
    if (request.firstNs > timeNs || request.firstNs < timeNs - BEFORE_NS || !facts.causes.isFault(conversation)) continue;
    if (isOneHost(facts, initiator, server)) return facts.causes.of(conversation);
  }
  return null;
}

/** A proxy asks from another of its addresses than it is asked at. */
const isOneHost = (facts: Facts, a: Ip, b: Ip): boolean =>
  a.equals(b) || facts.captures.some((_, source) => facts.ownership.isOwn(source, a) && facts.ownership.isOwn(source, b));
