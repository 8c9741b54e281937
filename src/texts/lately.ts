// The packets of the last lines: what an ICMP error quotes is most often the one just before it.
const COUNT = 16;
const KEPT = 256;

interface Kept {
  readonly bytes: Uint8Array;
  /** Of the headers that were made of its text. */
  length: number;
  family: 4 | 6;
}

export class Lately {
  private readonly ring: Kept[] = Array.from({ length: COUNT }, () => ({ bytes: new Uint8Array(KEPT), length: 0, family: 4 }));
  private next = 0;

  /** Keeps the packet whose outermost IP header is at `at`. */
  keep(frame: Uint8Array, at: number, end: number): void {
    const kept = this.ring[this.next];
    this.next = (this.next + 1) % COUNT;
    kept.length = Math.min(KEPT, end - at);
    kept.family = frame[at] >> 4 === 6 ? 6 : 4;
    for (let i = 0; i < kept.length; i++) kept.bytes[i] = frame[at + i];
  }

  /** The latest packet from an address (to another, over a protocol to a port; -1: to any): its headers; null when it was none of the last. */
  find(family: 4 | 6, from: Uint8Array, to: Uint8Array | null, proto: number, port: number): Uint8Array | null {
    const [source, size, header, next] = family === 4 ? [12, 4, 20, 9] : [8, 16, 40, 6];
    const isAt = (bytes: Uint8Array, at: number, address: Uint8Array): boolean => {
      for (let i = 0; i < size; i++) if (bytes[at + i] !== address[i]) return false;
      return true;
    };
    for (let n = 1; n <= COUNT; n++) {
      const { bytes, length, family: its } = this.ring[(this.next - n + COUNT) % COUNT];
      if (length < header + 4 || its !== family || !isAt(bytes, source, from)) continue;
      if (to !== null && !isAt(bytes, source + size, to)) continue;
      if (proto >= 0 && bytes[next] !== proto) continue;
      if (port >= 0 && ((bytes[header + 2] << 8) | bytes[header + 3]) !== port) continue;
      return bytes.subarray(0, length);
    }
    return null;
  }
}
