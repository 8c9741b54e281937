// What ping, traceroute, curl, nslookup and their like printed: they say that something failed, and from where it was tried.
import { quantity } from '../bytes/units.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Told } from '../facts/witnesses.js';
import { Ip } from '../topology/ip.js';
import { WITNESS_NAMES, type WitnessEvent } from '../witnesses/event.js';
import { hostOf } from '../witnesses/says.js';
import { ROUND } from '../witnesses/trace.js';
import page from './command-failed.md';
import type { Draft } from './rule.js';
import { entry, rule, sentence } from './rule.js';
import { answeredPing, hostText } from './witnessed.js';

/** A SYN is sent again after a second, and after three (RFC 6298 section 2): who waited longer has asked more than once. */
const ASKED_AGAIN_MS = 3000;
/** Questions without any answer that are no accident. */
const ENOUGH = 3;

type Judged = Pick<Draft, 'verdict' | 'title' | 'message'> & Partial<Draft>;

export default rule({
  id: 'command-failed',
  title: 'A command that tried the network failed',
  group: 'witness',
  severity: 'error',
  hint: 'Capture on the machine that asks and on the one that is asked (tcpdump -i any) while the command runs.',
  page,
  judge(facts, say) {
    const { witnesses, causes } = facts;
    if (!witnesses.any) return;
    const groups = new Map<
      string,
      { readonly told: Told[]; readonly judged: Judged; readonly about: Set<number>; count: number }
    >();
    for (const told of witnesses.questions()) {
      const { event } = told.group;
      const conversations = witnesses.asked(told);
      const link = onLink(facts, event);
      const alone = link?.isAnswered === true ? besideReplies(judge(facts, event)) : judge(facts, event);
      // What the captures show of the question says more, and quotes the command.
      if (alone === null || conversations.some((one) => causes.of(one) !== null && !causes.isRemark(one))) continue;
      const answered = conversations.filter((one) => one.reply.packets > 0);
      if (answered.length > 0 && (isUnfinished(event) || answeredPing(facts, told) !== null)) continue;
      const judged = answered.length > 0 ? besideAnswers(alone, answered) : alone;
      const key = `${event.kind} ${event.node} ${hostOf(event.dst)} ${event.dst.port} ${event.reason} ${judged.verdict}`;
      const group = entry(groups, key, () => ({
        told: [],
        judged: { ...judged, under: link?.cause ?? null },
        about: new Set<number>(),
        count: 0,
      }));
      group.told.push(told);
      group.count += Math.max(1, event.asked - event.answers) * told.group.count;
      for (const { uid } of conversations) group.about.add(uid);
    }
    for (const [key, { told, judged, about, count }] of groups) {
      const { event } = told[0].group;
      say({
        key,
        subject: {
          src: event.src.address || null,
          dst: hostOf(event.dst) || null,
          dstPort: event.dst.port || null,
          proto: event.proto || null,
          node: event.node || null,
        },
        evidence: [],
        quotes: told,
        count,
        about,
        ...judged,
      });
    }
  },
});

/** A list of hops that does not reach its end is no failure: answers in the captures show that the end is reached. */
const isUnfinished = ({ kind, saying }: WitnessEvent): boolean => kind === 'trace' && saying === 'unanswered';

/** It failed, and captures hold `answered`, conversations with the same end that got answers. */
function besideAnswers({ title, message }: Judged, answered: readonly Conversation[]): Judged {
  const [{ directions }] = answered;
  return {
    verdict: 'inconclusive',
    title: `${title}, while the captures show answers from there`,
    message: `${message} The captures hold ${quantity(answered.length, 'conversation')} with the same end in which answers came, and nothing that explains the failure. The command was run at another time or place, or what fails is between the captures and the machine that asked, or comes after what they show.`,
    cause: '',
    hint: 'Run the command again while captures are taken on the machine that asks, too (tcpdump -i any).',
    evidence: directions.flatMap(({ packets, first }) => (packets > 0 ? [{ mark: first }] : [])),
  };
}

/** What the captures show of the address that arping asked for: replies, or the finding that says why there are none; null of other tools. */
function onLink(
  facts: Facts,
  { kind, dst }: WitnessEvent,
): { readonly isAnswered: boolean; readonly cause: number | null } | null {
  const target = kind === 'arping' ? Ip.parse(dst.address) : null;
  if (target === null) return null;
  const cause = facts.causes.ofAddress(target);
  return { cause, isAnswered: cause === null && [...facts.neighbours.of(target)].some(({ answers }) => answers > 0) };
}

function besideReplies(alone: Judged | null): Judged | null {
  if (alone === null) return null;
  return {
    verdict: 'inconclusive',
    title: `${alone.title}, while the captures show ARP replies for it`,
    message: `${alone.message} The captures hold ARP replies for the address: the command was run at another time or on another link, or its replies are lost after the place that was captured.`,
    hint: 'Run the command again while captures are taken on the machine that asks, too (tcpdump -i any arp).',
  };
}

