// curl: its errors, and what -v says of a connection.
import { howItEnded, urlIn } from './connect.js';
import { event, type MakeReader, NO_END, type WitnessEnd } from './event.js';
import { endOf, portOf } from './parts.js';

/** Options of curl(1) that take a word. */
const WITH_WORD =
  /^(?:-[A-Za-z]*[AbcCdDeEFhHKmoPQrTtuUwxXyYz]|--(?:connect-timeout|max-time|header|data|output|request|resolve|interface|user|retry|retry-delay|write-out|url|user-agent|cacert|cert|key|proxy|noproxy|limit-rate|local-port))$/;

export const curl: MakeReader = (tell) => {
  /** Whom -v said that it tries, and whether a connection came to be. */
  let tried: WitnessEnd = NO_END;
  let why = '';
  return {
    kind: 'curl',
    take(line, at) {
      const trying = /^\* +Trying (\S+?)(?:\.\.\.|:(\d{1,5})\.\.\.)$/.exec(line);
      if (trying !== null) {
        tried = { ...endOf(trying[1].replace(/^\[|\]$/g, '')), port: portOf(trying[2]) };
        why = '';
        return true;
      }
      const failed = /^\* +connect to (\S+) port (\d{1,5}) (?:from \S+ port \d+ )?failed: (.+)$/.exec(line);
      if (failed !== null) {
        tried = { ...endOf(failed[1]), port: portOf(failed[2]) };
        why = failed[3].slice(0, 120);
        return true;
      }
      const connected =
        /^\* +(?:Connected to|Established connection to) (\S+) \(([^)\s]+?)(?: port (\d+))?\)(?: port (\d{1,5}))?/.exec(line);
      if (connected !== null) {
        const dst = { ...endOf(connected[2]), port: portOf(connected[4] ?? connected[3]) };
        tried = dst;
        tell(event('curl', 'answered', { node: at.node, dst, proto: 'tcp', isReply: false, asks: true, asked: 1, answers: 1 }));
        return true;
      }
      const error = /^curl: \((\d{1,3})\) (.*)$/.exec(line);
      if (error === null)
        return /^\* +(?:Immediate connect fail|TCP_NODELAY set|Closing connection|Host \S+ was resolved|IPv[46]: |Connection #\d+ to host|After \d+ms connect time|Connection timed out|Failed to connect|Could not resolve)/.test(
          line,
        );
      const [, , text] = error;
      const named =
        /(?:connect to|connect to host) (\S+?)(?: (?:\(\S+\) )?port (\d{1,5}))/i.exec(text) ?? /resolve host: (\S+)/.exec(text);
      const asked = urlIn(at.command, /(?:^|[\s/])curl\s+/, WITH_WORD);
      const from = named === null ? asked : { ...endOf(named[1]), port: portOf(named[2]) };
      // The address that -v shows says more than a name.
      const dst =
        tried.address !== '' && (from.address === '' || from.address === tried.address)
          ? { ...tried, name: from.name || tried.name, port: tried.port || from.port }
          : from;
      const { saying, reason } = howItEnded(`${text} ${why}`, text);
      const waited = /after (\d{1,9}) (ms|milliseconds)/.exec(text);
      const got = /with (\d+)(?: out of \S+)? bytes received/.exec(text);
      tell(
        event('curl', saying, {
          node: at.node,
          dst,
          proto: /resolve|Resolving/i.test(text) ? 'udp' : 'tcp',
          isReply: false,
          asks: true,
          reason,
          detail: got === null ? '' : `${got[1]} bytes received`,
          asked: 1,
          answers: 0,
          waitedMs: waited === null ? 0 : Number(waited[1]),
        }),
      );
      tried = NO_END;
      why = '';
      return true;
    },
    end() {
      tried = NO_END;
    },
  };
};
