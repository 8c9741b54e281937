// The packet structure. A branch that was opened stays open from packet to packet: it is remembered by the names on its path.

import type { TreeNode } from '../../dissect/tree.js';
import { nodeText } from '../../dissect/tree-text.js';
import type { FieldOf } from '../findings/trail.js';
import type { Action } from '../keys.js';
import { cell, fit, type Row, type Span, span, widthOf } from '../screen/paint.js';
import { over, type Theme } from '../screen/theme.js';
import type { Detail } from '../session.js';
import { Cursor } from '../widgets/cursor.js';
import type { Stretch } from './bytes-pane.js';
import { openFieldMenu } from './field-menu.js';
import type { Desk, Pane } from './pane.js';

export interface TreeLine {
  readonly node: TreeNode;
  readonly depth: number;
  /** Names from the root, with a number where siblings have the same name. */
  readonly path: string;
  /** Index of the line it belongs to; -1 at the root. */
  readonly parent: number;
  readonly isOpen: boolean;
}

const MENU = '[=]';
/** Open branches that are remembered. */
const MAX_OPEN = 2000;

export class TreePane implements Pane {
  readonly place = 'tree';
  private readonly cursor = new Cursor();
  private lines: TreeLine[] = [];
  private detail: Detail | null = null;
  private readonly open = new Set<string>();
  private path = '';
  /** The user has chosen the line, and not the walk through the evidence. */
  isChosen = false;

  constructor(private readonly desk: Desk) {}

  /** Shows another packet: the same line is chosen, if it has one. */
  show(detail: Detail | null): void {
    if (detail === this.detail) return;
    this.detail = detail;
    this.rebuild();
  }

  get line(): TreeLine | null {
    return this.lines[this.cursor.at] ?? null;
  }

  private rebuild(): void {
    this.lines = [];
    const walk = (nodes: readonly TreeNode[], depth: number, above: string, parent: number): void => {
      const seen = new Map<string, number>();
      for (const node of nodes) {
        const n = seen.get(node.def.name) ?? 0;
        seen.set(node.def.name, n + 1);
        const path = `${above}/${node.def.name}${n === 0 ? '' : `#${n}`}`;
        const isOpen = node.children.length > 0 && this.open.has(path);
        const at = this.lines.push({ node, depth, path, parent, isOpen }) - 1;
        if (isOpen) walk(node.children, depth + 1, path, at);
      }
    };
    walk(this.detail?.tree ?? [], 0, '', -1);
    // The nearest line that this packet has too.
    for (let path = this.path; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
      const at = this.lines.findIndex((line) => line.path === path);
      if (at >= 0) {
        this.cursor.at = at;
        break;
      }
    }
    this.cursor.at = Math.max(0, Math.min(this.cursor.at, this.lines.length - 1));
  }

  private choose(): void {
    this.isChosen = true;
    this.path = this.line?.path ?? '';
  }

