// The main view: display filter, packet list, journey of the packet, its structure and bytes, and the findings below.
import { resolve } from 'node:path';
import { hexdump } from '../../bytes/show.js';
import { nodeText } from '../../dissect/tree-text.js';
import { countFindings, countsText, findingLines, findingRow, ruleWidth } from '../findings/list.js';
import type { Trail } from '../findings/trail.js';
import { filterOf, openRulePage } from '../findings/view.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { beside, fill, type Overlay, type Picture, type Row, ruled, type Span, span, widthOf } from '../screen/paint.js';
import type { Detail, PacketColumn, Search } from '../session.js';
import type { Ui, View } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { type Choice, ListDialog } from '../widgets/dialogs.js';
import { BytesPane, bytesWidth, type Stretch } from './bytes-pane.js';
import { FilterBar } from './filter-bar.js';
import { ARROW, journeyLine } from './journey-line.js';
import { ListPane } from './list-pane.js';
import { SearchBar } from './search-bar.js';
import { TreePane } from './tree-pane.js';

type Pane = 'filter' | 'search' | 'list' | 'tree' | 'bytes' | 'findings';

interface Area {
  readonly pane: Pane | 'header';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Tree and bytes need this many columns to stand next to each other. */
const SIDE_BY_SIDE = 76;

export class PacketsView implements View {
  readonly title = 'Packets';
  private readonly list = new ListPane();
  private readonly tree = new TreePane();
  private readonly bytes = new BytesPane();
  private readonly filterBar: FilterBar;
  private readonly searchBar: SearchBar;
  private readonly findings = new Cursor();
  private focus: Pane = 'list';
  private zoomed = false;
  /** As they were last drawn. */
  private middleHeight = 20;
  private autoSplit = 0.5;
  private areas: Area[] = [];
  private detail: Detail | null = null;
  private detailOf = '';
  private search: Search | null = null;
  private searching: AbortController | null = null;
  private readonly marks = new Map<string, number>();
  private readonly markSigns = new Map<number, string>();
  private jumpedFrom: number | null = null;
  private shownColumns: readonly PacketColumn[] = [];

  constructor(
    private readonly ui: Ui,
    private readonly trail: Trail,
  ) {
    this.filterBar = new FilterBar(
      ui,
      (text) => this.applyFilter(text),
      () => {
        this.focus = 'list';
      },
    );
    this.searchBar = new SearchBar(
      ui,
      (search) => {
        this.search = search;
        this.focus = 'list';
        this.find(false);
      },
      () => this.closeSearch(),
    );
    this.filterBar.set(ui.session.packets.filter);
    this.readMarks();
  }

  // Settings that other parts may change.
  private get columns(): readonly PacketColumn[] {
    const { columns } = this.ui.settings.all;
    if (columns !== this.allColumns) {
      this.allColumns = columns;
      this.shownColumns = columns.filter((column) => column.isHidden !== true);
    }
    return this.shownColumns;
  }
  private allColumns: readonly PacketColumn[] = [];

  /** Where the lines between the panes are: the row below the list, the column beside the bytes (-1: none) and its first row. */
  private edge: { top: number; height: number; width: number; row: number; column: number; columnTop: number } | null = null;
  /** The line that the mouse holds. */
  private dragged: 'row' | 'column' | null = null;

  get packet(): number {
    return this.list.packet(this.ui.session);
  }

  places(): readonly Place[] {
    if (this.focus === 'tree') return ['tree', 'packets', 'lists'];
    if (this.focus === 'bytes') return ['bytes', 'packets', 'lists'];
    if (this.focus === 'findings') return ['findings', 'packets', 'lists'];
    return ['packets', 'lists'];
  }

  // ---- drawing

