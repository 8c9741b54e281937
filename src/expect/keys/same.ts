import { comparisonKey } from '../comparison.js';

export default comparisonKey(
  'same',
  '`{ field: inner.ip.ttl, between: [request, reply] }`; points or hops likewise: the values are the same on both sides',
);
