// Packets in hex and the fields they must give. The values are what tshark 4.0 says of the same bytes.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { protocolStack } from '../../src/dissect/extra.js';
import { fieldNames } from '../../src/dissect/lookup.js';
import { parseDecodeAs, Registry } from '../../src/dissect/registry.js';
import type { Sink } from '../../src/dissect/sink.js';
import { spell } from '../../src/dissect/spell.js';
import { emitLayer, shownLayers } from '../../src/dissect/tree.js';
import { Layers } from '../../src/dissect/walk.js';

export interface Vector {
  readonly name: string;
  /** LINKTYPE number; Ethernet when not given. */
  readonly link?: number;
  /** As for `-d`: what leads to the protocol where its key is another one's. */
  readonly decodeAs?: string;
  readonly hex: string;
  /** Length on the wire of a packet that the snapshot length has cut; that of `hex` when not given. */
  readonly wire?: number;
  /** As in frame.protocols. */
  readonly protocols: string;
  /** Field -> all its values, separated by `;`. Every field of `prefixes` that is not listed must be absent. */
  readonly fields: Readonly<Record<string, string>>;
}

const registry = new Registry(dissectors);
const names = fieldNames(registry);

/** Bytes that stand behind a packet: a reader that goes too far shows them. */
const BEHIND = 64;

function walk(given: Registry, bytes: Uint8Array, length: number, wireLength: number, link: number): Layers {
  const layers = new Layers(given);
  layers.walkFrom(given.linkProto(link), bytes, 0, length, wireLength);
  return layers;
}

/** Every value that the layers put out, by name; checks that nothing lies behind `end`. */
function valuesOf(layers: Layers, end: number): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const add: Sink['add'] = (def, at, length, value) => {
    if (at < 0 || length < 0 || at + length > end)
      throw new Error(`${def.name} lies at ${at}+${length}, the packet ends at ${end}`);
    const text = spell(def, layers.bytes, at, length, value);
    for (const name of [def.name, ...def.aliases]) values.set(name, [...(values.get(name) ?? []), text]);
  };
  const sink: Sink = { wants: () => true, add, open: add, close: () => {}, note: () => {} };
  for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, sink);
  return values;
}

/** Tests of one dissector. `prefixes`: the fields that the vectors list in full, e.g. `stp`. */
export function vectors(title: string, prefixes: readonly string[], list: readonly Vector[]): void {
  const owned = names.filter((name) => prefixes.some((p) => name.startsWith(`${p}.`)));
  describe(title, () => {
    for (const v of list) {
      const packet = Buffer.from(v.hex, 'hex');
      const bytes = new Uint8Array(packet.length + BEHIND).fill(0xa5);
      bytes.set(packet);
      const link = v.link ?? 1;
      const given = v.decodeAs === undefined ? registry : new Registry(dissectors, [parseDecodeAs(v.decodeAs)]);

      it(v.name, () => {
        const layers = walk(given, bytes, packet.length, v.wire ?? packet.length, link);
        const values = valuesOf(layers, packet.length);
        const got = Object.fromEntries(
          owned.filter((name) => values.has(name)).map((name) => [name, values.get(name)!.join(';')]),
        );
        expect(protocolStack(layers)).toBe(v.protocols);
        expect(got).toEqual(v.fields);
      });

      it(`${v.name}, cut at every length`, () => {
        for (let n = 0; n <= packet.length; n++) {
          // Once cut by the snapshot length, once by the sender.
          for (const wireLength of [packet.length, n]) valuesOf(walk(given, bytes, n, wireLength, link), n);
        }
      });

      it(`${v.name}, with each byte spoilt`, () => {
        for (let at = 0; at < packet.length; at++)
          for (const value of [0, 0xff, packet[at]! ^ 0x10]) {
            const spoilt = Uint8Array.from(bytes);
            spoilt[at] = value;
            valuesOf(walk(given, spoilt, packet.length, packet.length, link), packet.length);
          }
      });
    }
  });
}
