// Nanoseconds a frame of each room, one more room at a time, in one process. Bundled and started by scripts/bench.mjs.
import { closeSync, openSync, readSync } from 'node:fs';
import { dissectors } from '../../dissectors/index.js';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { Packet } from '../../src/flows/packet.js';
import { Ports } from '../../src/flows/ports.js';
import { Tracker } from '../../src/flows/tracker.js';

const [file] = process.argv.slice(2);
const ROUNDS = 3;

/** The floor: record headers and the first bytes of each frame, nothing understood. Little-endian pcap only. */
function bare(): number {
  const fd = openSync(file, 'r');
  const buffer = Buffer.alloc(1 << 20);
  let frames = 0;
  let sum = 0;
  let kept = 0;
  let at = 24;
  for (;;) {
    const read = readSync(fd, buffer, kept, buffer.length - kept, null);
    const end = kept + read;
    while (at + 16 <= end) {
      const length = buffer[at + 8] | (buffer[at + 9] << 8) | (buffer[at + 10] << 16);
      if (at + 16 + length > end) break;
      sum += buffer[at + 16] + buffer[at + 36];
      at += 16 + length;
      frames++;
    }
    buffer.copy(buffer, 0, at, end);
    kept = end - at;
    at = 0;
    if (read === 0) break;
  }
  closeSync(fd);
  return sum < 0 ? 0 : frames;
}

function each(use: (frame: Frame) => void): number {
  const source = openCapture(file);
  const frame = new Frame();
  let frames = 0;
  do {
    while (source.next(frame)) {
      use(frame);
      frames++;
    }
  } while (source.fill() === true);
  source.close();
  return frames;
}

const registry = new Registry(dissectors);
const rooms: [string, () => number][] = [
  ['record and header walk, bare', bare],
  ['capture: frames', () => each(() => {})],
  [
    'dissect: layers',
    () => {
      const layers = new Layers(registry);
      return each((frame) => layers.walk(frame));
    },
  ],
  [
    'flows: packets',
    () => {
      const packet = new Packet(registry);
      return each((frame) => packet.read(frame));
    },
  ],
  [
    'flows: conversations, journeys',
    () => {
      const ports = new Ports(['bench'], (_, index) => ({ name: `if${index}`, nameFrom: 'none' }));
      const tracker = new Tracker(registry, ports, [new Set()], { maxConversations: 250_000 });
      const frames = each((frame) => tracker.observe(frame, 0, frame.timeNs));
      tracker.finish();
      return frames;
    },
  ],
];

let before = 0;
console.log('room                               ns/frame    added');
for (const [name, run] of rooms) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    const frames = run();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / frames);
  }
  console.log(`${name.padEnd(34)} ${best.toFixed(0).padStart(8)} ${(best - before).toFixed(0).padStart(8)}`);
  if (name !== rooms[0][0]) before = best;
}
