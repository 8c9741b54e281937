// Tokens into a tree. What the names mean is not known here.
import { type Comparison, type Sign, type Token, tokens, WORDS } from './lexer.js';
import { problem, type Span, spanOf } from './problem.js';

/** Parentheses, `not`s, braces and calls inside each other. */
export const MAX_DEPTH = 200;
/** Members of one set. */
export const MAX_SET = 10_000;

/** `[start:length]`, `[start-last]` or `[start:]`; negative offsets count from the end. */
export interface Range {
  readonly start: number;
  /** null: to the end. */
  readonly length: number | null;
  /** Last offset, included; null where a length is given. */
  readonly last: number | null;
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '&';

export type Expression = Span &
  (
    | { readonly kind: 'word'; readonly text: string; readonly layers: readonly Range[] | null; readonly name: Span }
    | { readonly kind: 'string'; readonly bytes: Uint8Array; readonly raw: boolean }
    | { readonly kind: 'char'; readonly code: number }
    | { readonly kind: 'slice'; readonly of: Expression; readonly ranges: readonly Range[] }
    | { readonly kind: 'call'; readonly name: string; readonly at: Span; readonly args: readonly Expression[] }
    | { readonly kind: 'arithmetic'; readonly op: Arithmetic; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'negative'; readonly of: Expression }
  );

export interface SetMember {
  readonly low: Expression;
  /** null: `low` alone. */
  readonly high: Expression | null;
}

export type Node = Span &
  (
    | { readonly kind: 'and' | 'or' | 'xor'; readonly parts: readonly Node[] }
    | { readonly kind: 'not'; readonly of: Node }
    | { readonly kind: 'exists'; readonly of: Expression }
    | {
        readonly kind: 'compare';
        readonly op: Comparison;
        /** null: what the operator means by itself. */
        readonly quantifier: 'any' | 'all' | null;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'in';
        readonly quantifier: 'any' | 'all' | null;
        readonly left: Expression;
        readonly members: readonly SetMember[];
      }
  );

/** Throws FilterError; null for a text without a token: it matches every frame. */
export function parse(text: string): Node | null {
  const parser = new Parser(text);
  return parser.filter();
}

class Parser {
  private readonly list: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    this.list = tokens(text);
  }

  filter(): Node | null {
    if (this.list.length === 1) return null;
    const node = this.either();
    if (this.peek.type !== 'end') throw this.unexpected('the filter should end here, or go on with and / or');
    return node;
  }

  private get peek(): Token {
    return this.list[this.next]!;
  }
  private take(): Token {
    return this.list[this.next++]!;
  }
  private isSymbol(symbol: Sign): boolean {
    const t = this.peek;
    return t.type === 'symbol' && t.symbol === symbol;
  }
  private expect(symbol: Sign, hint: string): Token {
    if (!this.isSymbol(symbol)) throw this.unexpected(hint);
    return this.take();
  }

  private unexpected(hint: string): Error {
    const t = this.peek;
    if (t.type === 'end') return problem(this.text, t, 'the filter ends too early', hint);
    const word = this.text.slice(t.start, t.end);
    return problem(this.text, t, `"${clipped(word)}" is unexpected here`, lowered(word) ?? hint);
  }

  /** Runs `inside` one level deeper. */
  private nested<T>(at: Span, inside: () => T): T {
    if (++this.depth > MAX_DEPTH)
      throw problem(this.text, at, `more than ${MAX_DEPTH} levels of nesting`, 'use a set, `x in {1, 2, 3}`, for long lists');
    const result = inside();
    this.depth--;
    return result;
  }

  // or < xor < and < not
  private either = (): Node => this.chain('or', () => this.chain('xor', () => this.chain('and', this.negation)));

  private chain(op: 'and' | 'or' | 'xor', operand: () => Node): Node {
    const first = operand();
    const parts = [first];
    for (let t = this.peek; t.type === 'logic' && t.op === op; t = this.peek) {
      this.take();
      parts.push(operand());
    }
    return parts.length === 1 ? first : { kind: op, parts, ...spanOf(first, parts.at(-1)!) };
  }