  draw(width: number, height: number): Picture {
    const { ui } = this;
    const { theme, session } = ui;
    this.areas = [];
    const rows: Row[] = [];
    const place = (pane: Area['pane'], w: number, h: number, x = 0, y = rows.length) =>
      this.areas.push({ pane, x, y, width: w, height: h });

    const filter = this.filterBar.draw(width, this.focus === 'filter');
    place('filter', width, 1);
    rows.push(filter.row);
    let cursor = this.focus === 'filter' ? { x: filter.x, y: 0 } : null;
    if (this.searchBar.isOpen) {
      const bar = this.searchBar.draw(width, this.focus === 'search');
      place('search', width, 1);
      if (this.focus === 'search') cursor = { x: bar.x, y: rows.length };
      rows.push(bar.row);
    }

    const lines = findingLines(session);
    const most = height >= 44 ? 5 : height >= 32 ? 3 : height >= 26 ? 2 : 1;
    const findingsHeight = this.zoomed ? 0 : Math.min(lines.length, this.focus === 'findings' ? most + 2 : most);
    const middle = height - rows.length - (this.zoomed ? 0 : 1 + findingsHeight);
    this.middleHeight = middle;
    this.updateDetail(middle);
    if (this.zoomed) rows.push(...this.zoomedPane(width, middle, rows.length));
    else {
      rows.push(...this.panes(width, middle, rows.length));
      rows.push(this.findingsHeading(lines, width));
      place('findings', width, findingsHeight);
      this.findings.settle(lines.length, findingsHeight);
      const names = ruleWidth(lines, width);
      for (const [i, line] of lines.slice(this.findings.top, this.findings.top + findingsHeight).entries()) {
        const isChosen = this.findings.top + i === this.findings.at;
        rows.push(findingRow(line, theme, width, !isChosen ? 'no' : this.focus === 'findings' ? 'focus' : 'away', names));
      }
    }
    const overlays: Overlay[] = [...filter.overlays];
    while (rows.length < height) rows.push([]);
    return { rows: rows.slice(0, height), cursor, ...(overlays.length === 0 ? {} : { overlays }) };
  }

  /** List, journey, tree and bytes in the layout of the user's choice. */
  private panes(width: number, height: number, top: number): Row[] {
    const { ui } = this;
    const { theme } = ui;
    const { layout, splitRow } = ui.settings.all;
    const isStacked = layout === 1 || (layout === 3 && width < SIDE_BY_SIDE);
    const add = (pane: Area['pane'], x: number, y: number, w: number, h: number) =>
      this.areas.push({ pane, x, y: top + y, width: w, height: h });
    const bar: Span = { text: '│', attr: theme.edge };
    // Header and two packets at least; what is below keeps two rows.
    const listHeight = Math.max(3, Math.min(height - 4, Math.round(height * splitRow)));
    const rest = Math.max(0, height - listHeight - 1);
    const rows: Row[] = [];
    const edge = { top, height, width, row: top + listHeight, column: -1, columnTop: 0 };
    this.edge = edge;
    if (layout === 2) {
      const left = Math.max(40, Math.min(width - 30, this.leftWidth(width, 60)));
      const right = width - left - 1;
      Object.assign(edge, { column: left, columnTop: top });
      add('header', 0, 0, left, 1);
      add('list', 0, 1, left, listHeight - 1);
      add('tree', 0, listHeight + 1, left, rest);
      add('bytes', left + 1, 0, right, height);
      const leftRows = [...this.listRows(left, listHeight), this.journeyRow(left), ...this.treeRows(left, rest)];
      return beside(leftRows, bar, this.bytesRows(right, height));
    }
    add('header', 0, 0, width, 1);
    add('list', 0, 1, width, listHeight - 1);
    rows.push(...this.listRows(width, listHeight), this.journeyRow(width));
    if (isStacked) {
      const treeHeight = Math.ceil((rest - 1) / 2);
      const bytesHeight = Math.max(0, rest - treeHeight - 1);
      add('tree', 0, rows.length, width, treeHeight);
      rows.push(...this.treeRows(width, treeHeight), this.bytesHeading(width));
      add('bytes', 0, rows.length, width, bytesHeight);
      rows.push(...this.bytesRows(width, bytesHeight));
      return rows.slice(0, height);
    }
    const left = Math.max(24, Math.min(width - 30, this.leftWidth(width, 44)));
    const right = width - left - 1;
    Object.assign(edge, { column: left, columnTop: top + rows.length });
    add('tree', 0, rows.length, left, rest);
    add('bytes', left + 1, rows.length, right, rest);
    rows.push(...beside(this.treeRows(left, rest), bar, this.bytesRows(right, rest)));
    return rows;
  }

