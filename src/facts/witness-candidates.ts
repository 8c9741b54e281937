// Which conversations of the captures a witness may speak of: by addresses and ports, or by as much of them as it tells.

import { push } from '../bytes/groups.js';
import { PROTO } from '../flows/packet.js';
import { Ip } from '../topology/ip.js';
import type { WitnessEnd } from '../witnesses/event.js';
import type { Conversation } from './conversation.js';
import type { Facts } from './facts.js';
import type { Told, Witnesses } from './witnesses.js';

/** By names that texts give, which may be any word. */
const NUMBERS: ReadonlyMap<string, number> = new Map([...Object.entries(PROTO), ['sctp', 132]]);

/** Packets between two ends, as witnesses tell of them. */
export interface Pair {
  readonly proto: string;
  readonly client: WitnessEnd;
  readonly server: WitnessEnd;
  readonly told: readonly Told[];
}

/** Conversations by what a witness may know of their ends. */
export class Candidates {
  /** By one address, both ports and protocol; and by both ports and protocol. */
  private readonly half = new Map<string, Conversation[]>();
  /** By both addresses and protocol, without ports: pings. */
  private readonly whole = new Map<string, Conversation[]>();
  /** Names whose address was found by a flow. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly facts: Facts,
    private readonly witnesses: Pick<Witnesses, 'any' | 'addressOf'>,
  ) {
    if (!witnesses.any) return;
    for (const one of facts.conversations()) {
      const { initiator, responder, initiatorPort, responderPort, proto } = one;
      push(this.whole, `${initiator} ${responder} ${proto}`, one);
      if (one.isEcho || initiatorPort === 0) continue;
      push(this.half, `${initiator} ${initiatorPort} ${responderPort} ${proto}`, one);
      push(this.half, `${responder} ${responderPort} ${initiatorPort} ${proto}`, one);
      push(this.half, `${initiatorPort} ${responderPort} ${proto}`, one);
    }
  }

  of({ proto, client, server, told }: Pair): Conversation[] {
    const found = new Set<Conversation>();
    const number = NUMBERS.get(proto);
    if (number === undefined) return [];
    for (const one of this.between(client, server, number)) found.add(one);
    for (const {
      group: { event },
    } of told)
      if (event.translated !== null)
        for (const one of this.between(event.translated.src, event.translated.dst, number)) found.add(one);
    return [...found];
  }

  private between(client: WitnessEnd, server: WitnessEnd, proto: number): readonly Conversation[] {
    const [a, b] = [this.ipOf(client), this.ipOf(server)];
    if (a !== null && b !== null) {
      if (client.port === 0 || server.port === 0)
        return [...(this.whole.get(`${a} ${b} ${proto}`) ?? []), ...(this.whole.get(`${b} ${a} ${proto}`) ?? [])].filter(
          ({ responderPort }) => server.port === 0 || server.port === responderPort,
        );
      const direction = this.facts.directionOf(a, b, proto, client.port, server.port);
      return direction === null ? [] : [direction.conversation];
    }
    if (client.port === 0 || server.port === 0) return [];
    const known = a ?? b;
    const ports = a === null && b !== null ? `${server.port} ${client.port}` : `${client.port} ${server.port}`;
    const all = this.half.get(`${known === null ? '' : `${known} `}${ports} ${proto}`) ?? [];
    // A name stands for one address.
    const fits = all.filter((one) => {
      const [from, to] = one.responderPort === server.port ? [one.initiator, one.responder] : [one.responder, one.initiator];
      return this.fits(client, a, from) && this.fits(server, b, to);
    });
    if (fits.length !== 1) return [];
    const [{ initiator, responder, responderPort }] = fits;
    const [from, to] = responderPort === server.port ? [initiator, responder] : [responder, initiator];
    if (a === null) this.names.set(client.name, String(from));
    if (b === null) this.names.set(server.name, String(to));
    return fits;
  }

  private fits({ name }: WitnessEnd, known: Ip | null, ip: Ip): boolean {
    return known !== null ? known.equals(ip) : (this.names.get(name) ?? String(ip)) === String(ip);
  }

  private ipOf(end: WitnessEnd): Ip | null {
    const address = this.witnesses.addressOf(end) ?? this.names.get(end.name) ?? null;
    return address === null ? null : Ip.parse(address);
  }
}
