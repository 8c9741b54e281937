import { key } from '../key.js';
import { time } from '../shapes.js';

export default key({
  key: 'within',
  shape: time,
  beside: ['flow', 'nat', 'where', 'sequence'],
  means:
    'a time: for the answer (of TCP that of the program too), from `after` or the start to the first frame, from the first step of a sequence to its last',
  check(_, spec, tell) {
    const beside = ['flow', 'nat'].find((subject) => spec[subject] !== undefined);
    if (beside !== undefined && spec['answered'] === undefined)
      tell('within', `within beside ${beside} is the time for an answer; write answered: true with it`);
  },
});
