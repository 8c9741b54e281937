// What the packets view is made of: panes that share one packet. A pane knows what it shows and what its keys do; where it stands is
// said in layout.ts, and which one has the focus is the view's.
import type { Action, Place } from '../keys.js';
import type { Key } from '../screen/input.js';
import type { Overlay, Row } from '../screen/paint.js';
import type { Detail, PacketColumn } from '../session.js';
import type { Ui } from '../view.js';

export type PaneName = 'filter' | 'search' | 'list' | 'tree' | 'bytes' | 'findings';

export interface Pane {
  /** Section of the key table that counts while it has the focus, before those of the packets. */
  readonly place?: Place;
  /** Before each drawing: its size, and what is new. */
  settle(width: number, height: number, hasFocus: boolean): void;
  /** At most `height` rows. Draws, and changes nothing. */
  draw(width: number, height: number, hasFocus: boolean): readonly Row[];
  /** False: the action is not for this pane. */
  act?(action: Action, count: number | null): boolean;
  /** A key while it has the focus, before the key table is asked. False: not taken. */
  type?(key: Key): boolean;
  paste?(text: string): void;
  /** A button was pressed at a place of it. */
  click?(x: number, y: number, width: number): void;
  /** The wheel was turned above it. */
  scroll?(rows: number): void;
  /** Texts for copy mode, the narrowest first. */
  copies?(): readonly string[];
  /** Column where text is typed, in its first row. */
  cursorX?(): number;
  /** What it shows over the rows of the view, while it has the focus. */
  overlays?(width: number): readonly Overlay[];
  /** A button was pressed while it has the focus, in rows of the view. False: not in what it shows over them. */
  clickOver?(y: number): boolean;
}

/** What the panes share. */
export interface Desk {
  readonly ui: Ui;
  /** The chosen packet, decoded; null: there is none, or it cannot be read. */
  readonly detail: Detail | null;
  readonly columns: readonly PacketColumn[];
  focus(pane: PaneName): void;
}
