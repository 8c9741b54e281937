// Frames without a link header: the IP version says which.
import { dissector, protocol } from '../src/dissect/dissector.js';

const IP = protocol('ip');
const IPV6 = protocol('ipv6');

export const raw = dissector({
  name: 'raw',
  title: 'Raw packet data',
  spec: 'LINKTYPE_RAW',
  role: 'link',
  minLength: 0,
  claims: { 'frame.linktype': [12, 14, 101] },
  payload: {
    step(layers, at, end) {
      const version = at < end ? layers.bytes[at] >> 4 : 0;
      if (version === 4) layers.next(IP, at);
      else if (version === 6) layers.next(IPV6, at);
    },
  },
});
