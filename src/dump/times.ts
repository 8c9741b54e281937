// The time of a line in one of tshark's forms (`-t`, `-u`), with as many digits of a second as the capture's clock tells.
import type { Line } from '../bytes/line.js';
import type { Frame } from '../capture/frame.js';
import type { FrameContext } from './frame-context.js';

/** tshark's words: absolute, with the date, with the day of the year, since the last frame (or the last printed), 1970, relative, UTC. */
export const TIME_FORMS = ['a', 'ad', 'adoy', 'd', 'dd', 'e', 'r', 'u', 'ud', 'udoy'] as const;
export type TimeForm = (typeof TIME_FORMS)[number];

/** By the number of tcpdump's `-t`: the clock, nothing, since 1970, since the line before, the date, since the first. */
const TCPDUMP_FORMS = ['a', 'none', 'e', 'dd', 'ad', 'r'] as const;
export const tcpdumpTime = (letters: string): TimeForm | 'none' => TCPDUMP_FORMS[letters.split('t').length - 1] ?? 'r';

/** How differences are written: seconds, or hours, minutes and seconds. */
export const SPAN_FORMS = ['s', 'hms'] as const;
export type SpanForm = (typeof SPAN_FORMS)[number];

/** The form that a word means; null: none of tshark's or tcpdump's words. `-tttt` arrives as `-t ttt` where the option takes a value. */
export const timeForm = (word: string): TimeForm | null =>
  TIME_FORMS.find((form) => form === word || (/^t{1,4}$/.test(word) && form === tcpdumpTime(`t${word}`))) ?? null;

/** tshark's column is that wide where nothing longer stands in it. */
const WIDTH = 10;
const ZERO = 0x30;
const SPACE = 0x20;
const POINT = 0x2e;
const DASH = 0x2d;
const COLON = 0x3a;
const DAY_MS = 86_400_000;

type Moments = Pick<
  FrameContext,
  | 'firstSeconds'
  | 'firstNanoseconds'
  | 'previousSeconds'
  | 'previousNanoseconds'
  | 'displayedSeconds'
  | 'displayedNanoseconds'
  | 'decimals'
>;

/** Writes the time of frames; padded to tshark's width. */
export class TimeColumn {
  /** The second whose text `clock` is; most frames share theirs with the one before. */
  private second = Number.NaN;
  private clock = '';

  constructor(
    readonly form: TimeForm,
    readonly span: SpanForm,
    private readonly moments: Moments,
  ) {}

  write(frame: Frame, line: Line): void {
    const from = line.at;
    if (frame.hasTime) this.bare(frame, line);
    line.alignRight(from, WIDTH);
  }

  private bare(frame: Frame, line: Line): void {
    const { moments, form } = this;
    const { seconds, nanoseconds } = frame;
    if (form === 'r') this.between(frame, moments.firstSeconds, moments.firstNanoseconds, line);
    else if (form === 'd') this.between(frame, moments.previousSeconds, moments.previousNanoseconds, line);
    else if (form === 'dd') this.between(frame, moments.displayedSeconds, moments.displayedNanoseconds, line);
    else if (form === 'e') {
      this.signed(seconds, line);
      this.fraction(nanoseconds, line);
    } else {
      if (seconds !== this.second) {
        this.clock = clockText(seconds, form);
        this.second = seconds;
      }
      line.text(this.clock);
      this.fraction(nanoseconds, line);
    }
  }

  private signed(seconds: number, line: Line): void {
    if (seconds < 0) line.byte(DASH);
    line.dec(Math.abs(seconds));
  }

  private fraction(nanoseconds: number, line: Line): void {
    const { decimals } = this.moments;
    if (decimals === 0) return;
    line.byte(POINT);
    line.decPadded(Math.floor(nanoseconds / 10 ** (9 - decimals)), decimals, ZERO);
  }

