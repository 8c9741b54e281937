// Where the screen opens: at the frame that was asked for, else at the first evidence, as long as nobody has touched a key.
import type { Ui } from '../view.js';
import { VIEWS } from '../views.js';
import { Stage } from './stage.js';

export interface Start {
  readonly point: string | null;
  readonly frame: number;
}

export class Opening {
  private isOpen: boolean;

  constructor(private start: Start | null) {
    this.isOpen = start === null;
  }

  /** Somebody has pressed a key, or other captures are shown, from a packet of the user's choice on. */
  touch(): void {
    this.isOpen = false;
  }
  /** Other captures are shown. */
  again(): void {
    this.isOpen = true;
  }

  /** What is in front: who gave expectations wants to see how they stand. */
  stage(ui: Ui): Stage {
    const stage = new Stage(ui);
    const checks = ui.session.checks === null ? undefined : VIEWS.find(({ name }) => name === 'checks');
    if (checks !== undefined && this.start === null) stage.show(checks, 0);
    return stage;
  }

  /** Something more is known. */
  step(ui: Ui): void {
    const { session } = ui;
    if (this.isOpen) this.openAtEvidence(ui);
    const { start } = this;
    if (start === null) return;
    const packet = session.packetOf(start.point, start.frame);
    if (packet === 0 && session.load.state === 'running') return;
    this.start = null;
    if (packet !== 0) ui.goTo(packet);
    else ui.say(`there is no frame ${start.frame}${start.point === null ? '' : ` of ${start.point}`}`, 'error');
  }

  private openAtEvidence(ui: Ui): void {
    const { session, selection, trail } = ui;
    // What grows is followed; and before all is read, another finding may turn out to be the first.
    if (session.load.state === 'following') this.isOpen = false;
    else if (session.findingsKnown && (trail.open(ui) || session.packets.progress.state !== 'running')) this.isOpen = false;
    if (!this.isOpen) selection.jumpedFrom = null;
  }
}
