// The command that lets a node masquerade what leaves it, in the words that iptables and ip6tables share.
import { type Command, command, words } from '../bytes/command.js';
import type { Facts } from '../facts/facts.js';
import type { Ip } from '../topology/ip.js';

export interface Masqueraded {
  /** Any address of the packets, for their family. */
  readonly family: Ip['family'];
  /** Their source, an address or a network; their destination, and their protocol by its name here, where the rule is that narrow. */
  readonly from: Ip | string;
  readonly to?: Ip;
  readonly proto?: string | null;
}

/** None where the capture gives only the number of the interface: no command takes it, and without one all that leaves would be masqueraded. */
export function masquerade(facts: Facts, port: number, { family, from, to, proto }: Masqueraded): Command[] {
  const { name, nameFrom } = facts.interfaces.of(port);
  if (nameFrom === 'none') return [];
  const only = to === undefined ? words`` : words`-d ${to}`;
  const match = proto ? words`-p ${proto === 'icmpv6' ? 'ipv6-icmp' : proto}` : words``;
  return [
    command`${family === 6 ? 'ip6tables' : 'iptables'} -t nat -A POSTROUTING -s ${from} ${only} -o ${name} ${match} -j MASQUERADE`,
  ];
}
