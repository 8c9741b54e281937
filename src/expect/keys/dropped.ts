import { answerKey } from '../answer-test.js';

export default answerKey({
  key: 'dropped',
  means: '`true`: no answer at all, not even a refusal',
  wanted: ['dropped'],
});
