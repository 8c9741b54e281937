// What a terminal sends, taken apart: mouse reports, pasted text and typed letters are known here; the rest are keys, which the
// screen driver reads. It would make one event of several mouse reports in one read, and drop the keys beside them.
import { EventEmitter } from 'node:events';
import { StringDecoder } from 'node:string_decoder';

/**
 * Name of a key: the character itself (`j`, `G`, `?`, `한`), or `space enter esc tab backspace up down left right pgup pgdn home
 * end insert delete f1` ..., with `ctrl- alt- shift-` in front.
 */
export type Key = string;

export interface Mouse {
  readonly action: 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down';
  readonly button: 'left' | 'middle' | 'right';
  /** From 0, in cells. */
  readonly x: number;
  readonly y: number;
}

export interface InputEvents {
  key(key: Key): void;
  mouse(mouse: Mouse): void;
  paste(text: string): void;
  /** The answer to what the background is: its colour, as `ffff/ffff/ffff`. */
  background?(color: string): void;
}

/** Characters of a paste that are taken; what is longer was not meant for a line of input. */
const MAX_PASTE = 65_536;
/** An escape sequence that is not whole may go on in the next read; Escape alone is a key after this time. */
const SEQUENCE_MS = 30;

const PIECE =
  /\x1b\[<(?<button>\d{1,4});(?<x>\d{1,5});(?<y>\d{1,5})(?<end>[Mm])|(?<paste>\x1b\[200~)|\x1b\]11;rgb:(?<color>[\da-fA-F]{1,4}(?:\/[\da-fA-F]{1,4}){2})(?:\x07|\x1b\\)|(?<focus>\x1b\[[IO])|(?<letters>[^\0-\x7f]+)/g;
const UNFINISHED = /\x1b(?:\[(?:<?[\d;]{0,16})?|O|\](?:1(?:1(?:;[\w:/]{0,24}\x1b?)?)?)?)?$/;
const PASTE_END = '\x1b[201~';

/** Stands between the terminal and the driver, in the place of the terminal's stream. */
export class InputSplitter extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  private readonly decoder = new StringDecoder('utf8');
  private held = '';
  private pasted: string | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly source: NodeJS.ReadStream,
    private readonly events: InputEvents,
  ) {
    super();
    source.on('data', this.onData);
  }

  setRawMode(on: boolean): void {
    this.isRaw = on;
    this.source.setRawMode?.(on);
  }
  resume(): void {
    this.source.resume();
  }
  pause(): void {
    this.source.pause();
  }
  /** Gives the stream back. */
  detach(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.source.off('data', this.onData);
  }

  private readonly onData = (data: Buffer | string): void => {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.take(this.held + (typeof data === 'string' ? data : this.decoder.write(data)));
  };

  private take(input: string): void {
    this.held = '';
    let text = input;
    if (this.pasted !== null) {
      text = this.goOnPasting(text);
      if (this.pasted !== null) return;
    }
    const tail = UNFINISHED.exec(text);
    if (tail !== null) {
      this.held = tail[0];
      text = text.slice(0, tail.index);
      this.timer = setTimeout(() => {
        const keys = this.held;
        this.held = '';
        // Half an answer of the terminal is no key.
        if (!keys.startsWith('\x1b]')) this.keys(keys);
      }, SEQUENCE_MS);
    }
    let past = 0;
    for (const match of text.matchAll(PIECE)) {
      this.keys(text.slice(past, match.index));
      past = match.index + match[0].length;
      const { button, x, y, end, paste, letters, color } = match.groups!;
      if (button !== undefined) this.mouse(Number(button), Number(x), Number(y), end === 'm');
      else if (color !== undefined) this.events.background?.(color);
      else if (letters !== undefined) for (const letter of letters) this.events.key(letter);
      else if (paste !== undefined) {
        this.pasted = '';
        const rest = text.slice(past) + this.held;
        if (this.timer !== null) clearTimeout(this.timer);
        this.take(rest);
        return;
      }
    }
    this.keys(text.slice(past));
  }

  private goOnPasting(text: string): string {
    const all = this.pasted! + text;
    const end = all.indexOf(PASTE_END);
    if (end < 0) {
      // The end mark may be split: its first characters are kept in any case.
      this.pasted = all.length > MAX_PASTE ? all.slice(0, MAX_PASTE) + all.slice(-PASTE_END.length) : all;
      return '';
    }
    this.pasted = null;
    this.events.paste(all.slice(0, Math.min(end, MAX_PASTE)));
    return all.slice(end + PASTE_END.length);
  }

  private mouse(code: number, x: number, y: number, isRelease: boolean): void {
    const at = { x: x - 1, y: y - 1 };
    // xterm's coding: bits 0 and 1 are the button, 4, 8 and 16 shift, meta and control, 32 motion, 64 the wheel.
    if (code & 64) {
      if ((code & 3) < 2) this.events.mouse({ action: code & 1 ? 'wheel-down' : 'wheel-up', button: 'middle', ...at });
      return;
    }
    const button = (['left', 'middle', 'right'] as const)[code & 3];
    if (button === undefined) return;
    this.events.mouse({ action: isRelease ? 'release' : code & 32 ? 'drag' : 'press', button, ...at });
  }

  private keys(text: string): void {
    if (text !== '') this.emit('data', text);
  }
}

/** What the driver tells about a key press. */
export interface DriverKey {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  return: 'enter',
  escape: 'esc',
  pageup: 'pgup',
  pagedown: 'pgdn',
};

/** The name of a key press; null for one that is not known. */
export function keyName(ch: string | undefined, key: DriverKey): Key | null {
  const { name, ctrl, meta, shift } = key;
  if (name === 'undefined') return null;
  if (name === undefined) {
    if (ch === undefined) return null;
    const code = ch.charCodeAt(0);
    if (code === 0) return 'ctrl-space';
    return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x40).toLowerCase()}` : ch;
  }
  const isLetter = name.length === 1;
  const base = isLetter ? (shift ? name.toUpperCase() : name) : (NAMES[name] ?? name);
  return `${ctrl ? 'ctrl-' : ''}${meta ? 'alt-' : ''}${shift && !isLetter ? 'shift-' : ''}${base}`;
}
