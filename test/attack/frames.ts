// Captures and frames that lie, byte by byte.

// Files.

export const u16 = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff];
export const u32 = (n: number): number[] => [...u16(n), ...u16(n >>> 16)];
export const be16 = (n: number): number[] => [(n >>> 8) & 0xff, n & 0xff];

/** Little-endian, microseconds. */
export function pcap(frames: readonly Uint8Array[], linkType = 1, snapLength = 262_144): Buffer {
  const parts: Uint8Array[] = [
    Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, ...u32(0), ...u32(0), ...u32(snapLength), ...u32(linkType)),
  ];
  frames.forEach((bytes, i) => {
    parts.push(Uint8Array.of(...u32(1_754_667_411 + i), ...u32(0), ...u32(bytes.length), ...u32(bytes.length)), bytes);
  });
  return Buffer.concat(parts);
}

/** A pcapng block; `length` where it is to lie about itself. */
export function block(type: number, body: Uint8Array | number[], length?: number): Buffer {
  const padded = Buffer.concat([Uint8Array.from(body), new Uint8Array(-body.length & 3)]);
  const size = u32(length ?? padded.length + 12);
  return Buffer.concat([Uint8Array.of(...u32(type), ...size), padded, Uint8Array.of(...size)]);
}

export const section = (options: number[] = []): Buffer =>
  block(0x0a0d0d0a, [...u32(0x1a2b3c4d), 1, 0, 0, 0, ...u32(0xffffffff), ...u32(0xffffffff), ...options]);
export const interfaceBlock = (options: number[] = [], linkType = 1): Buffer =>
  block(1, [...u16(linkType), 0, 0, ...u32(262_144), ...options]);
export const option = (code: number, value: string | Uint8Array): number[] => {
  const bytes = Buffer.from(value);
  return [...u16(code), ...u16(bytes.length), ...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
};
export const packetBlock = (bytes: Uint8Array, options: number[] = [], interfaceId = 0): Buffer =>
  block(6, [
    ...[...u32(interfaceId), ...u32(0x63beb), ...u32(0x1000), ...u32(bytes.length), ...u32(bytes.length)],
    ...[...bytes, ...new Array<number>(-bytes.length & 3).fill(0), ...options],
  ]);

// Frames.

const MACS = [2, 0, 0, 0, 0, 0x0b, 2, 0, 0, 0, 0, 0x0a];
export const ethernet = (type: number, body: Uint8Array | number[]): Uint8Array =>
  Buffer.concat([Uint8Array.from([...MACS, ...be16(type)]), Uint8Array.from(body)]);

/** IPv4 without a checksum; its length is what it is, or 0 where it is too long for the field. */
export function ipv4(protocol: number, body: Uint8Array, source = [10, 0, 1, 5], target = [10, 0, 2, 5]): Buffer {
  const length = body.length + 20;
  const head = [0x45, 0, ...be16(length > 0xffff ? 0 : length), 0, 1, 0, 0, 64, protocol, 0, 0, ...source, ...target];
  return Buffer.concat([Uint8Array.from(head), body]);
}

export function udp(source: number, target: number, body: Uint8Array): Buffer {
  const length = body.length + 8;
  return Buffer.concat([Uint8Array.from([...be16(source), ...be16(target), ...be16(length > 0xffff ? 0 : length), 0, 0]), body]);
}

/** A DNS message in IP over Ethernet. */
export const dns = (message: Uint8Array | number[], answer = false): Uint8Array =>
  ethernet(0x0800, ipv4(17, answer ? udp(53, 40_000, Uint8Array.from(message)) : udp(40_000, 53, Uint8Array.from(message))));

/** A DNS query for a name made of these labels. */
export const query = (labels: readonly (string | Uint8Array)[]): Uint8Array =>
  dns([
    ...[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...labels.flatMap((label) => [Buffer.from(label).length, ...Buffer.from(label)]),
    ...[0, 0, 1, 0, 1],
  ]);
