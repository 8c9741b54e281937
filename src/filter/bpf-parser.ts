// The tree of a capture filter, as pcap-filter(7) writes it. `and` and `or` bind alike, from the left; a value without its words takes
// those of the value before: `port 80 or 443`.
import { mask4, parseIpv6 } from '../bytes/parse.js';
import { u32 } from '../bytes/read.js';
import { problem, type Span } from './problem.js';

export type Item =
  | { readonly kind: 'protocol'; readonly name: string }
  /** One word of 32 bits, or four; with the bits that count. */
  | { readonly kind: 'host' | 'net'; readonly words: readonly number[]; readonly masks: readonly number[]; readonly text: string }
  | { readonly kind: 'mac'; readonly value: number; readonly text: string }
  | { readonly kind: 'port'; readonly from: number; readonly to: number }
  | { readonly kind: 'proto'; readonly value: number }
  | { readonly kind: 'vlan'; readonly id: number | null }
  | { readonly kind: 'cast'; readonly proto: string; readonly broad: boolean }
  | { readonly kind: 'bound'; readonly out: boolean }
  | { readonly kind: 'length'; readonly least: boolean; readonly value: number };

export interface Primitive {
  readonly kind: 'primitive';
  readonly proto: string | null;
  readonly direction: 'src' | 'dst' | 'either' | 'both';
  readonly item: Item;
}

export type Sum =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'len' }
  | { readonly kind: 'negative'; readonly of: Sum }
  | { readonly kind: 'operation'; readonly op: string; readonly left: Sum; readonly right: Sum }
  | { readonly kind: 'bytes'; readonly proto: string; readonly at: Sum; readonly size: 1 | 2 | 4 };

export type Tree =
  | { readonly kind: 'not'; readonly of: Tree }
  | { readonly kind: 'and' | 'or'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'relation'; readonly op: string; readonly left: Sum; readonly right: Sum }
  | Primitive;

export const ETHERTYPE: Readonly<Record<string, number>> = { ip: 0x0800, arp: 0x0806, rarp: 0x8035, ip6: 0x86dd };
export const IP_PROTO: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  igrp: 9,
  udp: 17,
  frag: 44,
  esp: 50,
  ah: 51,
  icmp6: 58,
  pim: 103,
  vrrp: 112,
  carp: 112,
  sctp: 132,
};
const PROTOCOLS = new Set([
  'ether',
  'link',
  ...Object.keys(ETHERTYPE),
  ...Object.keys(IP_PROTO).filter((name) => name !== 'frag'),
]);

/** Numbers that have names: offsets of fields, then values. */
const NAMED: Readonly<Record<string, number>> = {
  icmptype: 0,
  icmpcode: 1,
  icmp6type: 0,
  icmp6code: 1,
  tcpflags: 13,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-sourcequench': 4,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-routeradvert': 9,
  'icmp-routersolicit': 10,
  'icmp-timxceed': 11,
  'icmp-paramprob': 12,
  'icmp-tstamp': 13,
  'icmp-tstampreply': 14,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
  'icmp6-routersolicit': 133,
  'icmp6-routeradvert': 134,
  'icmp6-neighborsolicit': 135,
  'icmp6-neighboradvert': 136,
  'icmp6-redirect': 137,
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
  'tcp-ece': 64,
  'tcp-cwr': 128,
};

/** Names of ports that people type. */
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  pop3: 110,
  ntp: 123,
  imap2: 143,
  snmp: 161,
  bgp: 179,
  https: 443,
  syslog: 514,
  mdns: 5353,
};

interface Token extends Span {
  readonly text: string;
}

const TOKEN =
  /\s*(:[124](?=\s*\])|\(|\)|\[|\]|&&|\|\||<<|>>|<=|>=|==|!=|[!=<>&|^+*%]|\/|-(?![a-z])|0x[0-9a-f]+|[0-9a-z\\][\w.:-]*)/giy;
/** Nested parentheses and signs. */
const MAX_DEPTH = 64;
const MAX_TOKENS = 2000;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null || found.length >= MAX_TOKENS)
      throw problem(
        text,
        { start: from, end: from + 1 },
        'this is no word of a capture filter',
        'e.g. tcp port 80 and host 10.0.0.1',
      );
    found.push({ text: match[1]!, start: TOKEN.lastIndex - match[1]!.length, end: TOKEN.lastIndex });
  }
  return found;
}

