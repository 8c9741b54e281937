// Neighbours as programs are given them.

/** An address of a link that was asked for or answered. */
export interface Neighbour {
  /** `arp`; `nd`: IPv6 neighbour discovery. */
  readonly kind: 'arp' | 'nd';
  readonly address: string;
  /** Who has it: the last MAC that said so; null where nobody did. */
  readonly mac: string | null;
  /** Where it was heard of. */
  readonly point: string;
  readonly interface: string | null;
  readonly askers: readonly string[];
  /** Questions, copies on other interfaces left out; answers; and questions that ran out of time. */
  readonly asked: number;
  readonly answers: number;
  readonly unanswered: number;
  /** Every MAC that says it has the address. */
  readonly claims: readonly { readonly mac: string; readonly count: number }[];
  /** It began to be answered for by another MAC. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly time: string }[];
}
