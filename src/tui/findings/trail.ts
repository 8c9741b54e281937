// Where the walk through the evidence is: which finding, which of its frames. Shared by the strip and the view.
import type { Ui } from '../view.js';
import { findingLines } from './list.js';

/** A field by its display filter name; of several with it, the one that has one of these values. */
export interface FieldOf {
  readonly name: string;
  readonly values: readonly string[];
}

/** A packet that shows something, by a field. */
export interface Shown {
  readonly packet: number;
  readonly field: string | null;
  readonly note: string;
}

export class Trail {
  /** Place in the session's findings; -1: not on the way. */
  finding = -1;
  private step = 0;
  /** The walk of something that is no finding of the session: an expectation. */
  private own: { readonly title: string; readonly packets: readonly Shown[] } | null = null;
  /** The field by which a packet shows the finding, until somebody has shown it. */
  private field: (FieldOf & { readonly packet: number }) | null = null;

  /** The field to show of a packet that the walk has come to, once; null: none. */
  takeField(packet: number): FieldOf | null {
    const { field } = this;
    if (field === null || field.packet !== packet) return null;
    this.field = null;
    return field;
  }

  /** Other captures are shown. */
  forget(): void {
    this.finding = -1;
    this.own = this.field = null;
  }

  /** `egress-wrong-interface 3 of 22`, while the packet at hand is the one that the walk has come to; else ''. */
  whereIs(ui: Ui, packet: number): string {
    const { own } = this;
    if (own !== null)
      return own.packets[this.step]?.packet === packet ? `${own.title}: ${this.step + 1} of ${own.packets.length}` : '';
    const finding = ui.session.findings[this.finding];
    if (finding === undefined || packet === 0 || packet !== ui.session.evidence(this.finding, this.step)) return '';
    return `${finding.rule} ${this.step + 1} of ${ui.session.evidenceCount(this.finding)}`;
  }

  /**
   * The walk is where this packet shows a finding, the one at hand if it is among them; `showsField`: its field is to be shown. False: it shows none.
   * Nothing is said, and no other packet is chosen.
   */
  joinAt(ui: Ui, packet: number, showsField: boolean): boolean {
    const { session } = ui;
    if (this.own !== null) return false;
    const shown = session.about(packet)?.shows ?? [];
    const finding = shown.includes(this.finding) ? this.finding : shown[0];
    if (finding === undefined) return false;
    let low = 0;
    for (let high = session.evidenceCount(finding); low < high; ) {
      const middle = (low + high) >>> 1;
      if (session.evidence(finding, middle) < packet) low = middle + 1;
      else high = middle;
    }
    [this.finding, this.step] = [finding, low];
    if (showsField) this.field = this.fieldOf(ui, packet);
    return true;
  }

  /** To the first evidence of the first finding that is shown by a packet of the list, without a word. False: there is none. */
  open(ui: Ui): boolean {
    const { session, selection } = ui;
    for (const { index } of findingLines(session)) {
      const packet = session.evidence(index, 0);
      if (packet === 0) continue;
      const at = session.packets.positionOf(packet);
      if (at < 0 || session.packets.numberAt(at) !== packet) continue;
      [this.finding, this.step] = [index, 0];
      this.field = this.fieldOf(ui, packet);
      selection.want(packet);
      return true;
    }
    return false;
  }

  /** Goes to the first of the packets that show something else than a finding; the walk goes on among them until a finding is chosen. */
  follow(ui: Ui, title: string, packets: readonly Shown[]): void {
    this.own = { title, packets };
    this.step = 0;
    this.goOwn(ui, this.own);
  }

  private goOwn(ui: Ui, { title, packets }: NonNullable<Trail['own']>): void {
    const { packet, field, note } = packets[this.step];
    this.field = field === null || field === '' ? null : { packet, name: field, values: [] };
    if (ui.goTo(packet)) ui.say(`${title}: ${this.step + 1} of ${packets.length}${note === '' ? '' : `, ${note}`}`);
  }

  /** Goes to the first evidence of a finding; where texts alone show it, to that of what follows from it. */
  start(ui: Ui, finding: number): void {
    const { session } = ui;
    this.own = null;
    const follows = session.findings[finding]?.explains ?? [];
    const all = [finding, ...follows.map((id) => session.findings.findIndex((one) => one.id === id))];
    this.finding = all.find((one) => one >= 0 && session.evidenceCount(one) > 0) ?? finding;
    this.step = 0;
    this.go(ui);
  }

  /** Next or earlier evidence; after the last one the next finding begins. False: there is none. */
  walk(ui: Ui, step: 1 | -1): boolean {
    const { own } = this;
    if (own !== null) {
      this.step = (this.step + step + own.packets.length) % own.packets.length;
      this.goOwn(ui, own);
      return true;
    }
    const { findings } = ui.session;
    const lines = findingLines(ui.session);
    if (lines.length === 0) return false;
    if (findings[this.finding] === undefined) {
      this.start(ui, lines[0].index);
      return true;
    }
    const next = this.step + step;
    if (next >= 0 && next < ui.session.evidenceCount(this.finding)) this.step = next;
    else {
      const at = lines.findIndex(({ index }) => index === this.finding);
      const line = lines[(at + step + lines.length) % lines.length];
      this.finding = line.index;
      this.step = step > 0 ? 0 : Math.max(0, ui.session.evidenceCount(line.index) - 1);
    }
    this.go(ui);
    return true;
  }

  private go(ui: Ui): void {
    const finding = ui.session.findings[this.finding];
    if (finding === undefined) return;
    const packet = ui.session.evidence(this.finding, this.step);
    if (packet === 0) {
      ui.say(`${finding.rule}: no packet is its evidence`);
      return;
    }
    const evidence = finding.evidence.find(({ frame }) => frame === packet);
    const note = evidence?.note ?? '';
    this.field = this.fieldOf(ui, packet);
    const count = ui.session.evidenceCount(this.finding);
    if (ui.goTo(packet)) ui.say(`${finding.rule}: evidence ${this.step + 1} of ${count}${note === '' ? '' : `, ${note}`}`);
  }

  /** The field by which a packet shows the finding: packets alike show it by the same one. */
  private fieldOf(ui: Ui, packet: number): Trail['field'] {
    const { evidence = [], subject } = ui.session.findings[this.finding] ?? {};
    const own = evidence.find(({ frame }) => frame === packet)?.field;
    const name = own ?? evidence.find(({ field }) => field !== null && field !== '')?.field ?? '';
    return name === '' ? null : { packet, name, values: [subject?.src, subject?.dst].flatMap((one) => one ?? []) };
  }
}
