import { answerTest, checkAlone } from '../answer-test.js';
import { key } from '../key.js';
import { yesOrNo } from '../shapes.js';

export default key({
  key: 'answered',
  shape: yesOrNo,
  beside: ['flow', 'nat'],
  means: '`true`: accepted, which a reset or an ICMP error is not; `false` as `denied`; `within: 1s` beside it for the time',
  check: (_, spec, tell) => checkAlone('answered', spec, tell),
  hold: (want, b) => ({
    text: want ? 'answered' : 'not answered',
    conversation: answerTest(b, want ? ['answered'] : ['refused', 'dropped']),
  }),
});
