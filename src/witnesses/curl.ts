// curl: its errors, and what -v says of a connection.
import { event, type MakeReader, NO_END, type Saying, type WitnessEnd } from './event.js';
import { endOf, portOf } from './parts.js';

/** `http://webpod:80/x` in a command. */
const URL_WORD = /^(?:(https?):\/\/)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/i;
/** Options of curl(1) that take a word. */
const WITH_WORD =
  /^(?:-[A-Za-z]*[AbcCdDeEFhHKmoPQrTtuUwxXyYz]|--(?:connect-timeout|max-time|header|data|output|request|resolve|interface|user|retry|retry-delay|write-out|url|user-agent|cacert|cert|key|proxy|noproxy|limit-rate|local-port))$/;

function targetOf(command: string): WitnessEnd {
  const start = /(?:^|[\s/])curl\s+(.*)$/.exec(command);
  if (start === null) return NO_END;
  const words = start[1].split(/\s+/);
  for (let i = 0; i < words.length; i++) {
    const word = words[i].replace(/^['"]|['"]$/g, '');
    if (/^[|;&>]/.test(word)) break;
    if (WITH_WORD.test(word) && word !== '--url') i++;
    else if (!word.startsWith('-')) {
      const url = URL_WORD.exec(word);
      if (url === null) continue;
      const port = url[3] === undefined ? (url[1]?.toLowerCase() === 'https' ? 443 : 80) : portOf(url[3]);
      return { ...endOf(url[2]), port };
    }
  }
  return NO_END;
}

const REASONS: readonly (readonly [RegExp, Saying, string])[] = [
  [/Connection refused/i, 'refused', 'Connection refused'],
  [/No route to host/i, 'failed', 'No route to host'],
  [/Network is unreachable/i, 'failed', 'Network is unreachable'],
  [/Connection reset by peer/i, 'refused', 'Connection reset by peer'],
  [/Empty reply from server/i, 'refused', 'Empty reply from server'],
  [/Could not resolve|Couldn't resolve/i, 'failed', 'Could not resolve the name'],
  [/Resolving timed out/i, 'unanswered', 'Resolving timed out'],
  [/timed out|Timeout was reached|timeout/i, 'unanswered', 'timed out'],
  [/Couldn't connect|Could not connect|Failed to connect/i, 'failed', 'Could not connect'],
];

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
      const asked = targetOf(at.command);
      const from = named === null ? asked : { ...endOf(named[1]), port: portOf(named[2]) };
      // The address that -v shows says more than a name.
      const dst =
        tried.address !== '' && (from.address === '' || from.address === tried.address)
          ? { ...tried, name: from.name || tried.name, port: tried.port || from.port }
          : from;
      const [, saying, reason] = REASONS.find(([pattern]) => pattern.test(`${text} ${why}`)) ?? [
        /$/,
        'failed' as const,
        text.slice(0, 120),
      ];
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
