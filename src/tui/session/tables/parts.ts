// What several tables say in the same way: conversations and their ends, addresses in order, the worst finding of a row.
import type { Flow } from '../../../flows/flow.js';
import type { Severity } from '../../../rules/finding.js';
import { Ip } from '../../../topology/ip.js';
import type { FoundFinding } from '../wire.js';
import type { TableSource } from './table.js';

const SEVERITY: Readonly<Record<Severity, number>> = { error: 3, warning: 2, info: 1 };

export const worse = (a: Severity | null, b: Severity | null): Severity | null =>
  a === null ? b : b === null ? a : SEVERITY[a] >= SEVERITY[b] ? a : b;

/** By uid of a conversation: the worst of what was found about it. */
export function severityOf(found: readonly FoundFinding[]): Map<number, Severity> {
  const severities = new Map<number, Severity>();
  for (const { finding, about } of found)
    if (finding.verdict === 'fail')
      for (const uid of about) severities.set(uid, worse(severities.get(uid) ?? null, finding.severity) as Severity);
  return severities;
}

/** Slots of the conversations that the table is about. */
export function* slotsOf({ tracker, only }: TableSource): Iterable<number> {
  const t = tracker.conversations;
  for (let c = 0; c < t.used; c++) if (t.exists(c) && (only === null || only.has(t.uid[c]))) yield c;
}

/** Address of one end of a conversation. */
export function ipOf({ tracker }: TableSource, c: number, isSource: boolean): Ip {
  const words = isSource ? tracker.conversations.src : tracker.conversations.dst;
  return new Ip(words[c * 4], words[c * 4 + 1], words[c * 4 + 2], words[c * 4 + 3]);
}

/** Text that sorts as the address does. */
export const sortable = (ip: Ip): string => [ip.a, ip.b, ip.c, ip.d].map((word) => word.toString(16).padStart(8, '0')).join('');

/** `10.0.0.1:80 (web)` */
export function endText(address: string, port: number | null, name: string | null): string {
  const text = port === null ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return name === null ? text : `${text} (${name})`;
}

/** The two ends as parts of a display filter. */
export function endsOf({ src, dst, srcPort, dstPort, proto }: Pick<Flow, 'src' | 'dst' | 'srcPort' | 'dstPort' | 'proto'>): {
  a: string;
  b: string;
} {
  const part = (address: string, port: number | null): string => {
    const net = `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`;
    return port === null || (proto !== 'tcp' && proto !== 'udp') ? net : `${net} && ${proto}.port == ${port}`;
  };
  return { a: part(src, srcPort), b: part(dst, dstPort) };
}
