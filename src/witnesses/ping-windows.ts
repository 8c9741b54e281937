// ping of Windows: one event for each run. Its words are those of the system's language, its numbers and their order are not.
import { event, type MakeReader, type Place, placeAt, type Saying, type WitnessEnd } from './event.js';
import { addressOf, endOf } from './parts.js';

interface Pinging {
  readonly node: string;
  dst: WitnessEnd;
  replies: number;
  silent: number;
  errors: number;
  error: string;
  by: string;
}

const ADDRESS = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:%\d+)?)`;
/** `Pinging web [10.0.0.5] with 32 bytes of data:`, `Ping wird ausgef\u00fchrt f\u00fcr 10.0.0.5 mit 32 Bytes Daten:` */
const START = new RegExp(
  String.raw`^(?=.*(?:ping|\u30d4\u30f3\u30b0)).*?(?:(\S+) \[(${ADDRESS})\]|(${ADDRESS})).* ?\b\d{1,5}\D+[:\uff1a]$`,
  'i',
);
/** `Reply from 10.0.0.5: bytes=32 time<1ms TTL=61`; IPv6 has no TTL. */
const REPLY = new RegExp(String.raw`(${ADDRESS})[^=<]*[=<] ?\d+ ?(?:[^=<]*[=<] ?\d+)? ?m\S*(?: TTL=\d+)?$`, 'i');
const ERROR = new RegExp(String.raw`^\S.*?(${ADDRESS})[:\uff1a] (\D+)$`, 'i');
/** `    Packets: Sent = 4, Received = 0, Lost = 4 (100% loss),` */
const STATISTICS = /^\s+[^=:\uff1a]+[:\uff1a] ?[^=]+= ?(\d+)[,\u3001] ?[^=]+= ?(\d+)[,\u3001] ?[^=]+= ?(\d+)/;
const SILENT =
  /^(?:Request timed out\.|Zeit\u00fcberschreitung der Anforderung\.|D\u00e9lai d.attente de la demande d\u00e9pass\u00e9\.|Tiempo de espera agotado para esta solicitud\.|\u8981\u6c42\u304c\u30bf\u30a4\u30e0\u30a2\u30a6\u30c8\u3057\u307e\u3057\u305f\u3002|\uc694\uccad \uc2dc\uac04\uc774 \ub9cc\ub8cc\ub418\uc5c8\uc2b5\ub2c8\ub2e4\.|\u8bf7\u6c42\u8d85\u65f6\u3002)$/;
/** What its own machine says, and what routers say, as ping of other systems has it. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/net(?:work)? unreachable|zielnetz/i, 'Destination Net Unreachable'],
  [/TTL|\u6709\u52b9\u671f\u9593|\uc720\ud6a8/i, 'Time to live exceeded'],
  [/fragment/i, 'Frag needed and DF set'],
  [/prohibited|filtered/i, 'Communication prohibited'],
  [
    /unreach|nicht erreichbar|injoignable|impossible de joindre|inaccesible|\u5230\u9054\u3067\u304d\u307e\u305b\u3093|\uc5f0\uacb0\ud560 \uc218 \uc5c6/i,
    'Destination Host Unreachable',
  ],
  [/general failure|allgemeiner fehler|d\u00e9faillance g\u00e9n\u00e9rale|error general/i, 'Network is unreachable'],
];
/** Longest line of it, in any language. */
const MAX_LINE = 200;

export const meaningOf = (text: string): string | null => MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? null;

export const windowsPing: MakeReader = (tell) => {
  let run: Pinging | null = null;
  let last: Place = { line: 0, text: '' };
  /** After the counts: the shortest, longest and average time, with a heading. */
  let isOver = false;
  const finish = (sent: number, received: number, at: Place): void => {
    if (run === null) return;
    const { node, dst, error, by } = run;
    run = null;
    isOver = true;
    if (sent === 0 && error === '') return;
    const saying: Saying = received > 0 ? (received < sent ? 'partly' : 'answered') : error === '' ? 'unanswered' : 'failed';
    tell(
      event('ping', saying, {
        ...{ node, dst, proto: dst.address.includes(':') ? 'icmpv6' : 'icmp', isReply: false, asks: true },
        ...{ reason: error, detail: by, asked: sent, answers: received },
      }),
      at,
    );
  };
  const end = (): void => {
    isOver = false;
    if (run !== null) finish(run.replies + run.silent + run.errors, run.replies, last);
  };
  return {
    kind: 'ping',
    take(line, at) {
      if (line.length > MAX_LINE) return false;
      const unnamed = /^Ping request could not find host (\S+?)\. Please check the name and try again\.$/.exec(line);
      if (unnamed !== null) {
        end();
        run = { node: at.node, dst: endOf(unnamed[1]), replies: 0, silent: 0, errors: 0, error: 'unknown host', by: '' };
        finish(0, 0, placeAt(at));
        return true;
      }
      const start = START.exec(line);
      if (start !== null && !line.startsWith('PING ')) {
        end();
        const dst = endOf(start[2] ?? start[3]);
        run = { node: at.node, dst, replies: 0, silent: 0, errors: 0, error: '', by: '' };
        if (start[1] !== undefined && addressOf(start[1]) === '') run.dst = { ...dst, name: start[1] };
        isOver = false;
        last = placeAt(at);
        return true;
      }
      if (run === null)
        return isOver && /^(?:\s+\(\d+% ?\D*\),?|\S.{5,80}[:\uff1a]|\s+\S+ ?= ?\d+ ?\D+= ?\d+ ?\D+= ?\d+ ?\D+)$/.test(line);
      const statistics = STATISTICS.exec(line);
      if (statistics !== null) {
        // What a router says instead of the host counts as received here.
        const received = Math.max(0, Number(statistics[2]) - run.errors);
        finish(Number(statistics[1]), received, placeAt(at));
        return true;
      }
      const before = run.replies + run.silent + run.errors;
      const reply = REPLY.exec(line);
      const error = reply === null ? ERROR.exec(line) : null;
      const meaning = error === null ? meaningOf(line) : meaningOf(error[2]);
      if (reply !== null) run.replies++;
      else if (error !== null && meaning !== null) {
        run.errors++;
        run.error ||= meaning;
        run.by ||= addressOf(error[1]);
      } else if (SILENT.test(line)) run.silent++;
      else if (meaning !== null && line.length < 100) {
        // Its own machine has said so, and sent nothing.
        run.silent++;
        run.error ||= meaning;
      }
      if (run.replies + run.silent + run.errors > before) {
        last = placeAt(at);
        return true;
      }
      // The statistics' heading: ping, the address, and no number beside it.
      return /ping/i.test(line) && /[:\uff1a]$/.test(line) && (run.dst.address === '' || line.includes(run.dst.address));
    },
    end,
  };
};
