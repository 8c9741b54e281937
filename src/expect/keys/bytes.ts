import { size } from '../../bytes/units.js';
import { key } from '../key.js';
import { sizes } from '../shapes.js';
import { Volume } from '../volume.js';

export default key({
  key: 'bytes',
  shape: sizes.describe('Bytes on the wire of all its packets together'),
  beside: ['flow', 'nat', 'where'],
  means:
    '`{ atLeast: 1MB, atMost: 2MB }`: bytes on the wire of all packets together, each counted once on its way; of `where`, of all frames',
  hold(bounds, b) {
    const volume = new Volume(b.about === 'conversations');
    return {
      text: `${volume.clause(bounds, String)} in all`,
      take: (t) => volume.take(t),
      whole: (facts) => volume.beyond(facts, b.sources, bounds, volume.bytes, size),
    };
  },
});
