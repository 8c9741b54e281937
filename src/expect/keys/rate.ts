import { rate } from '../../bytes/units.js';
import { key } from '../key.js';
import { rates } from '../shapes.js';
import { Volume } from '../volume.js';

export default key({
  key: 'rate',
  shape: rates.describe('Bits per second, from the first packet to the last'),
  beside: ['flow', 'nat', 'where'],
  means: '`{ atLeast: 10Mbit/s, atMost: 1Gbit/s }`: bits per second, as `bytes` counts them, from the first packet to the last',
  hold(bounds, b) {
    const volume = new Volume(b.about === 'conversations');
    return {
      text: volume.clause(bounds, String),
      take: (t) => volume.take(t),
      whole: (facts) =>
        volume.seconds > 0
          ? volume.beyond(facts, b.sources, bounds, (volume.bytes * 8) / volume.seconds, rate)
          : { seen: 'no two packets at different times, so no rate', marks: volume.marks, about: [], absence: true },
    };
  },
});
