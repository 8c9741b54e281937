import { key } from '../key.js';
import { range } from '../shapes.js';
import { type Bounds, inBounds, parseBounds, showBounds } from '../units.js';

export default key({
  key: 'size',
  shape: range.describe('Length of each frame on the wire, bytes'),
  beside: ['flow', 'nat', 'where'],
  means: 'length of each frame on the wire in bytes: `60`, `"60-1514"`',
  hold(size) {
    const bounds = parseBounds(size) as Bounds;
    return {
      text: `frames of ${showBounds(bounds)} bytes`,
      frame({ packet }) {
        const length = Math.max(packet.wireLength, packet.captured);
        return inBounds(length, bounds) ? null : `a frame of ${length} bytes`;
      },
    };
  },
});
