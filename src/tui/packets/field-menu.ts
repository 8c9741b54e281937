// The menu of a field in the packet structure: as a column, as a filter, into the clipboard.
import type { TreeNode } from '../../dissect/tree.js';
import { nodeText } from '../../dissect/tree-text.js';
import { listed } from '../columns/packet-columns.js';
import { filterValue } from '../references.js';
import type { Detail, PacketColumn } from '../session.js';
import type { Ui } from '../view.js';
import { type Choice, ListDialog } from '../widgets/dialogs.js';

export function openFieldMenu(ui: Ui, { bytes }: Detail, node: TreeNode): void {
  const text = nodeText(node, bytes);
  const { name, title } = node.def;
  const filter = ui.session.checkFilter(name) === null ? filterOf(node, bytes, ui) : null;
  const choices: Choice[] = [];
  const add = (label: string, key: string, choose: () => void) => choices.push({ text: label, key, note: key, choose });
  if (filter !== null) {
    const old = ui.session.packets.filter;
    const prepare = (wanted: string) => ui.filter(wanted, false);
    add(`Apply as column: ${name}`, 'c', () => addColumn(ui, name, title));
    add(`Apply filter: ${filter}`, 'a', () => ui.filter(filter, true));
    add(`Prepare filter: ${filter}`, 'p', () => prepare(filter));
    add(`Prepare filter: not ${filter}`, 'n', () => prepare(`!(${filter})`));
    if (old !== '') {
      add(`… and ${filter}`, '&', () => prepare(`(${old}) && ${filter}`));
      add(`… or ${filter}`, '|', () => prepare(`(${old}) || ${filter}`));
    }
  }
  add('Copy the line', 'l', () => ui.copy(text));
  add('Copy the name', 'f', () => ui.copy(name));
  ui.open(new ListDialog(ui, name, choices));
}

/** In front of the column that takes what is left. */
function addColumn(ui: Ui, field: string, title: string): void {
  const { settings } = ui;
  const columns = settings.all.columns.filter((column) => column.field !== field);
  const elastic = columns.findIndex((column) => listed(column.field)?.width === 'elastic');
  const added: PacketColumn = { title: title.slice(0, 20), field, align: 'left' };
  settings.change({ columns: columns.toSpliced(elastic < 0 ? columns.length : elastic, 0, added) });
  ui.say(`column ${field} added; :columns changes them`, 'good');
}

/** `ip.src == 10.0.0.1` where its value can be written so; else the field's presence. */
function filterOf(node: TreeNode, bytes: Uint8Array, ui: Ui): string {
  const value = filterValue(node, bytes, ui);
  return value === null ? node.def.name : `${node.def.name} == ${value}`;
}
