// From keys to actions: digits that count or name a view, sequences of keys, keys that stand for others (`:map`).
import { keysOfText, shownKeys } from '../key-names.js';
import { type Action, match, type Place } from '../keys.js';
import type { Key } from '../screen/input.js';
import type { Settings } from '../settings.js';

/** A digit is a view when nothing follows it within this time; else it is a count. */
const DIGIT_MS = 300;
/** A mapped key types at most so many, and maps lead to maps so often. */
const MAX_FEED = 1000;
const MAX_DEPTH = 10;
const MAX_COUNT = 2 ** 31;

/** Actions that take the number typed before them. */
const COUNTED: ReadonlySet<Action> = new Set<Action>([
  'up',
  'down',
  'left',
  'right',
  'page-up',
  'page-down',
  'half-up',
  'half-down',
  'top',
  'bottom',
]);

export interface Typist {
  /** Sections of the key table that count now. */
  places(): readonly Place[];
  /** Does the view or dialog in front take the key as text? */
  takesText(key: Key): boolean;
  readonly maps: Settings['maps'];
  /** Views have numbers, but not while a dialog is open. */
  readonly hasNumbers: boolean;
  /** As if the key had been pressed. */
  press(key: Key, depth: number): void;
  act(action: Action, count: number | null, argument: Key): void;
  showNumber(digit: string): void;
  /** Opens the command line with a text in it. */
  openCommand(text: string): void;
  say(text: string): void;
  redraw(): void;
}

export class Typing {
  private typed: Key[] = [];
  private digits = '';
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly typist: Typist) {}

  /** What was typed of something longer: the count, and keys as a person writes them; null: nothing. */
  get pending(): { readonly count: string; readonly keys: readonly string[] } | null {
    const { digits, typed } = this;
    return digits === '' && typed.length === 0 ? null : { count: digits, keys: typed.map(shownKeys) };
  }

  /** `depth`: how many maps led to this key. */
  press(key: Key, depth: number): void {
    const { typist } = this;
    const isFirst = this.typed.length === 0;
    if (isFirst && key !== 'ctrl-c' && typist.takesText(key)) return;
    const keys = isFirst && depth < MAX_DEPTH ? mapped(key, typist.maps) : null;
    if (keys !== null) for (const one of keys.slice(0, MAX_FEED)) typist.press(one, depth + 1);
    else if (isFirst && /^\d$/.test(key) && (this.digits !== '' || key !== '0')) this.digit(key);
    else if ((this.digits !== '' || !isFirst) && key === 'esc') this.forget();
    else this.sequence(key);
  }

  private sequence(key: Key): void {
    this.stopTimer();
    this.typed.push(key);
    const { typist, typed, digits } = this;
    const found = match(typed, typist.places());
    if (found.kind === 'more') return;
    this.forget();
    if (found.kind === 'action') {
      // A digit before a key that counts nothing is the view of that number, however soon the key comes; several are for the command line.
      const isView = digits.length === 1 && typist.hasNumbers && !COUNTED.has(found.action);
      if (isView) typist.showNumber(digits);
      if (found.action === 'command-line' && digits.length > 1) typist.openCommand(digits);
      else typist.act(found.action, digits === '' || isView ? null : Math.min(Number(digits), MAX_COUNT), found.argument);
    } else if (typed.length > 1) typist.say(`${typed.map(shownKeys).join(' ')} means nothing here; ? shows the keys`);
  }

  private digit(key: Key): void {
    this.stopTimer();
    this.digits = (this.digits + key).slice(0, 10);
    if (this.digits.length > 1 || !this.typist.hasNumbers) return;
    this.timer = setTimeout(() => {
      this.forget();
      this.typist.showNumber(key);
      this.typist.redraw();
    }, DIGIT_MS);
  }

  private forget(): void {
    this.typed = [];
    this.digits = '';
    this.stopTimer();
  }
  stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** The keys that a mapped key stands for; null where it is not mapped. */
function mapped(key: Key, maps: Settings['maps']): readonly Key[] | null {
  for (const [from, to] of Object.entries(maps)) if (keysOfText(from)?.[0] === key) return keysOfText(to);
  return null;
}
