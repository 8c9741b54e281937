// The packets: display filter, list, journey of the chosen packet, its structure and bytes, and the findings below.

import { chooseFilter } from '../choices.js';
import { withTime } from '../columns/time-columns.js';
import { countFindings, countsText, findingLines } from '../findings/list.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { fill, type Picture, type Row, ruled, span, tiled } from '../screen/paint.js';
import type { Detail, PacketColumn } from '../session.js';
import type { Ui, View } from '../view.js';
import { BytesPane } from './bytes-pane.js';
import { FilterBar } from './filter-bar.js';
import { FindingsPane } from './findings-pane.js';
import { type Box, edgeAt, listRows, type Plan, planOf, pulled, stepped } from './layout.js';
import { ListPane } from './list-pane.js';
import { Marks } from './marks.js';
import type { Desk, Pane, PaneName } from './pane.js';
import { SearchBar } from './search-bar.js';
import { Searching } from './searching.js';
import { TreePane } from './tree-pane.js';
import { journeyRow, whyRows } from './why-rows.js';

const WHEEL_ROWS = 3;

export class PacketsView implements View, Desk {
  readonly title = 'Packets';
  detail: Detail | null = null;
  columns: readonly PacketColumn[] = [];
  private readonly searching: Searching;
  private readonly marks: Marks;
  private readonly search: SearchBar;
  private readonly filter: FilterBar;
  private readonly list: ListPane;
  private readonly tree: TreePane;
  private readonly bytes: BytesPane;
  private readonly findings: FindingsPane;
  private readonly panes: Readonly<Record<PaneName, Pane>>;
  private focused: PaneName = 'list';
  private isZoomed = false;
  private plan: Plan;
  /** The line between panes that the mouse holds. */
  private dragged: 'row' | 'column' | null = null;
  /** What `detail` was made of. */
  private detailOf = '';
  private decodedAs: readonly string[];
  private allColumns: readonly PacketColumn[] = [];

  constructor(readonly ui: Ui) {
    this.searching = new Searching(ui);
    this.marks = new Marks(this);
    this.filter = new FilterBar(this);
    this.search = new SearchBar(this, this.searching);
    this.list = new ListPane(this, this.marks.signs, this.searching);
    this.tree = new TreePane(this);
    this.bytes = new BytesPane(this, this.tree);
    this.findings = new FindingsPane(ui);
    const { filter, search, list, tree, bytes, findings } = this;
    this.panes = { filter, search, list, tree, bytes, findings };
    this.decodedAs = ui.session.decodedAs;
    this.plan = this.planFor(80, 24);
    this.takeColumns();
    ui.selection.onFilter = (text, isApplied) => {
      filter.set(text);
      this.focused = isApplied ? 'list' : 'filter';
    };
  }

  places(): readonly Place[] {
    const { place } = this.panes[this.focused];
    return place === undefined ? ['packets', 'lists'] : [place, 'packets', 'lists'];
  }

  focus(pane: PaneName): void {
    this.focused = pane;
  }

  // ---- drawing

  settle(width: number, height: number): void {
    const { ui } = this;
    this.takeColumns();
    if (ui.session.decodedAs !== this.decodedAs) this.forget();
    // The journey of what is chosen takes its room from what is below it, and never moves the list.
    this.plan = this.planFor(width, height);
    this.chooseRows();
    this.decode();
    this.findings.followTrail();
    this.plan = this.planFor(width, height);
    this.chooseRows();
    this.searching.settle();
    for (const name of ['filter', 'search', 'list', 'findings', 'tree', 'bytes'] as const) this.settlePane(name);
  }

  private chooseRows(): void {
    const { ui, plan } = this;
    // The list may have no room of its own now: what it has chosen is shown all the same.
    ui.selection.settle((this.boxOf('list')?.height ?? listRows(plan.middle, ui.settings.all.splitRow)) - 1);
  }

  private settlePane(name: PaneName): void {
    const box = this.boxOf(name);
    if (box !== undefined) this.panes[name].settle(box.width, box.height, name === this.focused);
  }

  private boxOf(name: PaneName): Box | undefined {
    return this.plan.boxes.find((box) => box.name === name);
  }

  private planFor(width: number, height: number): Plan {
    return planOf(width, height, {
      settings: this.ui.settings.all,
      hasSearch: this.search.isOpen,
      findings: findingLines(this.ui.session).length,
      summary: this.findings.summary(width).length,
      why: (most) => whyRows(this.detail, this.ui.theme, width, most).rows.length,
      isInFindings: this.focused === 'findings',
      zoomed: this.isZoomed ? this.focused : null,
    });
  }

  /** The same list as long as the settings are the same: rows are remembered by it. */
  private takeColumns(): void {
    const { columns } = this.ui.settings.all;
    if (columns === this.allColumns) return;
    this.allColumns = columns;
    this.columns = columns.filter((column) => column.isHidden !== true);
  }

