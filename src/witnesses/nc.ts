// nc of OpenBSD, BusyBox and the traditional one, Ncat, and telnet: whether a connection came to be.
import { howItEnded } from './connect.js';
import { event, type MakeReader, NO_END, type WitnessEnd } from './event.js';
import { addressOf, endOf, portOf } from './parts.js';

/** Whom the command asks: its last two words, a host and a port. */
function targetOf(command: string): WitnessEnd {
  const words = /(?:^|[\s/])(?:nc|ncat|netcat|telnet)\s(?:.*\s)?(\[?[\w.:-]+\]?)\s+(\d{1,5})(?=\s*(?:$|[|;&<>]))/.exec(command);
  return words === null ? NO_END : { ...endOf(words[1].replace(/^\[|\]$/g, '')), port: portOf(words[2]) };
}

/** UDP has no connection: what such a command calls success is no answer. */
const isUdp = (command: string): boolean => /(?:^|[\s/])(?:nc|ncat|netcat)\s(?:.*\s)?-[a-z46]*u/.test(command);

const SUCCEEDED = /^Connection to (\S+)(?: \((\S+)\))? (\d{1,5}) port \[(tcp|udp)\/[^\]]*\] succeeded!$/;
const FAILED = /^(?:nc|netcat): connect to (\S+?)(?: \((\S+)\))? port (\d{1,5}) \((tcp|udp)\) (?:failed|timed out): (.+)$/;
const TRADITIONAL = /^(\S+) \[([0-9a-f.:]+)\] (\d{1,5}) \([^)]*\) (?:(open)|: (.+))$/;
const BUSYBOX = /^(\S+) \(([0-9a-f.:]+?):(\d{1,5})\) open$/;

export const nc: MakeReader = (tell) => {
  /** Of telnet: whom it tries. */
  let tried: WitnessEnd = NO_END;
  return {
    kind: 'nc',
    take(line, at) {
      const say = (dst: WitnessEnd, why: string | null): true => {
        const { saying, reason } = why === null ? ({ saying: 'answered', reason: '' } as const) : howItEnded(why);
        tell(
          event('nc', saying, {
            ...{ node: at.node, dst, proto: 'tcp', isReply: false, asks: true, reason },
            // The system itself gives up only after it has repeated the SYN; who has a limit of his own says so in other words.
            ...{ asked: why !== null && /^Connection timed out/.test(why) ? 2 : 1, answers: why === null ? 1 : 0 },
          }),
        );
        return true;
      };
      const end = (name: string, address: string | undefined, port: string): WitnessEnd => {
        const found = endOf(address ?? name);
        const isName = address !== undefined && addressOf(name) === '' && name !== '(UNKNOWN)';
        return { ...found, name: isName ? name : found.name, port: portOf(port) };
      };
      const succeeded = SUCCEEDED.exec(line);
      if (succeeded !== null) {
        const [, name, address, port, proto] = succeeded;
        return proto === 'udp' || say(end(name, address, port), null);
      }
      const failed = FAILED.exec(line);
      if (failed !== null) {
        const [, name, address, port, proto, why] = failed;
        // Of a wait with a limit the reason is that it goes on.
        return proto === 'udp' || say(end(name, address, port), / timed out: /.test(line) ? 'timed out' : why);
      }
      const unnamed = /^(?:nc|netcat): getaddrinfo(?: for host "([^"]+)" port (\d{1,5}))?: (.+)$/.exec(line);
      if (unnamed !== null)
        return say(unnamed[1] === undefined ? targetOf(at.command) : end(unnamed[1], undefined, unnamed[2]), 'Could not resolve');
      const traditional = TRADITIONAL.exec(line);
      if (traditional !== null) {
        const [, name, address, port, , why] = traditional;
        return isUdp(at.command) || say(end(name, address, port), why ?? null);
      }
      const busybox = BUSYBOX.exec(line);
      if (busybox !== null) return isUdp(at.command) || say(end(busybox[1], busybox[2], busybox[3]), null);
      const remote = /^nc: can't connect to remote host(?: \((\S+?)\))?: (.+)$/.exec(line);
      if (remote !== null) {
        const asked = targetOf(at.command);
        return say(remote[1] === undefined ? asked : { ...endOf(remote[1]), port: asked.port }, remote[2]);
      }
      if (line === 'nc: timed out') return say(targetOf(at.command), 'timed out');
      const ncat = /^Ncat: (?:(Connected to (\S+):(\d{1,5})\.)|(.+?)\.?)$/.exec(line);
      if (ncat !== null) {
        if (ncat[1] !== undefined)
          return isUdp(at.command) || say(end(ncat[2].replace(/^\[|\]$/g, ''), undefined, ncat[3]), null);
        return /timed? ?out|refused|no route|unreachable|reset/i.test(ncat[4]) ? say(targetOf(at.command), ncat[4]) : true;
      }
      const trying = /^Trying ([0-9a-f.:]+?)(?:\.{3}|\u2026)?$/i.exec(line);
      if (trying !== null && addressOf(trying[1]) !== '' && /(?:^|[\s/])telnet\s/.test(at.command)) {
        tried = { ...endOf(trying[1]), port: targetOf(at.command).port };
        return true;
      }
      const telnet =
        /^telnet: (?:Unable to connect to remote host|connect to address (\S+)|can't connect to remote host \((\S+?)\)): (.+)$/.exec(
          line,
        );
      if (telnet !== null) {
        const address = telnet[1] ?? telnet[2];
        const asked = address === undefined ? tried : { ...endOf(address), port: targetOf(at.command).port };
        return say(asked === NO_END ? targetOf(at.command) : asked, telnet[3]);
      }
      if (tried !== NO_END && /^Connected to \S+\.$/.test(line)) return say(tried, null);
      return tried !== NO_END && /^Escape character is /.test(line);
    },
    end() {
      tried = NO_END;
    },
  };
};
