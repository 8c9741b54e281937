// What was found, by the packets and conversations that it is about.
import type { Finding, Severity } from '../../rules/finding.js';
import type { FoundFinding } from './wire.js';

const SEVERITY: Readonly<Record<Severity, number>> = { error: 3, warning: 2, info: 1 };

export class Concerns {
  readonly findings: readonly Finding[];
  /** Worst severity by packet that shows one; indexes of findings by conversation. */
  private readonly marked = new Map<number, Severity>();
  private readonly concerned = new Map<number, number[]>();

  constructor(readonly found: readonly FoundFinding[]) {
    this.findings = found.map(({ finding }) => finding);
    found.forEach(({ finding, about, packets }, i) => {
      if (finding.verdict === 'pass') return;
      for (const packet of packets) {
        const known = this.marked.get(packet);
        if (known === undefined || SEVERITY[known] < SEVERITY[finding.severity]) this.marked.set(packet, finding.severity);
      }
      for (const uid of about) {
        const list = this.concerned.get(uid);
        if (list === undefined) this.concerned.set(uid, [i]);
        else list.push(i);
      }
    });
  }

  /** The worst finding that the packet shows; null: none. */
  severityOf(packet: number): Severity | null {
    return this.marked.get(packet) ?? null;
  }

  /** Indexes of the findings that have the packet as evidence, or are about its conversation (-1: it has none), in their order. */
  about(packet: number, uid: number): number[] {
    const indexes = new Set(uid < 0 ? [] : this.concerned.get(uid));
    for (const i of this.shownBy(packet)) indexes.add(i);
    return [...indexes].sort((a, b) => a - b);
  }

  /** Indexes of the findings that the packet shows, in their order. */
  shownBy(packet: number): number[] {
    return this.found.flatMap(({ finding, packets }, i) => (finding.verdict !== 'pass' && isIn(packets, packet) ? [i] : []));
  }
}

/** `numbers`: in order. */
function isIn(numbers: Uint32Array, number: number): boolean {
  let low = 0;
  for (let high = numbers.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] === number) return true;
    if (numbers[middle] < number) low = middle + 1;
    else high = middle;
  }
  return false;
}
