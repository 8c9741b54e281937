// What programs that open a connection say of its end, and whom a command asks.
import { NO_END, type Saying, type WitnessEnd } from './event.js';
import { endOf, portOf } from './parts.js';

const REASONS: readonly (readonly [RegExp, Saying, string])[] = [
  [/Connection refused/i, 'refused', 'Connection refused'],
  [/No route to host|Host is unreachable/i, 'failed', 'No route to host'],
  [/Network (?:is )?unreachable/i, 'failed', 'Network is unreachable'],
  [/Connection reset by peer/i, 'refused', 'Connection reset by peer'],
  [/Empty reply from server/i, 'refused', 'Empty reply from server'],
  [/Could not resolve|Couldn't resolve/i, 'failed', 'Could not resolve the name'],
  [/Resolving timed out/i, 'unanswered', 'Resolving timed out'],
  [/timed out|Timeout was reached|timeout/i, 'unanswered', 'timed out'],
  [/Couldn't connect|Could not connect|Failed to connect/i, 'failed', 'Could not connect'],
];

/** `words`: all that is said of the failure; `text`: what stands for the reason where none of the known ones is in it. */
export function howItEnded(words: string, text = words): { readonly saying: Saying; readonly reason: string } {
  const [, saying, reason] = REASONS.find(([pattern]) => pattern.test(words)) ?? [/$/, 'failed' as const, text.slice(0, 120)];
  return { saying, reason };
}

/** `http://webpod:80/x` in a command. */
const URL_WORD = /^(?:(https?):\/\/)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/i;

/** The first URL after `tool` in a command. `withWord`: options that take a word. */
export function urlIn(command: string, tool: RegExp, withWord: RegExp): WitnessEnd {
  const start = tool.exec(command);
  if (start === null) return NO_END;
  const words = command.slice(start.index + start[0].length).split(/\s+/);
  for (let i = 0; i < words.length; i++) {
    const word = words[i].replace(/^['"]|['"]$/g, '');
    if (/^[|;&>]/.test(word)) break;
    if (withWord.test(word) && word !== '--url') i++;
    else if (!word.startsWith('-')) {
      const url = URL_WORD.exec(word);
      if (url === null) continue;
      const port = url[3] === undefined ? (url[1]?.toLowerCase() === 'https' ? 443 : 80) : portOf(url[3]);
      return { ...endOf(url[2]), port };
    }
  }
  return NO_END;
}
