import { answerTest, checkAlone } from '../answer-test.js';
import { key } from '../key.js';
import { only } from '../shapes.js';

export default key({
  key: 'dropped',
  shape: only,
  beside: ['flow', 'nat'],
  means: '`true`: no answer at all, not even a refusal',
  check: (_, spec, tell) => checkAlone('dropped', spec, tell),
  hold: (_, b) => ({ text: 'dropped', conversation: answerTest(b, ['dropped']) }),
});
