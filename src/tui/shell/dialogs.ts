// The dialogs above the view: the last one opened has the keys.
import type { Action } from '../keys.js';
import type { Mouse } from '../screen/input.js';
import { box, type Overlay } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';
import type { Dialog } from '../view.js';

/** What is inside the frame of a dialog, on the screen. */
interface Place {
  readonly dialog: Dialog;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Dialogs {
  private list: readonly Dialog[] = [];
  private readonly maximised = new WeakSet<Dialog>();
  private places: readonly Place[] = [];

  get top(): Dialog | undefined {
    return this.list.at(-1);
  }
  open(dialog: Dialog): void {
    this.list = [...this.list, dialog];
  }
  close(dialog: Dialog): void {
    this.list = this.list.filter((one) => one !== dialog);
  }
  closeAll(): void {
    this.list = [];
  }

  /** What any dialog can do. False: it is not one of these actions. */
  act(action: Action): boolean {
    const { top } = this;
    if (top === undefined) return false;
    if (action === 'maximise') {
      if (!this.maximised.delete(top)) this.maximised.add(top);
    } else if (action === 'close' || action === 'step-back' || action === 'stop') this.close(top);
    else return false;
    return true;
  }

  /** On a screen of this size. */
  settle(width: number, height: number): void {
    this.places = this.list.map((dialog) => {
      const wanted = this.maximised.has(dialog) ? { width, height } : dialog.size(width, height - 2);
      const inner = {
        width: Math.max(10, Math.min(wanted.width, width - 2)),
        height: Math.max(1, Math.min(wanted.height, height - 4)),
      };
      dialog.settle?.(inner.width, inner.height);
      const x = (width - inner.width - 2) >> 1;
      const y = Math.max(1, (height - inner.height - 2) >> 1);
      return { dialog, x: x + 1, y: y + 1, ...inner };
    });
  }

  /** Each in its frame; `cursor` is that of the last, undefined where there is no dialog. */
  draw(theme: Theme): {
    readonly overlays: readonly Overlay[];
    readonly cursor: { readonly x: number; readonly y: number } | null | undefined;
  } {
    const drawn = this.places.map((place) => ({ ...place, picture: place.dialog.draw(place.width, place.height) }));
    const last = drawn.at(-1);
    const cursor = last?.picture.cursor;
    return {
      overlays: drawn.map(({ dialog, picture, x, y, width }) => ({
        x: x - 1,
        y: y - 1,
        rows: box(picture.rows, width, dialog.title, theme.edgeFocus, theme.heading),
      })),
      cursor: last === undefined ? undefined : cursor ? { x: last.x + cursor.x, y: last.y + cursor.y } : null,
    };
  }

  /** A click outside closes the dialog. False: there is none. */
  mouse(mouse: Mouse): boolean {
    const place = this.places.at(-1);
    if (place === undefined) return false;
    const [x, y] = [mouse.x - place.x, mouse.y - place.y];
    if (x >= 0 && y >= 0 && x < place.width && y < place.height) place.dialog.mouse?.({ ...mouse, x, y });
    else if (mouse.action === 'press') this.close(place.dialog);
    return true;
  }
}
