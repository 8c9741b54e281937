// tracepath, traceroute and mtr: how far packets get.
import { event, type MakeReader, type Place, placeAt } from './event.js';
import { addressOf, endOf, operandOf } from './parts.js';

interface Tracing {
  readonly node: string;
  readonly target: string;
  readonly address: string;
  /** The last hop that answered, and its number. */
  last: string;
  lastHop: number;
  hops: number;
  reached: boolean;
  pmtu: number;
  /** `!H`, `!N`, `!X`: what a router said of it (traceroute(8)). */
  refusal: string;
  isMtr: boolean;
  /** Of mtr: packets sent to the hop that answered last, and percent of them lost. Hops before it that lose some may only answer seldom. */
  sent: number;
  loss: number;
  /** Hops by number; '' where none answered. */
  readonly route: string[];
}

/** Options of mtr(8) that take a word. */
const MTR_WITH_WORD =
  /^(?:-[A-Za-z46]*[FmUEPLaIfcsBiGQoyZM]|--(?:filename|max-ttl|max-unknown|max-display-path|port|localport|address|interface|first-ttl|report-cycles|psize|bitpattern|interval|gracetime|tos|order|ipinfo|timeout|mark))$/;

/** Routers that a loop goes through, at most. */
const MAX_ROUND = 4;
/** Hops that are kept to find one. */
const MAX_ROUTE = 255;

const REFUSALS: Readonly<Record<string, string>> = {
  H: 'host unreachable',
  N: 'network unreachable',
  P: 'protocol unreachable',
  X: 'administratively prohibited',
  A: 'administratively prohibited',
  F: 'fragmentation needed',
};

/** What is said of a way that its last hops go round on. */
export const ROUND = 'routing loop';

/** The routers that the last hops which answered go through twice or more, one after the other; empty where they do not. One router that comes up again at once is none: some answer for the hop behind them, too. */
function roundOf(route: readonly string[]): readonly string[] {
  let end = route.length;
  while (end > 0 && !route[end - 1]) end--;
  for (let size = 2; size <= MAX_ROUND && 2 * size <= end; size++) {
    const round = route.slice(end - size, end);
    if (new Set(round).size === size && round.every((hop, i) => hop && hop === route[end - 2 * size + i])) return round;
  }
  return [];
}

/** `Tracing route to web [10.0.0.5]`, `Routenverfolgung zu 10.0.0.5 ...`: what Windows begins with, in some of its languages. */
const TRACERT =
  /^(?:Tracing route to|Routenverfolgung zu|D\u00e9termination de l.itin\u00e9raire vers|Traza(?: a la direcci\u00f3n| a)|Traccia instradamento verso) (?:(\S+) \[([0-9a-f.:]+)\]|([0-9a-f]*[.:][0-9a-f.:]+))(?: .*)?$/i;
/** `  3     4 ms     5 ms     4 ms  10.0.0.5`, `  2     *        *        *     Request timed out.`, `  3  10.0.0.1  reports: Destination host unreachable.` */
const TRACERT_HOP =
  /^ {0,2}(\d{1,2}) +(?:(?:(?:<?\d{1,6} ms|<1 \S{1,4}|\*) +){3}(\S.*)|(?=([0-9a-f.:]+) +\S+: (\D+)$)[0-9a-f.:]+ .*)$/i;

