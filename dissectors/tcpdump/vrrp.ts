import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { ip, header as ipHeader } from '../ip.js';
import { ipv6, header as ipv6Header } from '../ipv6.js';
import { header, second2, second3, vrrp } from '../vrrp.js';

const ADVERTISEMENT = 1;
const AUTHENTICATIONS = ['none', 'simple', 'ah'];
/** What routers must send with, RFC 5798 section 5.1.1.3: any other is worth a word. */
const TTL = 255;

export default tcpdumpStyle({
  of: [vrrp],
  after: ['ip'],
  print({ layers, line }, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const rest = at + header.size;
    const version = header.get.version(b, at);
    const isAdvertisement = header.get.type(b, at) === ADVERTISEMENT;
    line.text(`VRRPv${version}, ${isAdvertisement ? 'Advertisement' : `unknown type (${header.get.type(b, at)})`}`);
    let n = i - 1;
    while (n > 0 && layers.proto[n] !== ip.ref.id && layers.proto[n] !== ipv6.ref.id) n--;
    const below = layers.start[n];
    const ttl = layers.proto[n] === ip.ref.id ? ipHeader.get.ttl(b, below) : ipv6Header.get.hlim(b, below);
    if (ttl !== TTL) line.text(`, (ttl ${ttl})`);
    if (!isAdvertisement || (version !== 2 && version !== 3)) return;
    line.text(`, vrid ${header.get.virt_rtr_id(b, at)}, prio ${header.get.prio(b, at)}`);
    if (version === 2) {
      const type = second2.get.auth_type(b, rest);
      line.text(`, authtype ${AUTHENTICATIONS[type] ?? `#${type}`}, intvl ${second2.get.adver_int(b, rest)}s`);
    } else line.text(`, intvl ${second3.get.short_adver_int(b, rest)}cs`);
    line.text(`, length ${layers.wireEnd[i] - at}`);
  },
});