/** Null: it went well. */
function judge(facts: Facts, event: WitnessEvent): Judged | null {
  const { kind, saying } = event;
  if (saying === 'answered') return null;
  const name = WITNESS_NAMES[kind];
  const target = hostText(facts, event.dst) || 'its target';
  const from = event.node === '' ? '' : ` from ${event.node}`;
  if (kind === 'ping' || (kind === 'trace' && saying === 'partly')) return ofPing(event, target, from);
  if (kind === 'arping')
    return {
      verdict: event.asked >= ENOUGH ? 'fail' : 'inconclusive',
      title: `Nobody answers ARP for ${target}${from}`,
      message: `Asked ${times(event.asked)} by arping${event.interface === '' ? '' : ` on ${event.interface}`}: no reply came.`,
      cause: 'The address has no owner on this link, the owner is down, or the link (VLAN, bridge) does not reach it.',
      hint: 'Is the address up on the other machine, and are both on one link (VLAN)? Watch both ends: `tcpdump -ni DEV arp`.',
    };
  if (kind === 'trace') {
    if (event.reason === ROUND)
      return {
        verdict: 'fail',
        title: `The way to ${target}${from} goes round in circles`,
        message: sentence(event.detail),
        ...CIRCLES,
      };
    if (saying === 'failed')
      return {
        verdict: 'fail',
        title: `The way to ${target}${from} ends: ${event.reason}`,
        message: `A router on the way reports it; ${event.detail}.`,
        hint: 'Look at the routes and filters of the router that answers.',
      };
    return {
      verdict: 'inconclusive',
      confidence: 'low',
      title: `The way to ${target}${from} is not shown to its end`,
      message: `${sentence(event.detail)} No hop after that answers. Hosts and routers need not answer, so this proves nothing.`,
      hint: 'Trace with the protocol and port in question: `traceroute -T -p PORT`, and capture at both ends.',
    };
  }
  if (kind === 'lookup') return ofLookup(event, hostText(facts, event.dst), from);
  const place = event.dst.port === 0 || event.proto === 'udp' ? target : `${target} port ${event.dst.port}`;
  const meaning = CURL[event.reason];
  if (saying === 'unanswered') {
    const again = event.waitedMs >= ASKED_AGAIN_MS || event.asked > 1;
    const waited = event.waitedMs === 0 ? '' : ` within ${event.waitedMs} ms`;
    return {
      verdict: again && event.detail === '' ? 'fail' : 'inconclusive',
      title: `No answer from ${place}${from}${waited}`,
      message: `${name} waited${waited === '' ? '' : waited.replace(' within', '')} and gave up.${event.detail === '' ? (again ? ' TCP had sent its SYN more than once by then.' : ' One SYN waits that long for its answer, so this proves nothing.') : ` By then: ${event.detail}.`}`,
    };
  }
  return {
    verdict: 'fail',
    title: `${name}${from} → ${place}: ${event.reason}`,
    message: `${name} could not reach ${place}: ${event.reason}.`,
    cause: meaning?.cause ?? '',
    hint: meaning?.hint,
  };
}

/** `detail`: the name that was asked for. */
function ofLookup({ saying, reason, asked, detail }: WitnessEvent, server: string, from: string): Judged {
  const subject = server === '' ? 'The DNS server' : `The DNS server ${server}`;
  const name = detail === '' ? 'the name' : detail;
  if (saying === 'unanswered') {
    const isEnough = asked > 1;
    return {
      verdict: isEnough ? 'fail' : 'inconclusive',
      title: `No answer from the DNS server${server === '' ? '' : ` ${server}`}${from}`,
      message: `Asked for ${name}${isEnough ? `, ${asked} times` : ''}: no answer came.${isEnough ? '' : ' One question that is not asked again proves nothing.'}`,
      cause: isEnough
        ? 'The question or the answer is lost on the way, or nothing answers at that address. The text does not say which.'
        : '',
      hint: 'Ask it directly and watch both ends: `dig @SERVER NAME`, `tcpdump -ni any port 53`.',
    };
  }
  if (reason === 'NXDOMAIN' || reason === 'no address')
    return {
      verdict: 'inconclusive',
      title: `${subject} has no address for ${name}`,
      message: `It answers (${reason}): the network is not the reason. Whether the name should exist is not known here.`,
      hint: 'Is the name right, with its namespace and domain? In a pod, look at /etc/resolv.conf.',
    };
  return {
    verdict: 'fail',
    title: `${subject} does not resolve ${name}${from}: ${reason}`,
    message: saying === 'refused' ? `${subject} refuses the question: nothing listens there.` : `It answers with ${reason}.`,
    cause:
      saying === 'refused'
        ? 'The address is reached, and no program listens on port 53.'
        : 'The server itself cannot or will not answer: often it does not reach the servers that it asks.',
    hint: 'Look into the log of the DNS server, and at the servers that it asks itself.',
  };
}

