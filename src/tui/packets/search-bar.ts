// Search in the list, the structure or the bytes: for a string, hex bytes, a pattern or a filter.
import type { Key } from '../screen/input.js';
import { cell, type Row } from '../screen/paint.js';
import type { Search, SearchKind } from '../session.js';
import type { Ui } from '../view.js';
import { LineInput } from '../widgets/line-input.js';
import type { Desk, Pane } from './pane.js';
import type { Searching } from './searching.js';

const TARGETS: readonly { readonly target: Search['target']; readonly text: string }[] = [
  { target: 'list', text: 'list' },
  { target: 'details', text: 'structure' },
  { target: 'bytes', text: 'bytes' },
];
const KINDS: readonly SearchKind[] = ['string', 'hex', 'regex', 'filter'];
const LABEL = ' Search: ';
/** Parts of the bar that Tab walks through. */
const PARTS = 4;

/** What is wrong with the text of a search; null: nothing. */
export function searchProblem(search: Search, ui: Ui): string | null {
  if (search.text === '') return 'nothing to search for';
  if (search.kind === 'hex' && !/^(?:\s*[\da-f]{2}[\s:.-]?)+$/i.test(search.text)) return 'hex is pairs of digits: 0a 00 02 0f';
  if (search.kind === 'filter') return ui.session.checkFilter(search.text)?.message ?? null;
  if (search.kind === 'regex')
    try {
      new RegExp(search.text, 'u');
    } catch (error) {
      return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, 'pattern: ') : 'not a pattern';
    }
  return null;
}

export class SearchBar implements Pane {
  private readonly input = new LineInput();
  private part = 0;
  private target = 0;
  private kind = 0;
  private matchCase = false;
  isOpen = false;

  private readonly ui: Ui;

  constructor(
    private readonly desk: Desk,
    private readonly searching: Searching,
  ) {
    this.ui = desk.ui;
  }

  get search(): Search {
    return {
      text: this.input.text,
      kind: KINDS[this.kind],
      target: TARGETS[this.target].target,
      matchCase: this.matchCase,
    };
  }

  open(): void {
    this.isOpen = true;
    this.part = 0;
    this.desk.focus('search');
  }
  close(): void {
    this.isOpen = false;
    this.searching.forget();
    this.desk.focus('list');
  }

  private start(): void {
    const wrong = searchProblem(this.search, this.ui);
    if (wrong === null) {
      this.searching.start(this.search);
      this.desk.focus('list');
    } else this.ui.say(wrong, 'error');
  }

  type(key: Key): boolean {
    if (key === 'enter') this.start();
    else if (key === 'esc') this.close();
    else if (key === 'tab') this.part = (this.part + 1) % PARTS;
    else if (key === 'shift-tab') this.part = (this.part + PARTS - 1) % PARTS;
    else if (key === 'ctrl-f') return false;
    else if (this.part === 0) return this.input.type(key);
    else {
      const step = key === 'left' || key === 'up' ? -1 : key === 'right' || key === 'down' || key === 'space' ? 1 : 0;
      if (step === 0) return false;
      this.change(step);
    }
    return true;
  }
  paste(text: string): void {
    this.input.insert(text);
  }

  private change(step: number): void {
    if (this.part === 1) this.target = (this.target + step + TARGETS.length) % TARGETS.length;
    else if (this.part === 2) this.kind = (this.kind + step + KINDS.length) % KINDS.length;
    else this.matchCase = !this.matchCase;
  }

  private get switches(): readonly string[] {
    return [`in ${TARGETS[this.target].text}`, `as ${KINDS[this.kind]}`, this.matchCase ? '[x] case' : '[ ] case'];
  }
  /** Whether the text can be searched for, and how many hits it has. */
  private get sign(): string {
    if (this.input.text === '') return '  ';
    if (searchProblem(this.search, this.ui) !== null) return '× ';
    const { hits } = this.searching;
    const status = this.searching.text === this.input.text ? hits.status(this.ui.selection.cursor.at) : '';
    return status === '' ? '+ ' : `+ ${status}${/^\d+( \u2026)?$/.test(status) ? (hits.count === 1 ? ' hit' : ' hits') : ''} `;
  }
  private room(width: number): number {
    const switches = this.switches.reduce((sum, text) => sum + text.length + 3, 0);
    return Math.max(4, width - LABEL.length - switches - this.sign.length);
  }

  settle(width: number): void {
    this.input.settle(this.room(width));
  }

  draw(width: number, _height: number, hasFocus: boolean): Row[] {
    const { theme } = this.ui;
    const isEmpty = this.input.text === '';
    const wrong = isEmpty ? null : searchProblem(this.search, this.ui);
    const attr = isEmpty ? theme.filterEmpty : wrong === null ? theme.filterValid : theme.filterInvalid;
    return [
      [
        { text: LABEL, attr: hasFocus ? theme.key : theme.dim },
        ...this.input.draw(this.room(width), attr),
        { text: this.sign, attr },
        ...this.switches.map((text, i) =>
          cell(` ${text}  `, text.length + 3, hasFocus && this.part === i + 1 ? theme.selected : theme.text),
        ),
      ],
    ];
  }

  cursorX(): number {
    return LABEL.length + this.input.cursorX;
  }

  click(x: number, width: number): void {
    // The switches stand at the right; their widths change with what they say.
    const texts = this.switches;
    let from = width - texts.reduce((sum, text) => sum + text.length + 3, 0);
    this.part = 0;
    texts.forEach((text, i) => {
      if (x >= from && x < from + text.length + 3) {
        this.part = i + 1;
        this.change(1);
      }
      from += text.length + 3;
    });
  }
}
