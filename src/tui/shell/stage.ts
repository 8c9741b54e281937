// Which view is in front, and which ones were before it. A view is made when it is first shown.
import type { Ui, View } from '../view.js';
import { keyOf, VIEWS, type ViewEntry } from '../views.js';

/** Views that are remembered on the way back. */
const MAX_PAST = 50;

export class Stage {
  private readonly views = new Map<string, View>();
  private readonly past: ViewEntry[] = [];
  entry: ViewEntry = VIEWS[0];

  constructor(private readonly ui: Ui) {}

  get view(): View {
    const { entry } = this;
    let view = this.views.get(entry.name);
    if (view === undefined) {
      view = entry.create(this.ui);
      this.views.set(entry.name, view);
    }
    return view;
  }

  /** Brings a view to the front; `packet` or `finding` is what it is asked about. */
  show(entry: ViewEntry, packet: number, finding?: number): void {
    if (entry !== this.entry) {
      this.past.push(this.entry);
      if (this.past.length > MAX_PAST) this.past.shift();
      this.entry = entry;
    }
    this.view.shown?.(packet, finding);
  }

  /** To the view before; nothing where there is none. */
  back(packet: number): void {
    const entry = this.past.pop();
    if (entry === undefined) return;
    this.entry = entry;
    this.view.shown?.(packet);
  }

  /** The next or the previous of those with a number. */
  neighbour(step: 1 | -1): ViewEntry {
    const numbered = VIEWS.filter(({ digit }) => digit !== '');
    const at = numbered.indexOf(this.entry) + step;
    return numbered[(at + numbered.length) % numbered.length];
  }

  /** Tabs of the views, as they stand in their row: with their full names where those have room. */
  tabs(width: number): readonly Tab[] {
    const { checks } = this.ui.session;
    const isAsked = (entry: ViewEntry) => entry.name === 'checks' && checks !== null;
    const entries = VIEWS.filter((entry) => entry.digit !== '' || entry === this.entry || isAsked(entry));
    const wide = placed(entries.map((entry) => ({ entry, title: entry.title, between: ' ' })));
    const last = wide.at(-1)!;
    if (last.from + last.width <= width) return wide;
    let narrow = entries.map((entry) => ({ entry, title: entry.short ?? entry.title, between: '' }));
    const end = () => {
      const { from, width: own } = placed(narrow).at(-1)!;
      return from + own;
    };
    // The one that is shown stands there, and no name is cut: the last ones beside it go.
    while (narrow.length > 1 && end() > width + 1)
      narrow = narrow.toSpliced(
        narrow.findLastIndex(({ entry }) => entry !== this.entry),
        1,
      );
    return placed(narrow);
  }
}

export interface Tab {
  readonly entry: ViewEntry;
  readonly title: string;
  /** What stands around number and name. */
  readonly between: string;
  readonly from: number;
  readonly width: number;
}

function placed(tabs: readonly Omit<Tab, 'from' | 'width'>[]): Tab[] {
  let from = 0;
  return tabs.map((tab) => {
    const width = keyOf(tab.entry).length + tab.title.length + (tab.between === '' ? 1 : 3);
    from += width;
    return { ...tab, from: from - width, width };
  });
}
