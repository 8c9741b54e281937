// Regular expressions over bytes, in time linear in the subject whatever the pattern: packets are hostile, and a backtracking
// engine can be made to hang by one of them. The syntax is PCRE's without what needs backtracking (references, look-around,
// atomic groups). A pattern becomes an automaton of alternatives (K. Thompson, 1968), whose sets of states are found as subjects
// need them and kept.

/** Instructions of one pattern; `{n,m}` repeats them. */
export const MAX_PROGRAM = 2000;
const MAX_GROUPS = 100;
/** Sets of states kept; beyond them the memory starts anew. */
const MAX_SETS = 1000;

type Piece =
  | { readonly kind: 'set'; readonly bytes: Uint8Array }
  | { readonly kind: 'assert'; readonly what: number }
  | { readonly kind: 'join'; readonly parts: readonly Piece[] }
  | { readonly kind: 'either'; readonly parts: readonly Piece[] }
  | { readonly kind: 'repeat'; readonly of: Piece; readonly least: number; readonly most: number };

const ASSERT = { start: 0, lineStart: 1, end: 2, veryEnd: 3, lineEnd: 4, boundary: 5, inside: 6 } as const;
const OP = { set: 0, split: 1, assert: 2, match: 3 } as const;

/** What stands before a position. */
const BEFORE = { start: 0, other: 1, word: 2, newline: 3 } as const;

/** Symbols beyond the bytes: a newline that ends the subject, and the end. */
const LAST_NEWLINE = 256;
const END = 257;
const SYMBOLS = 258;

const UNKNOWN = 0;
const YES = -1;
const NO = -2;

type Fail = (what: string) => Error;

export class Pattern {
  private readonly ops: number[] = [];
  private readonly args: number[] = [];
  private readonly outs: number[] = [];
  private readonly sets: Uint8Array[] = [];
  private readonly asserts: boolean;
  private readonly first: number;
  /** By set number from 1 on: next set for each symbol. */
  private next: Int32Array[] = [];
  private members: Int32Array[] = [];
  private before: number[] = [];
  private numbers = new Map<string, number>();
  private readonly marks: Int32Array;
  private mark = 0;

  /** `fail` makes the error for a pattern that cannot be used; what it is given goes on after "the pattern". */
  constructor(pattern: Uint8Array, fail: Fail) {
    const piece = new PatternParser(pattern, fail).parse();
    const match = this.emit(OP.match, 0, 0, fail);
    this.first = this.build(piece, match, fail);
    this.asserts = this.ops.includes(OP.assert);
    this.marks = new Int32Array(this.ops.length);
    this.forget();
  }

  /** Is the pattern found anywhere in the subject? */
  test(subject: Uint8Array): boolean {
    let state = 1;
    const last = subject.length - 1;
    for (let i = 0; i <= last; i++) {
      const byte = subject[i]!;
      const symbol = i === last && byte === 10 ? LAST_NEWLINE : byte;
      const to = this.next[state]![symbol]!;
      state = to !== UNKNOWN ? to : this.step(state, symbol);
      if (state < 0) return state === YES;
    }
    const to = this.next[state]![END]!;
    return (to !== UNKNOWN ? to : this.step(state, END)) === YES;
  }

  private emit(op: number, arg: number, out: number, fail: Fail): number {
    if (this.ops.length >= MAX_PROGRAM) throw fail('is too large; use smaller counts in {n,m}');
    this.ops.push(op);
    this.args.push(arg);
    this.outs.push(out);
    return this.ops.length - 1;
  }

  /** Instructions for `piece` that go on at `then`; returns the first. */
  private build(piece: Piece, then: number, fail: Fail): number {
    switch (piece.kind) {
      case 'set':
        this.sets.push(piece.bytes);
        return this.emit(OP.set, this.sets.length - 1, then, fail);
      case 'assert':
        return this.emit(OP.assert, piece.what, then, fail);
      case 'join':
        return piece.parts.reduceRight((to, part) => this.build(part, to, fail), then);
      case 'either':
        return piece.parts
          .map((part) => this.build(part, then, fail))
          .reduceRight((rest, part) => this.emit(OP.split, rest, part, fail));
      case 'repeat': {
        let to = then;
        if (piece.most === Number.POSITIVE_INFINITY) {
          to = this.emit(OP.split, then, 0, fail);
          this.outs[to] = this.build(piece.of, to, fail);
        } else
          for (let i = piece.least; i < piece.most; i++) to = this.emit(OP.split, then, this.build(piece.of, to, fail), fail);
        for (let i = 0; i < piece.least; i++) to = this.build(piece.of, to, fail);
        return to;
      }
    }
  }

