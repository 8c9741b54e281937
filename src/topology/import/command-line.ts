// Where a command that was typed at a prompt really ran, and what it asked for.

/** Where something ran. `machine`: a host, a network namespace or a container of a lab; its name is the node's. */
export type Place =
  | { readonly kind: 'machine'; readonly name: string }
  | { readonly kind: 'pod'; readonly name: string; readonly namespace: string | null };

/** One program that ran, without the programs that only carried it elsewhere. */
export interface Ran {
  /** Null where nothing tells. */
  readonly place: Place | null;
  readonly words: readonly string[];
  /** First words of the programs its output went through. */
  readonly pipes: readonly string[];
}

/** What a typed line did. */
export interface Typed {
  readonly ran: readonly Ran[];
  /** A shell elsewhere was opened: the next prompts are its own. */
  readonly opened: Place | null;
  /** Places of a loop, in the order in which it visits them. */
  readonly visited: readonly string[];
}

/** What a session has defined so far. */
export class Definitions {
  /** Variables that hold the name of something on a node: `export A=$(kubectl get ... spec.nodeName=NODE ...)`. */
  readonly nodes = new Map<string, string>();
  readonly values = new Map<string, string>();
  readonly aliases = new Map<string, string>();

  /** Takes `export A=...`, `A=...` and `alias a=...`; false when the line is neither. */
  learn(line: string): boolean {
    const alias = /^alias\s+([\w.-]+)=(["']?)(.{1,500})\2\s*$/.exec(line);
    if (alias !== null) {
      if (this.aliases.size < LIMIT) this.aliases.set(alias[1], alias[3]);
      return true;
    }
    const set = /^(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=(.{0,1000})$/.exec(line);
    if (set === null || (/^[^\s"'$`(]*\s+\S/.test(set[2]) && !line.startsWith('export'))) return false;
    const node = /spec\.nodeName=["']?([\w.-]+)/.exec(set[2]);
    if (this.nodes.size + this.values.size > LIMIT) return true;
    if (node !== null) this.nodes.set(set[1], this.#expand(node[1]));
    else if (!/[$`(]/.test(set[2])) this.values.set(set[1], set[2].replace(/^(["'])(.*)\1$/, '$2'));
    return true;
  }

  #expand(text: string): string {
    return text.replace(/\$\{?(\w+)\}?/g, (all, name: string) => this.values.get(name) ?? all);
  }

  /** The line with the variables whose values are known. */
  expand(line: string): string {
    return line.includes('$') ? this.#expand(line) : line;
  }
}

const LIMIT = 200;
const MAX_ITEMS = 64;
const MAX_DEPTH = 8;

const machine = (name: string): Place => ({ kind: 'machine', name });

/** Reads a typed line. `at`: where its prompt stood. */
export function readCommand(line: string, at: Place | null, known: Definitions): Typed {
  const out = { ran: [] as Ran[], opened: null as Place | null, visited: [] as string[] };
  if (line.length <= 4000) run(known.expand(line), at, known, out, 0);
  return out;
}

type Out = { ran: Ran[]; opened: Place | null; visited: string[] };

function run(line: string, at: Place | null, known: Definitions, out: Out, depth: number): void {
  if (depth > MAX_DEPTH) return;
  const loop = /(?:^|[;&]\s*)for\s+(\w+)\s+in\s+([^;]{1,1000});\s*do\b([\s\S]*?)(?:;|\n)\s*done\b/.exec(line);
  if (loop !== null) {
    const before = line.slice(0, loop.index).trim();
    if (before !== '') run(before, at, known, out, depth + 1);
    for (const item of itemsOf(loop[2])) {
      const body = loop[3].replace(new RegExp(`\\$\\{${loop[1]}\\}|\\$${loop[1]}(?!\\w)`, 'g'), () => item);
      const from = out.ran.length;
      run(body, at, known, out, depth + 1);
      out.opened = null;
      for (const { place } of out.ran.slice(from))
        if (place?.kind === 'machine' && !out.visited.includes(place.name)) out.visited.push(place.name);
    }
    const after = line
      .slice(loop.index + loop[0].length)
      .replace(/^\s*(?:;|&&|\|\|)/, '')
      .trim();
    if (after !== '') run(after, at, known, out, depth + 1);
    return;
  }
  for (const pipeline of pipelines(line)) {
    const [first, ...rest] = pipeline;
    if (first === undefined || first.length === 0) continue;
    simple(
      first,
      at,
      known,
      out,
      rest.map((words) => bare(words[0] ?? '')),
      depth,
    );
  }
}

/** `a b c`, `{1..3}`, `$(seq 1 3)`, `k8s-w{1..2}`. */
function itemsOf(text: string): string[] {
  const items: string[] = [];
  for (const word of tokens(
    text.replace(/\$\(\s*seq\s+(?:(\d{1,3})\s+)?(\d{1,3})\s*\)/g, (_, from = '1', to = '1') => `{${from}..${to}}`),
  )) {
    if (word.operator || items.length >= MAX_ITEMS) continue;
    const range = /^(.*)\{(\d{1,3})\.\.(\d{1,3})\}(.*)$/.exec(word.text);
    const list = /^(.*)\{([^{}]+,[^{}]*)\}(.*)$/.exec(word.text);
    if (range !== null) {
      for (let i = Number(range[2]); i <= Number(range[3]) && items.length < MAX_ITEMS; i++)
        items.push(`${range[1]}${i}${range[4]}`);
    } else if (list !== null) for (const part of list[2].split(',')) items.push(`${list[1]}${part}${list[3]}`);
    else items.push(word.text);
  }
  return items.slice(0, MAX_ITEMS);
}

/** Words of a shell line; quotes are taken off, operators stand alone. */
function tokens(line: string): { text: string; operator: boolean }[] {
  const found: { text: string; operator: boolean }[] = [];
  let word: string | null = null;
  const flush = () => {
    if (word !== null) found.push({ text: word, operator: false });
    word = null;
  };
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === "'" || c === '"') {
      const end = closing(line, i);
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (c === '$' && line[i + 1] === '(') {
      let depth = 0;
      const from = i;
      for (; i < line.length; i++)
        if (line[i] === '(') depth++;
        else if (line[i] === ')' && --depth === 0) break;
      word = (word ?? '') + line.slice(from, i + 1);
    } else if (c === '\\' && i + 1 < line.length) word = (word ?? '') + line[++i];
    else if (/\s/.test(c)) {
      flush();
      if (c === '\n') found.push({ text: ';', operator: true });
    } else if (c === '#' && word === null) break;
    else if (c === ';' || c === '|' || c === '&') {
      flush();
      const twice = line[i + 1] === c && c !== ';';
      if (twice) i++;
      // `2>&1` and `&>` are no operators.
      if (c === '&' && !twice && (/>$/.test(line.slice(0, i)) || line[i + 1] === '>')) continue;
      found.push({ text: twice ? c + c : c, operator: true });
    } else word = (word ?? '') + c;
  }
  flush();
  return found;
}

function closing(line: string, at: number): number {
  const quote = line[at];
  for (let i = at + 1; i < line.length; i++)
    if (line[i] === '\\' && quote === '"') i++;
    else if (line[i] === quote) return i;
  return line.length;
}

/** Commands of a line, each with what it is piped through; redirections are taken off. */
function pipelines(line: string): string[][][] {
  const all: string[][][] = [[[]]];
  for (const { text, operator } of tokens(line)) {
    const last = all[all.length - 1];
    if (!operator) last[last.length - 1].push(text);
    else if (text === '|') last.push([]);
    else all.push([[]]);
  }
  return all.map((pipeline) =>
    pipeline.map((words) => words.filter((word, i) => !/^\d?[<>]/.test(word) && !/^\d?>>?$/.test(words[i - 1] ?? ''))),
  );
}

const bare = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

/** Options of a program that take a value in the next word. */
const VALUED: Readonly<Record<string, string>> = {
  ssh: 'bcDEeFIiJLlmOopQRSWwB',
  sudo: 'ugpCDhRrTt',
  watch: 'n',
  timeout: 'ks',
  env: 'uSC',
  stdbuf: 'ioe',
  docker: 'euw',
  nsenter: '',
  sshpass: 'pfdP',
};
const LONG_VALUED =
  /^--(?:namespace|container|context|kubeconfig|cluster|user|env|workdir|node|profile|interval|kill-after|signal|tail|image|selector|field-selector|zone|project)$/;

/** Index of the first word that is no option of `program`. */
function afterOptions(words: readonly string[], from: number, program: string): number {
  const valued = VALUED[program] ?? '';
  let i = from;
  for (; i < words.length; i++) {
    const word = words[i];
    if (word === '--') return i + 1;
    if (!word.startsWith('-') || word === '-') break;
    if (word.startsWith('--')) {
      if (LONG_VALUED.test(word)) i++;
    } else if (valued.includes(word[word.length - 1]) && /^-[A-Za-z]+$/.test(word)) i++;
  }
  return i;
}

/** One command: carriers are taken off until the program itself is left. */
function simple(
  all: readonly string[],
  start: Place | null,
  known: Definitions,
  out: Out,
  pipes: readonly string[],
  depth: number,
): void {
  let words = all;
  let at = start;
  for (let turns = 0; turns < 16 && words.length > 0; turns++) {
    const first = words[0];
    const program = bare(first);
    const alias = known.aliases.get(first);
    const go = (rest: readonly string[], place: Place | null): boolean => {
      if (rest.length === 0) {
        out.opened = place;
        return false;
      }
      words = rest;
      at = place;
      return true;
    };
    if (alias !== undefined && turns < 4 && depth < MAX_DEPTH) {
      const before = out.ran.length;
      const args = words.slice(1).map((word) => (/[\s;|&]/.test(word) ? `'${word}'` : word));
      run(known.expand([alias, ...args].join(' ')), at, new DefinitionsWithout(known, first), out, depth + 1);
      if (pipes.length > 0)
        for (let i = before; i < out.ran.length; i++) out.ran[i] = { ...out.ran[i], pipes: [...out.ran[i].pipes, ...pipes] };
      return;
    }
    if (/^[A-Za-z_]\w*=/.test(first)) {
      words = words.slice(1);
      continue;
    }
    switch (program) {
      case 'sudo':
      case 'doas': {
        const i = afterOptions(words, 1, 'sudo');
        if (i >= words.length) return;
        words = words.slice(i);
        continue;
      }
      case 'time':
      case 'nohup':
      case 'command':
      case 'exec':
      case 'do':
      case 'then':
      case '{':
      case '(':
        words = words.slice(1);
        continue;
      case 'watch':
      case 'env':
      case 'stdbuf':
        words = words.slice(afterOptions(words, 1, program));
        if (program === 'watch' && words.length === 1) words = tokens(words[0]).map(({ text }) => text);
        continue;
      case 'timeout':
        words = words.slice(afterOptions(words, 1, program) + 1);
        continue;
      case 'chroot':
        if (!go(words.slice(2), at)) return;
        continue;
      case 'sshpass':
        words = words.slice(afterOptions(words, 1, program));
        continue;
      case 'ssh': {
        const i = afterOptions(words, 1, 'ssh');
        if (i >= words.length) return;
        const place = machine(hostOf(words[i]));
        // Options may follow the host; what then remains is one line for the shell there.
        const rest = words.slice(afterOptions(words, i + 1, 'ssh'));
        if (rest.length === 0) out.opened = place;
        else remote(rest.join(' '), place, known, out, pipes, depth);
        return;
      }
      case 'bash':
      case 'sh':
      case 'zsh':
      case 'ash': {
        const i = words.findIndex((word, k) => k > 0 && /^-\w*c$/.test(word));
        if (i > 0 && words[i + 1] !== undefined) remote(words[i + 1], at, known, out, pipes, depth);
        else if (words.length === 1 || words.slice(1).every((word) => word.startsWith('-'))) out.opened = at;
        return;
      }
      case 'ip': {
        const netns = inNamespace(words);
        if (netns === null) break;
        if (!go(netns.rest, machine(netns.name))) return;
        continue;
      }
      case 'nsenter': {
        const named = words
          .map((word, k) => /^(?:--net|-n)(?:=?)(\/\S+)$/.exec(word)?.[1] ?? (/^--net$/.test(word) ? words[k + 1] : undefined))
          .find((v) => v?.startsWith('/'));
        const pid = words
          .map(
            (word, k) => /^(?:--target=|-t)(\d+)$/.exec(word)?.[1] ?? (/^(?:-t|--target)$/.test(word) ? words[k + 1] : undefined),
          )
          .find((v) => v !== undefined);
        let i = 1;
        while (i < words.length && words[i].startsWith('-') && words[i] !== '--')
          i += /^(?:-t|--target|-S|-G|--net)$/.test(words[i]) && !words[i + 1]?.startsWith('-') ? 2 : 1;
        if (words[i] === '--') i++;
        const place = named !== undefined ? machine(bare(named)) : pid === '1' ? at : null;
        if (!go(words.slice(i), place)) return;
        continue;
      }
      case 'kubectl':
      case 'oc':
      case 'k':
      case 'microk8s.kubectl': {
        const carried = kubectl(words, known);
        if (carried === null) break;
        if (!go(carried.rest, carried.place)) return;
        continue;
      }
      case 'microk8s':
      case 'k3s':
      case 'minikube':
        if (words[1] === 'kubectl') {
          words = words.slice(words[2] === '--' ? 2 : 1).map((word, i) => (i === 0 && word === '--' ? 'kubectl' : word));
          continue;
        }
        if (program === 'minikube' && words[1] === 'ssh') {
          const i = afterOptions(words, 2, 'ssh');
          const n = words.findIndex((word) => word === '-n' || word === '--node');
          const place = machine(n > 0 ? (words[n + 1] ?? 'minikube') : 'minikube');
          const rest = words.slice(n > 0 && i <= n + 1 ? n + 2 : i).filter((word, k) => !(k === 0 && word === '--'));
          if (rest.length === 0) out.opened = place;
          else remote(rest.join(' '), place, known, out, pipes, depth);
          return;
        }
        break;
      case 'docker':
      case 'podman':
      case 'nerdctl':
      case 'lxc':
      case 'incus':
      case 'multipass':
      case 'limactl':
      case 'colima':
      case 'orb': {
        const verb = words.findIndex((word, i) => i > 0 && /^(?:exec|shell|ssh)$/.test(word));
        if (verb < 0 || verb > 3) break;
        const i = afterOptions(words, verb + 1, 'docker');
        if (i >= words.length) return;
        const rest = words.slice(i + 1);
        if (!go(rest[0] === '--' ? rest.slice(1) : rest, machine(words[i]))) return;
        continue;
      }
      case 'vagrant': {
        if (words[1] !== 'ssh') break;
        const c = words.findIndex((word) => word === '-c' || word === '--command');
        const name =
          words.slice(2, c < 0 ? undefined : c).find((word) => !word.startsWith('-')) ??
          words.slice(c + 2).find((word) => !word.startsWith('-'));
        const place = machine(name ?? 'default');
        if (c < 0) out.opened = place;
        else remote(words[c + 1] ?? '', place, known, out, pipes, depth);
        return;
      }
      case 'su':
        out.opened = at;
        return;
    }
    out.ran.push({ place: at, words, pipes });
    return;
  }
}

/** Aliases do not expand within themselves. */
class DefinitionsWithout extends Definitions {
  constructor(all: Definitions, name: string) {
    super();
    for (const [key, value] of all.aliases) if (key !== name) this.aliases.set(key, value);
    for (const [key, value] of all.nodes) this.nodes.set(key, value);
    for (const [key, value] of all.values) this.values.set(key, value);
  }
}

function remote(line: string, place: Place | null, known: Definitions, out: Out, pipes: readonly string[], depth: number): void {
  const before = out.ran.length;
  run(line, place, known, out, depth + 1);
  if (pipes.length > 0)
    for (let i = before; i < out.ran.length; i++) out.ran[i] = { ...out.ran[i], pipes: [...out.ran[i].pipes, ...pipes] };
}

/** `user@host`, `ssh://user@host:22`, `[::1]`. */
function hostOf(word: string): string {
  const host = word.replace(/^ssh:\/\//, '').replace(/^[^@]*@/, '');
  const name = /^\[/.test(host) ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  return shortHost(name);
}

/** A host's own name without its domain; addresses stay. */
export function shortHost(name: string): string {
  return /^[\d.]+$/.test(name) || name.includes(':') ? name : name.split('.')[0];
}

/** `ip netns exec NAME ...`, and `ip -n NAME route` as `ip route` in that namespace. */
function inNamespace(words: readonly string[]): { name: string; rest: readonly string[] } | null {
  for (let i = 1; i < words.length; i++) {
    if (/^-n(?:etns)?$/.test(words[i]) && words[i + 1] !== undefined)
      return { name: words[i + 1], rest: [words[0], ...words.slice(1, i), ...words.slice(i + 2)] };
    if (words[i].startsWith('-')) continue;
    if (/^netns?$/.test(words[i]) && words[i + 1] === 'exec' && words[i + 2] !== undefined)
      return { name: words[i + 2], rest: words.slice(i + 3) };
    return null;
  }
  return null;
}

function kubectl(words: readonly string[], known: Definitions): { place: Place | null; rest: readonly string[] } | null {
  let namespace: string | null = null;
  let verb: string | null = null;
  let target: string | null = null;
  for (let i = 1; i < words.length; i++) {
    const word = words[i];
    const joined = /^(?:-n|--namespace)=?(\S+)$/.exec(word);
    if (word === '-n' || word === '--namespace') namespace = words[++i] ?? null;
    else if (joined !== null && word !== '--namespace') namespace = joined[1];
    else if (word === '-c' || LONG_VALUED.test(word)) i++;
    else if (word === '--') return placed(i + 1);
    else if (word.startsWith('-')) continue;
    else if (verb === null) {
      verb = word;
      if (!/^(?:exec|debug|node-shell|node_shell)$/.test(verb)) return null;
    } else if (target === null) {
      target = word;
      // Without `--` the command follows the pod, after further options.
      const next = words.slice(i + 1);
      if (verb === 'exec' && !next.includes('--')) {
        let k = i + 1;
        while (k < words.length && words[k].startsWith('-')) {
          if (words[k] === '-n') namespace = words[k + 1] ?? null;
          k += words[k] === '-n' || words[k] === '-c' || LONG_VALUED.test(words[k]) ? 2 : 1;
        }
        return placed(k);
      }
    }
  }
  return verb === null || target === null ? null : placed(words.length);

  function placed(rest: number): { place: Place | null; rest: readonly string[] } | null {
    if (target === null || verb === null) return null;
    const variable = /^\$\{?(\w+)\}?$/.exec(target);
    const node = variable === null ? /^node\/(\S+)/.exec(target)?.[1] : known.nodes.get(variable[1]);
    if (node !== undefined) return { place: machine(node), rest: words.slice(rest) };
    if (verb !== 'exec') return { place: machine(target), rest: words.slice(rest) };
    if (variable !== null || /^\$/.test(target)) return { place: null, rest: words.slice(rest) };
    return { place: { kind: 'pod', name: target.replace(/^pods?\//, ''), namespace }, rest: words.slice(rest) };
  }
}
