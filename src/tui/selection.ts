// Which packets are shown and which one is chosen: what all views share. The packets view shows it; any view may change it.
import { Marked } from './marked.js';
import { withReferences } from './references.js';
import type { Ui } from './view.js';
import { Cursor } from './widgets/cursor.js';

export class Selection {
  /** In the packets that are shown. */
  readonly cursor = new Cursor();
  /** Those that are marked, in whatever order they are shown. */
  readonly marked = new Marked();
  /** Follows the end of a growing capture; null until it is known whether it grows, and the user has not moved. */
  sticks: boolean | null = null;
  /** The packet that was chosen before the last jump; null: there was none. */
  jumpedFrom: number | null = null;
  /** The filter line has another text: one that is applied, or one that the user is to apply. */
  onFilter: (text: string, isApplied: boolean) => void = () => {};
  /** Packet to be chosen as soon as the list has it. */
  private wanted: number | null = null;

  constructor(private readonly ui: Ui) {}

  /** The packet that is chosen; 0 in an empty list. */
  get packet(): number {
    return this.ui.session.packets.numberAt(this.cursor.at);
  }

  /** Before each drawing: takes what has come, in a list of `height` rows. */
  settle(height: number): void {
    const { session, settings } = this.ui;
    const { packets } = session;
    if (this.wanted !== null) {
      const at = packets.positionOf(this.wanted);
      const isThere = at >= 0 && packets.numberAt(at) === this.wanted;
      if (isThere || packets.progress.state !== 'running') {
        this.cursor.settle(packets.count, height);
        this.cursor.jump(Math.max(0, at));
        this.wanted = null;
      }
    }
    if (this.sticks === null && session.load.state === 'following') this.sticks = settings.all.autoScroll;
    if (this.sticks && packets.count > 0) this.cursor.at = packets.count - 1;
    this.cursor.settle(packets.count, height);
  }

  /** Chooses a packet as soon as it is in the list. */
  want(packet: number): void {
    if (packet !== 0) this.wanted = packet;
  }
  /** The user has moved: what was waited for does not move him again. */
  forgetWanted(): void {
    this.wanted = null;
  }

  /** Chooses a packet now. False, and a line that says why: it is not shown, or not there. */
  goTo(packet: number): boolean {
    const { session } = this.ui;
    const at = session.packets.positionOf(packet);
    if (at < 0 || session.packets.numberAt(at) !== packet) {
      const { frames, state } = session.load;
      const isThere = packet > 0 && packet <= frames;
      const isDue = packet > frames && state === 'running';
      const gone = isDue ? `packet ${packet} is not read yet` : `there is no packet ${packet}; the last is ${frames}`;
      this.ui.say(isThere ? `packet ${session.nameOf(packet)} is not shown: the filter hides it (x shows all)` : gone, 'error');
      return false;
    }
    if (this.packet !== packet) this.jump(at);
    else this.place(at);
    return true;
  }

  /** To a position in the list, with a way back. */
  jump(at: number): void {
    const { packet } = this;
    if (packet !== 0) this.jumpedFrom = packet;
    this.place(at);
  }
  private place(at: number): void {
    this.sticks = false;
    this.forgetWanted();
    this.cursor.count = this.ui.session.packets.count;
    this.cursor.jump(at);
  }

  /** Shows the packets of a filter. `wanted` is then chosen; without one the packet that was chosen stays. */
  apply(filter: string, wanted?: number): void {
    const { session, settings } = this.ui;
    const text = withReferences(this.ui, filter);
    const packet = wanted ?? this.wanted ?? this.packet;
    try {
      session.show(text, session.packets.order);
    } catch (error) {
      // A filter of a recent list that another version wrote.
      this.ui.say(error instanceof Error ? error.message : String(error), 'error');
      return;
    }
    settings.remember(text);
    this.onFilter(text, true);
    this.want(packet);
  }

  /** Puts a filter into the line; the user applies it. */
  prepare(text: string): void {
    this.onFilter(text, false);
  }
}
