// Names that a DNS server says do not exist (NXDOMAIN), and who resolves them all the same. Such an answer is right most of the time: a
// resolver goes through its search list (resolv.conf(5)) until a name exists. It is odd where a client gets nothing else, and where others
// are told that the name exists.

import { Bounded } from './bounded.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';

export interface DnsName {
  readonly name: string;
  /** Clients that were told that it exists, the first few, and those that were told that it does not. */
  readonly known: NameAnswers[];
  readonly missing: NameAnswers[];
}

/** What one client heard of a name from one server. */
export interface NameAnswers {
  readonly client: string;
  readonly server: string;
  readonly conversation: number;
  readonly first: Mark;
  lastNs: number;
  count: number;
}

const MAX_NAMES = 4096;
/** Clients kept of each name, by what they were told. */
const MAX_CLIENTS = 8;
/** A and AAAA of one question come within this; some servers say of the second that the name does not exist (RFC 4074 section 4.2). */
const TOGETHER_NS = 5e9;

/** Names that are asked to hear that they do not exist: block lists (RFC 5782 section 2.1), and addresses turned round. */
const PROBING = /^(\d{1,3}\.){4}|^([0-9a-f]\.){8}|\.arpa$/;

/** A name of which an answer is expected: with a domain, and none of those. Lower case, as names are compared (RFC 4343). */
export function wantedName(name: string): string | null {
  const lower = name.toLowerCase();
  return lower.includes('.') && !PROBING.test(lower) ? lower : null;
}

export class DnsNames {
  private readonly names = new Bounded<string, DnsName>(MAX_NAMES, ({ missing }) => (missing.length > 0 ? 1 : 0));

  get list(): Iterable<DnsName> {
    return this.names.values();
  }

  get(name: string): DnsName | undefined {
    return this.names.get(name);
  }

  /** A server told a client whether a name exists. */
  note(name: string, exists: boolean, client: string, server: string, uid: number, p: Packet): void {
    let one = this.names.get(name);
    if (one === undefined) {
      one = { name, known: [], missing: [] };
      this.names.add(name, one);
    }
    if (!exists && one.known.some((k) => k.client === client && p.timeNs - k.lastNs < TOGETHER_NS)) return;
    const heard = exists ? one.known : one.missing;
    const before = heard.find((k) => k.client === client && k.server === server);
    if (before !== undefined) {
      before.lastNs = p.timeNs;
      before.count++;
    } else if (heard.length < MAX_CLIENTS)
      heard.push({ client, server, conversation: uid, first: mark(p), lastNs: p.timeNs, count: 1 });
  }
}

/** The client was told in the end that the name exists, by this server or another. */
export const isResolved = ({ known }: DnsName, { client, lastNs }: NameAnswers): boolean =>
  known.some((k) => k.client === client && k.lastNs > lastNs - TOGETHER_NS);
