// The place in a list that is never held as a whole: a count, the row that is chosen, and the first row on the screen.
import type { Action } from '../keys.js';

export class Cursor {
  at = 0;
  top = 0;
  count = 0;
  height = 1;

  /** To be called before drawing: what there is, and how much of it is seen. Keeps the chosen row on the screen. */
  settle(count: number, height: number): void {
    this.count = count;
    this.height = Math.max(1, height);
    this.at = Math.max(0, Math.min(this.at, count - 1));
    if (this.at < this.top) this.top = this.at;
    if (this.at >= this.top + this.height) this.top = this.at - this.height + 1;
    this.top = Math.max(0, Math.min(this.top, count - this.height));
  }

  get isAtEnd(): boolean {
    return this.at >= this.count - 1;
  }

  to(at: number): void {
    this.at = Math.max(0, Math.min(at, this.count - 1));
  }
  /** Chooses a row far away, and shows it in the middle. */
  jump(at: number): void {
    const isSeen = at >= this.top && at < this.top + this.height;
    this.to(at);
    if (!isSeen) this.top = this.at - (this.height >> 1);
  }
  scroll(rows: number): void {
    this.top = Math.max(0, Math.min(this.top + rows, this.count - this.height));
    this.at = Math.max(this.top, Math.min(this.at, this.top + this.height - 1));
    this.to(this.at);
  }

  /** Moves by an action of the lists; false for another one. */
  act(action: Action, count: number | null): boolean {
    const times = count ?? 1;
    const page = Math.max(1, this.height - 1);
    if (action === 'down') this.to(this.at + times);
    else if (action === 'up') this.to(this.at - times);
    else if (action === 'page-down') this.step(page * times);
    else if (action === 'page-up') this.step(-page * times);
    else if (action === 'top') this.jump(count === null ? 0 : count - 1);
    else if (action === 'bottom') this.jump(count === null ? this.count - 1 : count - 1);
    else return false;
    return true;
  }

  /** The rows and what is chosen go on together, so that a page looks like a page. */
  private step(rows: number): void {
    this.top = Math.max(0, Math.min(this.top + rows, this.count - this.height));
    this.to(this.at + rows);
  }
}
