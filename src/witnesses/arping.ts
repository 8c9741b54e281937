// arping, of iputils, BusyBox and Thomas Habets: who answers for an address on the link.
import { event, type MakeReader, type Place, placeAt } from './event.js';
import { endOf } from './parts.js';

interface Asking {
  readonly at: Place;
  readonly node: string;
  readonly target: string;
  /** The address it asks from; 0.0.0.0 looks for duplicates and wants silence (RFC 5227 section 2.1.1). */
  readonly from: string;
  readonly device: string;
  readonly macs: Set<string>;
  timeouts: number;
  replies: number;
}

/** MACs of one address that are kept. */
const MAX_MACS = 16;

export const arping: MakeReader = (tell) => {
  let run: Asking | null = null;
  const finish = (asked: number, answers: number, at: Place): void => {
    if (run === null) return;
    const { node, target, from, device, macs } = run;
    run = null;
    if (asked === 0) return;
    const looks = from === '0.0.0.0';
    const saying =
      macs.size > 1 ? 'complaint' : answers > 0 ? (looks ? 'complaint' : 'answered') : looks ? 'answered' : 'unanswered';
    tell(
      event('arping', saying, {
        node,
        proto: 'arp',
        src: endOf(from),
        dst: endOf(target),
        interface: device,
        asks: true,
        isReply: false,
        reason: macs.size > 1 ? 'several MACs answer' : looks && answers > 0 ? 'the address is in use' : '',
        detail: [...macs].join(', '),
        asked,
        answers,
      }),
      at,
    );
  };
  const end = (): void => {
    if (run !== null) finish(run.replies + run.timeouts, run.replies, run.at);
  };
  return {
    kind: 'arping',
    take(line, at) {
      const start = /^ARPING (?:to )?(\S+)(?: from (\S+) (?:via )?(\S+))?$/.exec(line);
      if (start !== null) {
        end();
        const isLooking = /\barping\b.* -\w*D/.test(at.command);
        run = {
          at: placeAt(at),
          node: at.node,
          target: start[1],
          from: isLooking ? '0.0.0.0' : (start[2] ?? ''),
          device: start[3] ?? '',
          macs: new Set(),
          timeouts: 0,
          replies: 0,
        };
        return true;
      }
      if (run === null) return false;
      const reply =
        /^(?:Unicast|Broadcast) reply from \S+ \[([0-9a-f:]{11,17})\]/i.exec(line) ??
        /^\d+ bytes from ([0-9a-f:]{11,17}) \(\S+\): index=/i.exec(line);
      if (reply !== null) {
        run.replies++;
        if (run.macs.size < MAX_MACS) run.macs.add(reply[1].toLowerCase());
        return true;
      }
      if (line === 'Timeout') {
        run.timeouts++;
        return true;
      }
      const sent = /^Sent (\d+) probes?/.exec(line);
      if (sent !== null) {
        run.timeouts = Math.max(0, Number(sent[1]) - run.replies);
        return true;
      }
      const received = /^Received (\d+) (?:response|reply|replies)/.exec(line);
      if (received !== null) {
        finish(run.timeouts + run.replies, Number(received[1]), placeAt(at));
        return true;
      }
      const statistics = /^(\d+) packets transmitted, (\d+) packets received, +\d+% unanswered/.exec(line);
      if (statistics !== null) {
        finish(Number(statistics[1]), Number(statistics[2]), placeAt(at));
        return true;
      }
      return /^(?:--- \S+ statistics ---|rtt min)/.test(line);
    },
    end,
  };
};