/** Throws FilterError. */
export function parse(text: string): Tree {
  return new Parser(text).whole();
}

type Qualifiers = { proto: string | null; direction: Primitive['direction']; type: string | null };

class Parser {
  private readonly all: readonly Token[];
  private at = 0;
  private depth = 0;
  private last: Qualifiers | null = null;

  constructor(private readonly text: string) {
    this.all = tokens(text);
  }

  whole(): Tree {
    const tree = this.expression();
    if (this.at < this.all.length) throw this.fail('nothing more can stand here');
    return tree;
  }

  private get word(): string {
    return this.all[this.at]?.text ?? '';
  }
  private peek(ahead: number): string {
    return this.all[this.at + ahead]?.text ?? '';
  }
  private take(): string {
    const { word } = this;
    this.at++;
    return word;
  }
  private accept(...words: readonly string[]): boolean {
    if (!words.includes(this.word)) return false;
    this.at++;
    return true;
  }
  private fail(what: string, hint = ''): Error {
    const end = this.text.length;
    return problem(this.text, this.all[this.at] ?? { start: end, end }, what, hint);
  }

  private expression(): Tree {
    let left = this.factor();
    for (;;) {
      if (this.accept('and', '&&')) left = { kind: 'and', left, right: this.factor() };
      else if (this.accept('or', '||')) left = { kind: 'or', left, right: this.factor() };
      else return left;
    }
  }

  private deeper<T>(inside: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.fail('this is nested too deeply');
    const got = inside();
    this.depth--;
    return got;
  }

  private factor(): Tree {
    if (this.accept('not', '!')) return { kind: 'not', of: this.deeper(() => this.factor()) };
    const from = this.at;
    if (this.word === '(') {
      // A sum may begin so, too.
      try {
        return this.deeper(() => this.relation());
      } catch {
        this.at = from;
      }
      this.at++;
      const tree = this.deeper(() => this.expression());
      if (!this.accept(')')) throw this.fail('a ) is missing');
      return tree;
    }
    const isSum = this.peek(1) === '[' || this.word === 'len' || (/^(0x[\da-f]+|\d+|-)$/i.test(this.word) && this.isRelation());
    return isSum ? this.relation() : this.primitive();
  }

  /** Does an operator follow the number here? */
  private isRelation(): boolean {
    return /^(==?|!=|[<>]=?|[-+*/%&|^]|<<|>>)$/.test(this.peek(1)) || this.word === '-';
  }

  // ---- sums

  private relation(): Tree {
    const left = this.sum(0);
    const op = this.word === '==' ? '=' : this.word;
    if (!['=', '!=', '<', '<=', '>', '>='].includes(op)) throw this.fail('a comparison is missing', 'e.g. ip[8] < 5');
    this.at++;
    return { kind: 'relation', op, left, right: this.sum(0) };
  }

  private sum(level: number): Sum {
    const operators = LEVELS[level];
    if (operators === undefined) return this.deeper(() => this.operand());
    let left = this.sum(level + 1);
    while (operators.includes(this.word)) {
      const op = this.take();
      left = { kind: 'operation', op, left, right: this.sum(level + 1) };
    }
    return left;
  }

  private operand(): Sum {
    if (this.accept('(')) {
      const sum = this.sum(0);
      if (!this.accept(')')) throw this.fail('a ) is missing');
      return sum;
    }
    if (this.accept('-')) return { kind: 'negative', of: this.deeper(() => this.operand()) };
    if (this.accept('len')) return { kind: 'len' };
    const { word } = this;
    if (PROTOCOLS.has(word) && this.peek(1) === '[') {
      this.at += 2;
      return this.bytes(word);
    }
    const value = Object.hasOwn(NAMED, word) ? NAMED[word]! : numberOf(word);
    if (value === null) throw this.fail(`"${word.slice(0, 40)}" is no number`);
    this.at++;
    return { kind: 'number', value };
  }

