import { answerTest, checkAlone } from '../answer-test.js';
import { key } from '../key.js';
import { only } from '../shapes.js';

export default key({
  key: 'denied',
  shape: only,
  beside: ['flow', 'nat'],
  means: '`true`: refused or dropped',
  check: (_, spec, tell) => checkAlone('denied', spec, tell),
  hold: (_, b) => ({ text: 'denied', conversation: answerTest(b, ['refused', 'dropped']) }),
});
