import { groupKey } from '../groups.js';

export default groupKey({
  key: 'allOf',
  means: 'all of these expectations hold: a part of `anyOf`, or of a block',
  decides: 'fail',
});