  /** `tcp[12:1]`: a token may hold both numbers. */
  private bytes(proto: string): Sum {
    let size = 1;
    const pair = /^(.+):([124])$/.exec(this.word);
    let at: Sum;
    if (pair !== null && numberOf(pair[1]!) !== null) {
      this.at++;
      size = Number(pair[2]);
      at = { kind: 'number', value: numberOf(pair[1]!)! };
    } else {
      at = this.sum(0);
      const own = /^:([124])$/.exec(this.word);
      if (own !== null) {
        this.at++;
        size = Number(own[1]);
      }
    }
    if (!this.accept(']')) throw this.fail('a ] is missing', 'e.g. tcp[13], ip[2:2]');
    return { kind: 'bytes', proto, at, size: size as 1 | 2 | 4 };
  }

  // ---- primitives

  private primitive(): Tree {
    const { word } = this;
    if (word === '') throw this.fail('a word is missing here', 'e.g. tcp port 80');
    const simple = this.simple();
    if (simple !== null) return { kind: 'primitive', proto: null, direction: 'either', item: simple };
    const q = this.qualifiers();
    const { proto } = q;
    if (q.type === null && this.last !== null && proto === null && q.direction === 'either') {
      const item = this.value(this.last.type ?? 'host', this.last.proto);
      return { kind: 'primitive', proto: this.last.proto, direction: this.last.direction, item };
    }
    // A protocol alone.
    if (q.type === null && q.direction === 'either' && proto !== null && !this.isValue())
      return { kind: 'primitive', proto, direction: 'either', item: this.alone(proto) };
    this.last = q;
    const item = this.value(q.type ?? 'host', proto);
    return { kind: 'primitive', proto, direction: q.direction, item };
  }

  private isValue(): boolean {
    return !['', ')', 'and', 'or', '&&', '||', 'not', '!'].includes(this.word);
  }

  private alone(proto: string): Item {
    if (proto !== 'ether' && proto !== 'link') return { kind: 'protocol', name: proto };
    throw this.fail(`${proto} alone says nothing`, 'e.g. ether host 02:00:00:00:00:01');
  }

  private simple(): Item | null {
    const { word } = this;
    if (this.accept('vlan')) {
      const id = numberOf(this.word);
      if (id !== null) this.at++;
      return { kind: 'vlan', id };
    }
    if (this.accept('inbound', 'outbound')) return { kind: 'bound', out: word === 'outbound' };
    if (this.accept('less', 'greater')) {
      const value = numberOf(this.word);
      if (value === null) throw this.fail(`${word} wants a length`, `e.g. ${word} 128`);
      this.at++;
      return { kind: 'length', least: word === 'greater', value };
    }
    const ahead = ['ether', 'ip', 'ip6'].includes(word) ? 1 : 0;
    const cast = ahead === 1 ? this.peek(1) : word;
    if (cast !== 'broadcast' && cast !== 'multicast') return null;
    this.at += ahead + 1;
    return { kind: 'cast', proto: ahead === 1 ? word : 'ether', broad: cast === 'broadcast' };
  }

  private qualifiers(): Qualifiers {
    const q: Qualifiers = { proto: null, direction: 'either', type: null };
    if (PROTOCOLS.has(this.word)) q.proto = this.take();
    if (this.word === 'src' || this.word === 'dst') {
      const first = this.take() as 'src' | 'dst';
      const second = this.peek(1);
      const link: string = this.word;
      if ((link === 'or' || link === 'and') && (second === 'src' || second === 'dst') && second !== first) {
        q.direction = link === 'and' ? 'both' : 'either';
        this.at += 2;
      } else q.direction = first;
    }
    if (['host', 'net', 'port', 'portrange', 'proto'].includes(this.word)) q.type = this.take();
    return q;
  }

  private value(type: string, proto: string | null): Item {
    const { word } = this;
    const item = type === 'proto' ? this.protoValue(word, proto) : this.plainValue(type, proto, word);
    this.at++;
    if (item.kind === 'net' && this.accept('mask')) return this.masked(item);
    if (item.kind === 'net' || item.kind === 'host') return this.withLength(item, type);
    return item;
  }

