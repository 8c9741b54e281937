/** IANA protocol numbers of the transports that have a meaning here. */
export const PROTO = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Their names, as filters write them. */
export const PROTO_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(PROTO).map(([name, number]) => [number, name]),
);

/** The name, or the number of what has none here. */
export const protoName = (proto: number): string => PROTO_NAMES[proto] ?? String(proto);
