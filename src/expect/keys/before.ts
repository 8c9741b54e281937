import { key } from '../key.js';
import { moment } from '../shapes.js';

export default key({
  key: 'before',
  shape: moment.describe('All of it comes before: a time since the start, a wall-clock time, or a filter'),
  beside: ['where'],
  means: 'all of it comes before: a time since the start, a wall-clock time, or a filter',
});
