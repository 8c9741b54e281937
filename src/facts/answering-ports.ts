// Protocols over UDP that answer each question.

/** Services that answer each datagram of a client (www.iana.org/assignments/service-names-port-numbers), as people call them. */
export const ANSWERING_PORTS: ReadonlyMap<number, string> = new Map([
  [88, 'Kerberos'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [389, 'LDAP'],
  [500, 'IKE'],
  [1812, 'RADIUS'],
  [1813, 'RADIUS accounting'],
  [3478, 'STUN'],
  [5060, 'SIP'],
]);
