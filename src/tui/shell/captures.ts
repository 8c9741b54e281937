// The captures that are shown, as files: remembered, saved, decoded in another way; and whether any is lost at the end.
import { quantity } from '../../bytes/units.js';
import { HopscopeError } from '../../errors.js';
import { beforeWriting } from '../saving.js';
import type { Session } from '../session.js';
import type { StateStore } from '../state.js';
import type { Ui } from '../view.js';

/** Packets that are captured into a file which nobody has named. */
export interface Live {
  /** The file, or the folder of several. */
  readonly path: string;
  /** Packets that were saved elsewhere, all that there were then. */
  saved: number;
}

interface Opened {
  /** The first one that was shown. */
  readonly session: Session;
  readonly state: StateStore;
  readonly live?: Live | undefined;
}

export class CapturesAtHand {
  constructor(
    private readonly ui: Ui,
    private readonly opened: Opened,
  ) {}

  private get files(): string[] {
    return this.ui.session.captures.map(({ file }) => file);
  }

  /** What is captured now; null where something else is shown, or nothing is captured. */
  private get live(): Live | null {
    return this.ui.session === this.opened.session ? (this.opened.live ?? null) : null;
  }

  /** The file of a capture that nobody has saved so far; null where there is nothing to lose. */
  get unsaved(): string | null {
    const { live } = this;
    return live === null || this.ui.session.load.frames <= live.saved ? null : live.path;
  }

  remember(): void {
    // What is captured now lies in a file that goes when it was saved under another name.
    if (this.live === null) this.opened.state.opened(this.files);
  }

  save(path: string, replaces: boolean, numbers: readonly number[] | null): void {
    beforeWriting(this.ui, path, replaces, (file) => this.write(file, numbers));
  }

  private write(file: string, numbers: readonly number[] | null): void {
    const { ui, live } = this;
    ui.say(`writing ${file} …`);
    const isWhole = ui.session.packets.filter === '' && numbers === null;
    ui.session.save(file, numbers, new AbortController().signal).then(
      (count) => {
        if (live !== null && isWhole) live.saved = Math.max(live.saved, count);
        ui.say(`${quantity(count, 'packet')} written to ${file}`, 'good');
      },
      (error) => ui.say(errorText(error), 'error'),
    );
  }

  /** Decodes by these rules from now on; what is wrong with them, or null. */
  decode(rules: readonly string[]): string | null {
    const { ui } = this;
    try {
      ui.session.decodeAs(rules);
    } catch (error) {
      return errorText(error);
    }
    this.opened.state.decode(this.files, rules);
    ui.say(rules.length === 0 ? 'decoded as at first' : `decoded as ${rules.join(' ')}`, 'good');
    return null;
  }
}

export function errorText(error: unknown): string {
  if (error instanceof HopscopeError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
