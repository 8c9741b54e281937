// YAML or JSON text into a Topology. All problems of all files are told at once, each with its place and what to write.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml';
import type { z } from 'zod';
import { parseMac } from '../bytes/parse.js';
import { macNumber } from '../bytes/show.js';
import { safeText } from '../bytes/text.js';
import { TopologyError } from '../errors.js';
import { Ip, Prefix } from './ip.js';
import { Topology } from './model.js';
import { type TopologyFile, topologyShape } from './schema.js';

export interface TopologyText {
  /** Path, as it is shown in messages. */
  readonly name: string;
  readonly text: string;
}

/** A file of 5000 nodes and 100 000 pods is some 10 MB. */
const MAX_CHARACTERS = 64 << 20;
/** Aliases multiply what they point to ("billion laughs"); the yaml package counts what they expand to. */
const MAX_ALIASES = 1000;
/** Beyond these a file is not mistyped but of another kind. */
const MAX_PROBLEMS = 50;

type Path = readonly PropertyKey[];

/** Reads and joins topology files; later ones add. Throws one TopologyError with all problems, one line each. */
export function readTopology(texts: readonly TopologyText[]): Topology {
  const problems = new Problems();
  const sources = texts.map((text) => new Source(text, problems));
  const joined = join(sources, problems);
  checkReferences(sources, problems);
  problems.throwIfAny();
  return new Topology(joined);
}

/** Where something stands: `file:line:column`, from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

class Problems {
  readonly #found: { readonly place: Place; readonly text: string }[] = [];

  add(place: Place, text: string): void {
    this.#found.push({ place, text });
  }

  /** In the order of the files and their lines. */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const files = [...new Set(this.#found.map(({ place }) => place.file))];
    const order = ({ place: p }: { readonly place: Place }) => [files.indexOf(p.file), p.line, p.column];
    this.#found.sort((x, y) => {
      const [a, b] = [order(x), order(y)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
    const lines = this.#found.slice(0, MAX_PROBLEMS).map(({ place, text }) => safeText(`${show(place)}: ${text}`));
    const more = this.#found.length - lines.length;
    if (more > 0) lines.push(`and ${more} more problems; correct these first`);
    throw new TopologyError(lines.join('\n'));
  }
}

const show = (place: Place): string => `${place.file}:${place.line}:${place.column}`;

/** One file: its checked content, and where in its text each part stands. */
class Source {
  /** The text as plain data; undefined when it is not YAML. Not checked: use `file`. */
  readonly plain: unknown;
  /** Null when the text has problems of its own. */
  readonly file: TopologyFile | null = null;
  readonly #text: TopologyText;
  readonly #lines = new LineCounter();
  #document: ReturnType<typeof parseDocument> | null = null;

  constructor(text: TopologyText, problems: Problems) {
    this.#text = text;
    this.plain = this.#parse(problems);
    if (this.plain === undefined) return;
    const checked = topologyShape.safeParse(this.plain ?? {});
    if (checked.success) this.file = checked.data;
    else for (const issue of checked.error.issues) this.#tell(issue, [], problems);
  }

  #parse(problems: Problems): unknown {
    const { name: file, text } = this.#text;
    const start = { file, line: 1, column: 1 };
    if (text.length > MAX_CHARACTERS) {
      problems.add(start, `the file is larger than ${MAX_CHARACTERS >> 20} MB; is it a topology?`);
      return undefined;
    }
    // JSON of an import may be large, and the YAML parser is slower; it is still asked when a place is to be told.
    if (/^\s*\{/.test(text)) {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        // YAML's flow style starts with a brace too.
      }
    }
    try {
      const document = this.#yaml();
      const broken = [...document.errors, ...document.warnings];
      for (const error of broken) problems.add(this.#place(error.pos[0]), sentence(error.message));
      const wrong = wrongKeys(document.contents);
      for (const { offset, problem } of wrong) problems.add(this.#place(offset), problem);
      return broken.length + wrong.length > 0 ? undefined : (document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown);
    } catch (error) {
      problems.add(start, `${sentence((error as Error).message)}; is it a topology? Aliases and nesting are bounded`);
      return undefined;
    }
  }

  #yaml(): ReturnType<typeof parseDocument> {
    const options = {
      lineCounter: this.#lines,
      prettyErrors: false,
      schema: 'core',
      resolveKnownTags: false,
      uniqueKeys: false,
      logLevel: 'error',
    } as const;
    this.#document ??= parseDocument(this.#text.text, options);
    return this.#document;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#text.name, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Of the value at `path`, or of its key; of the nearest parent where the path ends early. */
  at(path: Path, part: 'key' | 'value' = 'value'): Place {
    const document = this.#yaml();
    let node: unknown = document.contents;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
        if (pair === undefined) break;
        const wantsKey = part === 'key' && depth === path.length - 1;
        next = pair.value;
        offset = ((wantsKey ? pair.key : (pair.value ?? pair.key)) as YamlNode).range?.[0] ?? offset;
      } else if (isSeq(node)) {
        next = node.items[Number(step)];
        offset = (next as YamlNode | undefined)?.range?.[0] ?? offset;
      } else break;
      node = next;
    }
    return this.#place(offset);
  }

  #tell(issue: z.core.$ZodIssue, parents: Path, problems: Problems): void {
    const path = [...parents, ...issue.path];
    const where = path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      const valid = keysAt(path);
      for (const key of issue.keys)
        problems.add(this.at([...path, key], 'key'), `unknown key '${key}'${where && ` in ${where}`}; ${suggest(key, valid)}`);
      return;
    }
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
      for (const inner of issue.issues) problems.add(this.at(path, 'key'), inner.message);
      return;
    }
    if (issue.code === 'invalid_union') {
      // The alternative that was meant is the one that fails further inside.
      const meant = issue.errors.find((issues) => issues.some((inner) => inner.path.length > 0));
      if (meant !== undefined) {
        for (const inner of meant) this.#tell(inner, path, problems);
        return;
      }
    }
    problems.add(this.at(path), `${where && `${where}: `}${wording(issue)}`);
  }
}

