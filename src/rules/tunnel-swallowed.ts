// A node on the way drops the outer packets of a tunnel, and says nothing.
import type { Facts } from '../facts/facts.js';
import { answeredInVain, type Swallowed } from '../facts/swallowed.js';
import { type Link, tunnelName } from '../facts/tunnels.js';
import type { Ip } from '../topology/ip.js';
import { filterOf } from './forward-missing.js';
import { push, type Say } from './rule.js';
import { tunnelSubject } from './subjects.js';

/** `refused`: tunnels of which ICMP says why. What one node drops on one port is one finding, in whatever direction. */
export function judgeSwallowed(facts: Facts, say: Say, refused: ReadonlySet<Link>): void {
  const groups = new Map<string, Swallowed[]>();
  for (const one of facts.swallowed.list())
    if (!refused.has(one.link)) push(groups, `${one.source} ${one.link.kind} ${one.link.port}`, one);
  for (const group of groups.values()) {
    const [{ link, source, packets }] = group;
    const { point } = facts.captures[source];
    // The other direction may hold nothing but what a device says when it comes up.
    const back = facts.tunnels.back(link);
    const other = back === null || group.some((one) => one.link === back) ? [] : facts.swallowed.at(back, source);
    const all = [...group.flatMap((one) => one.packets), ...other];
    const count = all.reduce((sum, { use }) => sum + use.count, 0);
    const silent = group.flatMap((one) => facts.tunnels.askedInVain(one.link).map(({ target }) => target));
    const unheard = group.flatMap((one) => answeredInVain(one.link).map(({ target }) => target));
    const lost = group.flatMap((one) => facts.tunnels.lost(one.link).map(({ direction }) => direction.conversation.uid));
    // What asks for those answers carries no IP, and is a conversation of the tunnel's ends.
    const asked = unheard.length === 0 || back === null ? [] : facts.tunnels.unansweredOutside(back);
    const what = `${tunnelName(link.kind)}${link.port === 0 ? '' : ` port ${link.port}`}`;
    const ends = [
      ...new Set(
        [...group.map((one) => one.link), ...(other.length > 0 && back !== null ? [back] : [])].map(({ dst }) => String(dst)),
      ),
    ].join(' and ');
    const from = facts.interfaces.name(packets[0].entry);
    const { cause, hint } = filterOf(facts, source, point, ends, [link.port === 0 ? link.kind : `port ${link.port} (udp)`]);
    say({
      verdict: 'fail',
      absence: true,
      key: `${point} ${what} swallowed`,
      title: `${point} drops ${what} to ${ends}`,
      message: `${count} ${tunnelName(link.kind)} packets to ${ends} came into ${point} on ${from}, and no copy went out by any interface.${silent.length === 0 ? '' : ` Nobody answers inside for ${namesOf(silent)}.`}${unheard.length === 0 ? '' : ` Answers for ${namesOf(unheard)} are among them, and are asked for again.`}`,
      cause,
      ...(hint === undefined ? {} : { hint }),
      subject: {
        ...tunnelSubject(link),
        interfaceIn: from,
        node: point,
      },
      evidence: all.slice(0, 4).map(({ use }) => ({
        mark: facts.paths.mark(use, facts.paths.lastNode(use).first),
        field: 'udp.dstport',
        note: 'never seen going out',
      })),
      count,
      about: [...all.map(({ direction }) => direction.conversation.uid), ...lost, ...asked],
      silent: [...silent, ...unheard],
    });
  }
}

const namesOf = (ips: readonly Ip[]): string => [...new Set(ips.map(String))].join(', ');
