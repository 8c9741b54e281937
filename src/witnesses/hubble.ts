// `hubble observe`: compact lines, the columns of -o tab, the blocks of -o dict. JSON is read in hubble-json.ts.
import {
  event,
  type MakeReader,
  type Place,
  placeAt,
  type Saying,
  type Tell,
  type WitnessEnd,
  type WitnessEvent,
} from './event.js';
import { endOf, STAMP, stampMs } from './parts.js';

const VERDICTS = 'FORWARDED|DROPPED|AUDIT|REDIRECTED|ERROR|TRACED|TRANSLATED|ALLOWED|DENIED|AUDITED';
const COMPACT = new RegExp(String.raw`^(${STAMP})(?: \[([^\]\s]{1,200})\])?: (.+)$`);
/** TYPE may be several words, and SUMMARY may hold anything: the verdict is the first word of its kind that ends the line or has a bracket after it. */
const VERDICT = new RegExp(String.raw`(?:^| )(${VERDICTS})(?: \(|$)`);
const WHOLE_VERDICT = new RegExp(`^(?:${VERDICTS})$`);
const SIDE = /^(\S+)(?: \(([^)]{0,100})\))?$/;
const ARROW = / (?:->|<-|<>) /;

/** What type and verdict of a flow add up to. */
export function sayingOf(verdict: string, type: string): Pick<WitnessEvent, 'saying' | 'point' | 'reason'> {
  const isVerdictLine = type.startsWith('policy-verdict');
  const of = (saying: Saying, reason = ''): Pick<WitnessEvent, 'saying' | 'point' | 'reason'> => ({
    saying,
    point: saying === 'dropped' || (saying === 'denied' && !isVerdictLine) ? '' : type,
    reason,
  });
  if (isVerdictLine && /^(DENIED|DROPPED)$/.test(verdict)) return of('denied', 'Policy denied');
  switch (verdict) {
    case 'DENIED':
      return of('denied', 'Policy denied');
    case 'DROPPED':
    case 'ERROR':
      // A proxy refuses what a policy on layer 7 does not allow, and types it as what it was.
      if (/^(?:http|dns|kafka|l7)-?(?:request|response)?\b/i.test(type)) return of('denied', `Policy denied (${type})`);
      return of(/^(?:policy denied|denied by)/i.test(type) ? 'denied' : 'dropped', type === '' ? 'no reason told' : type);
    case 'AUDIT':
    case 'AUDITED':
      return of('audited', 'Policy denied');
    case 'REDIRECTED':
      return of('proxied');
    case 'TRACED':
    case 'TRANSLATED':
      return of('translated');
    default:
      return of(type.startsWith('to-proxy') ? 'proxied' : 'passed');
  }
}

/** What a summary tells of the packet. */
export function packetOf(summary: string): Pick<WitnessEvent, 'proto' | 'asks' | 'acknowledges' | 'detail'> {
  const detail = summary.slice(0, 200);
  const flags = /^TCP Flags: ([A-Z, ]*)/.exec(summary)?.[1].split(/,\s*/) ?? [];
  const proto = /^(?:TCP|UDP|ICMPv6|ICMP|SCTP)/.exec(summary)?.[0].toLowerCase() ?? '';
  const isSyn = flags.includes('SYN');
  return {
    proto,
    detail,
    asks: (isSyn && !flags.includes('ACK')) || /^ICMPv[46] EchoRequest/.test(summary),
    acknowledges: !isSyn && flags.includes('ACK'),
  };
}

/** `default/box:4000 (ID:46062)`; null where it is no end of a flow. */
function sideOf(text: string): WitnessEnd | null {
  const side = SIDE.exec(text);
  return side === null ? null : endOf(side[1], (side[2] ?? '').replace(/^ID:/, ''));
}

/** The fault that the answer of a program speaks of, as the proxy saw it (RFC 9110 section 15.6, RFC 1035 section 4.1.1); '' where it does not. */
export function faultOf(type: string, summary: string): string {
  if (type.startsWith('http-response')) return /^HTTP\/[\d.]+ 5\d\d\b/.test(summary) ? 'HTTP server error' : '';
  if (!type.startsWith('dns-response')) return '';
  return /\bRCode: (?:Server Failure|(?:Query )?Refused|Not Implemented)/i.test(summary) ? 'DNS server error' : '';
}

/** The name of a node without its cluster. */
export const nodeOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function compact(line: string, nearMs: number): WitnessEvent | null {
  const parts = COMPACT.exec(line);
  if (parts === null) return null;
  const [, stamp, node = '', rest] = parts;
  const arrow = ARROW.exec(rest);
  if (arrow === null) return null;
  const left = sideOf(rest.slice(0, arrow.index));
  const right = /^(\S+(?: \((?:ID:\d+|[a-z][^)]{0,98})\))?) (.*)$/.exec(rest.slice(arrow.index + 4));
  const typed = right === null ? null : VERDICT.exec(right[2]);
  const to = right === null ? null : sideOf(right[1]);
  if (left === null || to === null || right === null || typed === null) return null;
  const [whole, verdict] = typed;
  const type = right[2].slice(0, typed.index);
  const summary = whole.endsWith('(') ? right[2].slice(typed.index + whole.length).replace(/\)$/, '') : '';
  // `<-` is a reply with its sides swapped: left is still the client.
  const isSwapped = arrow[0] === ' <- ';
  const { saying, ...where } = sayingOf(verdict, type);
  return event('hubble', saying, {
    ...where,
    ...packetOf(summary),
    fault: faultOf(type, summary),
    timeMs: stampMs(stamp, nearMs),
    node: nodeOf(node),
    src: isSwapped ? to : left,
    dst: isSwapped ? left : to,
    isReply: arrow[0] === ' <> ' ? null : isSwapped,
  });
}