  /** What stands left of the bytes: the user's choice, else all but what 16 or 8 of them need. */
  private leftWidth(width: number, least: number): number {
    const { splitColumn } = this.ui.settings.all;
    if (splitColumn !== null) return Math.round((width - 1) * splitColumn);
    const n = [16, 8].find((bytes) => width - 1 - bytesWidth(bytes) >= least) ?? 8;
    this.autoSplit = (width - 1 - bytesWidth(n)) / width;
    return width - 1 - bytesWidth(n);
  }

  private zoomedPane(width: number, height: number, top: number): Row[] {
    const { focus } = this;
    this.edge = null;
    const pane = focus === 'tree' || focus === 'bytes' || focus === 'findings' ? focus : 'list';
    if (pane === 'list') {
      this.areas.push({ pane: 'header', x: 0, y: top, width, height: 1 }, { pane, x: 0, y: top + 1, width, height: height - 1 });
      return this.listRows(width, height);
    }
    this.areas.push({ pane, x: 0, y: top, width, height });
    if (pane === 'tree') return this.treeRows(width, height);
    if (pane === 'bytes') return this.bytesRows(width, height);
    const lines = findingLines(this.ui.session);
    this.findings.settle(lines.length, height);
    const names = ruleWidth(lines, width);
    const shown = lines.slice(this.findings.top, this.findings.top + height);
    const rows = shown.map((line, i) =>
      findingRow(line, this.ui.theme, width, this.findings.top + i === this.findings.at ? 'focus' : 'no', names),
    );
    return fill(rows, width, height, this.ui.theme.text);
  }

  private listRows(width: number, height: number): Row[] {
    const { session, theme, settings } = this.ui;
    const hasFocus = this.focus === 'list';
    const rows = this.list.draw(session, this.columns, theme, width, height, hasFocus, settings.all.packetColors, this.markSigns);
    return fill(rows, width, height, theme.text);
  }
  private treeRows(width: number, height: number): Row[] {
    const { theme } = this.ui;
    return fill(this.tree.draw(theme, width, height, this.focus === 'tree'), width, height, theme.text);
  }
  private bytesRows(width: number, height: number): Row[] {
    const { theme } = this.ui;
    const { field, layer } = this.stretches();
    const rows = this.bytes.draw(this.detail, field, layer, theme, width, height, this.focus === 'bytes');
    return fill(rows, width, height, theme.text);
  }

  private stretches(): { field: Stretch | null; layer: Stretch | null } {
    const { line, lines } = this.tree;
    if (line === null) return { field: null, layer: null };
    let root = line;
    while (root.parent >= 0) root = lines[root.parent]!;
    const of = (node: { at: number; length: number }) => ({ at: node.at, length: node.length });
    return { field: of(line.node), layer: root === line ? null : of(root.node) };
  }

  private bytesHeading(width: number): Row {
    const { theme } = this.ui;
    const count = this.detail === null ? '' : `${this.detail.bytes.length} bytes `;
    return ruled([{ text: '── ', attr: theme.edge }, span(count, theme.dim)], width, theme.edge);
  }

  /** `── in eth1 ttl 63 → out eth0 ttl 62 · expected out eth2 · no reply in 13.2 s ──` */
  private journeyRow(width: number): Row {
    const { theme } = this.ui;
    const spans: Span[] = [{ text: '── ', attr: theme.edge }];
    const { detail } = this;
    const remarks = (detail?.remarks ?? []).map((remark) => span(`· ${remark} `, theme.warning));
    if (detail !== null && detail.journey.length > 0) {
      // What should have been is worth more than the far ends of what was.
      const room = width - widthOf(spans) - Math.min(widthOf(remarks), width >> 1) - 1;
      journeyLine(detail.journey, room).forEach(({ hop, isThis }, i) => {
        if (i > 0) spans.push({ text: ARROW, attr: theme.dim });
        spans.push(span(hop, isThis ? theme.heading : theme.text));
      });
      spans.push({ text: ' ', attr: theme.text });
    }
    spans.push(...remarks);
    return ruled(spans, width, theme.edge);
  }

