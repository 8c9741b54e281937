// Numbers of conversations, as many suites keep of one run: a bit each. They are given in turn, so that most pages are full; those that
// are empty again go, since a live run has no highest number.

const SHIFT = 10;
const WORDS = (1 << SHIFT) / 32;

/** Whether a conversation is among them. */
export interface Uids {
  has(uid: number): boolean;
}

export class UidSet implements Uids {
  size = 0;
  private readonly pages = new Map<number, Uint32Array>();
  private lastAt = -1;
  private last: Uint32Array = new Uint32Array(WORDS);

  add(uid: number): void {
    const at = Math.floor(uid / (1 << SHIFT));
    if (at !== this.lastAt) {
      let page = this.pages.get(at);
      if (page === undefined) {
        page = new Uint32Array(WORDS);
        this.pages.set(at, page);
      }
      this.last = page;
      this.lastAt = at;
    }
    const word = wordOf(uid);
    if ((this.last[word] & bitOf(uid)) !== 0) return;
    this.last[word] |= bitOf(uid);
    this.size++;
  }

  has(uid: number): boolean {
    const page = this.pages.get(Math.floor(uid / (1 << SHIFT)));
    return page !== undefined && (page[wordOf(uid)] & bitOf(uid)) !== 0;
  }

  delete(uid: number): void {
    const at = Math.floor(uid / (1 << SHIFT));
    const page = this.pages.get(at);
    if (page === undefined || (page[wordOf(uid)] & bitOf(uid)) === 0) return;
    page[wordOf(uid)] &= ~bitOf(uid);
    this.size--;
    if (!page.every((word) => word === 0)) return;
    this.pages.delete(at);
    this.lastAt = -1;
  }
}

const wordOf = (uid: number): number => (uid % (1 << SHIFT)) >>> 5;
const bitOf = (uid: number): number => 1 << (uid & 31);

/** Those that are in any of several. */
export const unionOf =
  (sets: readonly (() => Uids)[]): (() => Uids) =>
  () => {
    const made = sets.map((make) => make());
    return { has: (uid) => made.some((set) => set.has(uid)) };
  };
