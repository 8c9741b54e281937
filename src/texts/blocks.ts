// Frames as blocks of a pcapng (draft-ietf-opsawg-pcapng), which the reader of captures takes.

/**
 * Option of a packet block that says what of the frame is not known (OPEN). Codes from 0x8000 on are for local use, section 3.5; the
 * value starts with a mark, since others may use the same code.
 */
export const OPEN_OPTION = { code: 0x8873, mark: 0x68_6f_70_73 } as const;

const START = 64 * 1024;
const NANOSECONDS = 9;
const padded = (length: number): number => (length + 3) & ~3;

const ENCODER = new TextEncoder();

export class Blocks {
  private bytes = new Uint8Array(START);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Bytes made so far and not taken. */
  get waiting(): number {
    return this.length;
  }

  /** The bytes so far; valid until the next block is made. */
  take(): Uint8Array {
    const made = this.bytes.subarray(0, this.length);
    this.length = 0;
    return made;
  }

  section(application: string): void {
    const text = ENCODER.encode(application);
    const at = this.block(0x0a0d0d0a, 28 + 4 + padded(text.length) + 4);
    this.view.setUint32(at + 8, 0x1a2b3c4d, true);
    this.view.setUint16(at + 12, 1, true);
    this.view.setUint32(at + 16, 0xffff_ffff, true);
    this.view.setUint32(at + 20, 0xffff_ffff, true);
    this.option(at + 24, 4, text);
  }

  interface(linkType: number, snapLength: number, name: string | null, description: string | null, filter: string | null): void {
    const texts = [
      [2, name],
      [3, description],
      [11, filter === null ? null : `\0${filter}`],
    ] as const;
    const known = texts.flatMap(([code, value]) =>
      value === null ? [] : [[code, ENCODER.encode(value).subarray(0, 4000)] as const],
    );
    const options = known.reduce((sum, [, value]) => sum + 4 + padded(value.length), 8 + 4);
    const at = this.block(1, 20 + options);
    this.view.setUint16(at + 8, linkType, true);
    this.view.setUint32(at + 12, snapLength, true);
    let next = this.option(at + 16, 9, Uint8Array.of(NANOSECONDS));
    for (const [code, value] of known) next = this.option(next, code, value);
  }

  packet(
    interfaceId: number,
    seconds: number,
    nanoseconds: number,
    frame: Uint8Array,
    length: number,
    wire: number,
    open: number,
  ): void {
    const options = open === 0 ? 0 : 12 + 4;
    const at = this.block(6, 32 + padded(length) + options);
    const { view } = this;
    // The low half is exact modulo 2^32, and makes the high half exact as well.
    const low = (Math.imul(seconds, 1e9) + nanoseconds) >>> 0;
    view.setUint32(at + 8, interfaceId, true);
    view.setUint32(at + 12, Math.round((seconds * 1e9 + nanoseconds - low) / 0x1_0000_0000), true);
    view.setUint32(at + 16, low, true);
    view.setUint32(at + 20, length, true);
    view.setUint32(at + 24, wire, true);
    const { bytes } = this;
    for (let i = 0; i < length; i++) bytes[at + 28 + i] = frame[i];
    if (open === 0) return;
    const next = at + 28 + padded(length);
    view.setUint16(next, OPEN_OPTION.code, true);
    view.setUint16(next + 2, 8, true);
    view.setUint32(next + 4, OPEN_OPTION.mark, false);
    view.setUint32(next + 8, open, false);
  }

  /** A name for an IPv4 address. */
  name(address: number, name: string): void {
    const text = ENCODER.encode(name).subarray(0, 255);
    const record = 4 + text.length + 1;
    const at = this.block(4, 12 + 4 + padded(record) + 4);
    this.view.setUint16(at + 8, 1, true);
    this.view.setUint16(at + 10, record, true);
    this.view.setUint32(at + 12, address, false);
    this.bytes.set(text, at + 16);
  }

  /** Counters of an interface, at the end. */
  statistics(interfaceId: number, received: number | null, dropped: number | null): void {
    const known = [
      [4, received],
      [5, dropped],
    ] as const;
    const said = known.filter(([, value]) => value !== null);
    const at = this.block(5, 24 + said.length * 12 + 4);
    this.view.setUint32(at + 8, interfaceId, true);
    for (const [i, [code, value]] of said.entries()) {
      const option = at + 20 + i * 12;
      this.view.setUint16(option, code, true);
      this.view.setUint16(option + 2, 8, true);
      this.view.setBigUint64(option + 4, BigInt(value ?? 0), true);
    }
  }

  private block(type: number, length: number): number {
    const at = this.length;
    if (at + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, at + length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.bytes.fill(0, at, at + length);
    this.view.setUint32(at, type, true);
    this.view.setUint32(at + 4, length, true);
    this.view.setUint32(at + length - 4, length, true);
    this.length = at + length;
    return at;
  }

  private option(at: number, code: number, value: Uint8Array): number {
    this.view.setUint16(at, code, true);
    this.view.setUint16(at + 2, value.length, true);
    this.bytes.set(value, at + 4);
    return at + 4 + padded(value.length);
  }
}
