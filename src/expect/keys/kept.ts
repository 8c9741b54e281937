import { alongKey } from '../along.js';

export default alongKey(
  'kept',
  '`[dscp, vlan]`: the same wherever a packet is seen on its way; `dscp`, `ttl` (of the innermost IP header), `vlan`, `mac` (the sender of the innermost Ethernet header), or any field',
);