  /** From an earlier moment to the frame's. */
  private between(frame: Frame, fromSeconds: number, fromNanoseconds: number, line: Line): void {
    let seconds = frame.seconds - fromSeconds;
    let nanoseconds = frame.nanoseconds - fromNanoseconds;
    if (seconds < 0 || (seconds === 0 && nanoseconds < 0)) {
      line.byte(DASH);
      if (this.span === 'hms') line.byte(SPACE);
      seconds = -seconds;
      nanoseconds = -nanoseconds;
    }
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
    if (this.span === 's') {
      line.dec(seconds);
      this.fraction(nanoseconds, line);
      return;
    }
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    if (hours > 0) {
      line.dec(hours);
      line.text('h ');
    }
    if (hours > 0 || minutes > 0) {
      line.decPadded(minutes, hours > 0 ? 2 : 1);
      line.text('m ');
    }
    line.decPadded(seconds % 60, hours > 0 || minutes > 0 ? 2 : 1);
    this.fraction(nanoseconds, line);
    line.byte(0x73);
  }
}

/** A second of the clock without its fraction, in the reader's time zone or in UTC. */
export function clockText(seconds: number, form: 'a' | 'ad' | 'adoy' | 'u' | 'ud' | 'udoy'): string {
  const local = new Date(seconds * 1000);
  // Moved by the zone's offset, UTC's functions say what the clock on the wall says.
  const at = form.startsWith('u') ? local : new Date(local.getTime() - local.getTimezoneOffset() * 60_000);
  if (Number.isNaN(at.getTime())) return String(seconds);
  const clock = at.toISOString().slice(-13, -5);
  const date = at.toISOString().slice(0, -14);
  if (form.endsWith('doy')) {
    const day = Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
    return `${at.getUTCFullYear()}/${String(day).padStart(3, '0')} ${clock}`;
  }
  return form.endsWith('d') ? `${date} ${clock}` : clock;
}

/** The same moment as tcpdump prints it for the same word. Its spans are clocks, with a blank or a dash in front. */
export class TcpdumpTimes {
  private second = Number.NaN;
  private clock = '';

  constructor(
    private readonly form: TimeForm | 'none',
    private readonly moments: Moments,
  ) {}

  /** The time and a space. */
  write(frame: Frame, line: Line): void {
    const { form, moments } = this;
    if (form === 'none') return;
    this.moment(frame, form, moments, line);
    line.space();
  }

  private moment(frame: Frame, form: TimeForm, moments: Moments, line: Line): void {
    if (form === 'd' || form === 'dd') this.between(frame, moments.displayedSeconds, moments.displayedNanoseconds, line);
    else if (form === 'r') this.between(frame, moments.firstSeconds, moments.firstNanoseconds, line);
    else {
      if (frame.seconds !== this.second) {
        this.clock = form === 'e' ? String(frame.seconds) : clockText(frame.seconds, form);
        this.second = frame.seconds;
      }
      line.text(this.clock);
      micro(frame.nanoseconds, line);
    }
  }

  private between(frame: Frame, fromSeconds: number, fromNanoseconds: number, line: Line): void {
    let us = (frame.seconds - fromSeconds) * 1e6 + (Math.floor(frame.nanoseconds / 1000) - Math.floor(fromNanoseconds / 1000));
    line.byte(us < 0 ? DASH : SPACE);
    us = Math.abs(us);
    const seconds = Math.floor(us / 1e6);
    // A day more or less is not said, as by tcpdump.
    for (const [unit, wrap, after] of [
      [3600, 24, COLON],
      [60, 60, COLON],
      [1, 60, 0],
    ] as const) {
      line.decPadded(Math.floor(seconds / unit) % wrap, 2, ZERO);
      if (after !== 0) line.byte(after);
    }
    micro((us % 1e6) * 1000, line);
  }
}

function micro(nanoseconds: number, line: Line): void {
  line.byte(POINT);
  line.decPadded(Math.floor(nanoseconds / 1000), 6, ZERO);
}
