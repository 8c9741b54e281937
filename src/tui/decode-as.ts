// Decode as: the rules in force, and new ones made from the ports of the selected packet.
import { dissectors } from '../../dissectors/index.js';
import type { TreeNode } from '../dissect/tree.js';
import type { Action, Place } from './keys.js';
import type { Mouse } from './screen/input.js';
import { cell, fill, type Picture, type Row } from './screen/paint.js';
import type { Dialog, Ui } from './view.js';
import { Cursor } from './widgets/cursor.js';
import { narrowed, type Pick, PickDialog } from './widgets/pick-dialog.js';

const TABLES: readonly Pick[] = [...new Set(dissectors.flatMap(({ claims }) => Object.keys(claims ?? {})))]
  .sort()
  .map((table) => ({ text: `${table}==`, isPart: true }));
const PROTOCOLS: readonly Pick[] = dissectors
  .map(({ name, title }) => ({ text: name, note: title }))
  .sort((a, b) => (a.text < b.text ? -1 : 1));

/** `udp.port==8472,`: the innermost port the packet is sent to; '' without one. */
export function ruleStart(tree: readonly TreeNode[]): string {
  let start = '';
  const look = (node: TreeNode): void => {
    const transport = /^(tcp|udp|sctp)\.dstport$/.exec(node.def.name)?.[1];
    if (transport !== undefined && typeof node.value === 'number') start = `${transport}.port==${node.value},`;
    node.children.forEach(look);
  };
  tree.forEach(look);
  return start;
}

/** What could stand next: a table, or after its value a protocol. */
export function rulePicks(text: string): readonly Pick[] {
  const parts = /^(.*==[^,]*,\s*)(.*)$/.exec(text);
  if (parts === null) return narrowed(TABLES, text.replace(/=.*/, '')).filter(() => !text.includes('='));
  return narrowed(PROTOCOLS, parts[2]).map(({ text: name, ...rest }) => ({ text: `${parts[1]}${name}`, ...rest }));
}

export class DecodeAsDialog implements Dialog {
  readonly title = 'Decode as';
  private readonly cursor = new Cursor();

  constructor(
    private readonly ui: Ui,
    /** Puts the rules in force; what is wrong with them, or null. */
    private readonly apply: (rules: readonly string[]) => string | null,
  ) {}

  places(): readonly Place[] {
    return ['decode-as', 'dialogs', 'lists'];
  }
  size(): { width: number; height: number } {
    return { width: 56, height: Math.max(1, this.rules.length) + 2 };
  }
  private get rules(): readonly string[] {
    return this.ui.session.decodedAs;
  }

  settle(_width: number, height: number): void {
    this.cursor.settle(this.rules.length, height - 2);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { rules, cursor } = this;
    const rows: Row[] = rules
      .slice(cursor.top, cursor.top + height - 2)
      .map((rule, i) => [cell(` ${rule}`, width, cursor.top + i === cursor.at ? theme.selected : theme.text)]);
    if (rules.length === 0) rows.push([cell(' no rule: each port means what it usually does', width, theme.dim)]);
    const help: Row[] = [[], [cell(' a add a rule  Del remove  R remove all', width, theme.dim)]];
    return { rows: fill([...fill(rows, width, height - 2, theme.dialog), ...help], width, height, theme.dialog) };
  }

  act(action: Action, count: number | null): boolean {
    const { rules, cursor, ui } = this;
    if (action === 'add') this.add();
    else if (action === 'accept') {
      if (rules.length === 0) this.add();
      else ui.close(this);
    } else if (action === 'remove') {
      if (rules[cursor.at] !== undefined) this.change(rules.toSpliced(cursor.at, 1));
    } else if (action === 'remove-all') {
      if (rules.length > 0) this.change([]);
    } else return cursor.act(action, count);
    return true;
  }
  mouse({ action, y }: Mouse): void {
    if (action === 'press') this.cursor.to(this.cursor.top + y);
  }

  private change(rules: readonly string[]): void {
    const wrong = this.apply(rules);
    if (wrong !== null) this.ui.say(wrong, 'error');
  }

  private add(): void {
    const { ui } = this;
    const packet = ui.packet === 0 ? null : ui.session.detail(ui.packet);
    ui.open(
      new PickDialog(ui, 'Decode as: new rule', {
        text: packet === null ? '' : ruleStart(packet.tree),
        note: 'udp.port==8472,vxlan or tcp.port==8000-8010,http',
        picks: rulePicks,
        accept: (text) => {
          const rule = text.replace(/\s+/g, '');
          return rule === '' ? 'a rule is needed' : this.apply([...this.rules.filter((one) => one !== rule), rule]);
        },
      }),
    );
  }
}
