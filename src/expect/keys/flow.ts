import * as z from 'zod';
import { conversationsThat } from '../conversations.js';
import { subject } from '../key.js';
import { filter, selector } from '../shapes.js';

export default subject({
  key: 'flow',
  shape: z.union([selector, filter]).describe('Conversations: by who asks whom, or by a filter that one of their frames matches'),
  beside: [],
  usage: '`flow: { src, dst, either, proto, srcPort, dstPort, where }`',
  means: 'there is such a conversation; `src` is the one who asks. A filter alone chooses conversations by one of their frames',
  about: 'conversations',
  judge: (flow, b) => conversationsThat(b, flow, ['flow']),
});
