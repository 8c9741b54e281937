// Two OSPF routers of one link that do not agree on what they have to agree on.
import { ipv4 } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import { isOneLink, isStuck, isTogether } from '../facts/ospf.js';
import type { OspfRouter } from '../flows/services/ospf.js';
import page from './ospf-mismatch.md';
import { type EvidenceDraft, rule, type Say } from './rule.js';

/** What they say differently, with both values. */
interface Difference {
  readonly what: string;
  readonly field: string;
  readonly values: readonly [string, string];
}

export default rule({
  id: 'ospf-mismatch',
  title: 'OSPF routers do not agree',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 2328 sections 10.5, 10.6; RFC 5340 section 4.2.2',
  hint: 'Give both interfaces the same value (show ip ospf interface on both routers).',
  page,
  judge(facts, say) {
    const seen = new Set<string>();
    const routers = [...facts.services.ospf.list];
    for (const a of routers)
      for (const b of routers) {
        if (!isOneLink(a, b) || a.address.compare(b.address) >= 0) continue;
        const key = `${a.address} ${b.address}`;
        if (!seen.has(key) && judgePair(facts, a, b, key, say)) seen.add(key);
      }
  },
});

function judgePair(facts: Facts, a: OspfRouter, b: OspfRouter, key: string, say: Say): boolean {
  const hellos = a.said !== null && b.said !== null && isTogether(a, b);
  if (hellos && a.routerId === b.routerId)
    return tell(facts, a, b, `${key} id`, say, {
      title: `Two OSPF routers, ${a.address} and ${b.address}, have the router ID ${ipv4(a.routerId)}`,
      message: `${facts.named(a.address)} and ${facts.named(b.address)} both send hellos with the router ID ${ipv4(a.routerId)}. A router takes a hello with its own ID for its own, so the two are no neighbours.`,
      hint: 'Give each router an ID of its own, and clear the OSPF process.',
      evidence: [shown(a, 'ospf.srcrouter', ipv4(a.routerId)), shown(b, 'ospf.srcrouter', ipv4(b.routerId))],
    });
  const differences = hellos && !(a.hears.includes(b.routerId) && b.hears.includes(a.routerId)) ? differ(a, b) : [];
  if (differences.length > 0) {
    const names = differences.map(({ what }) => what);
    return tell(facts, a, b, `${key} ${names.join()}`, say, {
      title: `OSPF routers ${a.address} and ${b.address} differ in ${listed(differences.map(({ what, values }) => `${what} (${values.join(' and ')})`))}`,
      message: `${facts.named(a.address)} and ${facts.named(b.address)} send hellos on one link, and drop each other's: ${differences.map(({ what, values }) => `${what} is ${values[0]} at ${a.address} and ${values[1]} at ${b.address}`).join('; ')}. They do not become neighbours.`,
      evidence: differences.flatMap(({ field, values }) => [shown(a, field, values[0]), shown(b, field, values[1])]),
    });
  }
  if (a.mtu < 0 || b.mtu < 0 || a.mtu === b.mtu || !isStuck(a, b)) return false;
  const [small, large] = a.mtu < b.mtu ? [a, b] : [b, a];
  return tell(facts, a, b, `${key} mtu`, say, {
    title: `OSPF routers ${a.address} and ${b.address} do not get past ExStart: interface MTU ${a.mtu} and ${b.mtu}`,
    message: `The Database Descriptions of ${facts.named(a.address)} say interface MTU ${a.mtu}, those of ${facts.named(b.address)} say ${b.mtu}. ${small.address} must reject what is larger than its own ${small.mtu} bytes (RFC 2328 section 10.6), so ${a.inits + b.inits} first descriptions were sent and the exchange never went on.`,
    hint: `Give both interfaces the same MTU (${small.mtu} at ${large.address}, or ${large.mtu} at ${small.address} where the link carries it); ip ospf mtu-ignore only hides it.`,
    evidence: [small, large].flatMap((r) =>
      r.initMarks.slice(0, 2).map((mark) => ({ mark, field: 'ospf.db.interface_mtu', note: `MTU ${r.mtu}` })),
    ),
    count: a.inits + b.inits,
  });
}

function differ(a: OspfRouter, b: OspfRouter): Difference[] {
  const [x, y] = [a.said, b.said];
  if (x === null || y === null) return [];
  const found: Difference[] = [];
  const compare = (what: string, field: string, p: number, q: number, text: (n: number) => string = String) => {
    if (p !== q) found.push({ what, field, values: [text(p), text(q)] });
  };
  compare('area', 'ospf.area_id', x.area, y.area, ipv4);
  compare('authentication', 'ospf.auth.type', x.auth, y.auth, (n) => AUTHENTICATION[n] ?? `type ${n}`);
  compare('hello interval', 'ospf.hello.hello_interval', x.hello, y.hello, (n) => `${n} s`);
  compare('dead interval', 'ospf.hello.router_dead_interval', x.dead, y.dead, (n) => `${n} s`);
  compare('network mask', 'ospf.hello.network_mask', x.mask, y.mask, ipv4);
  compare('kind of area', 'ospf.hello', x.areaKind, y.areaKind, (n) => (n & 8 ? 'NSSA' : n & 2 ? 'normal' : 'stub'));
  return found;
}

/** RFC 2328 appendix D. */
const AUTHENTICATION: Readonly<Record<number, string>> = { 0: 'none', 1: 'password', 2: 'cryptographic' };

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;

const shown = (r: OspfRouter, field: string, value: string): EvidenceDraft => ({ mark: r.helloMarks[0], field, note: value });

function tell(
  facts: Facts,
  a: OspfRouter,
  b: OspfRouter,
  key: string,
  say: Say,
  draft: { title: string; message: string; hint?: string; evidence: readonly EvidenceDraft[]; count?: number },
): true {
  say({
    verdict: 'fail',
    key,
    count: a.hellos + b.hellos,
    subject: {
      src: String(a.address),
      dst: String(b.address),
      node: facts.captures[(a.helloMarks[0] ?? a.initMarks[0]).source].point,
    },
    about: [...a.conversations, ...b.conversations],
    ...draft,
  });
  return true;
}
