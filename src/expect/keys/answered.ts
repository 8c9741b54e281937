import { answerKey } from '../answer-test.js';

export default answerKey({
  key: 'answered',
  means:
    '`true`: accepted, which a reset or an ICMP error is not, and what follows got through; `false` as `denied`; `within: 1s` beside it for the time',
  wanted: ['answered'],
  otherwise: ['refused', 'dropped'],
});
