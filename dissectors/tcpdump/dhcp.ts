import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { dhcp, header } from '../dhcp.js';
import { payloadLength } from './udp.js';

const REQUEST = 1;
const MAC_SIZE = 6;
/** RFC 2131 section 2: the client's hardware address comes after the four addresses. */
const CLIENT_MAC = header.place['ip.relay'].offset + 4;

export default tcpdumpStyle({
  of: [dhcp],
  after: ['udp'],
  print({ layers, line }, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const isRequest = header.get.type(bytes, at) === REQUEST;
    line.text(isRequest ? 'BOOTP/DHCP, Request' : 'BOOTP/DHCP, Reply');
    if (isRequest && at + CLIENT_MAC + MAC_SIZE <= layers.end[i] && header.get['hw.len'](bytes, at) === MAC_SIZE) {
      line.text(' from ');
      line.mac(bytes, at + CLIENT_MAC);
    }
    line.text(', length ');
    line.dec(Math.max(0, payloadLength(layers, i - 1)));
  },
});
