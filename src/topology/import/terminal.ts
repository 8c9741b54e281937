// A terminal's text cut at its prompts and headings: which machine each part is of, and what was asked for there.
import { namedPrompt } from '../../bytes/prompt.js';
import { Definitions, type Place, type Ran, readCommand, shortHost } from './command-line.js';
import { plainLines } from './lines.js';

/** Lines between two prompts or headings. */
export interface Section {
  /** Where the programs of the section ran when there is one place for all of them; null when nothing tells. */
  readonly place: Place | null;
  /** What ran, in order; empty for a file without prompts. */
  readonly ran: readonly Ran[];
  readonly lines: readonly string[];
  /** Number of the first line in the file, from 1. */
  readonly first: number;
  /** The section stands under a prompt or a heading, so its place is the text's own word, not the user's. */
  readonly said: boolean;
}

/** Longer lines are data: JSON on one line must not be searched for a prompt from each of its characters. */
const MAX_PROMPT = 400;

/** `root@w1:~# `, `[root@w1 ~]$ `, `(ctx) admin@w1:/etc$ `. */
const USER_HOST =
  /^(?:.{0,60}?[\s)\]|])?\[?[\w.-]+@([A-Za-z0-9][\w.-]*)(?::| )[^\s#$%>]{0,100}\]?\s?[#$%\u276f\u279c>](?:\s+(.*))?$/;
/** `w1:~$ `, `w1:/etc# `. */
const HOST = /^([A-Za-z][\w.-]*):[~/][^\s#$%>]{0,100}\s?[#$%](?:\s+(.*))?$/;
/** `sh-5.1# `, `bash-5.1$ `, `/ # `, `~ $ `, `➜  ~ `, `$ `, `└─$ `, `# ip ...`: no host. */
const BARE =
  /^(?:[\u2514\u2570][\u2500-]{0,4} ?[#$%>\u276f\u279c]|(?:ba|a|z)?sh-[\d.]+[#$]|[~/][\w./-]{0,60} [#$]|[\u279c\u276f] {1,2}(?:[~\w./-]+(?: git:\([^)]*\))?(?: [\u2717\u2714])?)?|\$)(?:\s+(.*))?$/;
/** `PS C:\Users\me> kubectl ...`, `C:\Users\me>kubectl ...`. */
const WINDOWS = /^(?:PS )?[A-Z]:\\[^<>|"]{0,120}>\s*(.*)$/;
const COMMENTED =
  /^#\s+((?:sudo\s+)?(?:ip|kubectl|ssh|sshpass|docker|bridge|sysctl|nft|iptables|iptables-save|arp|ss|conntrack|cilium|cilium-dbg|vagrant|for|tcpdump|ping|curl|nsenter|route|ifconfig)\b.*)$/;
const LEFT = /^(?:logout|exit|Connection to \S+ closed\.?)$/;
const SETTING = /^[A-Za-z][\w.-]{0,60} ?=/;
/** A name with marks on both sides: `>> node : w1 <<`, `=== w1 ===`, `[w1]`. */
const MARKED =
  /^\s*(?:>{1,5}|={2,80}|-{2,80}|#{1,80}|\*{1,80}|\[)\s*(?:(?:on\s+)?(?:node|host|machine|vm|server|router)s?\s*[:=]?\s*)?([A-Za-z0-9][\w.-]*)\s*(?::\s*([^<>=*#-].{0,200}?))?\s*(?:<{1,5}|={2,80}|-{2,80}|#{1,80}|\*{1,80}|\])\s*$/;
/** `>> pod/web-7c5c-2xkzq <<`, as `kubectl get pod -o name` calls it. */
const POD_MARKED =
  /^(?:>{1,5}|={2,80}|-{2,80}|#{1,80}|\*{1,80}|\[)?\s*pods?\/([a-z0-9][\w.-]*)\s*:?\s*(?:<{1,5}|={2,80}|-{2,80}|#{1,80}|\*{1,80}|\])?\s*$/;
/** `on node w1:`, `# node w1`, `node: w1`. */
const NAMED = /^(?:[#*=]{1,80}\s*)?(?:on\s+)?(?:node|host|machine|vm|server)(?:\s*[:=]\s*|\s+)([A-Za-z0-9][\w.-]*)\s*:?\s*$/i;
/** `# w1`, `w1:`, `==> w1 <==`: only of names that are known. */
const PLAIN = /^\s*[#>*=\-[\]\s]{0,80}([A-Za-z0-9][\w.-]*)[\s#<*=\-[\]:]{0,80}$/;

interface Shell {
  readonly place: Place | null;
  /** As its prompts call it; null for a bare one. */
  host: string | null;
}

/**
 * Cuts a text. `node`: what the user called the machine it was taken on; its own prompts may call it otherwise.
 * `known`: names of nodes that other inputs speak of, for headings without any mark. `likely`: where it was taken if no prompt says.
 */
export function sections(text: string, node: string | null, known: ReadonlySet<string>, likely: string | null = null): Section[] {
  const lines = plainLines(text);
  const home = node ?? likely;
  const here: Place | null = home === null ? null : { kind: 'machine', name: home };
  const found: Section[] = [];
  const learnt = new Definitions();
  let shells: Shell[] = [{ place: here, host: null }];
  let opened: Place | null = null;
  /** The prompt's name of the machine that the user has named. */
  let own: string | null = null;
  let open: { place: Place | null; ran: readonly Ran[]; first: number; said: boolean; from: number } = {
    place: here,
    ran: [],
    first: 1,
    said: false,
    from: 0,
  };
  let visited: readonly string[] = [];
  /** What the last command line ran, in all its turns: each heading shows one of them. */
  let typedRan: readonly Ran[] = [];
  const close = (to: number) => {
    const body = lines.slice(open.from, to);
    if (body.some((line) => line.trim() !== ''))
      found.push({ place: open.place, ran: open.ran, lines: body, first: open.first, said: open.said });
  };
  const start = (at: number, place: Place | null, ran: readonly Ran[]) => {
    open = { place, ran, first: at + 1, said: true, from: at };
  };

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.length > MAX_PROMPT || line === '') continue;
    const prompt = promptOf(line);
    if (prompt !== null) {
      close(i);
      if (prompt.host !== null && own === null && node !== null && shells.length === 1 && opened === null) own = prompt.host;
      const name = prompt.host === null ? null : shortHost(prompt.host);
      const place: Place | null =
        name === null ? null : node !== null && prompt.host === own ? { kind: 'machine', name: node } : { kind: 'machine', name };
      shells = shellsAt(shells, opened, prompt.host, place);
      opened = null;
      const at = shells[shells.length - 1].place;
      let command = prompt.command.trim();
      // Goes on below: a backslash, a quote or a loop that is still open.
      while (
        unfinished(command) &&
        i + 1 < lines.length &&
        lines[i + 1].length <= MAX_PROMPT &&
        promptOf(lines[i + 1]) === null &&
        i - open.from < 1e9
      ) {
        command = `${command.replace(/\\$/, '')}\n${lines[++i].replace(/^> ?/, '')}`;
        if (command.length > 4000) break;
      }
      visited = [];
      typedRan = [];
      if (command === '' || learnt.learn(command)) {
        start(i + 1, at, []);
        continue;
      }
      if (/^(?:exit|logout)\b/.test(command)) {
        if (shells.length > 1) shells.pop();
        start(i + 1, null, []);
        continue;
      }
      const typed = readCommand(command, at, learnt);
      opened = typed.opened;
      visited = typed.visited;
      typedRan = typed.ran;
      start(i + 1, onePlace(typed.ran), typed.ran);
      continue;
    }
    if (LEFT.test(line.trim())) {
      close(i);
      if (shells.length > 1) shells.pop();
      start(i + 1, shells[shells.length - 1].place, []);
      continue;
    }
    // `[Match]` with settings under it is a part of a configuration file, and no machine.
    const heading = line.startsWith('[') && SETTING.test(lines[i + 1] ?? '') ? null : headingOf(line, visited, known);
    if (heading !== null) {
      close(i);
      const place: Place =
        heading.pod === undefined
          ? { kind: 'machine', name: shortHost(heading.name) }
          : { kind: 'pod', name: heading.pod, namespace: null };
      const ran =
        heading.command === null
          ? typedRan.filter((one) => one.place === null || one.place.kind !== 'machine' || one.place.name === place.name)
          : readCommand(heading.command, place, learnt).ran;
      // A loop's programs for this place; without a loop the heading alone says where.
      start(i + 1, place, ran.length > 0 ? ran.map((one) => ({ ...one, place: one.place ?? place })) : []);
      open = { ...open, place };
    }
  }
  close(lines.length);
  return found;
}

function onePlace(ran: readonly Ran[]): Place | null {
  const places = ran.filter(({ words }) => !SILENT.test(words[0] ?? '')).map(({ place }) => place);
  if (places.length === 0) return ran[0]?.place ?? null;
  return places.every((place) => samePlace(place, places[0])) ? places[0] : null;
}

/** Programs that print nothing of their own, or only a heading. */
const SILENT = /^(?:echo|printf|sleep|true|cd|set|clear|done|hostname|date|export|unset|wait|:)$/;

export function samePlace(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return a === b;
  return a.kind === b.kind && a.name === b.name && (a.kind !== 'pod' || b.kind !== 'pod' || a.namespace === b.namespace);
}

/** The shells that are open once a prompt of `host` is seen. */
function shellsAt(shells: readonly Shell[], opened: Place | null, host: string | null, place: Place | null): Shell[] {
  const top = shells[shells.length - 1];
  if (opened !== null && host !== null && host === top.host) return [...shells];
  if (opened !== null) {
    // A pod's or container's prompt has an id for a name; a machine knows its own name better than who called it.
    const isAddress = opened.kind === 'machine' && place !== null && /^[\d.:]+$/.test(opened.name);
    const isContainer = host !== null && /^[0-9a-f]{12}$/.test(host);
    const into = opened.kind === 'pod' || isContainer || place === null || isAddress === false ? opened : place;
    return [...shells.slice(-8), { place: into, host }];
  }
  if (host === null) return [...shells];
  for (let i = shells.length - 1; i >= 0; i--) if (shells[i].host === host) return shells.slice(0, i + 1);
  // The shell of another machine, which nothing has announced.
  return [{ place, host }];
}

function promptOf(line: string): { host: string | null; command: string } | null {
  const named = USER_HOST.exec(line) ?? HOST.exec(line);
  if (named !== null) return { host: named[1], command: named[2] ?? '' };
  const bare = BARE.exec(line) ?? WINDOWS.exec(line) ?? COMMENTED.exec(line);
  return bare === null ? namedPrompt(line) : { host: null, command: bare[1] ?? '' };
}

function unfinished(command: string): boolean {
  if (command.endsWith('\\')) return true;
  if (/\bfor\s+\w+\s+in\b/.test(command) && !/\bdone\b/.test(command)) return true;
  return (command.replace(/\\./g, '').match(/'/g) ?? []).length % 2 === 1 && !command.includes('"');
}

function headingOf(
  line: string,
  visited: readonly string[],
  known: ReadonlySet<string>,
): { name: string; command: string | null; pod?: string } | null {
  if (line.length > 200) return null;
  const pod = POD_MARKED.exec(line);
  if (pod !== null) return { name: pod[1], command: null, pod: pod[1] };
  const marked = MARKED.exec(line);
  if (marked !== null && !/^\d+$/.test(marked[1]) && !/^\d+\.\d+\.\d+\.\d+-/.test(marked[1]))
    return { name: marked[1], command: marked[2] ?? null };
  const named = NAMED.exec(line);
  if (named !== null) return { name: named[1], command: null };
  const plain = PLAIN.exec(line);
  if (plain !== null && (visited.includes(plain[1]) || (known.has(plain[1]) && /[#>*=:[-]/.test(line))))
    return { name: plain[1], command: null };
  return null;
}
