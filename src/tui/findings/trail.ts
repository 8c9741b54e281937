// Where the walk through the evidence is: which finding, which of its frames. Shared by the strip and the view.
import type { Ui } from '../view.js';
import { findingLines } from './list.js';

export class Trail {
  /** Place in the session's findings; -1: not on the way. */
  finding = -1;
  private step = 0;
  /** The field by which a packet shows the finding, until somebody has shown it. */
  private field: { readonly packet: number; readonly name: string } | null = null;

  /** The field to show of a packet that the walk has come to, once; null: none. */
  takeField(packet: number): string | null {
    const { field } = this;
    if (field === null || field.packet !== packet) return null;
    this.field = null;
    return field.name;
  }

  /** Goes to the first evidence of a finding; where texts alone show it, to that of what follows from it. */
  start(ui: Ui, finding: number): void {
    const { session } = ui;
    const follows = session.findings[finding]?.explains ?? [];
    const all = [finding, ...follows.map((id) => session.findings.findIndex((one) => one.id === id))];
    this.finding = all.find((one) => one >= 0 && session.evidenceCount(one) > 0) ?? finding;
    this.step = 0;
    this.go(ui);
  }

  /** Next or earlier evidence; after the last one the next finding begins. False: there is none. */
  walk(ui: Ui, step: 1 | -1): boolean {
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
    // Packets alike show it by the same field.
    const name = evidence?.field ?? finding.evidence.find(({ field }) => field !== null && field !== '')?.field ?? '';
    this.field = name === '' ? null : { packet, name };
    const count = ui.session.evidenceCount(this.finding);
    if (ui.goTo(packet)) ui.say(`${finding.rule}: evidence ${this.step + 1} of ${count}${note === '' ? '' : `, ${note}`}`);
  }
}
