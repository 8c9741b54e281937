import { mix } from '../../src/bytes/mix.js';
import { u32 } from '../../src/bytes/read.js';
import { protocol } from '../../src/dissect/dissector.js';
import type { Layers } from '../../src/dissect/walk.js';

const SLL2 = protocol('sll2');

/** A number for the interface of the frame: captures that cannot tell interfaces apart have one. */
export function interfaceOf(layers: Layers, capture: number): number {
  const index = layers.proto[0] === SLL2.id ? u32(layers.bytes, layers.start[0] + 4) : 0;
  return mix(capture * 0x10001 + (layers.frame?.interfaceId ?? 0)) ^ index;
}
