import { neighbourKey } from '../neighbour.js';

export default neighbourKey('arp', 'the IPv4 address is answered, by that node or MAC');
