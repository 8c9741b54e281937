import { dissectors } from '../../dissectors/index.js';
import { type CaptureInfo, type CaptureSource, Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { parseDecodeAs, Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import type { FrameTimes } from '../../src/filter/frame-fields.js';

export const registry = new Registry(dissectors, [parseDecodeAs('udp.port==8472,vxlan')]);

/** The times of the frame at hand; fields of frameFields() read them. */
export class Times implements FrameTimes {
  firstSeconds = 0;
  firstNanoseconds = 0;
  previousSeconds = 0;
  previousNanoseconds = 0;
  constructor(readonly info: CaptureInfo) {}
}

/** Walks every frame of a capture file, in order, with its times set. */
export async function everyFrame(
  path: string,
  start: (times: Times) => (frame: Frame, layers: Layers) => void,
): Promise<CaptureSource> {
  const source = openCapture(path);
  const frame = new Frame();
  const layers = new Layers(registry);
  const times = new Times(source.info);
  const use = start(times);
  let first = true;
  do {
    while (source.next(frame)) {
      if (first) {
        times.firstSeconds = times.previousSeconds = frame.seconds;
        times.firstNanoseconds = times.previousNanoseconds = frame.nanoseconds;
        first = false;
      }
      layers.walk(frame);
      use(frame, layers);
      times.previousSeconds = frame.seconds;
      times.previousNanoseconds = frame.nanoseconds;
    }
  } while (await source.fill());
  source.close();
  return source;
}

/** `1-4 7 9-12`. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let last = i;
    while (numbers[last + 1] === numbers[last]! + 1) last++;
    parts.push(last > i ? `${numbers[i]}-${numbers[last]}` : `${numbers[i]}`);
    i = last + 1;
  }
  return parts.join(' ');
}