  /** Decodes the chosen packet, when another one is chosen or more is known of it. */
  private decode(): void {
    const { ui } = this;
    const { packet } = ui.selection;
    const before = this.detail;
    this.decodePacket(packet);
    const isNew = packet !== before?.number || before.shows.length === 0;
    // However one has come to a frame of a finding, the field that shows it is marked; but a line that was chosen in the tree stays.
    if (isNew && this.detail?.shows.length) ui.trail.joinAt(ui, packet, !this.tree.isChosen);
    const field = this.detail?.number === packet ? ui.trail.takeField(packet) : null;
    if (field !== null) this.tree.chooseField(field);
  }

  private decodePacket(packet: number): void {
    const { ui } = this;
    const name = `${packet} ${ui.changes} ${ui.session.areNames}`;
    if (name === this.detailOf) return;
    const { detail } = this;
    const about = packet === 0 || detail?.number !== packet ? null : ui.session.about(packet);
    if (detail !== null && about !== null && about.comment === detail.comment) {
      // The same packet: journey and remarks may be new, what it says is not.
      this.detail = { ...about, tree: detail.tree, bytes: detail.bytes };
    } else {
      this.detail = packet === 0 ? null : ui.session.detail(packet);
      this.tree.show(this.detail);
    }
    this.detailOf = name;
  }

  /** What was decoded otherwise is not true any more. */
  private forget(): void {
    this.decodedAs = this.ui.session.decodedAs;
    this.detail = null;
    this.detailOf = '';
    this.tree.show(null);
    if (this.focused !== 'filter') this.filter.set(this.ui.session.packets.filter);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const boxes = this.plan.boxes.map((box) => ({
      ...box,
      rows: fill(this.rowsOf(box), box.width, box.height, theme.text),
    }));
    const pane = this.panes[this.focused];
    const box = this.boxOf(this.focused);
    const x = pane.cursorX?.();
    const overlays = pane.overlays?.(width) ?? [];
    return {
      rows: tiled(boxes, height, { text: '│', attr: theme.edge }),
      cursor: x === undefined || box === undefined ? null : { x, y: box.y },
      ...(overlays.length > 0 && { overlays }),
    };
  }

  private rowsOf({ name, width, height }: Box): readonly Row[] {
    if (name === 'journey') return this.journeyRows(width, height);
    if (name === 'bytes-heading') return [this.bytesHeading(width)];
    if (name === 'findings-heading') return [this.findingsHeading(width)];
    return this.panes[name].draw(width, height, name === this.focused);
  }

  private bytesHeading(width: number): Row {
    const { theme } = this.ui;
    const count = this.detail === null ? '' : `${this.detail.bytes.length} bytes `;
    return ruled([{ text: '── ', attr: theme.edge }, span(count, theme.dim)], width, theme.edge);
  }

  private journeyRows(width: number, height: number): Row[] {
    const { ui, detail } = this;
    const why = whyRows(detail, ui.theme, width, height - 1);
    const walk = ui.trail.whereIs(ui, detail?.number ?? 0);
    return [journeyRow({ detail, walk }, ui.theme, width, why), ...why.rows];
  }

  private findingsHeading(width: number): Row {
    const { theme, session } = this.ui;
    const lines = findingLines(session);
    const follow = session.captures.length === 0 ? 'no findings without a capture' : 'findings follow …';
    const counts = session.findingsKnown || lines.length > 0 ? countsText(countFindings(lines)) : follow;
    const attr = lines.length === 0 ? theme.dim : this.focused === 'findings' ? theme.heading : theme.text;
    const key: Row =
      lines.length === 0
        ? []
        : [
            { text: ' n', attr: theme.key },
            { text: ' next evidence ', attr: theme.dim },
            { text: '──', attr: theme.edge },
          ];
    return ruled([{ text: '── ', attr: theme.edge }, span(`${counts} `, attr)], width, theme.edge, key);
  }

  // ---- keys

  type(key: Key): boolean {
    return this.panes[this.focused].type?.(key) ?? false;
  }
  paste(text: string): void {
    // Pasted into the list, a text can only be meant as a filter.
    if (this.panes[this.focused].paste === undefined) this.focused = 'filter';
    this.panes[this.focused].paste?.(text);
  }

  act(action: Action, count: number | null, argument: Key): boolean {
    if (this.actInView(action, argument)) return true;
    // What is typed into has no rows to move in: those of the list are meant.
    const pane: Pane = this.panes[this.focused];
    return pane.act === undefined ? this.list.act(action, count) : pane.act(action, count);
  }