  private plainValue(type: string, proto: string | null, word: string): Item {
    if (type === 'port' || type === 'portrange') {
      const [low, high = low] = type === 'portrange' ? word.split('-') : [word];
      const from = portOf(low!);
      const to = portOf(high!);
      if (from === null || to === null) throw this.fail(`"${word.slice(0, 40)}" is no port`, 'e.g. port 53, portrange 8000-8080');
      return { kind: 'port', from: Math.min(from, to), to: Math.max(from, to) };
    }
    if (/^[\da-f]{1,2}([:.-][\da-f]{1,2}){5}$/i.test(word) && (proto === 'ether' || proto === 'link' || proto === null)) {
      if (proto === null) throw this.fail('this is a MAC address', `did you mean ether host ${word}?`);
      return {
        kind: 'mac',
        value: Number.parseInt(
          word
            .split(/[:.-]/)
            .map((h) => h.padStart(2, '0'))
            .join(''),
          16,
        ),
        text: word,
      };
    }
    return this.addressValue(type === 'net' ? 'net' : 'host', word);
  }

  private addressValue(kind: 'host' | 'net', word: string): Extract<Item, { kind: 'host' | 'net' }> {
    if (/^\d+(\.\d+){0,3}$/.test(word)) {
      const parts = word.split('.').map(Number);
      if (parts.some((n) => n > 255)) throw this.fail(`"${word.slice(0, 40)}" is no address`);
      const bits = kind === 'net' ? 8 * parts.length : 32;
      if (kind === 'host' && parts.length !== 4) throw this.fail(`"${word}" is no address`, 'e.g. host 10.0.0.1, net 10.0');
      const value = parts.reduce((sum, n, i) => sum + n * 2 ** (24 - 8 * i), 0);
      return { kind, words: [value], masks: [mask4(bits)], text: word };
    }
    const ip = word.includes(':') ? parseIpv6(word) : null;
    if (ip === null)
      throw this.fail(`"${word.slice(0, 40)}" is no address`, 'names are never looked up; write the address, e.g. host 10.0.0.1');
    const words = [0, 4, 8, 12].map((o) => u32(ip, o));
    return { kind, words, masks: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], text: word };
  }

  private protoValue(word: string, proto: string | null): Item {
    const name = word.replace(/^\\/, '');
    const known = proto === 'ether' ? ETHERTYPE[name] : IP_PROTO[name];
    const value = known ?? numberOf(name);
    if (value === null) throw this.fail(`"${word.slice(0, 40)}" is no protocol`, 'e.g. ip proto 6, ether proto 0x0806');
    return { kind: 'proto', value };
  }

  /** `net 10.0.0.0/8`: the slash is a token of its own. */
  private withLength(item: Extract<Item, { kind: 'host' | 'net' }>, type: string): Item {
    if (this.word !== '/') return item;
    this.at++;
    const bits = numberOf(this.word);
    const most = item.words.length * 32;
    if (bits === null || bits > most || type === 'host') throw this.fail('this is no length of a network', 'e.g. net 10.0.0.0/8');
    this.at++;
    const masks = item.words.map((_, n) => mask4(Math.min(32, Math.max(0, bits - 32 * n))));
    return this.checked({ ...item, kind: 'net', masks });
  }

  private masked(item: Extract<Item, { kind: 'host' | 'net' }>): Item {
    const mask = this.addressValue('host', this.word);
    this.at++;
    return this.checked({ ...item, masks: mask.words });
  }

  private checked(item: Extract<Item, { kind: 'host' | 'net' }>): Item {
    if (item.words.some((w, n) => (w & item.masks[n]!) >>> 0 !== w)) throw this.fail('the address has bits outside the network');
    return item;
  }
}

/** Operators by precedence, loosest first. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];

function numberOf(word: string): number | null {
  if (!/^(0x[\da-f]+|\d+)$/i.test(word)) return null;
  const value = /^0\d/.test(word) ? Number.parseInt(word, 8) : Number(word);
  return value <= 0xffffffff ? value : null;
}

function portOf(word: string): number | null {
  const value = Object.hasOwn(SERVICES, word) ? SERVICES[word]! : numberOf(word);
  return value !== null && value <= 0xffff ? value : null;
}