  private findingsHeading(lines: ReturnType<typeof findingLines>, width: number): Row {
    const { theme, session } = this.ui;
    const counts = session.findingsKnown || lines.length > 0 ? countsText(countFindings(lines)) : 'findings follow …';
    const attr = lines.length === 0 ? theme.dim : this.focus === 'findings' ? theme.heading : theme.text;
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

  /** Decodes the chosen packet, when another one is chosen or more is known of it. */
  private updateDetail(height: number): void {
    const { ui } = this;
    const { splitRow, autoScroll } = ui.settings.all;
    this.list.followsEnd = autoScroll;
    this.list.settle(ui.session, Math.max(1, Math.round(height * splitRow) - 1));
    const { packet } = this;
    const name = `${packet} ${ui.changes}`;
    if (name === this.detailOf) return;
    const detail = packet === 0 ? null : ui.session.detail(packet);
    if (packet !== 0 && detail !== null && detail.number === this.detail?.number) {
      // The same packet: journey and remarks may be new, the tree is not.
      this.detail = { ...detail, tree: this.detail.tree, bytes: this.detail.bytes };
    } else {
      this.detail = detail;
      this.tree.show(detail);
    }
    this.detailOf = name;
  }

  /** What was asked of the old reading is not true of the new one. */
  forget(): void {
    this.detail = null;
    this.detailOf = '';
    this.tree.show(null);
    this.filterBar.set(this.ui.session.packets.filter);
  }

  // ---- actions

  type(key: Key): boolean {
    if (this.focus === 'filter') return this.filterBar.type(key);
    if (this.focus === 'search') return this.searchBar.type(key);
    return false;
  }
  paste(text: string): void {
    if (this.focus === 'filter') this.filterBar.paste(text);
    else if (this.focus === 'search') this.searchBar.paste(text);
    else {
      // Pasted into the list, a text can only be meant as a filter.
      this.focus = 'filter';
      this.filterBar.paste(text);
    }
  }

  act(action: Action, count: number | null, argument: Key): boolean {
    return this.actAnywhere(action, argument) || this.actInPane(action, count);
  }

  private actInPane(action: Action, count: number | null): boolean {
    const { ui } = this;
    if (this.focus === 'tree') {
      if (action === 'node-menu') this.nodeMenu();
      else return this.tree.act(action, count);
      return true;
    }
    if (this.focus === 'bytes') {
      if (action === 'accept') {
        this.focus = 'tree';
        return true;
      }
      const bytes = this.detail?.bytes ?? new Uint8Array();
      if (!this.bytes.act(action, count, bytes.length)) return false;
      this.tree.chooseByte(this.bytes.at);
      return true;
    }
    if (this.focus === 'findings') {
      const line = findingLines(ui.session)[this.findings.at];
      if (action === 'accept') {
        if (line !== undefined) this.trail.start(ui, line.index);
      } else if (action === 'rule-page') {
        if (line !== undefined) openRulePage(ui, line.finding.rule);
      } else if (action === 'apply-filter') {
        const filter = line === undefined ? '' : filterOf(line);
        if (filter === '') ui.say('this finding names no address to filter by');
        else ui.filter(filter, true);
      } else if (action === 'toggle-branch') {
        if (line !== undefined) this.trail.finding = line.index;
        ui.show('findings');
      } else return this.findings.act(action, count);
      return true;
    }
    if (action === 'accept') {
      this.focus = 'tree';
      return true;
    }
    const before = this.list.cursor.at;
    if (!this.list.cursor.act(action, count)) return false;
    this.list.forgetWanted();
    const { state } = ui.session.load;
    if (action === 'bottom' && count === null) this.list.sticks = state === 'following';
    else if (this.list.cursor.at < before || action === 'top') this.list.sticks = false;
    if (action === 'top' || action === 'bottom') this.jumpedFrom = ui.session.packets.numberAt(before);
    return true;
  }

  private actAnywhere(action: Action, argument: Key): boolean {
    const { ui } = this;
    const { settings } = ui;
    switch (action) {
      case 'filter':
        this.focus = 'filter';
        return true;
      case 'search':
        if (this.focus === 'search') this.closeSearch();
        else {
          this.searchBar.focus();
          this.focus = 'search';
        }
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
        settings.change({ splitRow: step(settings.all.splitRow, action === 'split-more', this.middleHeight) });
        return true;
      case 'split-left':
      case 'split-right':
        settings.change({ splitColumn: step(settings.all.splitColumn ?? this.autoSplit, action === 'split-right') });
        return true;
      case 'next-layout':
        settings.change({ layout: ((settings.all.layout % 3) + 1) as 1 | 2 | 3 });
        return true;
      case 'zoom':
        this.zoomed = !this.zoomed;
        return true;
      case 'next-match':
      case 'previous-match':
        this.next(action === 'previous-match');
        return true;
      case 'mark':
        this.mark(argument);
        return true;
      case 'go-to-mark':
        this.goToMark(argument);
        return true;
      case 'jump-back':
        if (this.jumpedFrom === null) ui.say('no jump to go back from');
        else this.goTo(this.jumpedFrom);
        return true;
      case 'sort':
      case 'reverse-sort':
        this.sort(action);
        return true;
      case 'clear-filter':
        this.applyFilter('');
        return true;
      case 'follow-end':
        this.list.sticks = !this.list.sticks;
        ui.say(this.list.sticks ? 'the list follows the end' : 'the list stays where it is');
        return true;
      case 'recent-filters':
        this.openRecentFilters();
        return true;
      case 'stop':
        if (this.searching === null) return false;
        this.searching.abort();
        return true;
      case 'menu':
        // Esc steps back before it opens the menu.
        if (this.zoomed) this.zoomed = false;
        else if (this.focus !== 'list') this.focus = 'list';
        else return false;
        return true;
      default:
        return false;
    }
  }

  private turnFocus(turn: 1 | -1): void {
    const order: Pane[] = ['list', 'tree', 'bytes'];
    if (findingLines(this.ui.session).length > 0) order.push('findings');
    if (this.searchBar.isOpen) order.push('search');
    order.push('filter');
    this.focus = order[(order.indexOf(this.focus) + turn + order.length) % order.length]!;
    if (this.focus === 'bytes') this.bytes.at = this.stretches().field?.at ?? 0;
  }

  private closeSearch(): void {
    this.searchBar.isOpen = false;
    this.search = null;
    this.searching?.abort();
    if (this.focus === 'search') this.focus = 'list';
  }

  applyFilter(text: string, wanted?: number): void {
    const { session, settings } = this.ui;
    const packet = wanted ?? this.list.waitsFor ?? this.packet;
    try {
      session.show(text, session.packets.order);
    } catch (error) {
      // A filter of a recent list that another version wrote.
      this.ui.say(error instanceof Error ? error.message : String(error), 'error');
      return;
    }
    settings.remember('recentFilters', text);
    this.filterBar.set(text);
    this.focus = 'list';
    if (packet !== 0) this.list.want(packet);
  }

  /** Puts a filter into the line; the user applies it. */
  prepareFilter(text: string): void {
    this.filterBar.set(text);
    this.focus = 'filter';
  }

  /** Chooses a packet as soon as it is read. */
  select(packet: number): void {
    this.list.want(packet);
  }

  goTo(packet: number): boolean {
    const { session } = this.ui;
    const at = session.packets.positionOf(packet);
    if (at < 0 || session.packets.numberAt(at) !== packet) {
      const { frames, state } = session.load;
      const isThere = packet > 0 && packet <= frames;
      const isDue = packet > frames && state === 'running';
      const gone = isDue ? `packet ${packet} is not read yet` : `there is no packet ${packet}; the last is ${frames}`;
      this.ui.say(isThere ? `packet ${packet} is not shown: the filter hides it (x shows all)` : gone, 'error');
      return false;
    }
    const from = this.packet;
    if (from !== packet && from !== 0) this.jumpedFrom = from;
    this.list.sticks = false;
    this.list.forgetWanted();
    this.list.cursor.count = session.packets.count;
    this.list.cursor.jump(at);
    return true;
  }

  private next(backwards: boolean): void {
    if (this.search !== null) this.find(backwards);
    else if (!this.trail.walk(this.ui, backwards ? -1 : 1))
      this.ui.say('no search and no finding to go on with; ctrl-f searches');
  }

  private async find(backwards: boolean): Promise<void> {
    const { ui, search } = this;
    if (search === null) return;
    this.searching?.abort();
    const mine = new AbortController();
    this.searching = mine;
    const from = this.list.cursor.at;
    ui.say(`searching for '${search.text}' … ctrl-c stops`);
    try {
      let at = await ui.session.find(search, from, backwards, mine.signal);
      let wrapped = '';
      if (at < 0 && !mine.signal.aborted) {
        wrapped = backwards ? ', from the end' : ', from the start';
        at = await ui.session.find(search, backwards ? ui.session.packets.count : -1, backwards, mine.signal);
      }
      if (mine.signal.aborted) ui.say('search stopped');
      else if (at < 0) ui.say(`nothing in the ${search.target} matches '${search.text}'`, 'error');
      else {
        this.jumpedFrom = this.packet;
        this.list.sticks = false;
        this.list.cursor.count = ui.session.packets.count;
        this.list.cursor.jump(at);
        ui.say(`'${search.text}' in packet ${ui.session.packets.numberAt(at)}${wrapped}; n goes on`, 'good');
      }
    } catch (error) {
      if (!mine.signal.aborted) ui.say(error instanceof Error ? error.message : String(error), 'error');
    } finally {
      if (this.searching === mine) this.searching = null;
      ui.redraw();
    }
  }

  private sort(action: 'sort' | 'reverse-sort', column?: PacketColumn): void {
    const { session } = this.ui;
    const { order, filter } = session.packets;
    const packet = this.packet;
    if (action === 'reverse-sort')
      session.show(filter, order === null ? { field: 'no', descending: true } : { ...order, descending: !order.descending });
    else {
      const fields = this.columns.map(({ field }) => field);
      const at = order === null ? 0 : fields.indexOf(order.field);
      const field = column?.field ?? fields[(at + 1) % fields.length]!;
      // Up, down, and back to the order of the capture.
      if (column !== undefined && order?.field === field)
        session.show(filter, order.descending ? null : { field, descending: true });
      else session.show(filter, field === 'no' ? null : { field, descending: false });
    }
    if (packet !== 0) this.list.want(packet);
    const now = session.packets.order;
    this.ui.say(
      now === null ? 'in the order of the capture' : `ordered by ${now.field}${now.descending ? ', largest first' : ''}`,
    );
  }

  // ---- marks

  private readMarks(): void {
    for (const [letter, { file, packet }] of Object.entries(this.ui.settings.all.marks))
      if (file === this.firstFile) this.setMark(letter, packet);
  }
  /** Marks with capitals belong to the first file of a run; null: it is a pipe. */
  private get firstFile(): string | null {
    const file = this.ui.session.captures[0]?.file;
    return file === undefined || file === '-' ? null : resolve(file);
  }
  private setMark(letter: string, packet: number): void {
    const old = this.marks.get(letter);
    if (old !== undefined) this.markSigns.delete(old);
    this.marks.set(letter, packet);
    this.markSigns.set(packet, letter);
  }
  private mark(letter: string): void {
    if (!/^[a-zA-Z]$/.test(letter)) {
      this.ui.say('a mark is a letter');
      return;
    }
    const { packet, ui } = this;
    if (packet === 0) return;
    this.setMark(letter, packet);
    const file = this.firstFile;
    if (/[A-Z]/.test(letter) && file !== null)
      ui.settings.change({ marks: { ...ui.settings.all.marks, [letter]: { file, packet } } });
    ui.say(`packet ${packet} is marked ${letter}`, 'good');
  }
  private goToMark(letter: string): void {
    const packet = this.marks.get(letter);
    if (packet !== undefined) this.goTo(packet);
    else {
      const elsewhere = this.ui.settings.all.marks[letter];
      if (elsewhere === undefined) this.ui.say(`no mark ${letter}`);
      else this.ui.load([elsewhere.file], elsewhere.packet);
    }
  }
  openMarks(): void {
    const { ui } = this;
    const { packets } = ui.session;
    const choices = [...this.marks].map(([letter, packet]): Choice => {
      const at = packets.positionOf(packet);
      const [row] = at >= 0 && packets.numberAt(at) === packet ? packets.rows(at, 1, this.columns) : [];
      const text = row === undefined ? `${packet} (not shown)` : row.cells.filter((one) => one !== '').join('  ');
      return { text: text.slice(0, 100), note: letter, key: letter, choose: () => this.goTo(packet) };
    });
    ui.open(new ListDialog(ui, 'Marks', choices, { empty: 'no packet is marked; m and a letter mark one' }));
  }

  private openRecentFilters(): void {
    const { ui } = this;
    const choices = ui.settings.all.recentFilters.map((text): Choice => ({ text, choose: () => this.applyFilter(text) }));
    ui.open(new ListDialog(ui, 'Recent filters', choices, { empty: 'no filter was applied so far' }));
  }

  // ---- menu of a field

  private nodeMenu(): void {
    const { line } = this.tree;
    const { detail, ui } = this;
    if (line === null || detail === null) return;
    const { node } = line;
    const text = nodeText(node, detail.bytes);
    const name = node.def.name;
    const filter = ui.session.checkFilter(name) === null ? fieldFilter(name, text, node.def.type, ui) : null;
    const choices: Choice[] = [];
    const add = (label: string, key: string, choose: () => void) => choices.push({ text: label, key, note: key, choose });
    if (filter !== null) {
      const old = ui.session.packets.filter;
      add(`Apply as column: ${name}`, 'c', () => this.addColumn(name, node.def.title));
      add(`Apply filter: ${filter}`, 'a', () => this.applyFilter(filter));
      add(`Prepare filter: ${filter}`, 'p', () => this.prepareFilter(filter));
      add(`Prepare filter: not ${filter}`, 'n', () => this.prepareFilter(`!(${filter})`));
      if (old !== '') {
        add(`… and ${filter}`, '&', () => this.prepareFilter(`(${old}) && ${filter}`));
        add(`… or ${filter}`, '|', () => this.prepareFilter(`(${old}) || ${filter}`));
      }
    }
    add('Copy the line', 'l', () => ui.copy(text));
    add('Copy the name', 'f', () => ui.copy(name));
    ui.open(new ListDialog(ui, name, choices));
  }

  private addColumn(field: string, title: string): void {
    const { settings } = this.ui;
    const columns = settings.all.columns.filter((column) => column.field !== field);
    const info = columns.findIndex((column) => column.field === 'info');
    const added: PacketColumn = { title: title.slice(0, 20), field, align: 'left' };
    settings.change({ columns: columns.toSpliced(info < 0 ? columns.length : info, 0, added) });
    this.ui.say(`column ${field} added; :columns changes them`, 'good');
  }

  // ---- mouse and copying

  mouse(mouse: Mouse): void {
    if (this.dragEdge(mouse)) return;
    const area = this.areas.find(
      ({ x, y, width, height }) => mouse.x >= x && mouse.x < x + width && mouse.y >= y && mouse.y < y + height,
    );
    if (this.focus === 'filter' && this.filterBar.mouse(mouse)) return;
    if (area === undefined) return;
    const [x, y] = [mouse.x - area.x, mouse.y - area.y];
    if (mouse.action === 'wheel-up' || mouse.action === 'wheel-down') {
      const rows = mouse.action === 'wheel-down' ? 3 : -3;
      if (area.pane === 'list') {
        this.list.cursor.scroll(rows);
        if (rows < 0) this.list.sticks = false;
      } else if (area.pane === 'tree') this.tree.cursor.scroll(rows);
      else if (area.pane === 'bytes') this.bytes.cursor.scroll(rows);
      else if (area.pane === 'findings') this.findings.scroll(rows);
      return;
    }
    if (mouse.action !== 'press') return;
    if (area.pane === 'header') {
      const column = this.columns[this.list.columnAt(x)];
      if (column !== undefined) this.sort('sort', column);
      return;
    }
    this.focus = area.pane;
    if (area.pane === 'list') {
      this.list.cursor.to(this.list.cursor.top + y);
      this.list.sticks = false;
    } else if (area.pane === 'tree') {
      const hit = this.tree.click(x, y, area.width);
      if (hit === 'menu') this.nodeMenu();
      else if (hit === 'marker') this.tree.toggle();
    } else if (area.pane === 'bytes') {
      const at = this.bytes.byteAt(x, y, this.detail?.bytes.length ?? 0);
      if (at < 0) return;
      this.bytes.at = at;
      this.tree.chooseByte(at);
    } else if (area.pane === 'search') this.searchBar.click(x, area.width);
    else if (area.pane === 'findings') {
      const at = this.findings.top + y;
      if (at === this.findings.at) this.actInPane('accept', null);
      this.findings.to(at);
    }
  }

  /** The line below the list and the one beside the bytes are pulled to where they should be. */
  private dragEdge({ action, x, y }: Mouse): boolean {
    const { edge, ui } = this;
    if (edge === null || action === 'wheel-up' || action === 'wheel-down') return false;
    if (action === 'press') {
      const isColumn = x === edge.column && y >= edge.columnTop && y < edge.top + edge.height;
      const isRow = y === edge.row && (edge.columnTop > edge.top || edge.column < 0 || x < edge.column);
      this.dragged = isColumn ? 'column' : isRow ? 'row' : null;
      return this.dragged !== null;
    }
    if (this.dragged === null) return false;
    if (action === 'release') this.dragged = null;
    else if (this.dragged === 'row') ui.settings.change({ splitRow: bounded((y - edge.top) / edge.height) });
    else ui.settings.change({ splitColumn: bounded(x / (edge.width - 1)) });
    return true;
  }

  copies(): readonly string[] {
    const { detail, ui } = this;
    const texts: string[] = [];
    if (this.focus === 'bytes' || this.focus === 'tree') {
      if (detail === null) return [];
      const { line, lines, cursor } = this.tree;
      if (this.focus === 'tree' && line !== null) {
        const text = (one: (typeof lines)[number]) => `${'  '.repeat(one.depth)}${nodeText(one.node, detail.bytes)}`;
        const full = nodeText(line.node, detail.bytes);
        const behind = lines.findIndex((one, i) => i > cursor.at && one.depth <= line.depth);
        const branch = lines.slice(cursor.at, behind < 0 ? undefined : behind);
        texts.push(full.replace(/^[^:]*: /, ''), full, branch.map(text).join('\n'), lines.map(text).join('\n'));
      } else {
        const { field } = this.stretches();
        const hex = (from: number, to: number) => Buffer.from(detail.bytes.slice(from, to)).toString('hex');
        if (field !== null) texts.push(hex(field.at, field.at + field.length));
        texts.push(hex(0, detail.bytes.length), hexdump(detail.bytes).join('\n'));
      }
    } else {
      const rows = ui.session.packets.rows(this.list.cursor.top, this.list.cursor.height, this.columns);
      const row = rows[this.list.cursor.at - this.list.cursor.top];
      if (row === undefined) return [];
      const cellOf = (field: string) => row.cells[this.columns.findIndex((column) => column.field === field)] ?? '';
      texts.push(
        cellOf('source'),
        cellOf('destination'),
        cellOf('info'),
        row.cells.join('\t'),
        rows.map(({ cells }) => cells.join('\t')).join('\n'),
      );
    }
    return [...new Set(texts.filter((text) => text !== ''))];
  }
}

/** A twentieth more or less, and at least one row of `height`. */
const step = (part: number, isMore: boolean, height = 20): number => {
  const by = Math.max(0.05, 1 / height);
  return bounded(part + (isMore ? by : -by));
};

/** A share that leaves room for both sides. */
const bounded = (part: number): number => Math.round(Math.max(0.15, Math.min(0.85, part)) * 1000) / 1000;

/** `ip.src == 10.0.0.1` where its value can be written so; else the field's presence. */
function fieldFilter(name: string, text: string, type: string, ui: Ui): string {
  if (type === 'none') return name;
  const shown = text.slice(text.indexOf(': ') + 2);
  const inner = /\(([^()]*)\)$/.exec(shown)?.[1];
  const candidates = [shown === 'Set' ? '1' : shown === 'Not set' ? '0' : '', inner ?? '', shown, JSON.stringify(shown)];
  for (const value of candidates) {
    const filter = `${name} == ${value}`;
    if (value !== '' && ui.session.checkFilter(filter) === null) return filter;
  }
  return name;
}
