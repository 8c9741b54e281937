// Captures printed by the real tcpdump, and texts read back.
import { spawnSync } from 'node:child_process';
import { Frame } from '../../src/capture/frame.js';
import { captureFrom } from '../../src/capture/from-chunks.js';
import type { PrintedInfo } from '../../src/texts/printed.js';

export const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined;
if (!hasTcpdump) console.log('tests are left out: no tcpdump');

/** What tcpdump prints of a capture; without its banner. */
export function tcpdump(path: string, ...options: string[]): string {
  const { stdout } = spawnSync('tcpdump', [...options, '-r', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout;
}

/**
 * Interfaces of a cooked capture by name, as tcpdump prints them where it captures: here it looks the numbers up on this machine. `names`: by
 * number.
 */
export function named(path: string, options: readonly string[], names: (index: number) => string): string {
  const numbers = [...tcpdump(path, '-nne').matchAll(/^\d\d:\S+ .* ifindex (\d+) /gm)].map(([, index]) => Number(index));
  if (numbers.length === 0) return tcpdump(path, ...options);
  let n = 0;
  return tcpdump(path, ...options).replace(
    /^(\d\d:\d\d:\d\d\.\d+) \S+ +(In |Out|B {2}|M {2}|P {2}) /gm,
    (_, time: string, direction: string) => `${time} ${names(numbers[n++]).padEnd(5)} ${direction} `,
  );
}

async function* once(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface ReadFrame {
  readonly bytes: string;
  readonly wireLength: number;
  readonly linkType: number;
  readonly unknown: number;
  readonly time: string;
}

/** The frames of a text, and what it was taken for. `size`: of the pieces it comes in. */
export async function readText(
  text: string | Uint8Array,
  size = 1 << 16,
): Promise<{
  frames: ReadFrame[];
  info: PrintedInfo | null;
  error: string | null;
  devices: Record<number, string>;
  interfaces: (string | null)[];
}> {
  const source = captureFrom(once(text, size), 'text');
  const frame = new Frame();
  const frames: ReadFrame[] = [];
  do
    while (source.next(frame))
      frames.push({
        bytes: Buffer.from(frame.bytes.subarray(frame.start, frame.end)).toString('hex'),
        wireLength: frame.wireLength,
        linkType: frame.linkType,
        unknown: frame.unknown,
        time: `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`,
      });
  while (await source.fill());
  source.close();
  // Cooked interfaces are described by their number.
  const devices = Object.fromEntries(
    source.info.interfaces.flatMap(({ name, description }) =>
      name === null ? [] : [[Number(/\d+$/.exec(description ?? '')?.[0]), name]],
    ),
  );
  const interfaces = source.info.interfaces.map(({ name }) => name);
  return { devices, interfaces, frames, info: source.info.printed, error: source.error?.message ?? null };
}

/** A text as bytes of a capture that is read from memory. */
export const asBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