const COLUMNS = ['TIMESTAMP', 'NODE', 'SOURCE', 'DESTINATION', 'TYPE', 'VERDICT', 'SUMMARY'] as const;
type Column = (typeof COLUMNS)[number];
type Row = Partial<Record<Column, string>>;
const HEADER = /^TIMESTAMP\s+(?:NODE\s+)?SOURCE\s+DESTINATION\s+TYPE\s+VERDICT\s+SUMMARY$/;
const PAIR = new RegExp(`^\\s{0,11}(${COLUMNS.join('|')}): ?(.*)$`);
const STARTS_WITH_STAMP = new RegExp(`^(${STAMP})(?: {2,}|\\t+)(.*)$`);

function fromRow(row: Row, nearMs: number): WitnessEvent | null {
  const { TIMESTAMP, NODE = '', SOURCE, DESTINATION, TYPE = '', VERDICT = '', SUMMARY = '' } = row;
  if (TIMESTAMP === undefined || SOURCE === undefined || DESTINATION === undefined) return null;
  if (!WHOLE_VERDICT.test(VERDICT)) return null;
  const [src, dst] = [sideOf(SOURCE), sideOf(DESTINATION)];
  if (src === null || dst === null) return null;
  const { saying, ...where } = sayingOf(VERDICT, TYPE);
  const timeMs = stampMs(TIMESTAMP, nearMs);
  return event('hubble', saying, {
    ...where,
    ...packetOf(SUMMARY),
    fault: faultOf(TYPE, SUMMARY),
    timeMs,
    node: nodeOf(NODE),
    src,
    dst,
  });
}

export const hubble: MakeReader = (tell) => {
  /** Columns of the table that is being read. */
  let columns: readonly Column[] | null = null;
  /** The block of -o dict that is being read, and where it began. */
  let block: Row | null = null;
  let began: Place = { line: 0, text: '' };
  let nearMs = Number.NaN;
  const endBlock = (): void => {
    const found = block === null ? null : fromRow(block, nearMs);
    block = null;
    if (found !== null) tell(found, began);
  };
  return {
    kind: 'hubble',
    take(line, at) {
      nearMs = at.nearMs;
      const first = line.charCodeAt(0);
      if (block !== null && /^-{6,}$/.test(line)) {
        endBlock();
        return true;
      }
      // A key of a block has blanks in front, but for the longest.
      const pair = first === 32 || first === 68 ? PAIR.exec(line) : null;
      if (pair !== null) {
        const key = pair[1] as Column;
        if (block !== null && key === 'TIMESTAMP') endBlock();
        if (block === null) {
          if (key !== 'TIMESTAMP') return false;
          began = placeAt(at);
        }
        block = { ...block, [key]: pair[2].trim() };
        if (key === 'SUMMARY') began = { ...began, text: blockText(block) };
        return true;
      }
      if (first === 84 && HEADER.test(line)) {
        columns = COLUMNS.filter((name) => line.includes(name));
        return true;
      }
      // Months and years.
      if (!((first >= 65 && first <= 90) || (first >= 48 && first <= 57))) return notice(line, tell);
      const table = columns === null ? null : STARTS_WITH_STAMP.exec(line);
      if (columns !== null && table !== null) {
        // A day of one digit has two blanks in front of it.
        const cells = [table[1], ...table[2].split(/ {2,}|\t+/)];
        const row: Row = Object.fromEntries(columns.map((name, i) => [name, (cells[i] ?? '').trim()]));
        const found = fromRow(row, nearMs);
        if (found !== null) tell(found);
        return found !== null;
      }
      const found = compact(line, nearMs);
      if (found !== null) tell(found);
      return found !== null || notice(line, tell);
    },
    end: endBlock,
  };
};

/** What Hubble says of itself. */
function notice(line: string, tell: Tell): boolean {
  if (line.startsWith('EVENTS LOST:')) {
    tell(event('hubble', 'missed', { reason: 'events lost', detail: line.slice(12, 200).trim() }));
    return true;
  }
  if (!line.includes(' node') || !/^(?:\d{1,6} nodes? (?:is|are) unavailable|.{0,80}unable to reach \d+ nodes?)/.test(line))
    return false;
  tell(event('hubble', 'missed', { reason: 'nodes unavailable', detail: line.slice(0, 200) }));
  return true;
}

/** A block in one line, as a finding quotes it. */
const blockText = (row: Row): string =>
  COLUMNS.map((name) => row[name] ?? '')
    .filter((cell) => cell !== '')
    .join(' ');
