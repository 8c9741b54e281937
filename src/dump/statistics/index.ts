// The statistics of `-z`, by tshark's names, and what hopscope has instead of others.
import { nearestNames } from '../../bytes/nearest.js';
import type { ExtraField, Need } from '../../dissect/extra.js';
import type { Registry } from '../../dissect/registry.js';
import { UsageError } from '../../errors.js';
import { compileFilter } from '../../filter/filter.js';
import type { FrameContext } from '../frame-context.js';
import { conversations } from './conversations.js';
import { endpoints } from './endpoints.js';
import { END_KINDS, type EndKind } from './ends.js';
import { expert } from './expert.js';
import { follow } from './follow.js';
import { hierarchy } from './hierarchy.js';
import { ioStat } from './io-stat.js';
import { echoTimes } from './response-time.js';
import type { Chosen, Statistic, StatisticKind } from './statistic.js';
import { addressTree, directionTree, dnsTree, httpRequests, httpServers, httpTree, lengthTree } from './trees.js';

const kinds = Object.keys(END_KINDS) as EndKind[];

export const STATISTICS: readonly StatisticKind[] = [
  ...kinds.map((kind): StatisticKind => ({ name: `conv,${kind}`, needs: ['past'], make: conversations(kind) })),
  ...kinds.map((kind): StatisticKind => ({ name: `endpoints,${kind}`, needs: [], make: endpoints(kind) })),
  { name: 'expert', needs: ['past'], make: expert },
  { name: 'follow,tcp', needs: ['past'], make: follow('tcp') },
  { name: 'follow,udp', needs: ['past'], make: follow('udp') },
  { name: 'icmp,srt', needs: ['past'], make: echoTimes('icmp', 'ICMP', 8) },
  { name: 'icmpv6,srt', needs: ['past'], make: echoTimes('icmpv6', 'ICMPv6', 128) },
  { name: 'io,phs', needs: [], make: hierarchy },
  { name: 'io,stat', needs: [], make: ioStat },
  { name: 'dns,tree', needs: ['past'], make: dnsTree },
  { name: 'http,tree', needs: ['past'], make: httpTree },
  { name: 'http_req,tree', needs: ['past'], make: httpRequests },
  { name: 'http_srv,tree', needs: ['past'], make: httpServers },
  { name: 'ip_hosts,tree', needs: [], make: addressTree },
  { name: 'ip_srcdst,tree', needs: [], make: directionTree },
  { name: 'plen,tree', needs: [], make: lengthTree },
];

/** What to use where tshark has a statistic and `dump` has not. */
const INSTEAD: Readonly<Record<string, string>> = {
  follow:
    "follow,tcp and follow,udp there are; hopscope follow FILE 'tcp.stream == 0' prints what was said, and decrypts nothing",
  http: "http,tree, http_req,tree and http_srv,tree there are; -T fields -e http.request.method -e http.response.code, or hopscope sql FILE 'SELECT ... GROUP BY ...', counts them",
  flow: 'hopscope FILE --picture ladder draws who sent what to whom; hopscope flows FILE lists conversations with their paths',
  hosts: 'hopscope topology show names hosts; hopscope info lists the names that a capture has',
  dests: '-z endpoints,ip counts addresses',
  ipv6_hosts: '-z endpoints,ipv6 counts addresses',
  ptype: '-z io,phs counts protocols',
  credentials: 'hopscope follow prints what was sent in the clear',
  proto: '-T fields -e prints fields',
};

export interface Statistics {
  /** What must be known beside each frame. */
  readonly needs: ReadonlySet<Need>;
  /** To be called when the capture is open. */
  open(context: FrameContext): readonly Statistic[];
}

/** Reads the values of `-z`. Throws UsageError, FilterError. */
export function statistics(asked: readonly string[], registry: Registry, fields: readonly ExtraField[]): Statistics {
  const needs = new Set<Need>();
  const filter = (text: string): Chosen => {
    if (text === '') return { text, matches: () => true };
    const compiled = compileFilter(text, registry, fields);
    for (const need of compiled.needs) needs.add(need);
    return { text, matches: (layers) => compiled.matches(layers) };
  };
  const makers = asked.map((text) => {
    const kind = STATISTICS.find(({ name }) => text === name || text.startsWith(`${name},`));
    if (kind === undefined) throw unknown(text);
    for (const need of kind.needs) needs.add(need);
    return kind.make(text.slice(kind.name.length + 1), { registry, fields, filter });
  });
  // tshark prints the one that was named last first.
  return { needs, open: (context) => makers.map((make) => make(context)).reverse() };
}

function unknown(text: string): UsageError {
  const names = STATISTICS.map(({ name }) => name);
  const instead = INSTEAD[text.split(',')[0]];
  if (instead !== undefined) return new UsageError(`-z ${text}: dump has no such statistic; ${instead}`);
  const close = nearestNames(text, names);
  return new UsageError(
    `-z ${text}: there is no such statistic; ${close.length > 0 ? `did you mean ${close.join(', ')}?` : `these there are: ${names.join(' ')}`}`,
  );
}
