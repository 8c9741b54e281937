import { key } from '../key.js';
import { pathTest, pointsOfHops } from '../path-test.js';
import { hops } from '../shapes.js';

export default key({
  key: 'path',
  shape: hops,
  beside: ['flow', 'nat'],
  means:
    'hops in order: `in eth1`, `out eth2`, `router in eth1`, `out eth1 vxlan`, `out eth1 bare`, `*` for any interface, `...` for any hops',
  points: (path) => pointsOfHops('path', path),
  hold: (path, b) => ({ text: `path ${path.join(' → ')}`, conversation: pathTest(path, 0, b.sources) }),
});
