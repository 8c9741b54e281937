// Protocols over UDP that send and want no answer.

/**
 * Services that only take (www.iana.org/assignments/service-names-port-numbers): discard, DHCP, SNMP traps, syslog, RIP, NetFlow, SSDP,
 * IPFIX, mDNS, LLMNR, sFlow, and the tunnels and BFD, whose two ways are two conversations; statsd and collectd by their own documentation.
 */
export const ONE_WAY_PORTS = new Set([
  9, 67, 68, 162, 514, 520, 521, 1900, 2055, 3784, 4739, 4784, 4789, 5353, 5355, 6081, 6343, 6784, 8125, 8472, 9995, 25826,
]);
