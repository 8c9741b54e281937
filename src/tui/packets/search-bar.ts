// Search in the list, the structure or the bytes: for a string, hex bytes, a pattern or a filter.
import type { Key } from '../screen/input.js';
import { cell, type Row } from '../screen/paint.js';
import type { Search, SearchKind } from '../session.js';
import type { Ui } from '../view.js';
import { LineInput } from '../widgets/line-input.js';

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

export class SearchBar {
  private readonly input = new LineInput();
  private part = 0;
  private target = 0;
  private kind = 0;
  private matchCase = false;
  isOpen = false;

  constructor(
    private readonly ui: Ui,
    private readonly start: (search: Search) => void,
    private readonly leave: () => void,
  ) {}

  get search(): Search {
    return {
      text: this.input.text,
      kind: KINDS[this.kind]!,
      target: TARGETS[this.target]!.target,
      matchCase: this.matchCase,
    };
  }

  focus(): void {
    this.isOpen = true;
    this.part = 0;
  }

  type(key: Key): boolean {
    if (key === 'enter') {
      const wrong = searchProblem(this.search, this.ui);
      if (wrong === null) this.start(this.search);
      else this.ui.say(wrong, 'error');
    } else if (key === 'esc') this.leave();
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

  draw(width: number, hasFocus: boolean): { readonly row: Row; readonly x: number } {
    const { theme } = this.ui;
    const wrong = this.input.text === '' ? null : searchProblem(this.search, this.ui);
    const switches = [`in ${TARGETS[this.target]!.text}`, `as ${KINDS[this.kind]!}`, this.matchCase ? '[x] case' : '[ ] case'];
    const size = switches.reduce((sum, text) => sum + text.length + 3, 0);
    const attr = this.input.text === '' ? theme.filterEmpty : wrong === null ? theme.filterValid : theme.filterInvalid;
    const sign = this.input.text === '' ? '  ' : wrong === null ? '+ ' : '× ';
    const drawn = this.input.draw(Math.max(4, width - LABEL.length - size - sign.length), attr);
    return {
      row: [
        { text: LABEL, attr: hasFocus ? theme.key : theme.dim },
        ...drawn.row,
        { text: sign, attr },
        ...switches.map((text, i) =>
          cell(` ${text}  `, text.length + 3, hasFocus && this.part === i + 1 ? theme.selected : theme.text),
        ),
      ],
      x: LABEL.length + drawn.x,
    };
  }

  click(x: number, width: number): void {
    // The switches stand at the right; their widths change with what they say.
    const texts = [`in ${TARGETS[this.target]!.text}`, `as ${KINDS[this.kind]!}`, '[ ] case'];
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
