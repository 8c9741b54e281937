// A BFD session that went down, or never came up.
import { BFD_NS } from '../facts/sessions.js';
import type { BfdSender } from '../flows/services/bfd.js';
import { BFD_STATE } from '../flows/services/bfd.js';
import page from './bfd-down.md';
import { rule } from './rule.js';

export default rule({
  id: 'bfd-down',
  title: 'A BFD session is down',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 5880 sections 4.1, 6.8',
  hint: 'Capture on both ends: do the packets of each arrive at the other? What runs over the session (BGP, OSPF, static routes) goes down with it.',
  page,
  judge(facts, say) {
    const senders = new Map<string, BfdSender>();
    for (const one of facts.services.bfd.list) senders.set(`${one.from} ${one.to}`, one);
    const said = new Set<string>();
    for (const one of senders.values()) {
      const peer = senders.get(`${one.to} ${one.from}`) ?? null;
      const key = one.from.compare(one.to) < 0 ? `${one.from} ${one.to}` : `${one.to} ${one.from}`;
      if (said.has(key)) continue;
      // The end that noticed first says why.
      const first = [one, ...(peer === null ? [] : [peer])]
        .flatMap((s) => s.falls.map((fall) => ({ s, fall })))
        .filter(({ fall }) => fall.to !== BFD_STATE.adminDown && fall.diagnostic !== ADMIN_DOWN && !isShut(one) && !isShut(peer))
        .sort((x, y) => x.fall.mark.timeNs - y.fall.mark.timeNs);
      const names = `${one.from} and ${one.to}`;
      const about = [one.uid, ...(peer === null ? [] : [peer.uid])];
      if (first.length > 0) {
        said.add(key);
        const [{ s, fall }] = first;
        const isUp = one.state === BFD_STATE.up && (peer === null || peer.state === BFD_STATE.up);
        const count = Math.max(one.fallCount, peer?.fallCount ?? 0);
        say({
          verdict: 'fail',
          severity: isUp ? 'warning' : 'error',
          key,
          title: `BFD between ${names} went down${count > 1 ? ` ${count} times` : ''}: ${DIAGNOSTICS[fall.diagnostic] ?? `diagnostic ${fall.diagnostic}`}`,
          message: `${facts.named(s.from)} says that its session with ${facts.named(s.to)} went from Up to ${STATES[fall.to]} (${DIAGNOSTICS[fall.diagnostic] ?? `diagnostic ${fall.diagnostic}`}).${isUp ? ' It is up again.' : ' It did not come up again.'}`,
          cause:
            fall.diagnostic === EXPIRED
              ? `${s.from} heard nothing of ${s.to} for its detection time: packets from ${s.to} to ${s.from} are lost, or ${s.to} is too busy to send them.`
              : '',
          subject: { src: String(s.from), dst: String(s.to), proto: 'udp' },
          evidence: first
            .slice(0, 4)
            .map(({ s: from, fall: { mark, to } }) => ({ mark, field: 'bfd.sta', note: `${from.from}: ${STATES[to]}` })),
          count,
          about,
        });
      } else if (neverUp(one, facts.nowNs) && (peer === null || neverUp(peer, facts.nowNs))) {
        said.add(key);
        const half =
          peer === null
            ? null
            : one.state === BFD_STATE.init && peer.state === BFD_STATE.down
              ? peer
              : peer.state === BFD_STATE.init && one.state === BFD_STATE.down
                ? one
                : null;
        say({
          verdict: peer === null ? 'inconclusive' : 'fail',
          confidence: 'medium',
          absence: true,
          key,
          title:
            peer === null
              ? `BFD of ${one.from} with ${one.to} does not come up: nothing of ${one.to} is seen`
              : `BFD between ${names} does not come up`,
          message: `${facts.named(one.from)} sent ${one.packets} packets and never left the state ${STATES[one.state]}${peer === null ? `; none of ${one.to} was seen` : `, ${facts.named(peer.from)} sent ${peer.packets} and never left ${STATES[peer.state]}`}.`,
          cause:
            half !== null
              ? `${half.from} does not hear ${half.to}: packets to it are lost or filtered one way (UDP 3784).`
              : peer === null
                ? `${one.to} has no session with ${one.from}, or its packets do not get here.`
                : 'Neither takes the packets of the other (TTL 255 is checked, RFC 5881 section 5; authentication).',
          subject: { src: String(one.from), dst: String(one.to), proto: 'udp' },
          evidence: [one, ...(peer === null ? [] : [peer])].map((s) => ({
            mark: s.first,
            field: 'bfd.sta',
            note: `${s.from}: ${STATES[s.state]}`,
          })),
          count: one.packets + (peer?.packets ?? 0),
          about,
        });
      }
    }
  },
});

/** RFC 5880 section 4.1. */
const EXPIRED = 1;
const ADMIN_DOWN = 7;
const DIAGNOSTICS: Readonly<Record<number, string>> = {
  0: 'no diagnostic',
  [EXPIRED]: 'control detection time expired',
  2: 'echo function failed',
  3: 'the neighbour signalled that the session is down',
  4: 'forwarding plane reset',
  5: 'path down',
  6: 'concatenated path down',
  [ADMIN_DOWN]: 'administratively down',
  8: 'reverse concatenated path down',
};
const STATES = ['AdminDown', 'Down', 'Init', 'Up'] as const;

const isShut = (one: BfdSender | null): boolean => one?.state === BFD_STATE.adminDown;

/** Sends for longer than a session takes to come up: a packet a second while it is down (RFC 5880 section 6.8.3). */
const neverUp = (one: BfdSender, nowNs: number): boolean =>
  !one.wasUp && !isShut(one) && one.packets > 4 && one.lastNs - one.first.timeNs > BFD_NS && nowNs - one.lastNs < BFD_NS;
