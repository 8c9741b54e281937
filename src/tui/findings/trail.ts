// Where the walk through the evidence is: which finding, which of its frames. Shared by the strip and the view.
import type { Ui } from '../view.js';
import { findingLines } from './list.js';

export class Trail {
  /** Place in the session's findings; -1: not on the way. */
  finding = -1;
  private step = 0;

  /** Goes to the first evidence of a finding. */
  start(ui: Ui, finding: number): void {
    this.finding = finding;
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
    if (next >= 0 && next < findings[this.finding].evidence.length) this.step = next;
    else {
      const at = lines.findIndex(({ index }) => index === this.finding);
      const line = lines[(at + step + lines.length) % lines.length];
      this.finding = line.index;
      this.step = step > 0 ? 0 : Math.max(0, line.finding.evidence.length - 1);
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
    const note = finding.evidence[this.step]?.note ?? '';
    if (ui.goTo(packet))
      ui.say(`${finding.rule}: evidence ${this.step + 1} of ${finding.evidence.length}${note === '' ? '' : `, ${note}`}`);
  }
}
