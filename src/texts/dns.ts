// DNS messages as print-domain.c of tcpdump prints them: `4660+ A? name. (33)`, `4660 NXDomain 0/1/0 (112)`, `4660* q: A? name. 1/0/0 ...`.
import type { End, Parts } from './parts.js';
import { endKey } from './parts.js';

const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  HTTPS: 65,
  ANY: 255,
};
const CODES: Readonly<Record<string, number>> = {
  FormErr: 1,
  ServFail: 2,
  NXDomain: 3,
  NotImp: 4,
  Refused: 5,
  YXDomain: 6,
  YXRRSet: 7,
  NXRRSet: 8,
  NotAuth: 9,
  NotZone: 10,
};
const PATTERN =
  /^(\d{1,5})([*+|%$-]*)((?: \[[^\]]*\])*) (?:(inv_q|stat|op\d+|notify|update)[+]? )?(?:(FormErr|ServFail|NXDomain|NotImp|Refused|YXDomain|YXRRSet|NXRRSet|NotAuth|NotZone)[*|$-]* )?(?:(?:q: )?([A-Z][A-Z0-9]{0,9}|Type\d+)(?: \(Q[MU]\))?\? (\S+?)\.?(?: (?=\d)| \(|$))?(?:(\d+)\/(\d+)\/(\d+))?/;

/** A message at the place; false, and nothing read, where there is none. The UDP header is there already. */
export function dns(parts: Parts, from: End, to: End, family: 4 | 6): boolean {
  const { scan, frame, memory } = parts;
  const match = PATTERN.exec(scan.text.slice(scan.at, scan.at + 400));
  if (match === null) return false;
  const [, id, marks, , , code, type, name, answers, authority, extra] = match;
  const isAnswer = answers !== undefined || code !== undefined;
  if (!isAnswer && type === undefined) return false;
  const size = /\((\d{1,5})\)/.exec(scan.text.slice(scan.at + match[0].length - 2, scan.at + 4000));
  const at = frame.add(12);
  frame.u16(at, Number(id));
  let flags = 0;
  if (isAnswer) {
    flags = 0x8000 | (marks.includes('-') ? 0 : 0x80);
    // Who answers repeats RD; nearly all ask for it.
    flags |= 0x100 | (marks.includes('*') ? 0x400 : 0) | (marks.includes('|') ? 0x200 : 0) | (CODES[code ?? ''] ?? 0);
  } else flags = (marks.includes('+') ? 0x100 : 0) | (marks.includes('%') ? 0x10 : 0);
  frame.u16(at + 2, flags);
  frame.u16(at + 4, 1);
  frame.u16(at + 6, Number(answers ?? 0));
  frame.u16(at + 8, Number(authority ?? 0));
  frame.u16(at + 10, Number(extra ?? 0));
  const key = isAnswer ? endKey(to, family) + endKey(from, family) + id : endKey(from, family) + endKey(to, family) + id;
  const asked = type === undefined ? memory.question(key) : `${type} ${name}`;
  if (asked === null) frame.u16(at + 4, 0);
  else {
    const blank = asked.indexOf(' ');
    question(parts, asked.slice(blank + 1), asked.slice(0, blank));
    if (!isAnswer) memory.asked(key, asked);
  }
  const made = frame.length - at;
  const all = size === null ? made : Number(size[1]);
  if (all > made) frame.unseen += all - made;
  return true;
}

function question({ frame }: Parts, name: string, type: string): void {
  for (const label of name.split('.')) {
    if (label === '' || label.length > 63) continue;
    const at = frame.add(1 + label.length);
    frame.u8(at, label.length);
    for (let i = 0; i < label.length; i++) frame.u8(at + 1 + i, label.charCodeAt(i) & 255);
  }
  const at = frame.add(5);
  frame.u16(at + 1, TYPES[type] ?? (/^Type(\d+)$/.exec(type) ? Number(type.slice(4)) & 0xffff : 0));
  frame.u16(at + 3, 1);
}
