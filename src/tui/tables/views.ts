// The views that are a table of the engine: what each adds to one.
import { displayWidth, truncate, truncateMiddle } from '../../bytes/text.js';
import { commentDialog } from '../comment.js';
import type { Action, Place } from '../keys.js';
import type { Table, TableRow } from '../session.js';
import type { Ui } from '../view.js';
import type { Fact } from '../widgets/facts.js';
import { TableView } from '../widgets/table-view.js';
import { EndsDialog } from './ends-dialog.js';
import { stateMeaning } from './states.js';

const columnOf = ({ columns }: Table, title: string): number => columns.findIndex((column) => column.title === title);

/** A table whose rows have two ends: filters are made from them. */
class EndsTable extends TableView {
  override places(): readonly Place[] {
    return ['conversations', 'tables', 'lists'];
  }
  protected override extra(action: Action): boolean {
    if (action !== 'prepare-ends' && action !== 'apply-ends') return false;
    const { row, ui } = this;
    if (row === null) return true;
    if (row.ends === null) ui.say('this row has no two ends to filter by');
    else ui.open(new EndsDialog(ui, row.ends, action === 'apply-ends', row.packet));
    return true;
  }
}

/** Both directions of each flow, inner and outer, with state and path. */
export class FlowsView extends EndsTable {
  constructor(ui: Ui) {
    super(ui, 'flows', 'Flows');
  }
  protected override elastic(table: Table): number {
    return columnOf(table, 'Path');
  }
  protected override facts(row: TableRow, table: Table): readonly Fact[] {
    const meaning = stateMeaning((row.cells[columnOf(table, 'State')] ?? '').split(' ')[0]);
    return super
      .facts(row, table)
      .map((fact) => (fact.name === 'State' && meaning !== '' ? { ...fact, text: `${fact.text}: ${meaning}` } : fact));
  }
  protected override empty(): string {
    return 'no conversation: the capture has no IP packet';
  }
}

const HOP = ' > ';

/** A path in `width` columns: its last hops are kept, and the first one where it has room. */
export function pathIn(path: string, width: number): string {
  if (displayWidth(path) <= width) return path;
  const hops = path.split(HOP);
  for (let from = 2; from < hops.length; from++) {
    const text = [hops[0], '…', ...hops.slice(from)].join(HOP);
    if (displayWidth(text) <= width) return text;
  }
  // What runs in a tunnel is told by its own column.
  const bare = path.replace(/ \([^()]*\)/g, '');
  if (bare !== path) return pathIn(bare, width);
  const last = `…${HOP}${hops.at(-1)}`;
  return hops.length > 1 && displayWidth(last) <= width ? last : truncateMiddle(path, width);
}

/** One packet a row, with the places it was seen at. */
export class JourneysView extends TableView {
  constructor(ui: Ui) {
    super(ui, 'journeys', 'Journeys');
  }
  /** Where a journey begins and where it ends: what lies between is left out first. */
  protected override drawn(row: TableRow, column: number, width: number): string | null {
    return this.table.columns[column]?.title === 'Path' ? pathIn(row.cells[column] ?? '', width) : null;
  }
  protected override elastic(table: Table): number {
    return columnOf(table, 'Path');
  }
  protected override empty(): string {
    return 'no journey: no packet was seen twice, or none is of IP';
  }
}

/** Who asked for an address, who has it, and how that changed. */
export class NeighboursView extends TableView {
  constructor(ui: Ui) {
    super(ui, 'neighbours', 'Neighbours');
  }
  protected override elastic(table: Table): number {
    return columnOf(table, 'Asked by');
  }
  protected override facts(row: TableRow, table: Table): readonly Fact[] {
    // Each change on a line of its own.
    return super.facts(row, table).flatMap((fact) => {
      if (fact.name !== 'Changes') return [fact];
      return fact.text.split('; ').map((text, i) => ({ name: i === 0 ? fact.name : '', text }));
    });
  }
  protected override empty(): string {
    return this.tab === 0 ? 'no ARP in the capture; ] shows neighbour discovery' : 'no neighbour discovery (IPv6) in the capture';
  }
}

/** Outer ends, network identifier, and what runs inside. */
export class TunnelsView extends EndsTable {
  constructor(ui: Ui) {
    super(ui, 'tunnels', 'Tunnels');
  }
  protected override elastic(table: Table): number {
    return columnOf(table, 'Inside');
  }
  protected override empty(): string {
    return 'no tunnel in the capture; d decodes other ports as one (udp.port==8472,vxlan)';
  }
}

/** Pairs of ends, with what went each way. */
export class ConversationsView extends EndsTable {
  constructor(ui: Ui) {
    super(ui, 'conversations', 'Conversations');
  }
  protected override elastic(): number {
    return -1;
  }
  protected override empty(): string {
    return 'no conversation of this kind; ] shows the next';
  }
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of blocks; `part` is 0 to 1. */
export function bar(part: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, part)) * width * 8);
  // What is there at all is seen.
  return '█'.repeat(eighths >> 3) + EIGHTHS[part > 0 && eighths === 0 ? 1 : eighths & 7];
}

const BAR = 12;
/** The names of protocols need what this leaves. */
const LEAST_WITH_BARS = 56;

/** Which protocols there are, inside which others. */
export class HierarchyView extends TableView {
  constructor(ui: Ui) {
    super(ui, 'hierarchy', 'Protocols');
  }
  protected override elastic(): number {
    return 0;
  }
  protected override drawn(row: TableRow, column: number, width: number): string | null {
    if (column !== 0) return null;
    const share = Number.parseFloat(row.cells[1] ?? '');
    const name = `${'  '.repeat(row.depth)}${row.cells[0] ?? ''}`;
    // All rows have their bar, or none has.
    if (Number.isNaN(share) || width < LEAST_WITH_BARS) return name;
    const room = width - BAR - 1;
    return `${truncate(name, room).padEnd(room)} ${bar(share / 100, BAR).padEnd(BAR)}`;
  }
  protected override empty(): string {
    return 'no packet so far';
  }
}

/** What the captures say of themselves. */
export class PropertiesView extends TableView {
  constructor(ui: Ui) {
    super(ui, 'properties', 'Capture properties');
  }
  /** A comment on the capture whose properties the chosen row is one of. */
  protected override extra(action: Action): boolean {
    if (action !== 'comment') return false;
    const { ui } = this;
    const { captures, comments } = ui.session;
    const above = this.table.rows(0, this.cursor.at + 1);
    const capture = above.filter((row) => row?.depth === 0).length - 1;
    if (captures[capture] === undefined) ui.say('no capture is open');
    else {
      const title = captures.length === 1 ? 'Comment on the capture' : `Comment on the capture of ${captures[capture].point}`;
      ui.open(commentDialog(ui, title, comments.ofCapture(capture).join('\n'), (text) => comments.writeCapture(capture, text)));
    }
    return true;
  }
  protected override elastic(): number {
    return 1;
  }
}
