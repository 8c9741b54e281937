import { key } from '../key.js';
import { pathTest, pointsOfHops } from '../path-test.js';
import { hops } from '../shapes.js';

export default key({
  key: 'returnPath',
  shape: hops.describe('Of the packets back'),
  beside: ['flow', 'nat'],
  means: 'as `path`, of the packets back',
  points: (path) => pointsOfHops('returnPath', path),
  hold: (path, b) => ({ text: `back by ${path.join(' → ')}`, conversation: pathTest(path, 1, b.sources) }),
});
