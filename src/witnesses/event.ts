// What a witness tells: a tool other than a packet capture that saw, or missed, packets of the same run.

export const WITNESS_KINDS = [
  'hubble',
  'monitor',
  'pwru',
  'conntrack',
  'kernel',
  'ping',
  'arping',
  'trace',
  'curl',
  'wget',
  'nc',
  'lookup',
] as const;
export type WitnessKind = (typeof WITNESS_KINDS)[number];

/** Names of the tools, as a sentence begins with them. */
export const WITNESS_NAMES: Readonly<Record<WitnessKind, string>> = {
  hubble: 'Hubble',
  monitor: 'cilium monitor',
  pwru: 'pwru',
  conntrack: 'conntrack',
  kernel: 'The kernel',
  ping: 'ping',
  arping: 'arping',
  trace: 'traceroute',
  curl: 'curl',
  wget: 'wget',
  nc: 'nc',
  lookup: 'nslookup',
};

/**
 * `passed`: seen at a point of its way. `proxied`: handed to a proxy, which opens a connection of its own. `translated`: an address was
 * changed before there was a packet. `dropped`: by a fault or a filter. `denied`: by a policy. `audited`: a policy would deny it, and only
 * says so. `answered`, `unanswered`, `partly`, `refused`, `failed`: how a question ended that a program asked. `complaint`: the kernel
 * reports a fault. `missed`: the witness lost events of its own, or did not hear some nodes.
 */
export type Saying =
  | 'passed'
  | 'proxied'
  | 'translated'
  | 'dropped'
  | 'denied'
  | 'audited'
  | 'answered'
  | 'unanswered'
  | 'partly'
  | 'refused'
  | 'failed'
  | 'complaint'
  | 'missed';

/** One end of a flow. Empty where the witness does not say; port 0: none. */
export interface WitnessEnd {
  /** As `Ip` writes it. */
  readonly address: string;
  /** `default/curl-pod`, a service, a DNS name. */
  readonly name: string;
  readonly port: number;
  /** Number of a security identity, or its reserved name (`world`). */
  readonly identity: string;
  readonly labels: string;
}

export const NO_END: WitnessEnd = { address: '', name: '', port: 0, identity: '', labels: '' };

export interface WitnessEvent {
  readonly kind: WitnessKind;
  readonly saying: Saying;
  /** Milliseconds since 1970 by the clock of the text; NaN where no time is told. */
  readonly timeMs: number;
  /** The machine that it was seen on; '' where it is not told. */
  readonly node: string;
  /** Trace point (`to-overlay`), function of the kernel, table and chain. */
  readonly point: string;
  readonly interface: string;
  /** Of the packet: a reply comes from the server. */
  readonly src: WitnessEnd;
  readonly dst: WitnessEnd;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, `arp`; '' where it is not told. */
  readonly proto: string;
  /** null: not told. */
  readonly isReply: boolean | null;
  /** Why it was dropped, denied, refused; what the kernel complains of. */
  readonly reason: string;
  /** What a program says of itself in an answer that arrived: `HTTP server error`, `DNS server error`; '' where it does not. */
  readonly fault: string;
  /** Flags, type of message, chain, as the witness has them. */
  readonly detail: string;
  /** It asks: a SYN, an echo request. */
  readonly asks: boolean;
  /** It shows that an answer came: an ACK from the client. */
  readonly acknowledges: boolean;
  /** The packet's other form: what conntrack expects the answer to look like, turned around. */
  readonly translated: { readonly src: WitnessEnd; readonly dst: WitnessEnd } | null;
  /** Of a program that asks: questions, and answers. */
  readonly asked: number;
  readonly answers: number;
  /** How long it waited, in milliseconds; 0: not told. */
  readonly waitedMs: number;
}

const NOTHING: Omit<WitnessEvent, 'kind' | 'saying'> = {
  timeMs: Number.NaN,
  node: '',
  point: '',
  interface: '',
  src: NO_END,
  dst: NO_END,
  proto: '',
  isReply: null,
  reason: '',
  fault: '',
  detail: '',
  asks: false,
  acknowledges: false,
  translated: null,
  asked: 0,
  answers: 0,
  waitedMs: 0,
};

export const event = (kind: WitnessKind, saying: Saying, told: Partial<Omit<WitnessEvent, 'kind' | 'saying'>>): WitnessEvent => ({
  kind,
  saying,
  ...NOTHING,
  ...told,
});

/** Where in the text something stands: its line, from 1, and what that line says. */
export interface Place {
  readonly line: number;
  readonly text: string;
}

/** A place that is kept: what readers are given of a line is used again for the next. */
export const placeAt = ({ line, text }: Place): Place => ({ line, text });

export type Tell = (event: WitnessEvent, at?: Place) => void;

/** What stands around a line: where it is, and the prompt before it. */
export interface Context extends Place {
  /** Machine of the last prompt, where what it started ran there; else ''. */
  readonly node: string;
  /** Command of the last prompt; ''. */
  readonly command: string;
  /** A time near the run, in milliseconds since 1970: it tells the year of dates that have none. */
  readonly nearMs: number;
}

/** Reads the lines of one kind of witness. It takes only lines that are surely its own. */
export interface Reader {
  readonly kind: WitnessKind;
  /** False: the line is not of this kind. */
  take(line: string, at: Context): boolean;
  /** What was begun has ended: another kind follows, or nothing. */
  end(): void;
}

export type MakeReader = (tell: Tell) => Reader;
