// What the fuzzer found, one case each. A new one is added with the fix.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Line } from '../../src/bytes/line.js';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { FrameContext } from '../../src/dump/frame-context.js';
import { SummaryPrinter } from '../../src/dump/summary.js';
import { FilterError } from '../../src/errors.js';
import { compileFilter } from '../../src/filter/filter.js';
import { Packet } from '../../src/flows/packet.js';
import { Sight } from '../../src/flows/sight.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';
import { block, ethernet, interfaceBlock, option, packetBlock, section } from '../attack/frames.js';
import { pieces, read } from '../capture/help.js';

const registry = new Registry(dissectors);

/** A frame whose first byte stands at `start` of its buffer. */
function frameOf(bytes: Uint8Array, linkType: number, wireLength = bytes.length, start = 0): Frame {
  const frame = new Frame();
  frame.bytes = Buffer.concat([new Uint8Array(start), bytes, new Uint8Array(64).fill(0xff)]);
  return Object.assign(frame, { start, end: start + bytes.length, wireLength, linkType, number: 1 });
}

describe('found by fuzzing', () => {
  it('a wire length of 2^31 - 1 does not overflow the offsets of the layers', () => {
    const layers = new Layers(registry);
    const bytes = ethernet(0x0800, [0x45, 0, 0, 40]);
    for (const start of [0, 64]) {
      layers.walk(frameOf(bytes, 1, 0x7fffffff, start));
      for (let i = 0; i < layers.count; i++) expect(layers.wireEnd[i]).toBeGreaterThanOrEqual(layers.end[i]);
    }
  });

  it('a message of IGMP that is cut behind its type: nothing is read behind it', () => {
    const printer = new SummaryPrinter(registry, new Sight(new InterfaceNames({})), new FrameContext(emptyInfo('x', null)));
    const layers = new Layers(registry);
    const bytes = ethernet(0x0800, [0x45, 0, 0, 28, 0, 0, 0, 0, 1, 2, 0, 0, 192, 0, 2, 1, 224, 0, 0, 1, 0x16]);
    const line = new Line();
    layers.walk(frameOf(bytes, 1));
    printer.print(layers, line);
    expect(line.toString()).toContain('IGMP');
    expect(line.toString()).not.toContain('255');
  });

  it('frames of several link types: an interface is not named after the frame before', () => {
    const layers = new Layers(registry);
    const printer = new SummaryPrinter(registry, new Sight(new InterfaceNames({})), new FrameContext(emptyInfo('x', null)));
    const print = (frame: Frame): string => {
      const line = new Line();
      layers.walk(frame);
      printer.print(layers, line);
      return line.toString();
    };
    const plain = frameOf(ethernet(0x0800, []), 1);
    const cooked = frameOf(new Uint8Array(20), 276);
    const [first, second, third] = [plain, cooked, plain].map(print);
    expect(first).toBe(third);
    expect(first).not.toContain('if0');
    expect(second).toContain('if0');
  });

  it('the identifier of an ICMPv6 echo that was cut before it is not taken from what stands behind the frame', () => {
    const cut = ethernet(0x86dd, [0x60, 0, 0, 0, 0, 8, 58, 64, ...new Array<number>(32).fill(0xfd), 128, 0, 0, 0, 0x2c]);
    const ports = [0xff, 0].map((fill) => {
      const packet = new Packet(registry);
      const frame = frameOf(cut, 1, cut.length + 3);
      frame.bytes.fill(fill, frame.end);
      packet.read(frame);
      return packet.srcPort;
    });
    expect(ports[0]).toBe(ports[1]);
  });

  it('an unknown pcapng block is held against its trailing length in whatever pieces it comes', async () => {
    const lying = block(0xbad, [1, 2, 3, 4, 5, 6, 7, 8]);
    lying.writeUInt32LE(99, lying.length - 4);
    const file = Buffer.concat([
      section(),
      interfaceBlock(),
      packetBlock(ethernet(0x0800, [])),
      lying,
      packetBlock(ethernet(0x0800, [])),
    ]);
    const whole = await read(pieces(file));
    const parts = await read(pieces(file, [3]));
    expect(whole.error?.message).toMatch(/the block says 20 bytes at its start and 99 at its end/);
    expect(parts.error?.message).toBe(whole.error?.message);
    expect(parts.frames).toHaveLength(1);
  });

  it.each(['dns.qry.name contains "s c" & 1', 'frame.time_delta & 1 == 1', 'frame.time_relative & 0.5 == 1'])(
    'what has no bits is an error of the filter, or nothing: %s',
    (text) => {
      let matches: (layers: Layers) => boolean = () => false;
      try {
        matches = compileFilter(text, registry).matches;
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError);
      }
      const layers = new Layers(registry);
      layers.walk(frameOf(ethernet(0x0800, []), 1));
      expect(matches(layers)).toBe(false);
    },
  );

  it('more seconds than a double holds leave nanoseconds within a second', async () => {
    // if_tsresol 0: ticks are seconds.
    const late = packetBlock(ethernet(0x0800, []));
    late.writeUInt32LE(0x2cc3c609, 12);
    late.writeUInt32LE(0x7d263382, 16);
    const { frames } = await read(pieces(Buffer.concat([section(), interfaceBlock(option(9, Uint8Array.of(0))), late])));
    expect(frames[0].ts).toMatch(/^\d+\.\d{9}$/);
  });

  it.each([
    ['a control character', 'ip.ttl \x1b[31m == 1'],
    ['a zero-width no-break space', 'len(icm\ufeffp) > 1'],
    ['a carriage return in a range', 'tcp[0 \r~=:2] == 1'],
    ['a bidi override', 'ip.\u202esrc == 1'],
    ['a character that is not assigned, and may be left out', '"\u2065" means nothing'],
  ])('the message about a filter with %s is safe to print, its caret below the place', (_, text) => {
    const error = (() => {
      try {
        return compileFilter(text, registry);
      } catch (e) {
        return e;
      }
    })();
    expect(error).toBeInstanceOf(FilterError);
    const { message, start } = error as FilterError;
    expect(message).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/);
    const [, shown, caret] = message.split('\n');
    expect(shown).toHaveLength(2 + text.length);
    expect(caret.indexOf('^')).toBe(2 + start);
  });
});
