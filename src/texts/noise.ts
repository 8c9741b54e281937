// What stands around packets in a paste: prompts, what tcpdump says of itself, what terminals add.
import { namedPrompt } from '../bytes/prompt.js';

/** What a line of tcpdump's own tells. */
export interface Banner {
  /** A run of tcpdump begins here. */
  readonly starts?: boolean;
  readonly device?: string;
  readonly linkType?: string;
  readonly received?: number;
  readonly dropped?: number;
  /** Read back from a file: names of interfaces are those of the machine that read it. */
  readonly fromFile?: boolean;
}

export function banner(line: string): Banner | null {
  if (line.length > 400) return null;
  let m = /^(?:tcpdump: )?listening on ([^\s,]+), link-type (\w+)/.exec(line);
  if (m !== null) return { starts: true, device: m[1], linkType: m[2] };
  m = /^reading from (?:file )?.*, link-type (\w+)/.exec(line);
  if (m !== null) return { starts: true, linkType: m[1], fromFile: true };
  m = /^tcpdump: data link type (\w+)/.exec(line);
  if (m !== null) return { linkType: m[1] };
  m = /^(\d{1,15}) packets? (captured|received by filter|dropped by (?:kernel|interface))/.exec(line);
  if (m !== null)
    return m[2] === 'captured' ? {} : m[2] === 'received by filter' ? { received: Number(m[1]) } : { dropped: Number(m[1]) };
  if (line.startsWith('Warning: interface names might be incorrect')) return { fromFile: true };
  // The terminal broke the line before.
  if (line === 'bytes' || /^(?:snapshot )?length \d+ bytes$/.test(line) || /^full protocol decode$/.test(line)) return {};
  return /^(?:tcpdump: |dropped privs to |Warning: )/.test(line) ? {} : null;
}

/** Lines that say nothing of packets. */
export const isNoise = (line: string): boolean =>
  /^(?:\^C|```|~~~|#|\.\.\.$|<\/?(?:pre|code|details|summary)|Defaulted container |command terminated with exit code |Connection to \S+ closed|Got \d+$|-{3,}$|={3,}$|\[\d+\][+-]? +(?:\d+$|Exit|Done|Running|Stopped|Killed|Terminated))/.test(
    line,
  );

/** `root@w1:~# `, `[root@w1 ~]$ `, `w1:~$ `. */
const USER_HOST =
  /^(?:[^\s@]{0,40}[\s)\]|])?\[?[\w.-]{1,64}@([A-Za-z0-9][\w.-]{0,64})(?::| )[^\s#$%>]{0,100}\]?\s?[#$%\u276f\u279c>](?:\s+(.*))?$/;
const HOST = /^([A-Za-z][\w.-]{0,64}):[~/][^\s#$%>]{0,100}\s?[#$%](?:\s+(.*))?$/;
/** Also `➜  ~ `, read as characters or as bytes. */
const BARE =
  /^(?:(?:ba|a|z)?sh-[\d.]+[#$]|[~/][\w./-]{0,60} [#$]|(?:\u279c|\u276f|\xe2\x9e\x9c|\xe2\x9d\xaf) {1,2}(?:[~\w./-]+(?: git:\([^)]*\))?)?|\$)(?:\s+(.*))?$/;
/** `PS C:\Users\me> kubectl ...`, `C:\Users\me>kubectl ...`. */
const WINDOWS = /^(?:PS )?[A-Z]:\\[^<>|"]{0,120}>\s*(.*)$/;
/** `on node w1:`, `# node w1`, `node: w1`; `>> node : w1 <<`, `=== w1 ===`. */
const NAMED =
  /^(?:[#*=]{1,8}\s*)?(?:on\s+)?(?:node|host|machine|vm|server|router)(?:\s*[:=]\s*|\s+)([A-Za-z0-9][\w.-]{0,64})\s*:?\s*$/i;
const MARKED =
  /^(?:>{1,5}|={2,20}|-{2,20}|#{1,20}|\*{2,20})\s*(?:(?:node|host|machine|vm|server|router)s?\s*[:=]?\s*)?([A-Za-z][\w.-]{0,64})\s*(?:<{1,5}|={2,20}|-{2,20}|#{1,20}|\*{2,20})$/;

export interface Prompt {
  /** The machine; null where the prompt does not name one. */
  readonly node: string | null;
  /** tcpdump was started, and its capture filter. */
  readonly runs: boolean;
  readonly filter: string | null;
  /** The interface that it was started on (-i). */
  readonly device: string | null;
  /** What was typed after it; ''. */
  readonly command: string;
  /** It names a user or a folder, too: nothing else looks so. */
  readonly isSure: boolean;
}

export function promptOf(line: string): Prompt | null {
  if (line.length > 400) return null;
  const named = USER_HOST.exec(line) ?? HOST.exec(line);
  if (named !== null) return { node: short(named[1]), isSure: true, ...started(named[2] ?? '') };
  const bare = BARE.exec(line) ?? WINDOWS.exec(line);
  if (bare !== null) return { node: null, isSure: false, ...started(bare[1] ?? '') };
  const alone = namedPrompt(line);
  if (alone !== null) return { node: short(alone.host), isSure: false, ...started(alone.command) };
  const heading = NAMED.exec(line) ?? MARKED.exec(line);
  return heading === null ? null : { node: short(heading[1]), isSure: false, ...started('') };
}

const started = (command: string): Pick<Prompt, 'runs' | 'filter' | 'device' | 'command'> => ({
  command,
  runs: /(?:^|[\s/])tcpdump\b/.test(command),
  ...asked(command),
});

const short = (host: string): string => (/^[\d.]+$/.test(host) ? host : host.split('.')[0]);

/** Options of tcpdump(8) that take a word. */
const WITH_WORD = new Set([...'BcCEFGijkmMrQsTVwWyzZ']);

/** The filter expression in a command that runs tcpdump; null where there is none. */
export const filterOf = (command: string): string | null => asked(command).filter;

/** What a command that runs tcpdump asks for. */
function asked(command: string): { filter: string | null; device: string | null } {
  const start = /(?:^|[\s/])tcpdump\s+/.exec(command);
  if (start === null) return { filter: null, device: null };
  const words = command.slice(start.index + start[0].length).split(/\s+/);
  const filter: string[] = [];
  let device: string | null = null;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^[|;&>]|^2>/.test(word)) break;
    if (word.startsWith('--')) {
      device = /^--interface=(.+)/.exec(word)?.[1] ?? device;
      continue;
    }
    if (/^-[^-]/.test(word)) {
      // The last letter may want a word: -ni any, -i eth0, -ieth0.
      const letter = [...word.slice(1)].findIndex((one) => WITH_WORD.has(one));
      const isLast = letter === word.length - 2;
      if (word[letter + 1] === 'i' && letter >= 0) device = isLast ? (words[i + 1] ?? null) : word.slice(letter + 2);
      if (isLast) i++;
      continue;
    }
    if (word !== '') filter.push(word);
  }
  const text = filter.join(' ').replace(/^['"]|['"]$/g, '');
  return {
    filter: text === '' ? null : text.slice(0, 400),
    device: device === null ? null : (/^[\w.@:-]{1,32}$/.exec(device)?.[0] ?? null),
  };
}
