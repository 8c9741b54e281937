// Answers by which programs say no: server errors of HTTP (RFC 9110 section 15.6) and fatal alerts of TLS (RFC 8446 section 6.2), where they
// begin a segment and are not encrypted. The network has delivered what they answer.
import { CONTENT } from '../../dissectors/tls.js';
import { Ip } from '../topology/ip.js';
import { Bounded } from './bounded.js';
import type { Conversations } from './conversations.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';

export interface Complaint {
  readonly kind: 'http' | 'tls';
  /** HTTP status code, or description of the TLS alert. */
  readonly code: number;
  readonly server: Ip;
  readonly port: number;
  /** The server says it, and not its client. */
  readonly byServer: boolean;
  /** By conversation (uid), how many; and the first few of all. */
  readonly conversations: Map<number, number>;
  readonly marks: Mark[];
  lastNs: number;
}

const MAX_COMPLAINTS = 1024;
const MAX_UIDS = 256;
const MAX_MARKS = 4;

const H = 0x48;
const SERVER_ERROR = 500;
const STATUS_LINE = 12;
/** A record of TLS that holds an alert alone: header of five bytes, level and description. */
const ALERT_RECORD = 7;
const FATAL = 2;
const CLOSE_NOTIFY = 0;

export class Complaints {
  private readonly table = new Bounded<string, Complaint>(MAX_COMPLAINTS, () => 1);

  get list(): Iterable<Complaint> {
    return this.table.values();
  }

  get forgotten(): number {
    return this.table.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { lastNs }] of this.table.entries()) if (lastNs < ns) this.table.delete(key);
  }

  /** A segment with payload of way `way` of conversation `c`, seen for the first time. Most are left after a look at one byte. */
  observe(p: Packet, t: Conversations, c: number, way: number): void {
    const { bytes, payloadAt: at, l4End: end } = p;
    if (at >= end) return;
    if (bytes[at] === H) {
      const code = way === 1 ? statusAt(bytes, at, end) : 0;
      if (code >= SERVER_ERROR) this.note('http', code, p, t, c, way);
      else if (code > 0) t.httpGood[c * 2 + way] = 1;
    } else if (bytes[at] === CONTENT.alert) {
      const code = alertAt(bytes, at, end);
      if (code > CLOSE_NOTIFY) this.note('tls', code, p, t, c, way);
    }
  }

  private note(kind: Complaint['kind'], code: number, p: Packet, t: Conversations, c: number, way: number): void {
    const { dst, dstPort, uid } = t;
    const server = new Ip(dst[c * 4], dst[c * 4 + 1], dst[c * 4 + 2], dst[c * 4 + 3]);
    const key = `${kind} ${code} ${server} ${dstPort[c]} ${way}`;
    let one = this.table.get(key);
    if (one === undefined) {
      one = { kind, code, server, port: dstPort[c], byServer: way === 1, conversations: new Map(), marks: [], lastNs: 0 };
      this.table.add(key, one);
    }
    const known = one.conversations.get(uid[c]) ?? 0;
    if (known > 0 || one.conversations.size < MAX_UIDS) one.conversations.set(uid[c], known + 1);
    if (one.marks.length < MAX_MARKS) one.marks.push(mark(p));
    one.lastNs = p.timeNs;
  }
}

/** Status code of the answer whose status line starts at `at` (RFC 9112 section 4); 0: there is none. */
function statusAt(b: Uint8Array, at: number, end: number): number {
  if (at + STATUS_LINE > end || b[at + 1] !== 0x54 || b[at + 2] !== 0x54 || b[at + 3] !== 0x50 || b[at + 4] !== 0x2f) return 0;
  if (b[at + 5] !== 0x31 || b[at + 6] !== 0x2e || b[at + 8] !== 0x20) return 0;
  let code = 0;
  for (let i = 9; i < STATUS_LINE; i++) {
    const digit = b[at + i] - 0x30;
    if (digit < 0 || digit > 9) return 0;
    code = code * 10 + digit;
  }
  return code < 100 || code > 599 ? 0 : code;
}

/** Description of the fatal alert that is all of the record at `at`; -1: there is none. */
function alertAt(b: Uint8Array, at: number, end: number): number {
  if (at + ALERT_RECORD > end || b[at + 1] !== 3 || b[at + 2] > 4 || b[at + 3] !== 0 || b[at + 4] !== 2) return -1;
  return b[at + 5] === FATAL ? b[at + 6] : -1;
}
