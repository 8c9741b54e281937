// Where in the packets that are shown a search has its hits: all of them, found one after the other beside the screen.
import type { PacketList, Search } from '../session.js';
import type { Ui } from '../view.js';

/** Hits whose places are kept; further ones are counted. */
const MAX_PLACES = 1_000_000;

export class Hits {
  private places = new Uint32Array(256);
  private kept = 0;
  count = 0;
  /** Packets of the list that were looked at. */
  private covered = 0;
  private list: PacketList | null = null;
  private running: AbortController | null = null;
  private isOff = false;

  constructor(private readonly ui: Ui) {}

  /** Another search, or none. */
  forget(): void {
    this.running?.abort();
    this.running = null;
    this.list = null;
    this.isOff = false;
    this.kept = this.count = this.covered = 0;
  }
  /** Nothing more is looked for. False: nothing was. */
  stop(): boolean {
    if (this.running === null) return false;
    this.running.abort();
    this.isOff = true;
    return true;
  }

  /** Before each drawing: goes on where there are packets that were not looked at. */
  settle(search: Search): void {
    const { packets } = this.ui.session;
    if (packets !== this.list) {
      this.forget();
      this.list = packets;
    }
    // The places of an order are known at its end.
    const isMoving = packets.order !== null && packets.progress.state !== 'done' && packets.progress.state !== 'stopped';
    if (this.running !== null || this.isOff || isMoving || this.covered >= packets.count) return;
    const mine = new AbortController();
    this.running = mine;
    const take = (positions: Uint32Array, upTo: number) => {
      if (this.running !== mine) return;
      this.add(positions);
      this.covered = upTo;
      this.ui.redraw();
    };
    const end = (isOff: boolean) => {
      if (this.running !== mine) return;
      this.running = null;
      this.isOff ||= isOff;
    };
    this.ui.session.hits(search, this.covered, take, mine.signal).then(
      () => end(false),
      () => end(true),
    );
  }

  private add(positions: Uint32Array): void {
    this.count += positions.length;
    const more = positions.subarray(0, MAX_PLACES - this.kept);
    if (this.kept + more.length > this.places.length) {
      const larger = new Uint32Array(Math.max(this.kept + more.length, this.places.length * 2));
      larger.set(this.places.subarray(0, this.kept));
      this.places = larger;
    }
    this.places.set(more, this.kept);
    this.kept += more.length;
  }

  /** Hits before a position. */
  private before(position: number): number {
    let low = 0;
    for (let high = this.kept; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.places[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  has(position: number): boolean {
    const at = this.before(position);
    return at < this.kept && this.places[at] === position;
  }

  /** `3 of 17`, where the chosen packet is one of them; `…` while there may be more. */
  status(position: number): string {
    if (this.list === null || this.covered === 0) return '';
    const more = this.covered < this.list.count && !this.isOff ? ' …' : '';
    return `${this.has(position) ? `${this.before(position) + 1} of ` : ''}${this.count}${more}`;
  }
}
