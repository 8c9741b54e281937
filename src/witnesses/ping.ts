// ping and ping6 of iputils, in any language, and of BusyBox: one event for each run.
import { event, type MakeReader, NO_END, type Place, placeAt, type Saying, type WitnessEnd } from './event.js';
import { addressOf, endOf, epochMs } from './parts.js';
import { meaningOf } from './ping-windows.js';

interface Pinging {
  readonly node: string;
  readonly src: WitnessEnd;
  dst: WitnessEnd;
  timeMs: number;
  replies: number;
  /** The highest sequence number that was spoken of. */
  highest: number;
  silent: number;
  error: string;
  /** Who sent the error, where somebody did. */
  by: string;
  /** Answers to a question that had one already. */
  duplicates: number;
  /** The router that a redirect names (RFC 792), and the one that sent it. */
  redirect: string;
  redirectBy: string;
}

const START = /^PING (\S+?)(?: ?\(([^)\s]+)\))?(?: from (\S+)(?: \S+)?)?:? ?(?:\d+\(\d+\) \S|(?:\d+|\d+ data) (?:data )?bytes)/;
const REPLY = /^\d+ \S+ \S+ (?:(\S+) \((\S+?)\)|(\S+?))(?: ?: |:?,? )(?:icmp_)?seq=(\d+) (?:ttl|hlim)=(\d+)/;
const ERROR = /^[A-Z]\S* (?:\S+ \((\S+?)\)|(\S+?)):? icmp_seq=(\d+) (.+)$/;
/** The same of BSD and macOS, without its number: `36 bytes from 10.0.0.1: Destination Host Unreachable`. */
const ERROR_BSD =
  /^\d+ bytes from (?:\S+ \((\S+?)\)|(\S+?)): ((?:Destination|Communication|Time to live|Frag(?:mentation)? |frag |Redirect|Parameter|Source) ?.+)$/;
/** And the header that they print of the packet that the error quotes. */
const QUOTED = /^(?:Vr HL TOS +Len|[ \d]\d {1,2}[\da-f] {1,2}[\da-f]{2} [\da-f]{4} [\da-f]{4} )/;
const STATISTICS = /^(\d+) \S+ \S+, (\d+) (?:\S+ )?\S+,(?: \+?(\d+) \S+,){0,2} ?[\d.,]+ ?% /;
/** What ping itself was told by its own machine. */
const LOCAL =
  /^ping6?: (?:(?:sendmsg|sendto|connect|bind|local error): ?)?(Network (?:is )?unreachable|No route to host|Host is (?:down|unreachable)|Operation not permitted|[Mm]essage too long.*|.*(?:Name or service not known|Temporary failure in name resolution|[Uu]nknown host).*|bad address.*)$/;

/** Multicast, or what ends as most broadcast addresses do. */
const isGroup = (address: string): boolean => /^(?:22[4-9]|23\d)\.|\.255$|^ff/i.test(address);

