// A section's lines as pieces, each of one kind: listings, JSON, YAML, and what is not understood.

import { safeText } from '../../bytes/text.js';
import { fdb, vlans } from './bridge.js';
import { CILIUM } from './cilium-text.js';
import { CNI } from './cni-text.js';
import type { Place, Ran } from './command-line.js';
import { describe } from './describe.js';
import { Draft } from './draft.js';
import { type Hint, hintOf, NO_HINT } from './hint.js';
import { addr, brief, neighbours, route, routeGet, rules, vrf } from './ip-text.js';
import { kubectlTable, podNetworks } from './kubectl-table.js';
import type { Listing, Scope } from './listing.js';
import { POD } from './merge.js';
import { arp, ifconfig, interfaceBrief, routeN, vtysh } from './net-tools.js';
import { OTHERS } from './others.js';
import { iptables, iptablesList, nft, procFile, sysctl } from './settings.js';
import { importValue, importYaml, type Outcome, WHOSE } from './structured.js';
import { type Section, samePlace } from './terminal.js';
import { ipconfig, routePrint } from './windows.js';

/** Consecutive lines of one file that were taken for one thing. */
export interface Piece {
  readonly file: string;
  /** First and last line, from 1. The last moves on while lines are read that nothing is known of. */
  readonly first: number;
  last: number;
  /** What it was taken for; empty where nothing is known. */
  readonly what: string;
  readonly node: string | null;
  /** Why it was not used, or null. */
  readonly why: string | null;
  /** `left`: understood, and nothing in it is of use. `unknown`: not understood, or it cannot be placed. */
  readonly state: 'used' | 'left' | 'unknown';
}

/** The first that begins with a line is taken, so the surer ones stand first. */
export const LISTINGS: readonly Listing[] = [
  addr,
  brief,
  rules,
  fdb,
  vlans,
  vrf,
  neighbours,
  arp,
  ifconfig,
  routeN,
  ipconfig,
  routePrint,
  vtysh,
  interfaceBrief,
  routeGet,
  route,
  procFile,
  sysctl,
  nft,
  iptables,
  iptablesList,
  podNetworks,
  ...CNI,
  describe,
  kubectlTable,
  ...OTHERS,
  ...CILIUM,
];

/** By the code of an ASCII character, the listings that may begin with it: most lines of a text are tried as a few of them only. */
const BY_FIRST = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return LISTINGS.filter(({ begins }) => begins === undefined || begins.test(character));
});

