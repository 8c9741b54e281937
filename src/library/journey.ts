// Journeys as programs are given them: a packet, and each place where it was seen.

/** A place where a packet was seen. */
export interface Hop {
  /** The node it was captured on, else the name of the capture. */
  readonly point: string;
  /** Null where the capture tells no interfaces apart. */
  readonly interface: string | null;
  readonly direction: 'in' | 'out' | 'passing' | null;
  /** Number of the frame in its capture, from 1. */
  readonly frame: number;
  /** UTC by the clock of the run, RFC 3339 with nine decimals. */
  readonly time: string;
  /** Of the packet inside of all tunnels; null where there is none, or a text does not say. */
  readonly ttl: number | null;
  readonly vlan: boolean;
  readonly tunnel: { readonly type: string; readonly vni: number | null; readonly src: string; readonly dst: string } | null;
}

/** One packet on its way: every copy that was captured of it, in the order of time. */
export interface Journey {
  /** From 0, in the order in which journeys began. */
  readonly number: number;
  /** Number of its conversation. */
  readonly conversation: number;
  readonly direction: 'forth' | 'back';
  /** `in eth1 > out eth2`; null where the capture does not tell. */
  readonly path: string | null;
  readonly hops: readonly Hop[];
  /** How often it came by a hop again, with a smaller TTL. */
  readonly loops: number;
  /** The conversation that a NAT made of its own one, and that its own one was made of; or null. */
  readonly translatedTo: number | null;
  readonly translatedFrom: number | null;
}