const PROBES: Readonly<Record<string, string>> = { trace: 'probes by mtr' };

function ofPing(event: WitnessEvent, target: string, from: string): Judged | null {
  const { kind, saying, reason, asked, answers, detail } = event;
  if (saying === 'partly') {
    // The last one may still have been under way.
    if (asked - answers < 2) return null;
    return {
      verdict: 'fail',
      severity: 'warning',
      title: `${asked - answers} of ${asked} ${PROBES[kind] ?? 'pings'} of ${target}${from} are lost`,
      message: `${answers} of ${asked} were answered.${reason === '' ? '' : ` The error was: ${reason}.`}`,
    };
  }
  if (saying === 'failed') {
    const meaning = PING.find(([pattern]) => pattern.test(reason))?.[1];
    return {
      verdict: 'fail',
      title: `Ping of ${target}${from} fails: ${reason}`,
      message: `Reported by ${detail === '' ? 'the machine that pings' : detail}${asked === 0 ? '' : `; ${quantity(asked, 'ping')} sent`}.`,
      cause: meaning?.cause ?? '',
      hint: meaning?.hint,
    };
  }
  const isEnough = asked >= ENOUGH;
  return {
    verdict: isEnough ? 'fail' : 'inconclusive',
    title: `No answer to pings of ${target}${from}`,
    message: `${quantity(asked, 'ping')} sent, no answer.${isEnough ? '' : ' So few pings prove nothing.'}`,
    cause: isEnough
      ? 'The request or the reply is lost on the way, or the host is configured not to answer pings. The text does not say which.'
      : '',
  };
}

const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);

interface Meaning {
  readonly cause: string;
  readonly hint?: string;
}

const NO_ROUTE: Meaning = {
  cause: 'The machine that asks has no route to the address.',
  hint: 'Ask there: `ip route get ADDRESS`.',
};
const NO_HOST: Meaning = {
  cause:
    'The last router, or the machine that asks itself, gets no answer to ARP or neighbour discovery for the next hop or the host.',
  hint: 'Is the host up and on its link? Ask the one who says so: `ip neigh`, `ip route get ADDRESS`.',
};
const CIRCLES: Meaning = {
  cause: 'The packet goes round in circles: routers send it to each other.',
  hint: 'Follow it with traceroute, and compare the routes of the routers that come up again.',
};
const PING: readonly (readonly [RegExp, Meaning])[] = [
  [/Network is unreachable/i, NO_ROUTE],
  [/No route to host|Host (?:is )?(?:unreachable|down)/i, NO_HOST],
  [
    /Net(?:work)? Unreachable/i,
    {
      cause: 'The router that says so has no route to the address.',
      hint: 'Add the route there: `ip route get ADDRESS` shows what it has.',
    },
  ],
  [
    /Packet filtered|Prohibited|not permitted/i,
    {
      cause: 'A packet filter refuses it.',
      hint: 'Look at the rules of the one who says so: `nft list ruleset`, `iptables-save -c`.',
    },
  ],
  [/Time to live exceeded/i, CIRCLES],
  [
    /Frag needed|too long/i,
    {
      cause: 'The packet is larger than the MTU of the way.',
      hint: 'Lower the MTU, or let ICMP through so that senders learn it.',
    },
  ],
  [
    /not known|resolution|unknown host|bad address/i,
    { cause: 'The name has no address here.', hint: 'Ask the name server: `dig NAME`, and look at /etc/resolv.conf.' },
  ],
];
const CURL: Readonly<Record<string, Meaning>> = {
  'Connection refused': {
    cause: 'Nothing listens on the port, or a filter rejects connections in this way. Packets find their way.',
    hint: 'Is the program up and on this port and address (ss -ltn)? Does the service name the right targetPort?',
  },
  'Connection reset by peer': {
    cause: 'The other end, or a filter in its name, ended the connection.',
    hint: 'Look at the log of the server; a proxy or a firewall on the way resets, too.',
  },
  'Empty reply from server': {
    cause: 'The server closed the connection without a word.',
    hint: 'Does the server speak this protocol on this port?',
  },
  'No route to host': NO_HOST,
  'Network is unreachable': NO_ROUTE,
  'Could not resolve the name': {
    cause: 'The name has no address here, or the name server does not answer.',
    hint: 'Ask it: `dig NAME`; in a pod, look at /etc/resolv.conf and at the pods of the cluster DNS.',
  },
};