/** Lines that programs and shells say by the way. */
const MESSAGES =
  /^(?:RTNETLINK answers:|Error:|error:|Warning:|WARN|W\d{4} |E\d{4} |I\d{4} |Defaulted container|Unable to|Cannot |-?(?:ba|z)?sh: |\w[\w.-]*: (?:command )?not found|Connection (?:to|closed)|Last login:|Welcome to |Linux \S+ \d+\.\d+\.\d|Script (?:started|done) on |No resources found|No VRF has been configured|Device "|command terminated with|Pseudo-terminal|The authenticity of|Are you sure|Password:|\[sudo\]|\^C|Dump (?:was|terminated)|# Warning:|# (?:Generated|Completed))/;
const JSON_START = /^\s*(?:\[\s*(?:$|[[{"\]]|-?\d+\s*[,\]]\s*)|\{\s*(?:$|["}]))/;
const YAML_START = /^(?:---\s*$|apiVersion: \S|kind: [A-Z]\w*\s*$|items:\s*$)/;
const YAML_LINE = /^(?:\s|[A-Za-z][\w./-]*:(?:\s|$)|- |---|#|\s*$)/;

/** Reads one section into the draft, and says what each of its lines was taken for. */
export function readSection(draft: Draft, section: Section, file: string, pieces: Piece[]): void {
  const several = section.place === null && new Set(section.ran.map(({ place }) => placeName(place))).size > 1;
  // Several machines printed one after the other: which is whose can be told only when each has its piece.
  const counted = several ? countPieces(section, file) : null;
  new SectionReader(draft, section, file, pieces, counted).read();
}

function countPieces(section: Section, file: string): Map<string, number> {
  const pieces: Piece[] = [];
  const place: Place = { kind: 'machine', name: 'x' };
  new SectionReader(new Draft(), { ...section, place, ran: [] }, file, pieces, null).read();
  const counted = new Map<string, number>();
  for (const { what, state } of pieces) if (state === 'used') counted.set(what, (counted.get(what) ?? 0) + 1);
  return counted;
}

function placeName(place: Place | null): string | null {
  if (place === null) return null;
  return place.kind === 'machine' ? place.name : `${POD}${place.namespace ?? 'default'}/${place.name}`;
}

class SectionReader {
  /** Lines that may yet be searched for the ends of values that have none. */
  #mayLook: number;
  readonly #left: Ran[];
  readonly #other: boolean;

  constructor(
    private readonly draft: Draft,
    private readonly section: Section,
    private readonly file: string,
    private readonly pieces: Piece[],
    private readonly counted: ReadonlyMap<string, number> | null,
  ) {
    this.#left = [...section.ran];
    this.#mayLook = 4 * section.lines.length + 1;
    this.#other = section.ran.length > 0 && section.ran.every((ran) => hintOf(ran).what === 'other' || isSilent(ran));
  }

  read(): void {
    const { lines } = this.section;
    if (this.#other) {
      if (lines.some((line) => line.trim() !== ''))
        this.#add(
          0,
          lines.length - 1,
          this.section.ran[0].words.slice(0, 3).join(' '),
          null,
          'it says nothing about the topology',
          'left',
        );
      return;
    }
    for (let i = 0; i < lines.length; ) {
      if (lines[i].trim() === '') {
        i++;
        continue;
      }
      i = this.#json(i) ?? this.#yaml(i) ?? this.#listing(i) ?? this.#unknown(i);
    }
  }

  #add(from: number, to: number, what: string, node: string | null, why: string | null, state: Piece['state']): void {
    const { first, lines } = this.section;
    let last = to;
    const before = this.pieces.at(-1);
    if (state === 'unknown' && this.pieces.length > MAX_PIECES && before?.state === 'unknown') {
      before.last = first + to;
      return;
    }
    while (last > from && lines[last].trim() === '') last--;
    this.pieces.push({
      file: this.file,
      first: first + from,
      last: first + last,
      what,
      node: node === null || /^kubectl/.test(what) ? null : node.startsWith(POD) ? node.slice(POD.length) : node,
      why,
      state,
    });
  }

  /** Who printed a piece of this kind: the next program of the section that may have. */
  #scope(what: string): { scope: Scope; why: string | null } {
    const fits = this.#left.filter((ran) => prints(ran, what));
    const ran = fits[0];
    let place = this.section.place;
    let why: string | null = null;
    if (place === null && ran !== undefined) {
      place = ran.place;
      const places = this.section.ran.filter((one) => prints(one, what));
      if (places.some((one) => !samePlace(one.place, places[0].place)) && this.counted?.get(what) !== places.length) {
        place = null;
        why =
          'several machines printed it one after the other, and nothing says where one ends; `echo "== $NODE =="` before each would';
      }
    }
    // A table may stand in several pieces, so the last program that fits goes on printing.
    if (ran !== undefined && fits.length > 1) this.#left.splice(this.#left.indexOf(ran), 1);
    const hint: Hint = ran === undefined ? NO_HINT : hintOf(ran);
    return { scope: { draft: this.draft, node: placeName(place), from: this.file, hint }, why };
  }

  #json(at: number): number | null {
    const { lines } = this.section;
    if (!JSON_START.test(lines[at].length > 200 ? lines[at].slice(0, 200) : lines[at])) return null;
    const end = jsonEnd(lines, Math.min(lines.length, at + Math.max(1, this.#mayLook)), at);
    if (end === null) {
      // What did not end was looked for to the last line; text that begins values all the time must not cost its square.
      this.#mayLook -= lines.length - at;
      // Cut off: what follows is still of it, up to the next line that could begin anything else.
      let to = at + 1;
      while (to < lines.length && /^(?:[\s"{}[\],]|$)/.test(lines[to])) to++;
      this.#add(
        at,
        to - 1,
        'JSON',
        null,
        'it starts like JSON and is not; was it cut? Save the whole output to the file',
        'unknown',
      );
      return to;
    }
    let value: unknown;
    try {
      value = JSON.parse(
        lines
          .slice(at, end.line + 1)
          .join('\n')
          .slice(0, end.length),
      );
    } catch {
      this.#add(
        at,
        end.line,
        'JSON',
        null,
        'it starts like JSON and is not; was it cut? Save the whole output to the file',
        'unknown',
      );
      return end.line + 1;
    }
    this.#value(at, end.line, (scope) => importValue(scope, value), 'JSON');
    const rest = lines[end.line].slice(end.column);
    if (rest.trim() !== '' && JSON_START.test(rest)) {
      (lines as string[])[end.line] = rest;
      return end.line;
    }
    return end.line + 1;
  }

  #yaml(at: number): number | null {
    const { lines } = this.section;
    if (!YAML_START.test(lines[at])) return null;
    let to = at + 1;
    while (to < lines.length && YAML_LINE.test(lines[to]) && !JSON_START.test(lines[to].slice(0, 200).replace(/^\s+/, 'x'))) to++;
    this.#value(at, to - 1, (scope) => importYaml(scope, lines.slice(at, to).join('\n')), 'YAML');
    return to;
  }

  #value(from: number, to: number, run: (scope: Scope) => Outcome, what: string): void {
    const { scope, why } = this.#scope(what);
    const outcome = why === null ? run(scope) : { what, why, unknown: true };
    const state = outcome.why === null ? 'used' : outcome.unknown || outcome.why === WHOSE ? 'unknown' : 'left';
    this.#add(from, to, outcome.what, scope.node, outcome.why, state);
  }

  #listing(at: number): number | null {
    const { lines } = this.section;
    const line = lines[at];
    if (line.length > MAX_LINE) return null;
    const next = lines[at + 1]?.slice(0, MAX_LINE) ?? '';
    const hint = this.#left.length > 0 ? hintOf(this.#left[0]) : NO_HINT;
    const listing = (BY_FIRST[line.charCodeAt(0)] ?? LISTINGS).find((one) => one.starts(line, next, hint));
    if (listing === undefined) return null;
    const { scope, why: unplaced } = this.#scope(listing.what);
    const homeless = unplaced ?? (listing.needsNode && scope.node === null ? WHOSE : null);
    // Without a node it is read all the same, to see where it ends.
    const reader = listing.open(homeless === null ? scope : { ...scope, draft: new Draft(), node: 'x' });
    let to = at;
    while (to < lines.length && lines[to].length <= MAX_LINE && reader.take(lines[to], lines[to + 1]?.slice(0, MAX_LINE) ?? ''))
      to++;
    if (to === at) return null;
    const why = homeless ?? reader.end?.() ?? null;
    this.#add(
      at,
      to - 1,
      listing.what,
      homeless === null ? scope.node : null,
      why,
      homeless !== null ? 'unknown' : why === null ? 'used' : 'left',
    );
    return to;
  }

  #unknown(at: number): number {
    const { lines, first } = this.section;
    const message = MESSAGES.test(lines[at]);
    const last = this.pieces.at(-1);
    // One line for a run of lines that nothing is known of.
    if (
      last !== undefined &&
      last.file === this.file &&
      last.last === first + at - 1 &&
      last.what === (message ? 'message' : '') &&
      last.first > first - 1
    )
      last.last = first + at;
    else
      this.#add(
        at,
        at,
        message ? 'message' : '',
        null,
        message ? 'a message of a program' : notUnderstood(lines[at].trim()),
        message ? 'left' : 'unknown',
      );
    return at + 1;
  }
}