  private forget(): void {
    this.next = [new Int32Array(0)];
    this.members = [new Int32Array(0)];
    this.before = [0];
    this.numbers = new Map();
    this.number([this.first], BEFORE.start);
  }

  private number(members: readonly number[], before: number): number {
    const sorted = Int32Array.from(members).sort();
    const key = `${before} ${sorted.join(' ')}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const made = this.next.length;
    this.next.push(new Int32Array(SYMBOLS));
    this.members.push(sorted);
    this.before.push(before);
    this.numbers.set(key, made);
    return made;
  }

  private step(state: number, symbol: number): number {
    const to = this.advance(state, symbol);
    if (typeof to === 'number') {
      this.next[state]![symbol] = to;
      return to;
    }
    const before = !this.asserts ? BEFORE.other : symbol === 10 ? BEFORE.newline : isWord(symbol) ? BEFORE.word : BEFORE.other;
    if (this.next.length > MAX_SETS) {
      this.forget();
      return this.number(to, before);
    }
    const number = this.number(to, before);
    this.next[state]![symbol] = number;
    return number;
  }

  /** Members of the next set; or YES when the pattern is found, NO when it no longer can be. */
  private advance(state: number, symbol: number): number[] | number {
    const mark = ++this.mark;
    const open = [...this.members[state]!];
    const before = this.before[state]!;
    const found = new Set<number>();
    while (open.length > 0) {
      const pc = open.pop()!;
      if (this.marks[pc] === mark) continue;
      this.marks[pc] = mark;
      const out = this.outs[pc]!;
      switch (this.ops[pc]) {
        case OP.match:
          return YES;
        case OP.split:
          open.push(this.args[pc]!, out);
          break;
        case OP.assert:
          if (asserted(this.args[pc]!, before, symbol)) open.push(out);
          break;
        default:
          if (symbol !== END && this.sets[this.args[pc]!]![symbol === LAST_NEWLINE ? 10 : symbol] === 1) found.add(out);
      }
    }
    if (symbol === END) return NO;
    // The pattern may start at every position.
    found.add(this.first);
    return [...found];
  }
}

function asserted(what: number, before: number, symbol: number): boolean {
  switch (what) {
    case ASSERT.start:
      return before === BEFORE.start;
    case ASSERT.lineStart:
      return before === BEFORE.start || before === BEFORE.newline;
    case ASSERT.end:
      return symbol === END || symbol === LAST_NEWLINE;
    case ASSERT.veryEnd:
      return symbol === END;
    case ASSERT.lineEnd:
      return symbol === END || symbol === LAST_NEWLINE || symbol === 10;
    default:
      return ((before === BEFORE.word) !== isWord(symbol)) === (what === ASSERT.boundary);
  }
}

const code = (c: string): number => c.charCodeAt(0);
const between = (b: number, low: string, high: string): boolean => b >= code(low) && b <= code(high);
const isDigit = (b: number): boolean => between(b, '0', '9');
const isUpper = (b: number): boolean => between(b, 'A', 'Z');
const isLower = (b: number): boolean => between(b, 'a', 'z');
const isAlpha = (b: number): boolean => isUpper(b) || isLower(b);
const isWord = (b: number): boolean => isDigit(b) || isAlpha(b) || b === code('_');
const isSpace = (b: number): boolean => b === 32 || (b >= 9 && b <= 13);

const CLASSES: Readonly<Record<string, (b: number) => boolean>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  h: (b) => b === 32 || b === 9 || b === 0xa0,
};

const NAMED: Readonly<Record<string, (b: number) => boolean>> = {
  alpha: isAlpha,
  digit: isDigit,
  alnum: (b) => isAlpha(b) || isDigit(b),
  upper: isUpper,
  lower: isLower,
  space: isSpace,
  blank: (b) => b === 32 || b === 9,
  punct: (b) => b > 32 && b < 127 && !isAlpha(b) && !isDigit(b),
  print: (b) => b >= 32 && b < 127,
  graph: (b) => b > 32 && b < 127,
  cntrl: (b) => b < 32 || b === 127,
  xdigit: (b) => isDigit(b) || between(b, 'a', 'f') || between(b, 'A', 'F'),
  word: isWord,
};

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27, v: 11 };

const setOf = (is: (b: number) => boolean): Uint8Array => Uint8Array.from({ length: 256 }, (_, b) => (is(b) ? 1 : 0));

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

class PatternParser {
  /** One character a byte. */
  private readonly p: string;
  private at = 0;
  private groups = 0;
  private flags: Flags = { ignoreCase: true, multiline: false, dotAll: false };

  constructor(
    pattern: Uint8Array,
    private readonly fail: Fail,
  ) {
    this.p = Array.from(pattern, (b) => String.fromCharCode(b)).join('');
  }

  parse(): Piece {
    const piece = this.either();
    if (this.at < this.p.length) throw this.fail('has a ) without its (');
    return piece;
  }

  private either(): Piece {
    const parts = [this.join()];
    while (this.p[this.at] === '|') {
      this.at++;
      parts.push(this.join());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'either', parts };
  }

  private join(): Piece {
    const parts: Piece[] = [];
    while (this.at < this.p.length && this.p[this.at] !== '|' && this.p[this.at] !== ')') {
      const atom = this.atom();
      if (atom !== null) parts.push(this.repeated(atom));
    }
    return { kind: 'join', parts };
  }

  private repeated(of: Piece): Piece {
    let piece = of;
    let times = 0;
    for (;;) {
      const m = /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})/.exec(this.p.slice(this.at, this.at + 12));
      if (m === null) return piece;
      if (times++ > 0) throw this.fail(`has a quantifier behind a quantifier: ${m[0]}`);
      this.at += m[0].length;
      const least = m[1] === '+' ? 1 : m[2] === undefined ? 0 : Number(m[2]);
      const open = m[1] === '*' || m[1] === '+' || (m[3] !== undefined && m[4] === undefined);
      const most = open ? Number.POSITIVE_INFINITY : m[1] === '?' ? 1 : m[4] === undefined ? least : Number(m[4]);
      if (most < least) throw this.fail(`repeats ${least} to ${most} times`);
      // Whether it takes much or little makes no difference to whether it is found.
      if (this.p[this.at] === '?') this.at++;
      else if (this.p[this.at] === '+') throw this.fail('has a possessive quantifier, which is not supported');
      piece = { kind: 'repeat', of: piece, least, most };
    }
  }

  private atom(): Piece | null {
    const c = this.p[this.at++]!;
    switch (c) {
      case '(':
        return this.group();
      case '[':
        return this.set(this.bracket());
      case '.':
        return { kind: 'set', bytes: setOf((b) => this.flags.dotAll || b !== 10) };
      case '^':
        return { kind: 'assert', what: this.flags.multiline ? ASSERT.lineStart : ASSERT.start };
      case '$':
        return { kind: 'assert', what: this.flags.multiline ? ASSERT.lineEnd : ASSERT.end };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw this.fail(`has nothing to repeat before ${c}`);
      default:
        return this.literal(code(c));
    }
  }

  private literal(b: number): Piece {
    return this.set(setOf((x) => x === b));
  }

  private set(bytes: Uint8Array): Piece {
    if (this.flags.ignoreCase)
      for (let b = code('a'); b <= code('z'); b++) if (bytes[b] === 1 || bytes[b - 32] === 1) bytes[b] = bytes[b - 32] = 1;
    return { kind: 'set', bytes };
  }

  private group(): Piece | null {
    if (++this.groups > MAX_GROUPS) throw this.fail(`has more than ${MAX_GROUPS} groups`);
    const { flags } = this;
    if (this.p[this.at] === '?') {
      const m = /^\?(?:(:)|P?<[A-Za-z_]\w*>|([ims]*)(?:-([ims]*))?([:)]))/.exec(this.p.slice(this.at, this.at + 80));
      if (m === null) throw this.fail('has a group that is not supported (look-around, atomic groups and conditions are not)');
      this.at += m[0].length;
      const on = m[2] ?? '';
      const off = m[3] ?? '';
      const is = (flag: string, before: boolean) => (off.includes(flag) ? false : on.includes(flag) ? true : before);
      this.flags = { ignoreCase: is('i', flags.ignoreCase), multiline: is('m', flags.multiline), dotAll: is('s', flags.dotAll) };
      // `(?i)` holds to the end of the group it stands in.
      if (m[4] === ')') return null;
    } else if (this.p[this.at] === '*') throw this.fail('has a verb, which is not supported');
    const inside = this.either();
    if (this.p[this.at++] !== ')') throw this.fail('has a ( without its )');
    this.flags = flags;
    return inside;
  }

  private escape(): Piece {
    const c = this.p[this.at];
    if (c === undefined) throw this.fail('ends in a backslash');
    const is = CLASSES[c.toLowerCase()];
    if (is !== undefined) {
      this.at++;
      return { kind: 'set', bytes: setOf((b) => is(b) === (c === c.toLowerCase())) };
    }
    const asserts: Readonly<Record<string, number>> = {
      b: ASSERT.boundary,
      B: ASSERT.inside,
      A: ASSERT.start,
      Z: ASSERT.end,
      z: ASSERT.veryEnd,
    };
    if (Object.hasOwn(asserts, c)) {
      this.at++;
      return { kind: 'assert', what: asserts[c]! };
    }
    if (c === 'N') {
      this.at++;
      return { kind: 'set', bytes: setOf((b) => b !== 10) };
    }
    if (/[1-9]/.test(c)) throw this.fail(`refers back to a group (\\${c}), which is not supported`);
    return this.literal(this.escapedByte());
  }

  /** The byte that the escape sequence after the backslash stands for. */
  private escapedByte(): number {
    const rest = this.p.slice(this.at, this.at + 8);
    const m = /^x\{([\da-fA-F]{1,2})\}/.exec(rest) ?? /^x([\da-fA-F]{0,2})/.exec(rest);
    if (m !== null) {
      this.at += m[0].length;
      return Number.parseInt(m[1] === '' ? '0' : m[1]!, 16);
    }
    const octal = /^0[0-7]{0,2}/.exec(rest) ?? /^o\{([0-3]?[0-7]{1,2})\}/.exec(rest);
    if (octal !== null) {
      this.at += octal[0].length;
      return Number.parseInt(octal[1] ?? octal[0], 8);
    }
    const c = rest[0];
    if (c === undefined) throw this.fail('ends in a backslash');
    this.at++;
    if (Object.hasOwn(CONTROLS, c)) return CONTROLS[c]!;
    if (/[A-Za-z\d]/.test(c)) throw this.fail(`has \\${c}, which is not supported`);
    return code(c);
  }

  private bracket(): Uint8Array {
    const bytes = new Uint8Array(256);
    const negated = this.p[this.at] === '^';
    if (negated) this.at++;
    const from = this.at;
    for (;;) {
      const c = this.p[this.at];
      if (c === undefined) throw this.fail('has a [ without its ]');
      if (c === ']' && this.at > from) break;
      const named = /^\[:(\^?)([a-z]{1,10}):\]/.exec(this.p.slice(this.at, this.at + 16));
      if (named !== null) {
        const is = Object.hasOwn(NAMED, named[2]!) ? NAMED[named[2]!]! : null;
        if (is === null) throw this.fail(`has [:${named[2]}:], which nobody knows`);
        this.at += named[0].length;
        for (let b = 0; b < 256; b++) if (is(b) === (named[1] === '')) bytes[b] = 1;
        continue;
      }
      const low = this.member(bytes);
      if (low === null) continue;
      if (this.p[this.at] !== '-' || this.p[this.at + 1] === ']' || this.p[this.at + 1] === undefined) {
        bytes[low] = 1;
        continue;
      }
      this.at++;
      const high = this.member(bytes);
      if (high === null) {
        bytes[low] = bytes[code('-')] = 1;
        continue;
      }
      if (high < low) throw this.fail('has a range of characters that ends before it starts');
      for (let b = low; b <= high; b++) bytes[b] = 1;
    }
    this.at++;
    if (!negated) return bytes;
    // Case must be folded before the set is turned round: [^a] shuts out A too.
    return this.folded(bytes).map((b) => 1 - b);
  }

  private folded(bytes: Uint8Array): Uint8Array {
    const set = this.set(bytes);
    return set.kind === 'set' ? set.bytes : bytes;
  }

  /** One member of a bracket; null when it was a class, whose bytes are added. */
  private member(bytes: Uint8Array): number | null {
    const c = this.p[this.at++]!;
    if (c !== '\\') return code(c);
    const letter = this.p[this.at] ?? '';
    const is = CLASSES[letter.toLowerCase()];
    if (is === undefined) {
      // Inside brackets \b is a backspace.
      if (letter !== 'b') return this.escapedByte();
      this.at++;
      return 8;
    }
    this.at++;
    for (let b = 0; b < 256; b++) if (is(b) === (letter === letter.toLowerCase())) bytes[b] = 1;
    return null;
  }
}
