// Nanoseconds a frame of each room, one more room at a time, in one process. Bundled and started by scripts/bench.mjs.
import { closeSync, openSync, readSync } from 'node:fs';
import { dissectors } from '../../dissectors/index.js';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { Packet } from '../../src/flows/packet.js';
import { Ports } from '../../src/flows/ports.js';
import { Block, record } from '../../src/flows/record.js';
import { Stack } from '../../src/flows/stack.js';
import { Tracker } from '../../src/flows/tracker.js';

const [file, only] = process.argv.slice(2);
const ROUNDS = 3;
/** As many as a chunk holds. */
const RECORDS = 256;
const NO_MACS: ReadonlySet<number> = new Set();
/** Times are told from the first frame on. */
const BASE_NS = 1_750_000_000e9;

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
    'flows: records',
    () => {
      const stack = new Stack(registry, false);
      const block = new Block(new ArrayBuffer(Block.bytesFor(RECORDS)));
      return each((frame) => record(stack, frame, block, frame.number % RECORDS, NO_MACS));
    },
  ],
  [
    'flows: conversations, journeys',
    () => {
      const ports = new Ports(['bench'], (_, index) => ({ name: `if${index}`, nameFrom: 'none' }));
      const tracker = new Tracker(registry, ports, [NO_MACS], { maxConversations: 250_000 });
      const packet = new Packet(registry);
      const stack = new Stack(registry, false);
      const block = new Block(new ArrayBuffer(Block.bytesFor(RECORDS)));
      let at = 0;
      const frames = each((frame) => {
        record(stack, frame, block, at++, NO_MACS);
        if (at < RECORDS) return;
        for (let n = 0; n < at; n++) {
          packet.look(block, n);
          tracker.take(packet, 0, packet.seconds * 1e9 - BASE_NS + packet.nanoseconds);
        }
        at = 0;
      });
      tracker.finish();
      return frames;
    },
  ],
];

if (only === 'bare') bare();
else measure();

function measure(): void {
  let before = 0;
  console.log('room                               ns/frame    added');
  for (const [name, run] of rooms) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ROUNDS; i++) {
      const start = process.cpuUsage();
      const frames = run();
      const { user, system } = process.cpuUsage(start);
      best = Math.min(best, ((user + system) * 1000) / frames);
    }
    console.log(`${name.padEnd(34)} ${best.toFixed(0).padStart(8)} ${(best - before).toFixed(0).padStart(8)}`);
    if (name !== rooms[0][0]) before = best;
  }
}
