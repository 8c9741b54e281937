// The values of packets in tshark's shapes, written without strings of them: see Direct.
import type { Line } from '../../bytes/line.js';
import { type Stamp, stampOf, writeSeconds } from '../../bytes/stamp.js';
import { escapeControls, safeText } from '../../bytes/text.js';
import { type Moment, secondText } from '../../bytes/time.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import { DIGITS, KIND, kindOf, writeNumber } from '../kinds.js';
import { shownValue } from './packet.js';

/** What is known of a field before its value is. */
export interface Form {
  readonly kind: KIND;
  /** Of a number in hexadecimal. */
  readonly digits: number;
  readonly role: ROLE;
  /** Lines that a field of a layout is, told by few bits; 0: others. */
  told: number;
  /** What stands before the value, by depth and by name: 0 is its own, then the generic ones. */
  readonly heads: (Stamp | undefined)[][];
}

/** Fields that are not written where they come, or need something else with them. */
export enum ROLE {
  none = 0,
  /** Below the line of times. */
  time = 1,
  /** Has the text of the flags below it. */
  flags = 2,
  flagsText = 3,
  /** What is carried: no part of the header's length. */
  payload = 4,
  /** The notes on a segment, and the flags among them. */
  analysis = 5,
  remarks = 6,
  checksum = 7,
  checksumStatus = 8,
}

const ROLES: Readonly<Record<string, ROLE>> = {
  'tcp.time_relative': ROLE.time,
  'tcp.time_delta': ROLE.time,
  'udp.time_relative': ROLE.time,
  'udp.time_delta': ROLE.time,
  'tcp.flags': ROLE.flags,
  'tcp.flags.str': ROLE.flagsText,
  'tcp.analysis': ROLE.analysis,
  'tcp.analysis.flags': ROLE.remarks,
  'udp.checksum': ROLE.checksum,
  'udp.checksum.status': ROLE.checksumStatus,
};

/** Characters of a text that is kept, and such texts. */
const MAX_TEXT = 64;
const MAX_TEXTS = 1024;
const DOT = 0x2e;
const ZERO = 0x30;

export abstract class Values {
  protected line!: Line;
  protected bytes!: Uint8Array;
  /** The value that is written now, where it is a moment or a span of time that no number holds. */
  protected instant: Moment | null = null;
  private readonly texts = new Map<string, Stamp>();
  private readonly forms: (Form | undefined)[] = [];

  /** Text of a value, for the place between quotes. */
  protected abstract escaped(text: string): string;
  /** What stands before the value of a field: `which` counts its names, and what else it may begin with. */
  protected abstract headOf(def: FieldDef, which: number): Stamp;

  protected head(def: FieldDef, form: Form, depth: number, which: number): void {
    (form.heads[depth]?.[which] ?? this.keepHead(def, form, depth, which)).write(this.line);
  }

  private keepHead(def: FieldDef, form: Form, depth: number, which: number): Stamp {
    const heads = form.heads[depth] ?? [];
    form.heads[depth] = heads;
    const head = this.headOf(def, which);
    heads[which] = head;
    return head;
  }

  protected formOf(def: FieldDef): Form {
    const known = this.forms[def.id];
    if (known !== undefined) return known;
    const form = {
      kind: kindOf(def),
      digits: DIGITS[def.type] ?? 0,
      role: ROLES[def.name] ?? (def.name.endsWith('.payload') ? ROLE.payload : ROLE.none),
      told: -1,
      heads: [],
    };
    this.forms[def.id] = form;
    return form;
  }

  /** Writes a value as tshark shows it, safe between quotes. */
  protected show(def: FieldDef, form: Form, at: number, length: number, value: FieldValue): void {
    const { line, bytes } = this;
    const { kind } = form;
    if (this.instant !== null) this.time(def, this.instant);
    else if (kind === KIND.flag) line.byte(value === 0 ? ZERO : ZERO + 1);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number' && (value >= 0 || kind === KIND.dec) && kind >= KIND.dec && kind <= KIND.ether)
      writeNumber(line, form, value);
    else if (value === null && kind === KIND.ipv6) line.ipv6(bytes, at);
    else if (typeof value === 'bigint' && kind === KIND.span && value >= 0n && value <= Number.MAX_SAFE_INTEGER) {
      const ns = Number(value);
      const seconds = Math.floor(ns / 1e9);
      writeSeconds(line, seconds, ns - seconds * 1e9);
    } else line.text(this.escaped(shownValue(def, bytes, at, length, value) ?? ''));
  }

  private time({ type }: FieldDef, { seconds, nanoseconds }: Moment): void {
    const { line } = this;
    const day = type === 'time' ? secondText(seconds) : null;
    if (day === null) writeSeconds(line, seconds, nanoseconds);
    else {
      line.text(day);
      line.byte(DOT);
      line.decPadded(nanoseconds, 9, ZERO);
      line.text(' UTC');
    }
  }

  /** Text from anywhere: the short ones come again and again. */
  protected text(value: string): void {
    const known = this.texts.get(value);
    if (known !== undefined) {
      known.write(this.line);
      return;
    }
    const text = this.escaped(safeText(escapeControls(value)));
    this.line.text(text);
    if (value.length <= MAX_TEXT && this.texts.size < MAX_TEXTS) this.texts.set(value, stampOf(text));
  }
}