const notUnderstood = (text: string): string =>
  `not understood: '${safeText(text.length > 60 ? `${text.slice(0, 60)}...` : text)}'`;

/** Pieces of one input beyond which what is not understood is reported together. */
const MAX_PIECES = 10_000;
/** Longer lines are no listing's; patterns are not tried on them. */
const MAX_LINE = 4000;

function isSilent({ words }: Ran): boolean {
  return /^(?:echo|printf|sleep|true|cd|set|clear)$/.test(words[0] ?? '');
}

/** Whether a program may have printed a piece of this kind. */
function prints(ran: Ran, what: string): boolean {
  if (isSilent(ran)) return false;
  const hint = hintOf(ran);
  const program = ran.words[0]?.slice(ran.words[0].lastIndexOf('/') + 1) ?? '';
  if (hint.what === 'other') return false;
  if (/^ip /.test(what)) {
    if (hint.what === null) return program !== 'kubectl' && !/^(?:bridge|sysctl|nft|iptables|arp)/.test(program);
    return what === 'ip addr' || what === 'ip -br addr'
      ? hint.what === 'addr' || hint.what === 'link'
      : what === `ip ${hint.what}`;
  }
  if (what === 'JSON' || what === 'YAML') return true;
  return hint.what === null;
}

/** Where a JSON value that begins on line `at` ends, in one pass over its characters; null when it does not. */
function jsonEnd(lines: readonly string[], to: number, at: number): { line: number; column: number; length: number } | null {
  let depth = 0;
  let quoted = false;
  let length = 0;
  for (let l = at; l < to; l++) {
    const line = lines[l];
    for (let i = 0; i < line.length; i++) {
      const c = line.charCodeAt(i);
      if (quoted) {
        if (c === 0x5c) i++;
        else if (c === 0x22) quoted = false;
      } else if (c === 0x22) quoted = true;
      else if (c === 0x7b || c === 0x5b) depth++;
      else if (c === 0x7d || c === 0x5d) {
        depth--;
        if (depth === 0) return { line: l, column: i + 1, length: length + i + 1 };
        if (depth < 0) return null;
      }
    }
    length += line.length + 1;
  }
  return null;
}
