// Numbers and commands that the size rules share.
import { type Command, command } from '../bytes/command.js';
import type { TooBig } from '../facts/sizes.js';
import type { Ip } from '../topology/ip.js';

/** Largest TCP segment that fits into an IP packet of `mtu` bytes: without the headers, options not counted (RFC 9293 section 3.7.1). */
export const tcpMss = (mtu: number, family: number): number => mtu - (family === 6 ? 60 : 40);

/** Keeps the MSS of all connections through a node within what fits. */
export const clamp = (mss: number, family: number): Command =>
  command`${family === 6 ? 'ip6tables' : 'iptables'} -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${mss}`;

/** The destination of the packets that do not fit. */
export const goal = ({ error, directions }: TooBig): Ip => directions[0]?.to ?? error.inner?.dst ?? error.dst;
