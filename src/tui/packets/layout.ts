// Where the panes of the packets view stand: numbers only, so that nothing is drawn to find out.
import type { Settings } from '../settings.js';
import { bytesWidth } from './bytes-pane.js';
import type { PaneName } from './pane.js';

/** What takes room: the panes, and the lines with a text between them. */
export type BoxName = PaneName | 'journey' | 'bytes-heading' | 'findings-heading';

export interface Box {
  readonly name: BoxName;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the mouse can pull: the row below the list, and the column beside the bytes (-1: there is none) from its first row on. */
export interface Edge {
  readonly top: number;
  readonly height: number;
  readonly width: number;
  readonly row: number;
  readonly column: number;
  readonly columnTop: number;
}

export interface Plan {
  /** They cover the view: beside each other one column is left for the line between them. */
  readonly boxes: readonly Box[];
  /** Null where one pane has all the room. */
  readonly edge: Edge | null;
  /** Rows for list, tree and bytes together. */
  readonly middle: number;
  /** Part of the width that is left of the bytes. */
  readonly split: number;
}

export interface Wanted {
  readonly settings: Pick<Settings, 'layout' | 'splitRow' | 'splitColumn'>;
  readonly hasSearch: boolean;
  /** Lines of findings that there are. */
  readonly findings: number;
  /** Rows that cause and repair of the chosen one take: they stand there while the findings do not have the focus. */
  readonly summary: number;
  readonly isInFindings: boolean;
  /** Rows that the journey of the chosen packet takes below its line, of `most`. */
  why(most: number): number;
  /** The pane that has all the room; null: each has its own. */
  readonly zoomed: PaneName | null;
}

/** Tree and bytes need this many columns to stand next to each other. */
const SIDE_BY_SIDE = 76;
/** Header and two packets at least; what is below the list keeps some rows too. */
const LEAST_LIST = 3;
const LEAST_BELOW = 4;
/** Rows of the journey below its line, and rows of tree and bytes that stay. */
const MOST_WHY = 7;
const LEAST_BESIDE_WHY = 4;

/** Rows of the list of all that it shares with tree and bytes. */
export const listRows = (middle: number, splitRow: number): number =>
  Math.max(LEAST_LIST, Math.min(middle - LEAST_BELOW, Math.round(middle * splitRow)));

export function planOf(width: number, height: number, wanted: Wanted): Plan {
  const boxes: Box[] = [{ name: 'filter', x: 0, y: 0, width, height: 1 }];
  if (wanted.hasSearch) boxes.push({ name: 'search', x: 0, y: 1, width, height: 1 });
  const top = boxes.length;
  const { zoomed } = wanted;
  if (zoomed !== null) {
    const pane = zoomed === 'filter' || zoomed === 'search' ? 'list' : zoomed;
    const middle = height - top;
    boxes.push({ name: pane, x: 0, y: top, width, height: middle });
    return { boxes, edge: null, middle, split: leftOf(wanted, width, 0).split };
  }
  const findings = findingRows(height, wanted);
  const middle = height - top - 1 - findings;
  const { boxes: panes, edge, split } = middleOf(width, middle, top, wanted);
  boxes.push(
    ...panes.flatMap((box) => clipped(box, top + middle)),
    { name: 'findings-heading', x: 0, y: top + middle, width, height: 1 },
    { name: 'findings', x: 0, y: top + middle + 1, width, height: findings },
  );
  return { boxes, edge, middle, split };
}

function findingRows(height: number, { findings, summary, isInFindings }: Wanted): number {
  const most = height >= 44 ? 5 : height >= 32 ? 3 : height >= 26 ? 2 : 1;
  if (isInFindings) return Math.min(findings, most + 2);
  // The rest of the list where there is room for it.
  return Math.min(summary + Math.max(0, Math.min(findings, most) - 1), Math.max(1, height >> 2));
}

const clipped = (box: Box, end: number): Box[] => (box.y >= end ? [] : [{ ...box, height: Math.min(box.height, end - box.y) }]);

/** List, journey, tree and bytes in the layout of the user's choice. */
function middleOf(
  width: number,
  height: number,
  top: number,
  wanted: Wanted,
): Pick<Plan, 'split'> & { boxes: Box[]; edge: Edge } {
  const { layout, splitRow } = wanted.settings;
  const list = listRows(height, splitRow);
  const journey = 1 + wanted.why(Math.min(MOST_WHY, height - list - 1 - LEAST_BESIDE_WHY));
  const rest = Math.max(0, height - list - journey);
  const below = top + list + journey;
  const edge = { top, height, width, row: top + list, column: -1, columnTop: 0 };
  if (layout === 2) {
    const { wide, split } = leftOf(wanted, width, 60);
    const left = Math.max(40, Math.min(width - 30, wide));
    return {
      boxes: [
        { name: 'list', x: 0, y: top, width: left, height: list },
        { name: 'journey', x: 0, y: top + list, width: left, height: journey },
        { name: 'tree', x: 0, y: below, width: left, height: rest },
        { name: 'bytes', x: left + 1, y: top, width: width - left - 1, height },
      ],
      edge: { ...edge, column: left, columnTop: top },
      split,
    };
  }
  const upper: Box[] = [
    { name: 'list', x: 0, y: top, width, height: list },
    { name: 'journey', x: 0, y: top + list, width, height: journey },
  ];
  if (layout === 1 || width < SIDE_BY_SIDE) {
    const tree = Math.max(0, Math.ceil((rest - 1) / 2));
    const bytes = Math.max(0, rest - tree - 1);
    return {
      boxes: [
        ...upper,
        { name: 'tree', x: 0, y: below, width, height: tree },
        { name: 'bytes-heading', x: 0, y: below + tree, width, height: 1 },
        { name: 'bytes', x: 0, y: below + tree + 1, width, height: bytes },
      ],
      edge,
      split: leftOf(wanted, width, 44).split,
    };
  }
  const { wide, split } = leftOf(wanted, width, 44);
  const left = Math.max(24, Math.min(width - 30, wide));
  return {
    boxes: [
      ...upper,
      { name: 'tree', x: 0, y: below, width: left, height: rest },
      { name: 'bytes', x: left + 1, y: below, width: width - left - 1, height: rest },
    ],
    edge: { ...edge, column: left, columnTop: below },
    split,
  };
}

/** What stands left of the bytes: the user's choice, else all but what 16 or 8 of them need where `least` columns stay. */
function leftOf({ settings: { splitColumn } }: Wanted, width: number, least: number): { wide: number; split: number } {
  if (splitColumn !== null) return { wide: Math.round((width - 1) * splitColumn), split: splitColumn };
  const n = [16, 8].find((bytes) => width - 1 - bytesWidth(bytes) >= least) ?? 8;
  const wide = width - 1 - bytesWidth(n);
  return { wide, split: wide / width };
}

/** A twentieth more or less, and at least one row of `height`. */
export const stepped = (part: number, isMore: boolean, height = 20): number => {
  const by = Math.max(0.05, 1 / height);
  return bounded(part + (isMore ? by : -by));
};

/** A share that leaves room for both sides. */
const bounded = (part: number): number => Math.round(Math.max(0.15, Math.min(0.85, part)) * 1000) / 1000;

/** The edge at a place of the view. */
export function edgeAt({ top, height, row, column, columnTop }: Edge, x: number, y: number): 'row' | 'column' | null {
  if (x === column && y >= columnTop && y < top + height) return 'column';
  return y === row && (columnTop > top || column < 0 || x < column) ? 'row' : null;
}

/** The settings with an edge pulled to a place. */
export const pulled = (edge: Edge, which: 'row' | 'column', x: number, y: number): Partial<Settings> =>
  which === 'row' ? { splitRow: bounded((y - edge.top) / edge.height) } : { splitColumn: bounded(x / (edge.width - 1)) };
