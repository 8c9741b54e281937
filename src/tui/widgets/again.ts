// When something is asked for again: at once where the question is another, after a while where the answer may have changed.
import type { Ui } from '../view.js';

export class Again {
  private question = '';
  private known = '';
  private askedAt = 0;
  private timer: NodeJS.Timeout | null = null;

  /** `afterMs`: how long the answer to a question stands while the capture grows. */
  constructor(
    private readonly ui: Ui,
    private readonly afterMs: number,
  ) {}

  /** Is it time to ask? Counts as asked then. `known`: the answer is another one when this is. Draws anew when a wait is over. */
  isDue(question: string, known: string): boolean {
    const isSame = question === this.question;
    if (isSame && known === this.known) return false;
    const wait = isSame ? this.askedAt + this.afterMs - performance.now() : 0;
    if (wait > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.ui.redraw();
      }, wait).unref();
      return false;
    }
    this.question = question;
    this.known = known;
    this.askedAt = performance.now();
    return true;
  }

  /** The next question is due, whatever it is. */
  forget(): void {
    this.question = '';
  }
}