  /** Chooses a field, of several the innermost that has one of the values, and opens the way to it. False: the packet has none. */
  chooseField({ name, values }: FieldOf): boolean {
    let found: string[] = [];
    let hasValue = false;
    const { bytes = new Uint8Array() } = this.detail ?? {};
    const walk = (nodes: readonly TreeNode[], above: readonly string[]): void => {
      const seen = new Map<string, number>();
      for (const node of nodes) {
        const n = seen.get(node.def.name) ?? 0;
        seen.set(node.def.name, n + 1);
        const path = [...above, `${above.at(-1) ?? ''}/${node.def.name}${n === 0 ? '' : `#${n}`}`];
        if (node.def.name === name) {
          const isOne = values.length > 0 && values.some((value) => nodeText(node, bytes).endsWith(`: ${value}`));
          if (isOne || !hasValue) found = path;
          hasValue ||= isOne;
        }
        walk(node.children, path);
      }
    };
    walk(this.detail?.tree ?? [], []);
    const own = found.pop();
    if (own === undefined) return false;
    for (const path of found) if (this.open.size < MAX_OPEN) this.open.add(path);
    this.isChosen = false;
    this.path = own;
    this.rebuild();
    return true;
  }

  /** Chooses the deepest field that covers a byte, and opens the way to it. */
  chooseByte(at: number): void {
    let nodes: readonly TreeNode[] = this.detail?.tree ?? [];
    let above = '';
    let found: string | null = null;
    for (;;) {
      const seen = new Map<string, number>();
      let next: { node: TreeNode; path: string } | null = null;
      for (const node of nodes) {
        const n = seen.get(node.def.name) ?? 0;
        seen.set(node.def.name, n + 1);
        const covers = at >= node.at && at < node.at + node.length;
        // The smallest one: a node for the whole frame covers all others. Of bits in the same byte, the first.
        if (covers && (next === null || node.length < next.node.length))
          next = { node, path: `${above}/${node.def.name}${n === 0 ? '' : `#${n}`}` };
      }
      if (next === null) break;
      if (found !== null) this.open.add(found);
      found = next.path;
      above = next.path;
      nodes = next.node.children;
      if (next.node.children.every((child) => child.at === next.node.at && child.length === next.node.length)) break;
    }
    if (found === null) return;
    this.isChosen = true;
    this.path = found;
    this.rebuild();
  }

  toggle(open?: boolean): void {
    const { line } = this;
    if (line === null || line.node.children.length === 0) return;
    if (open ?? !line.isOpen) {
      if (this.open.size < MAX_OPEN) this.open.add(line.path);
    } else this.open.delete(line.path);
    this.choose();
    this.rebuild();
  }

  act(action: Action, count: number | null): boolean {
    const { line } = this;
    if (action === 'node-menu') this.openMenu();
    else if (action === 'toggle-branch') this.toggle();
    else if (action === 'open-branch') {
      if (line?.isOpen) this.cursor.to(this.cursor.at + 1);
      else this.toggle(true);
    } else if (action === 'close-branch') {
      if (line?.isOpen) this.toggle(false);
      else if (line !== null && line.parent >= 0) this.cursor.jump(line.parent);
    } else if (action === 'toggle-all') {
      const hasOpen = this.lines.some(({ isOpen }) => isOpen);
      if (hasOpen) this.open.clear();
      else this.openAll(this.detail?.tree ?? [], '');
      this.rebuild();
    } else if (!this.cursor.act(action, count)) return false;
    this.choose();
    return true;
  }

  private openAll(nodes: readonly TreeNode[], above: string): void {
    const seen = new Map<string, number>();
    for (const node of nodes) {
      const n = seen.get(node.def.name) ?? 0;
      seen.set(node.def.name, n + 1);
      const path = `${above}/${node.def.name}${n === 0 ? '' : `#${n}`}`;
      if (node.children.length === 0 || this.open.size >= MAX_OPEN) continue;
      this.open.add(path);
      this.openAll(node.children, path);
    }
  }

  private openMenu(): void {
    if (this.line !== null && this.detail !== null) openFieldMenu(this.desk.ui, this.detail, this.line.node);
  }

  settle(_width: number, height: number): void {
    this.cursor.settle(this.lines.length, height);
  }

  draw(width: number, height: number, hasFocus: boolean): Row[] {
    const { theme } = this.desk.ui;
    const { top, at } = this.cursor;
    return this.lines
      .slice(top, top + height)
      .map((line, i) => this.drawLine(line, theme, width, top + i !== at ? 'no' : hasFocus ? 'focus' : 'away'));
  }

  private drawLine({ node, depth, isOpen }: TreeLine, theme: Theme, width: number, chosen: 'no' | 'focus' | 'away'): Row {
    const bytes = this.detail?.bytes ?? new Uint8Array();
    const under = chosen === 'no' ? null : chosen === 'focus' ? theme.selected : theme.selectedAway;
    const worst = worstNote(node);
    const base = worst === 'error' ? theme.error : worst === 'warn' ? theme.warning : depth === 0 ? theme.strong : theme.text;
    const attr = under === null ? base : over(base, under);
    const dim = under === null ? theme.dim : over(theme.dim, under);
    const marker = node.children.length === 0 ? ' ' : isOpen ? '▾' : '▸';
    const spans: Span[] = [
      // A blank in the colour of the text is some bytes of output less.
      { text: `${'  '.repeat(depth)}${marker} `, attr: marker === ' ' ? attr : dim },
      span(nodeText(node, bytes), attr),
      ...node.notes
        .map((note) => span(`  [${note.text}]`, note.severity === 'error' ? theme.error : theme.warning))
        .map((one) => (under === null ? one : { text: one.text, attr: over(one.attr, under) })),
    ];
    if (chosen === 'no') return spans;
    if (chosen === 'away') return [...spans, cell('', Math.max(0, width - widthOf(spans)), attr)];
    return [...fit(spans, Math.max(0, width - MENU.length - 1), attr), { text: ` ${MENU}`, attr: dim }];
  }

  /** The marker opens and closes, the sign at the right opens the menu; any place chooses the line. */
  click(x: number, y: number, width: number): void {
    const at = this.cursor.top + y;
    const line = this.lines[at];
    if (line === undefined) return;
    const wasChosen = at === this.cursor.at;
    this.cursor.to(at);
    this.choose();
    if (wasChosen && x >= width - MENU.length) this.openMenu();
    else if (x >= line.depth * 2 && x < line.depth * 2 + 2) this.toggle();
  }
  scroll(rows: number): void {
    this.cursor.scroll(rows);
  }

  copies(): readonly string[] {
    const { line, lines, detail } = this;
    if (detail === null || line === null) return [];
    const text = (one: TreeLine) => `${'  '.repeat(one.depth)}${nodeText(one.node, detail.bytes)}`;
    const full = nodeText(line.node, detail.bytes);
    const end = lines.findIndex((one, i) => i > this.cursor.at && one.depth <= line.depth);
    const branch = lines.slice(this.cursor.at, end < 0 ? undefined : end);
    return [full.replace(/^[^:]*: /, ''), full, branch.map(text).join('\n'), lines.map(text).join('\n')];
  }

  /** The bytes of the chosen line, and of the header that it belongs to; null: none. */
  get stretches(): { readonly field: Stretch | null; readonly layer: Stretch | null } {
    const { line, lines } = this;
    if (line === null) return { field: null, layer: null };
    let root = line;
    while (root.parent >= 0) root = lines[root.parent];
    const of = ({ at, length }: TreeNode): Stretch => ({ at, length });
    return { field: of(line.node), layer: root === line ? null : of(root.node) };
  }
}

function worstNote(node: TreeNode): 'error' | 'warn' | null {
  if (node.notes.some(({ severity }) => severity === 'error')) return 'error';
  return node.notes.some(({ severity }) => severity === 'warn') ? 'warn' : null;
}
