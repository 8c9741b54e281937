import { alongKey } from '../along.js';

export default alongKey('changed', 'as `kept`: not the same at all places where a packet is seen, in each conversation');
