import { answerKey } from '../answer-test.js';

export default answerKey({
  key: 'denied',
  means: '`true`: refused or dropped',
  wanted: ['refused', 'dropped'],
});
