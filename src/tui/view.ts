// How a view is added
//
//   1. Write a class that implements View: settle(width, height) takes notice of the size and of what is new; draw(width, height)
//      makes rows of styled text from its state (screen/paint.ts, colours from ui.theme) and changes nothing; act(action, ...) does
//      what a key of the table (keys.ts) names. It holds no key names.
//   2. List it in views.ts under its number. Tabs, help, menu and command line follow from there.
//   3. New actions and places go into keys.ts; footer, help and docs follow from there.
//
// `npm run new:view NAME` does the first two.
//
// A table of the engine is a TableView (widgets/table-view.ts) with a name and a title. A page of text is a Pager
// (widgets/pager.ts), a list to choose from a ListDialog, a question an Ask (widgets/dialogs.ts); all are opened with ui.open().
import type { ColorRules } from './colors/rules.js';
import type { Trail } from './findings/trail.js';
import type { Action, Place } from './keys.js';
import type { Key, Mouse } from './screen/input.js';
import type { Attr, Picture } from './screen/paint.js';
import type { Theme } from './screen/theme.js';
import type { Selection } from './selection.js';
import type { Session } from './session.js';
import type { SettingsStore } from './settings.js';

export interface View {
  readonly title: string;
  /** Sections of the key table that count now, the nearest first; `everywhere` is added by the application. */
  places(): readonly Place[];
  /** Before each drawing: the size it will have, and what is new. The one place where a view changes without the user. */
  settle?(width: number, height: number): void;
  /** Exactly `height` rows of `width` columns. Draws, and changes nothing. */
  draw(width: number, height: number): Picture;
  /** `count` is the number typed before the key, `argument` the last key. False: the action is not for this view. */
  act(action: Action, count: number | null, argument: Key): boolean;
  /** A key before the table is asked: while text is typed. False: not taken. */
  type?(key: Key): boolean;
  paste?(text: string): void;
  /** Place in the view's own rows. */
  mouse?(mouse: Mouse): void;
  /** It comes to the front; `packet` is what it is asked about: the selected one, if no other was named; or a finding, by its index. */
  shown?(packet: number, finding?: number): void;
  /** Texts that copy mode offers, the narrowest first. */
  copies?(): readonly string[];
}

/** A view in a frame over the others. */
export interface Dialog extends View {
  /** Columns and rows it would like inside its frame. */
  size(width: number, height: number): { readonly width: number; readonly height: number };
}

/** What the application does for its views. */
export interface Ui {
  readonly session: Session;
  readonly theme: Theme;
  readonly settings: SettingsStore;
  readonly colors: ColorRules;
  /** Which packets are shown, and which one is chosen. */
  readonly selection: Selection;
  /** Where the walk through the evidence is. */
  readonly trail: Trail;
  /** Counts up whenever the session has more to show: what was asked of it may have another answer. */
  readonly changes: number;
  /** The screen is drawn again soon; any number of calls makes one drawing. */
  redraw(): void;
  /** One line at the bottom, until the next key. */
  say(text: string, kind?: 'info' | 'good' | 'error'): void;
  open(dialog: Dialog): void;
  close(dialog: Dialog): void;
  /** Brings a view of views.ts to the front, to show what it knows of a packet (else of the selected one), or of a finding. */
  show(view: string, packet?: number, finding?: number): void;
  /** Puts a filter into the filter line of the packets; `apply` shows its packets too, and selects one of them. */
  filter(text: string, apply: boolean, packet?: number): void;
  /** Shows the packets and selects one. False: the filter hides it. */
  goTo(packet: number): boolean;
  /** The packet that is selected in the packet list; 0: none. */
  readonly packet: number;
  /** Reads other captures (none: the same again), and selects a packet of them. */
  load(files: readonly string[], packet?: number): void;
  /** Into the clipboard of the terminal. */
  copy(text: string): void;
  /** Runs a line of the command line. */
  command(line: string): void;
  act(action: Action): void;
}

export type { Attr };
