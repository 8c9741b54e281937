import { answerTest, checkAlone } from '../answer-test.js';
import { key } from '../key.js';
import { only } from '../shapes.js';

export default key({
  key: 'refused',
  shape: only,
  beside: ['flow', 'nat'],
  means: '`true`: said no to, by a reset or an ICMP "unreachable"',
  check: (_, spec, tell) => checkAlone('refused', spec, tell),
  hold: (_, b) => ({ text: 'refused', conversation: answerTest(b, ['refused']) }),
});
