import type { Line } from '../bytes/line.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import type { Sight } from '../flows/sight.js';
export class TcpdumpPrinter {
  constructor(_r: Registry, _s: Sight) {}
  print(_l: Layers, _n: Line): void {}
}
