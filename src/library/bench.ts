// What dissects single frames. Nothing of this is exported.
import { dissectors } from '../../dissectors/index.js';
import { Frame as EngineFrame } from '../capture/frame.js';
import { parseDecodeAs, Registry } from '../dissect/registry.js';
import { Layers } from '../dissect/walk.js';
import { Headings } from '../dump/headings.js';
import { fill, noFile } from '../main/made-frame.js';
import type { NewFrame } from './frame.js';

/** What dissects with one set of decode-as rules. Registries hold tables of all ports: one is made for each set, and kept. */
export class Bench {
  readonly frame = new EngineFrame();
  readonly layers: Layers;
  readonly headings: Headings;
  readonly info = noFile();

  constructor(readonly registry: Registry) {
    this.layers = new Layers(registry);
    this.headings = new Headings(registry);
  }

  read(frame: NewFrame, number: number): Layers {
    fill(this.frame, frame, number, this.info);
    this.layers.walk(this.frame);
    return this.layers;
  }
}

/** Sets of decode-as rules that are kept. */
const MAX_BENCHES = 16;
const benches = new Map<string, Bench>();

export function benchOf(decodeAs: readonly string[]): Bench {
  // With what plug-ins have added since.
  const key = `${dissectors.length} ${decodeAs.join('\n')}`;
  const known = benches.get(key);
  if (known !== undefined) return known;
  const made = new Bench(new Registry(dissectors, decodeAs.map(parseDecodeAs)));
  if (benches.size >= MAX_BENCHES) benches.clear();
  benches.set(key, made);
  return made;
}