  private actInView(action: Action, argument: Key): boolean {
    const { ui } = this;
    const { settings, selection } = ui;
    switch (action) {
      case 'filter':
        this.focused = 'filter';
        return true;
      case 'search':
        if (this.focused === 'search') this.search.close();
        else this.search.open();
        return true;
      case 'next-pane':
      case 'previous-pane':
        this.turnFocus(action === 'next-pane' ? 1 : -1);
        return true;
      case 'equal-panes':
        settings.change({ splitRow: 0.5, splitColumn: null });
        return true;
      case 'split-more':
      case 'split-less':
        settings.change({ splitRow: stepped(settings.all.splitRow, action === 'split-more', this.plan.middle) });
        return true;
      case 'split-left':
      case 'split-right':
        settings.change({ splitColumn: stepped(settings.all.splitColumn ?? this.plan.split, action === 'split-right') });
        return true;
      case 'next-layout':
        settings.change({ layout: ((settings.all.layout % 3) + 1) as 1 | 2 | 3 });
        return true;
      case 'zoom':
        this.isZoomed = !this.isZoomed;
        return true;
      case 'next-match':
      case 'previous-match':
        this.next(action === 'previous-match');
        return true;
      case 'mark':
        this.marks.mark(argument);
        return true;
      case 'mark-packet':
      case 'mark-range':
      case 'unmark-all':
        this.marks.change(action);
        return true;
      case 'go-to-mark':
        this.marks.goTo(argument);
        return true;
      case 'marks':
        this.marks.open();
        return true;
      case 'jump-back':
        if (selection.jumpedFrom === null) ui.say('no jump to go back from');
        else selection.goTo(selection.jumpedFrom);
        return true;
      case 'sort':
      case 'reverse-sort':
        this.list.sort(action);
        return true;
      case 'clear-filter':
        selection.apply('');
        return true;
      case 'time-format':
        this.changeTime();
        return true;
      case 'follow-end':
        selection.sticks = !selection.sticks;
        ui.say(selection.sticks ? 'the list follows the end' : 'the list stays where it is');
        return true;
      case 'recent-filters':
        chooseFilter(ui);
        return true;
      case 'stop':
        return this.searching.stop();
      case 'step-back':
        if (this.isZoomed) this.isZoomed = false;
        else if (this.focused !== 'list') this.focused = 'list';
        else return false;
        return true;
      default:
        return false;
    }
  }

  private changeTime(): void {
    const { ui } = this;
    const next = withTime(ui.settings.all.columns);
    if (next === null) ui.say('no column shows a time; :columns adds one');
    else {
      ui.settings.change({ columns: next.columns });
      ui.say(`${next.now.title}: ${next.now.help}`);
    }
  }

  private turnFocus(turn: 1 | -1): void {
    const order: PaneName[] = ['list', 'tree', 'bytes'];
    if (findingLines(this.ui.session).length > 0) order.push('findings');
    if (this.search.isOpen) order.push('search');
    order.push('filter');
    this.focused = order[(order.indexOf(this.focused) + turn + order.length) % order.length];
    if (this.focused === 'bytes') this.bytes.enter();
  }

  private next(backwards: boolean): void {
    if (this.searching.isThere) void this.searching.goOn(backwards);
    else if (!this.ui.trail.walk(this.ui, backwards ? -1 : 1))
      this.ui.say('no search and no finding to go on with; ctrl-f searches');
  }

  // ---- mouse and copying

  mouse(mouse: Mouse): void {
    if (this.dragEdge(mouse)) return;
    const { action, x, y } = mouse;
    if (action === 'press' && (this.panes[this.focused].clickOver?.(y) ?? false)) return;
    const box = this.plan.boxes.find((one) => x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height);
    if (box === undefined || !isPane(box.name)) return;
    const pane = this.panes[box.name];
    if (action === 'wheel-up' || action === 'wheel-down') pane.scroll?.(action === 'wheel-down' ? WHEEL_ROWS : -WHEEL_ROWS);
    else if (action === 'press') {
      // The header of the list takes no focus: its columns are put in order.
      if (box.name !== 'list' || y > box.y) this.focused = box.name;
      pane.click?.(x - box.x, y - box.y, box.width);
    }
  }

  /** The line below the list and the one beside the bytes are pulled to where they should be. */
  private dragEdge({ action, x, y }: Mouse): boolean {
    const { edge } = this.plan;
    if (edge === null || action === 'wheel-up' || action === 'wheel-down') return false;
    if (action === 'press') {
      this.dragged = edgeAt(edge, x, y);
      return this.dragged !== null;
    }
    if (this.dragged === null) return false;
    if (action === 'release') this.dragged = null;
    else this.ui.settings.change(pulled(edge, this.dragged, x, y));
    return true;
  }

  copies(): readonly string[] {
    const pane: Pane = this.panes[this.focused];
    const texts = pane.copies === undefined ? this.list.copies() : pane.copies();
    return [...new Set(texts.filter((text) => text !== ''))];
  }
}

const isPane = (name: Box['name']): name is PaneName =>
  name !== 'journey' && name !== 'bytes-heading' && name !== 'findings-heading';