export const trace: MakeReader = (tell) => {
  let run: Tracing | null = null;
  const begin = (target: string, address: string, node: string, isMtr = false): Tracing => ({
    node,
    target,
    address,
    last: '',
    lastHop: 0,
    hops: 0,
    reached: false,
    pmtu: 0,
    refusal: '',
    isMtr,
    sent: 0,
    loss: 0,
    route: [],
  });
  let lineOf: Place = { line: 0, text: '' };
  let isWindows = false;
  const end = (): void => {
    isWindows = false;
    if (run === null) return;
    const { target, address, last, lastHop, hops, pmtu, node, isMtr, route, sent, loss } = run;
    // mtr lists one more hop than has answered, unless that is the target. Of other lists that end with a hop that answered, the end may be cut off.
    const isMtrEnd = isMtr && address === '' && lastHop === hops && last !== '';
    const reached = run.reached || isMtrEnd;
    const round = reached ? [] : roundOf(route);
    const refusal = run.refusal || (round.length > 0 ? ROUND : '');
    run = null;
    if (hops === 0) return;
    const dst = endOf(address || target || (isMtrEnd ? last : ''));
    const answers = Math.round(sent * (1 - loss / 100));
    const isPartly = reached && answers < sent;
    const saying = refusal !== '' ? 'failed' : isPartly ? 'partly' : reached ? 'answered' : 'unanswered';
    tell(
      event('trace', saying, {
        node,
        dst: { ...dst, name: dst.address !== '' && addressOf(target) === '' ? target : dst.name },
        asks: true,
        isReply: false,
        reason: refusal,
        detail: [
          round.length > 0 ? `${round.join(' and ')} come up again and again` : '',
          last === '' ? 'no hop answered' : `the last hop that answered is ${last} (number ${lastHop})`,
          pmtu > 0 ? `path MTU ${pmtu}` : '',
        ]
          .filter(Boolean)
          .join(', '),
        asked: isPartly ? sent : hops,
        answers: isPartly ? answers : lastHop,
        ...(isMtr && { point: 'mtr' }),
      }),
      lineOf,
    );
  };
  const hop = (number: number, rest: string, current: Tracing): void => {
    current.hops = Math.max(current.hops, number);
    const names = [...rest.matchAll(/(?:^|[\s(])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:.]+)(?=[\s)]|$)/gi)].map(([, one]) =>
      addressOf(one),
    );
    const address = names.find((one) => one !== '') ?? (/^([a-z][\w.-]+)/i.exec(rest)?.[1] || '');
    const isSilent = /^(?:no reply|send failed|\?\?\?|(?:\*\s*)+$)/.test(rest) || address === '';
    if (number <= MAX_ROUTE) current.route[number] = isSilent ? '' : address;
    if (!isSilent) {
      current.last = address;
      current.lastHop = number;
    }
    const refusal = /(?:\s|ms)!([HNPXAF])\b/.exec(rest);
    if (refusal !== null) current.refusal = REFUSALS[refusal[1]];
    if (rest.startsWith('send failed')) current.refusal = 'its own machine could not send';
    const pmtu = /\bpmtu (\d+)/.exec(rest);
    if (pmtu !== null) current.pmtu = Number(pmtu[1]);
    if (/\breached\b/.test(rest) || (!isSilent && address === current.address)) current.reached = true;
  };
  return {
    kind: 'trace',
    take(line, at) {
      const start = /^traceroute6? to (\S+) \(([^)\s]+)\)(?: from \S+)?, \d+ hops? max/.exec(line);
      if (start !== null) {
        end();
        run = begin(start[1], addressOf(start[2]), at.node);
        lineOf = placeAt(at);
        return true;
      }
      const windows = TRACERT.exec(line.slice(0, 200));
      if (windows !== null) {
        end();
        const [, name, address, alone] = windows;
        run = begin(name ?? alone, addressOf(address ?? alone), at.node);
        isWindows = true;
        lineOf = placeAt(at);
        return true;
      }
      if (run !== null && isWindows) {
        const row = TRACERT_HOP.exec(line.slice(0, 400));
        if (row !== null) {
          const [, number, host = '', by, told] = row;
          // Where no time is printed, what stands for the host says so in words of the system's language.
          const isSilent = by === undefined && !/\d ms|<1/.test(line);
          hop(Number(number), isSilent ? '* * *' : (by ?? host).replace(/[[\]]/g, ' '), run);
          if (told !== undefined) run.refusal = /net/i.test(told) ? 'network unreachable' : 'host unreachable';
          lineOf = placeAt(at);
          return true;
        }
        if (/^(?:over a maximum of \d+ hops:|\S.{0,60}\b\d{1,3}\b.{0,30}:?)$/.test(line) && run.hops === 0) return true;
        if (/^\S.{0,60}\.$/.test(line)) {
          end();
          return true;
        }
        return false;
      }
      const local = /^ ?1\?: \[LOCALHOST\](.*)$/.exec(line);
      if (local !== null) {
        end();
        const target = operandOf(at.command, /\btracepath6?\s/, /^-[a-z46]*[lmp]$/);
        run = begin(target, addressOf(target), at.node);
        hop(0, local[1].trim(), run);
        lineOf = placeAt(at);
        return true;
      }
      if (/^HOST: \S+ +Loss%? +Snt/.test(line)) {
        end();
        const target = operandOf(at.command, /\bmtr(?:-packet)?\s/, MTR_WITH_WORD);
        run = begin(target, addressOf(target), at.node, true);
        lineOf = placeAt(at);
        return true;
      }
      if (/^Start: \d{4}-\d\d-\d\dT/.test(line)) return true;
      if (run === null) return false;
      const mtr = run.isMtr ? /^ *(\d+)\.\|-- (\S+) +([\d.]+)%? +(\d+)/.exec(line) : null;
      if (mtr !== null) {
        const loss = Number(mtr[3]);
        hop(Number(mtr[1]), loss >= 100 ? '???' : mtr[2], run);
        if (loss < 100) {
          run.loss = loss;
          run.sent = Math.min(Number(mtr[4]), 1e6);
        }
        lineOf = placeAt(at);
        return true;
      }
      const numbered = run.isMtr ? null : (/^ ?(\d{1,3})(?:\?)?: {1,4}(.*)$/.exec(line) ?? /^ ?(\d{1,3}) {1,3}(.*)$/.exec(line));
      if (numbered !== null) {
        hop(Number(numbered[1]), numbered[2].trim(), run);
        lineOf = placeAt(at);
        return true;
      }
      if (/^ {5}Too many hops: pmtu \d+/.test(line)) return true;
      const resume = /^ {5}Resume: pmtu (\d+)/.exec(line);
      if (resume !== null) {
        run.pmtu = Number(resume[1]);
        end();
        return true;
      }
      return false;
    },
    end,
  };
};