/** The parser's own check compares every key with every other, which takes minutes for a map of 100 000 pods. */
function wrongKeys(node: unknown, found: { offset: number; problem: string }[] = []): { offset: number; problem: string }[] {
  if (isSeq(node)) for (const item of node.items) wrongKeys(item, found);
  if (!isMap(node)) return found;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const offset = (key as YamlNode | null)?.range?.[0] ?? 0;
    if (!isScalar(key)) found.push({ offset, problem: 'a key must be a name; a list or a mapping stands here' });
    else {
      const name = String(key.value);
      if (seen.has(name)) found.push({ offset, problem: `the key '${name}' stands here a second time; join the two` });
      seen.add(name);
    }
    wrongKeys(value, found);
  }
  return found;
}

/** Adds the files up. What two of them say differently about one thing is a problem that names both places. */
function join(sources: readonly Source[], problems: Problems): TopologyFile {
  const joined: TopologyFile = {};
  const said = new Map<string, Source>();
  // Sets what was not said before; tells when it was said otherwise.
  const put = <T extends object, K extends keyof T & string>(
    into: T,
    key: K,
    value: T[K] | undefined,
    path: Path,
    source: Source,
  ) => {
    if (value === undefined) return;
    const known = into[key];
    const id = JSON.stringify(path);
    if (known === undefined || known === null) {
      into[key] = value;
      said.set(id, source);
    } else if (JSON.stringify(known) !== JSON.stringify(value))
      problems.add(
        source.at(path),
        `${path.map(String).join('.')} is ${JSON.stringify(value)} here and ${JSON.stringify(known)} at ${show((said.get(id) as Source).at(path))}; correct one of them`,
      );
  };
  for (const source of sources) {
    const file = source.file ?? {};
    for (const [name, node] of Object.entries(file.nodes ?? {})) {
      joined.nodes ??= {};
      const into = own(joined.nodes, name) ?? {};
      define(joined.nodes, name, into);
      for (const [dev, i] of Object.entries(node.interfaces ?? {})) {
        into.interfaces ??= {};
        const known = own(into.interfaces, dev) ?? {};
        define(into.interfaces, dev, known);
        const path = ['nodes', name, 'interfaces', dev];
        put(known, 'index', i.index, [...path, 'index'], source);
        put(known, 'mac', i.mac === undefined ? undefined : macNumber(parseMac(i.mac) as number), [...path, 'mac'], source);
        put(known, 'mtu', i.mtu, [...path, 'mtu'], source);
        if (i.addresses !== undefined) known.addresses = union(known.addresses, i.addresses);
      }
      if (node.addresses !== undefined) into.addresses = union(into.addresses, node.addresses);
      if (node.podCIDRs !== undefined) into.podCIDRs = union(into.podCIDRs, node.podCIDRs);
      if (node.routes !== undefined) into.routes = [...listOf(into.routes), ...listOf(node.routes)];
    }
    // One address may be written in several ways.
    for (const [text, pod] of Object.entries(file.pods ?? {})) {
      joined.pods ??= {};
      const ip = String(Ip.parse(text));
      const known = own(joined.pods, ip) ?? {};
      define(joined.pods, ip, known);
      for (const key of ['name', 'node', 'identity'] as const) put(known, key, pod[key], ['pods', text, key], source);
    }
    for (const [text, address] of Object.entries(file.addresses ?? {})) {
      joined.addresses ??= {};
      const ip = String(Ip.parse(text));
      const known = own(joined.addresses, ip) ?? {};
      define(joined.addresses, ip, known);
      for (const key of ['owner', 'service', 'mac'] as const) put(known, key, address[key], ['addresses', text, key], source);
      if (address.backends !== undefined) known.backends = union(known.backends, address.backends);
    }
    for (const [id, name] of Object.entries(file.identities ?? {})) {
      joined.identities ??= {};
      put(joined.identities, id, name, ['identities', id], source);
    }
    if (file.tunnel !== undefined) {
      joined.tunnel ??= {} as NonNullable<TopologyFile['tunnel']>;
      for (const key of ['type', 'port', 'vni', 'device', 'mtu'] as const)
        put(joined.tunnel, key, file.tunnel[key], ['tunnel', key], source);
    }
    if (file.masquerade !== undefined) {
      joined.masquerade = { ...joined.masquerade, inside: union(joined.masquerade?.inside, file.masquerade.inside) };
      if (file.masquerade.except !== undefined)
        joined.masquerade.except = union(joined.masquerade.except, file.masquerade.except);
    }
  }
  return joined;
}