  private negation = (): Node => {
    const t = this.peek;
    if (t.type === 'logic' && t.op === 'not') {
      this.take();
      const of = this.nested(t, this.negation);
      return { kind: 'not', of, ...spanOf(t, of) };
    }
    if (this.isSymbol('(')) {
      this.take();
      const inside = this.nested(t, this.either);
      this.expect(')', 'a parenthesis is not closed');
      return inside;
    }
    return this.test();
  };

  private test(): Node {
    const first = this.peek;
    let quantifier: 'any' | 'all' | null = null;
    if (first.type === 'quantifier') {
      quantifier = first.all ? 'all' : 'any';
      this.take();
    }
    const left = this.expression();
    const t = this.peek;
    if (t.type === 'compare') {
      this.take();
      const right = this.expression();
      return this.chained({ kind: 'compare', op: t.op, quantifier, left, right, ...spanOf(first, right) });
    }
    if (t.type === 'in') {
      this.take();
      return this.membership(first, quantifier, left);
    }
    if (t.type === 'logic' && t.op === 'not' && this.list[this.next + 1]?.type === 'in') {
      this.next += 2;
      const of = this.membership(first, quantifier, left);
      return { kind: 'not', of, start: of.start, end: of.end };
    }
    if (quantifier !== null) throw this.unexpected(`"${quantifier}" needs a comparison, e.g. ${quantifier} ip.ttl == 64`);
    return { kind: 'exists', of: left, start: left.start, end: left.end };
  }

  /** `1 < ip.ttl < 64` is what people write for a range; it is none here, nor in Wireshark 4.0. */
  private chained(node: Node): Node {
    if (this.peek.type === 'compare') throw this.unexpected('comparisons are joined with and, or as a range: x in {1..9}');
    return node;
  }

  private membership(first: Span, quantifier: 'any' | 'all' | null, left: Expression): Node {
    const open = this.expect('{', 'a set stands in braces, e.g. tcp.port in {80, 443, 8000..8080}');
    const members: SetMember[] = [];
    for (;;) {
      if (members.length === MAX_SET)
        throw problem(this.text, open, `more than ${MAX_SET} members in a set`, 'use ranges and prefixes');
      const low = this.sum();
      let high: Expression | null = null;
      if (this.isSymbol('..')) {
        this.take();
        high = this.sum();
      }
      members.push({ low, high });
      if (this.isSymbol('}')) break;
      // Wireshark before 4.0 set members apart by spaces; both are read.
      if (this.isSymbol(',')) this.take();
    }
    const close = this.take();
    return { kind: 'in', quantifier, left, members, ...spanOf(first, close) };
  }

  // & < + - < * / % < sign
  private expression = (): Expression => {
    let left = this.sum();
    let levels = 0;
    for (let t = this.peek; t.type === '&'; t = this.peek) {
      this.take();
      this.long(t, ++levels);
      const right = this.sum();
      left = { kind: 'arithmetic', op: '&', left, right, ...spanOf(left, right) };
    }
    return left;
  };

  private sum = (): Expression => this.leftToRight(['+', '-'], this.product);
  private product = (): Expression => this.leftToRight(['*', '/', '%'], this.signed);

  private leftToRight(symbols: readonly Sign[], operand: () => Expression): Expression {
    let left = operand();
    let levels = 0;
    for (let t = this.peek; t.type === 'symbol' && symbols.includes(t.symbol); t = this.peek) {
      this.take();
      this.long(t, ++levels);
      const right = operand();
      left = { kind: 'arithmetic', op: t.symbol as Arithmetic, left, right, ...spanOf(left, right) };
    }
    return left;
  }

  /** A long chain is as deep a tree as nested parentheses. */
  private long(at: Span, levels: number): void {
    if (levels > MAX_DEPTH) throw problem(this.text, at, `more than ${MAX_DEPTH} arithmetic operators in a row`);
  }

  private signed = (): Expression => {
    const t = this.peek;
    if (t.type === 'symbol' && (t.symbol === '-' || t.symbol === '+')) {
      this.take();
      const of = this.nested(t, this.signed);
      return t.symbol === '+' ? of : { kind: 'negative', of, ...spanOf(t, of) };
    }
    return this.operand();
  };

