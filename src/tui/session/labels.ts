// What the segments before say of one in front of Info (`[TCP Retransmission]`), for searches: found out in one pass over all packets in
// their order, as far as a search has come.
import { LABELS } from '../../../dissectors/tcp.js';
import { PacketCells } from './cells.js';
import type { Packets } from './packets.js';

/** Labels that are told apart; packets with further ones are found without theirs. */
const MAX_LABELS = 65_536;
/** Packets between two looks at the clock. */
const SLICE = 64;
const LABEL = /^(?:\[[^\]]*\] )+/;

const TEXTS = LABELS.map(([, text]) => text.toLowerCase());

/** Can a text be in such a label, or go from it into what follows? Most are not, and need no pass. */
export function mayBeLabel(text: string): boolean {
  const small = text.toLowerCase();
  // A duplicate ACK has two numbers.
  const words = small.replace(/\d+$/, '');
  return words === '' || /^ |[[\]#]/.test(small) || TEXTS.some((label) => label.includes(words));
}

export class Labels {
  private upTo = 0;
  private readonly cells: PacketCells;
  private readonly texts = [''];
  private readonly numberOf = new Map<string, number>();
  /** By packet: the number of its label; 0: none. */
  private labels = new Uint32Array(4096);

  /** `packets`: for this pass alone. */
  constructor(private readonly packets: Packets) {
    packets.beginPass(true, true);
    this.cells = new PacketCells(packets, ['info'], []);
  }

  /** Goes on up to packet `n`, but not after `endMs`; whether it has come so far. */
  learn(n: number, endMs: number): boolean {
    while (this.upTo < n) {
      const number = ++this.upTo;
      if (this.packets.read(number) && this.cells.isRemarkable) this.keep(number);
      if (number % SLICE === 0 && performance.now() > endMs) break;
    }
    return this.upTo >= n;
  }

  private keep(number: number): void {
    const text = LABEL.exec(this.cells.cells(0)[0])?.[0];
    if (text === undefined) return;
    let label = this.numberOf.get(text);
    if (label === undefined) {
      if (this.texts.length > MAX_LABELS) return;
      label = this.texts.push(text) - 1;
      this.numberOf.set(text, label);
    }
    if (number >= this.labels.length) {
      const larger = new Uint32Array(Math.max(number + 1, this.labels.length * 2));
      larger.set(this.labels);
      this.labels = larger;
    }
    this.labels[number] = label;
  }

  /** Of a packet that was learned of. */
  of(number: number): string {
    return this.texts[this.labels[number] ?? 0];
  }
}