/** Names that must exist, and pod CIDRs that must have one owner; over all files, also those with other problems. */
function checkReferences(sources: readonly Source[], problems: Problems): void {
  const nodes = new Set(sources.flatMap((source) => entries(source.plain, 'nodes').map(([name]) => name)));
  const cidrs = new Map<string, string>();
  for (const source of sources) {
    const mustExist = (node: unknown, path: Path) => {
      if (typeof node === 'string' && !nodes.has(node))
        problems.add(source.at(path), `no node is called '${node}'; ${suggest(node, [...nodes])}`);
    };
    for (const [ip, pod] of entries(source.plain, 'pods')) mustExist(member(pod, 'node'), ['pods', ip, 'node']);
    for (const [ip, address] of entries(source.plain, 'addresses')) {
      const owner = member(address, 'owner');
      if (Array.isArray(owner)) for (const [i, node] of owner.entries()) mustExist(node, ['addresses', ip, 'owner', i]);
      else mustExist(owner, ['addresses', ip, 'owner']);
    }
    for (const [name, node] of entries(source.plain, 'nodes')) {
      const list = member(node, 'podCIDRs');
      for (const [i, cidr] of (Array.isArray(list) ? list : []).entries()) {
        const key = Prefix.parse(String(cidr))?.key ?? '';
        const other = cidrs.get(key);
        if (other !== undefined && other !== name)
          problems.add(
            source.at(['nodes', name, 'podCIDRs', i]),
            `${cidr} is a pod CIDR of ${name} and of ${other}; it can belong to one node only`,
          );
        if (key !== '') cidrs.set(key, name);
      }
    }
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function entries(value: unknown, key: string): [string, unknown][] {
  const map = member(value, key);
  return typeof map === 'object' && map !== null ? Object.entries(map) : [];
}

/** Keys the shape allows at `path`, for suggestions. */
function keysAt(path: Path): string[] {
  let shape: unknown = topologyShape;
  for (const step of path) {
    const s = unwrap(shape);
    if ('shape' in s) shape = (s.shape as Record<string, unknown>)[String(step)];
    else if ('valueType' in s) shape = s.valueType;
    else if ('element' in s) shape = s.element;
    else return [];
  }
  const last = unwrap(shape);
  return 'shape' in last ? Object.keys(last.shape as object) : [];
}

function unwrap(shape: unknown): Record<string, unknown> {
  let s = shape as Record<string, unknown> & { unwrap?: () => unknown };
  while (typeof s?.unwrap === 'function' && !('element' in s)) s = s.unwrap() as typeof s;
  return s ?? {};
}

function wording(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    const expected: Record<string, string> = {
      record: 'a mapping',
      object: 'a mapping',
      array: 'a list',
      string: 'text',
      number: 'a number',
      int: 'a whole number',
    };
    const what = expected[issue.expected] ?? issue.expected;
    if (/received undefined/.test(issue.message)) return `${what} is missing here`;
    const hint =
      issue.expected === 'array' ? '; write it in brackets: [a, b]' : issue.expected === 'string' ? '; put it in quotes' : '';
    return `this must be ${what}${hint}`;
  }
  if (issue.code === 'invalid_value') return `this must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_big') return `this must be at most ${issue.maximum}`;
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return `this must be at least ${issue.minimum}`;
  return issue.message;
}

function suggest(word: string, valid: readonly string[]): string {
  const best = nearest(word, valid);
  if (best !== null) return `did you mean '${best}'?`;
  if (valid.length === 0) return 'name it under nodes first';
  return `one of ${valid.slice(0, 12).join(', ')}${valid.length > 12 ? ', ...' : ''}`;
}

/** The word of `valid` that differs in the fewest letters, if it is near enough to be meant. */
function nearest(word: string, valid: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of valid.slice(0, 10_000)) {
    if (Math.abs(candidate.length - word.length) >= least || candidate.length > 100) continue;
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

function sentence(message: string): string {
  const text = message.replace(/\s+/g, ' ').replace(/[.:]$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function listOf<T>(routes: string | readonly T[] | undefined): (string | T)[] {
  return routes === undefined ? [] : typeof routes === 'string' ? routes.split('\n') : [...routes];
}

function union(known: readonly string[] | undefined, more: readonly string[]): string[] {
  return [...new Set([...(known ?? []), ...more])];
}

/** Names come from the file, so `__proto__` must be a name like any other. */
function own<T>(map: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function define<T>(map: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
