// Names of pods, services and nodes in place of addresses.
import { plainWidth } from '../../bytes/text.js';
import type { Lab } from '../../main/lab.js';
import { Ip } from '../../topology/ip.js';

/** What an address is called; itself where nobody knows. */
export type Naming = (address: string) => string;

export const asItIs: Naming = (address) => address;

/** What the topology says. */
export const namingBy =
  ({ topology }: Lab): Naming =>
  (address) => {
    const ip = topology === null ? null : Ip.parse(address);
    return ip === null ? address : plainWidth(topology?.nameOf(ip) ?? address);
  };