export const ping: MakeReader = (tell) => {
  let run: Pinging | null = null;
  let lineOf: Place = { line: 0, text: '' };
  const begin = (dst: WitnessEnd, src: WitnessEnd, node: string): Pinging => ({
    node,
    src,
    dst,
    timeMs: Number.NaN,
    replies: 0,
    highest: 0,
    silent: 0,
    error: '',
    by: '',
    duplicates: 0,
    redirect: '',
    redirectBy: '',
  });
  const finish = (sent: number, received: number, at: Place): void => {
    if (run === null) return;
    const { dst, src, node, error, by, timeMs, duplicates, redirect, redirectBy } = run;
    run = null;
    const remark = (reason: string, detail: string): void =>
      tell(event('ping', 'complaint', { node, src, dst, timeMs, proto: 'icmp', reason, detail }), at);
    // A group answers with as many answers as it has members.
    if (duplicates > 0 && !isGroup(dst.address))
      remark('pings are answered twice', `${duplicates} of ${received + duplicates} answers`);
    if (redirect !== '') remark('a router redirects', `${redirectBy} names ${redirect}`);
    if (sent === 0 && error === '') return;
    const saying: Saying = received === 0 ? (error === '' ? 'unanswered' : 'failed') : received < sent ? 'partly' : 'answered';
    tell(
      event('ping', saying, {
        node,
        src,
        dst,
        timeMs,
        proto: dst.address.includes(':') ? 'icmpv6' : 'icmp',
        isReply: false,
        asks: true,
        reason: error,
        detail: by,
        asked: sent,
        answers: received,
      }),
      at,
    );
  };
  /** A paste that breaks off: as far as its lines go. */
  const end = (): void => {
    if (run === null) return;
    const asked = Math.max(run.highest, run.replies + run.silent);
    // The last question may still have been answered.
    finish(run.replies + run.silent > 0 || run.error !== '' ? asked : 0, run.replies, lineOf);
  };
  return {
    kind: 'ping',
    take(raw, at) {
      const stamp = /^\[(\d{9,11}\.\d+)\] /.exec(raw);
      const line = stamp === null ? raw : raw.slice(stamp[0].length);
      const start = START.exec(line);
      if (start !== null) {
        end();
        const [, name, address, from] = start;
        const dst = endOf(address ?? name);
        run = begin({ ...dst, name: dst.address !== '' && addressOf(name) === '' ? name : dst.name }, endOf(from ?? ''), at.node);
        lineOf = placeAt(at);
        return true;
      }
      const local = LOCAL.exec(line);
      if (local !== null) {
        run ??= begin(endOf(/\s(\S+)$/.exec(at.command)?.[1] ?? ''), NO_END, at.node);
        // As musl calls it.
        run.error ||= local[1].replace('Network unreachable', 'Network is unreachable').slice(0, 120);
        lineOf = placeAt(at);
        return true;
      }
      const reply = REPLY.exec(line);
      if (reply !== null) {
        run ??= begin(endOf(reply[2] ?? reply[3]), NO_END, at.node);
        if (line.endsWith('(DUP!)')) run.duplicates++;
        else run.replies++;
        run.highest = Math.max(run.highest, Number(reply[4]));
        if (stamp !== null && Number.isNaN(run.timeMs)) run.timeMs = epochMs(stamp[1]);
        lineOf = placeAt(at);
        return true;
      }
      if (/^(?:rtt min\/avg\/max|round-trip min\/avg\/max|pipe \d+$)/.test(line)) return true;
      if (run === null) return false;
      const error = ERROR.exec(line);
      const bsd = error === null ? ERROR_BSD.exec(line) : null;
      const [by, said] = error !== null ? [error[1] ?? error[2], error[4]] : [bsd?.[1] ?? bsd?.[2] ?? '', bsd?.[3] ?? ''];
      if (said !== '') {
        run.highest = Math.max(run.highest, Number(error?.[3] ?? 0));
        const redirect = /^Redirect \w+ ?\w*\(New (?:nexthop|addr): (?:\S+ \()?([0-9a-f.:]+)/.exec(said);
        if (redirect !== null) {
          run.redirect = addressOf(redirect[1]);
          run.redirectBy = by;
        }
        if (!said.startsWith('Redirect') && run.error === '') {
          run.error = /^[\w ():=.]+$/.test(said)
            ? `${said[0].toUpperCase()}${said.slice(1, 120)}`
            : (meaningOf(said) ?? said.slice(0, 120));
          run.by = by;
        }
        lineOf = placeAt(at);
        return true;
      }
      const silent = /^(?:no answer yet for icmp_seq=(\d+)|Request timeout for icmp_seq (\d+))/.exec(line);
      if (silent !== null) {
        run.silent++;
        run.highest = Math.max(run.highest, Number(silent[1] ?? silent[2]));
        lineOf = placeAt(at);
        return true;
      }
      const statistics = STATISTICS.exec(line);
      if (statistics !== null) {
        finish(Number(statistics[1]), Number(statistics[2]), placeAt(at));
        return true;
      }
      return QUOTED.test(line) || /^(?:--- .{0,60}\bping\b.{0,60} ---$|pipe \d+|ping: local error|\^C)/.test(line);
    },
    end,
  };
};
