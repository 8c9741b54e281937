// A YAML or JSON text checked against a shape. Every problem is reported with its place in the text and what to write instead.

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
import type { z } from 'zod';
import { nearest } from '../bytes/nearest.js';
import { safeText } from '../bytes/text.js';

export interface SourceText {
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
/** Problems whose places are looked up, so that the first ones can be told in the order of the lines. */
const MAX_FOUND = 1000;
/** The parser makes more than a kilobyte of a mark, so this is some 100 MB and a second; a pod on a line of its own takes nine. */
const MAX_MARKS = 80_000;
/** Texts in quotes are put together letter by letter. */
const MAX_YAML = 4 << 20;
/** Deeper than any file that is written by hand; an anchor that holds itself is deeper than all. */
const MAX_DEPTH = 200;

export type Path = readonly PropertyKey[];

/** Where something stands: `file:line:column`, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export class Problems {
  readonly #found: { readonly place: Place; readonly text: string }[] = [];

  /** What has been reported: one place may be looked at for each of several values. */
  readonly #told = new Set<string>();

  #more = 0;

  add(place: Place, text: string): void {
    const told = `${place.file}:${place.line}:${place.column}:${text}`;
    if (this.#told.has(told)) return;
    if (!this.full) this.#told.add(told);
    if (this.full) this.#more++;
    else this.#found.push({ place, text });
  }

  /** Enough is known: finding the place of another one would be in vain. */
  get full(): boolean {
    return this.#found.length >= MAX_FOUND;
  }

  /** Counts problems beyond those. */
  skip(count: number): void {
    this.#more += count;
  }

  get any(): boolean {
    return this.#found.length > 0;
  }

  /** Of one file, in the order of its lines; not more than can be read. */
  of(file: string): readonly { readonly place: Place; readonly text: string }[] {
    return this.#sorted()
      .filter(({ place }) => place.file === file)
      .slice(0, MAX_PROBLEMS);
  }

  /** All that was found, one line each, in the order of the files and their lines. */
  text(): string {
    const lines = this.#sorted()
      .slice(0, MAX_PROBLEMS)
      .map(({ place, text }) => safeText(`${show(place)}: ${text}`));
    const more = this.#found.length - lines.length + this.#more;
    if (more > 0) lines.push(`and ${more} more problems; correct these first`);
    return lines.join('\n');
  }

  #sorted(): readonly { readonly place: Place; readonly text: string }[] {
    const files = [...new Set(this.#found.map(({ place }) => place.file))];
    const order = ({ place: p }: { readonly place: Place }) => [files.indexOf(p.file), p.line, p.column];
    return this.#found.sort((x, y) => {
      const [a, b] = [order(x), order(y)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
  }
}

export const show = (place: Place): string => `${place.file}:${place.line}:${place.column}`;

/** What a text is held against. */
export interface Kind<T> {
  readonly shape: z.ZodType<T>;
  /** For messages: `a topology`. */
  readonly what: string;
  /** Changes the plain data before it is checked. */
  readonly prepare?: (plain: unknown, tell: (path: Path, text: string) => void) => unknown;
}

/** One file: its checked content, and where in its text each part stands. */
export class Checked<T> {
  /** The text as plain data; undefined when it is not YAML. Not checked: use `file`. */
  readonly plain: unknown;
  /** Null when the text has problems of its own. */
  readonly file: T | null = null;
  readonly #text: SourceText;
  readonly #kind: Kind<T>;
  readonly #lines = new LineCounter();
  readonly #pairsOf = new WeakMap<YAMLMap, Map<string, Pair>>();
  #document: ReturnType<typeof parseDocument> | null = null;
  #isLarge: boolean | null = null;

  constructor(text: SourceText, kind: Kind<T>, problems: Problems) {
    this.#text = text;
    this.#kind = kind;
    const plain = this.#parse(problems);
    this.plain =
      plain === undefined ? plain : (kind.prepare?.(plain, (path, what) => problems.add(this.at(path), what)) ?? plain);
    if (this.plain === undefined) return;
    const checked = kind.shape.safeParse(this.plain ?? {});
    if (checked.success) this.file = checked.data;
    else for (const issue of checked.error.issues) this.#tell(issue, [], problems);
  }

  #parse(problems: Problems): unknown {
    const { name: file, text } = this.#text;
    const start = { file, line: 1, column: 1 };
    if (text.length > MAX_CHARACTERS) {
      problems.add(start, `the file is larger than ${MAX_CHARACTERS >> 20} MB; is it ${this.#kind.what}?`);
      return undefined;
    }
    // JSON of an import may be large, and the YAML parser is slower; it is still asked when a place is to be told.
    if (/^\s*\{/.test(text)) {
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        // YAML's flow style starts with a brace too.
      }
      if (json !== undefined) return this.#shallow(json, problems);
    }
    if (takesTooMuch(text)) {
      problems.add(
        start,
        `too large for YAML: more than ${MAX_YAML >> 20} MB, or ${MAX_MARKS} keys, values and signs; write it as JSON`,
      );
      return undefined;
    }
    try {
      const document = this.#yaml();
      const broken = [...document.errors, ...document.warnings];
      for (const error of broken) problems.add(this.#place(error.pos[0]), sentence(error.message));
      const wrong = wrongKeys(document.contents);
      for (const { offset, problem } of wrong) problems.add(this.#place(offset), problem);
      if (broken.length + wrong.length > 0) return undefined;
      return this.#shallow(document.toJS({ maxAliasCount: MAX_ALIASES }), problems);
    } catch (error) {
      problems.add(start, `${sentence((error as Error).message)}; is it ${this.#kind.what}? Aliases and nesting are bounded`);
      return undefined;
    }
  }

  /** The data, unless it is nested too deeply to be walked. */
  #shallow(plain: unknown, problems: Problems): unknown {
    const place = { file: this.#text.name, line: 1, column: 1 };
    if (!isDeep(plain, MAX_DEPTH)) {
      if (!namesPrototype(plain)) return plain;
      problems.add(place, `nothing can be called '__proto__', which stands for something else in the language that reads this`);
      return undefined;
    }
    problems.add(place, `nested more than ${MAX_DEPTH} deep, or an anchor that holds itself; is it ${this.#kind.what}?`);
    return undefined;
  }

  #yaml(): ReturnType<typeof parseDocument> {
    const options = {
      lineCounter: this.#lines,
      prettyErrors: false,
      schema: 'core',
      resolveKnownTags: false,
      uniqueKeys: false,
      // `<<: *base` takes what another place says (YAML 1.1); the aliases it adds count as the others do.
      merge: true,
      logLevel: 'error',
    } as const;
    this.#document ??= parseDocument(this.#text.text, options);
    return this.#document;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#text.name, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** By key: a large map may have a problem at each. */
  #pairs(map: YAMLMap): ReadonlyMap<string, Pair> {
    let pairs = this.#pairsOf.get(map);
    if (pairs === undefined) {
      pairs = new Map();
      for (const pair of map.items) {
        const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
        if (!pairs.has(key)) pairs.set(key, pair);
      }
      this.#pairsOf.set(map, pairs);
    }
    return pairs;
  }

  /** Of the value at `path`, or of its key; of the nearest parent where the path ends early, or where the text is too large to look. */
  at(path: Path, part: 'key' | 'value' = 'value'): Place {
    this.#isLarge ??= takesTooMuch(this.#text.text);
    if (this.#isLarge) return { file: this.#text.name, line: 1, column: 1 };
    const document = this.#yaml();
    let node: unknown = document.contents;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      let next: unknown;
      if (isMap(node)) {
        const pair = this.#pairs(node).get(String(step));
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

  /** Tells what is wrong with a part that the shape of the whole leaves open. `shape`: that of the part at `path`. */
  check<P>(shape: z.ZodType<P>, part: unknown, path: Path, problems: Problems): void {
    const checked = shape.safeParse(part);
    if (!checked.success) for (const issue of checked.error.issues) this.#tell(issue, path, problems, { shape, path });
  }

  #tell(issue: z.core.$ZodIssue, parents: Path, problems: Problems, within?: { shape: z.ZodType; path: Path }): void {
    if (problems.full) {
      problems.skip(1);
      return;
    }
    const path = [...parents, ...issue.path];
    const where = path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      const valid = within === undefined ? keysAt(this.#kind.shape, path) : keysAt(within.shape, path.slice(within.path.length));
      for (const key of issue.keys.slice(0, MAX_FOUND))
        problems.add(this.at([...path, key], 'key'), `unknown key '${key}'${where && ` in ${where}`}; ${suggest(key, valid)}`);
      problems.skip(Math.max(0, issue.keys.length - MAX_FOUND));
      return;
    }
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
      for (const inner of issue.issues) problems.add(this.at(path, 'key'), inner.message);
      return;
    }
    if (issue.code === 'invalid_union') {
      // The alternative that was meant is the one that fails further inside.
      const meant = issue.errors.find((issues) =>
        issues.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
      );
      if (meant !== undefined) {
        for (const inner of meant) this.#tell(inner, path, problems, within);
        return;
      }
    }
    problems.add(this.at(path), `${where && `${where}: `}${wording(issue)}`);
  }
}

/** Signs that the parser makes an object of, wherever they stand. */
const SIGNS: readonly boolean[] = Array.from({ length: 128 }, (_, c) => '\n,[]{}"\'!&*%'.includes(String.fromCharCode(c)));
/** Signs that it takes for one only before white space or another sign: addresses and names are full of them. */
const SIGNS_APART: readonly boolean[] = Array.from({ length: 128 }, (_, c) => ':-?'.includes(String.fromCharCode(c)));

/** Whether a text would take the YAML parser too much time and memory. */
export function takesTooMuch(text: string): boolean {
  if (text.length > MAX_YAML) return true;
  let marks = 0;
  for (let i = 0; i < text.length && marks <= MAX_MARKS; i++) {
    const c = text.charCodeAt(i);
    if (SIGNS[c] === true) marks++;
    else if (SIGNS_APART[c] === true) {
      const next = text.charCodeAt(i + 1);
      // NaN at the end.
      if (!(next > 0x20) || SIGNS[next] === true) marks++;
    }
  }
  return marks > MAX_MARKS;
}

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  for (const key in value) if (isDeep((value as Record<string, unknown>)[key], left - 1)) return true;
  return false;
}

/** The checks of shapes pass such a key over without a word. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
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

/** Keys the shape allows at `path`, for suggestions. */
function keysAt(root: unknown, path: Path): string[] {
  let shapes = alternatives(root);
  for (const step of path)
    shapes = shapes.flatMap((s) => {
      if ('shape' in s) return alternatives((s.shape as Record<string, unknown>)[String(step)]);
      return 'valueType' in s ? alternatives(s.valueType) : 'element' in s ? alternatives(s.element) : [];
    });
  return [...new Set(shapes.flatMap((s) => ('shape' in s ? Object.keys(s.shape as object) : [])))];
}

/** A shape without its wrappers, or all that a union allows. */
function alternatives(shape: unknown): Record<string, unknown>[] {
  const s = unwrap(shape);
  // An enum has options too: texts.
  return Array.isArray(s.options) && typeof s.options[0] === 'object' ? s.options.flatMap(alternatives) : [s];
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
  // Of several shapes the first is the plain one.
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const [first] = issue.errors.flat();
    if (first !== undefined) return wording(first);
  }
  if (issue.code === 'invalid_value') return `this must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_big') return `this must be at most ${issue.maximum}`;
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return `this must be at least ${issue.minimum}`;
  return issue.message;
}

/** What may have been meant; `otherwise` where there is nothing to choose from. */
export function suggest(word: string, valid: readonly string[], otherwise = 'leave it out'): string {
  const best = nearest(word, valid);
  if (best !== null) return `did you mean '${best}'?`;
  if (valid.length === 0) return otherwise;
  return `one of ${valid.slice(0, 12).join(', ')}${valid.length > 12 ? ', ...' : ''}`;
}

function sentence(message: string): string {
  const text = message.replace(/\s+/g, ' ').replace(/[.:]$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