  private operand(): Expression {
    const t = this.peek;
    if (t.type === 'string') {
      this.take();
      return { kind: 'string', bytes: t.bytes, raw: t.raw, start: t.start, end: t.end };
    }
    if (t.type === 'char') {
      this.take();
      return { kind: 'char', code: t.code, start: t.start, end: t.end };
    }
    if (this.isSymbol('{')) {
      this.take();
      const inside = this.nested(t, this.expression);
      this.expect('}', 'a brace is not closed');
      return this.slices(inside);
    }
    if (t.type === 'word') {
      this.take();
      if (this.isSymbol('(')) return this.slices(this.call(t, t.text));
      return this.slices(this.name(t, t.text));
    }
    // A direction is a value too: hop.direction == in, hop.direction in {in, out}.
    if (t.type === 'in' && this.isValuePlace()) {
      this.take();
      return { kind: 'word', text: this.text.slice(t.start, t.end), layers: null, name: t, start: t.start, end: t.end };
    }
    if (this.isSymbol('(')) throw this.unexpected('arithmetic is grouped with braces: {ip.ttl + 1} * 2');
    throw this.unexpected('a field, a value or a function stands here, e.g. ip.src == 10.0.0.0/8');
  }

  /** Behind a comparison, or in a set. */
  private isValuePlace(): boolean {
    const before = this.list[this.next - 1];
    return before?.type === 'compare' || (before?.type === 'symbol' && (before.symbol === '{' || before.symbol === ','));
  }

  private name(at: Span, text: string): Expression {
    const t = this.peek;
    if (t.type !== 'ranges' || !t.hash) return { kind: 'word', text, layers: null, name: at, start: at.start, end: at.end };
    this.take();
    const layers = ranges(this.text, t.text, t.inner);
    return { kind: 'word', text, layers, name: at, ...spanOf(at, t) };
  }

  private call(at: Span, name: string): Expression {
    this.take();
    const args: Expression[] = [];
    if (!this.isSymbol(')'))
      for (;;) {
        args.push(this.nested(at, this.expression));
        if (!this.isSymbol(',')) break;
        this.take();
      }
    const close = this.expect(')', `the call of ${clipped(name)} is not closed`);
    return { kind: 'call', name, at, args, ...spanOf(at, close) };
  }

  private slices(of: Expression): Expression {
    let result = of;
    let levels = 0;
    for (let t = this.peek; t.type === 'ranges'; t = this.peek) {
      if (t.hash) throw this.unexpected('a layer stands directly behind a field name: ip.src#2[0:2]');
      this.take();
      this.long(t, ++levels);
      result = { kind: 'slice', of: result, ranges: ranges(this.text, t.text, t.inner), ...spanOf(result, t) };
    }
    return result;
  }
}

/** What to say of `AND` and `Contains`, the words of other languages; null for other words. */
export const lowered = (word: string): string | null =>
  word !== word.toLowerCase() && WORDS.includes(word.toLowerCase())
    ? `operators are written in small letters: ${word.toLowerCase()}`
    : null;

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Parses `0:3`, `-4:`, `1-2`, `:2`, `5`, and lists of them. `inner` is where the text stands in the filter. */
function ranges(filter: string, text: string, inner: Span): Range[] {
  const found: Range[] = [];
  let at = inner.start;
  for (const part of text.split(',')) {
    const span = { start: at, end: at + part.length };
    at = span.end + 1;
    const fail = (what: string): Error =>
      problem(filter, span, what, 'ranges are [start:length], [first-last], [start:], [:length] and [offset]');
    const m = /^\s*(?:(-?\d{1,9})\s*(?:(:)\s*(\d{1,9})?|-\s*(-?\d{1,9}))?|:\s*(\d{1,9}))\s*$/.exec(part);
    if (m === null) throw fail(`"${clipped(part)}" is no range`);
    const start = m[1] === undefined ? 0 : Number(m[1]);
    const length = m[5] ?? m[3];
    if (length === '0' || Number(length) === 0) throw fail('a range of length 0 is never there');
    const last = m[4] === undefined ? null : Number(m[4]);
    if (last !== null && last < start && last >= 0) throw fail(`a range cannot end (${last}) before it starts (${start})`);
    if (length !== undefined) found.push({ start, length: Number(length), last: null });
    else if (last !== null) found.push({ start, length: null, last });
    else if (m[2] !== undefined) found.push({ start, length: null, last: null });
    else found.push({ start, length: 1, last: null });
    if (found.length > MAX_SET) throw fail('too many ranges');
  }
  return found;
}
