import { neighbourKey } from '../neighbour.js';

export default neighbourKey('ndp', 'as `arp`, for an IPv6 address');
