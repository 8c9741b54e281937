import { answerKey } from '../answer-test.js';

export default answerKey({
  key: 'refused',
  means: '`true`: said no to, by a reset or an ICMP "unreachable"',
  wanted: ['refused'],
});
