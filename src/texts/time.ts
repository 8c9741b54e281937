// Times as tcpdump prints them in front of a packet: of day, with the date (-tttt), since 1970 (-tt), and differences (-ttt, -ttttt).

/** What the times of a text count from. */
export type TimeKind = 'day' | 'date' | 'epoch' | 'since-last' | 'since-first' | 'none';

const ZERO = 48;

export class TimeText {
  seconds = 0;
  nanoseconds = 0;
  kind: TimeKind = 'none';

  /** Reads a time at `at` that a blank follows; the offset behind the blank, or -1. */
  read(text: string, at: number): number {
    if (text.charCodeAt(at + 2) === 58) {
      const seconds = clockAt(text, at);
      if (seconds < 0) return -1;
      this.seconds = seconds;
      this.kind = 'day';
      return this.fraction(text, at + 8);
    }
    if (text.charCodeAt(at + 4) === 45 && text.charCodeAt(at + 7) === 45 && text.charCodeAt(at + 10) === 32) {
      const seconds = clockAt(text, at + 11);
      const day = Date.UTC(
        Number(text.slice(at, at + 4)),
        Number(text.slice(at + 5, at + 7)) - 1,
        Number(text.slice(at + 8, at + 10)),
      );
      if (seconds < 0 || Number.isNaN(day) || day < 0) return -1;
      this.seconds = day / 1000 + seconds;
      this.kind = 'date';
      return this.fraction(text, at + 19);
    }
    let value = 0;
    let i = at;
    for (let c = text.charCodeAt(i); c >= 48 && c <= 57 && i - at < 11; c = text.charCodeAt(++i)) value = value * 10 + c - ZERO;
    // Since 2001, with nine digits or ten.
    if (i - at < 9 || text.charCodeAt(i) !== 46) return -1;
    this.seconds = value;
    this.kind = 'epoch';
    return this.fraction(text, i);
  }

  /** `.123456 ` of microseconds, or nanoseconds. */
  private fraction(text: string, at: number): number {
    if (text.charCodeAt(at) !== 46) return -1;
    let value = 0;
    let i = at + 1;
    for (let c = text.charCodeAt(i); c >= 48 && c <= 57; c = text.charCodeAt(++i)) value = value * 10 + c - ZERO;
    const digits = i - at - 1;
    if (digits < 1 || digits > 9 || text.charCodeAt(i) !== 32) return -1;
    this.nanoseconds = value * 10 ** (9 - digits);
    return i + 1;
  }
}

/** Seconds of `HH:MM:SS`, or -1. */
function clockAt(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return -1;
  const two = (i: number): number => {
    const [high, low] = [text.charCodeAt(i) - ZERO, text.charCodeAt(i + 1) - ZERO];
    return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
  };
  const seconds = two(at) * 3600 + two(at + 3) * 60 + two(at + 6);
  return seconds >= 0 && seconds < 86_401 ? seconds : -1;
}

const DAY = 86_400;

/** Times as a capture's clock: one direction, though a text may say less. */
export class TimeLine {
  seconds = 0;
  nanoseconds = 0;
  private lastOfDay = -1;
  private days = 0;

  /** `times`: as differences where they are; texts without any count on by two milliseconds, more than copies of a packet are apart. */
  next(time: TimeText, kind: TimeKind): void {
    if (kind === 'none') this.forward(0, 2_000_000);
    else if (kind === 'since-last') this.forward(time.seconds, time.nanoseconds);
    else {
      this.seconds = time.seconds;
      this.nanoseconds = time.nanoseconds;
      if (kind !== 'day') return;
      // Midnight: no date says so. Back by less is the order of several interfaces.
      if (this.lastOfDay >= 0 && time.seconds < this.lastOfDay - DAY / 2) this.days++;
      this.lastOfDay = time.seconds;
      this.seconds += this.days * DAY;
    }
  }

  private forward(seconds: number, nanoseconds: number): void {
    this.seconds += seconds;
    this.nanoseconds += nanoseconds;
    if (this.nanoseconds >= 1e9) {
      this.nanoseconds -= 1e9;
      this.seconds++;
    }
  }
}
