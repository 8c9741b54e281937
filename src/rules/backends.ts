// Services and what stands behind them, as far as translations in the capture show it: a fault of one backend out of three is
// another story than a fault of the service.

import type { Facts } from '../facts/facts.js';
import type { Ip } from '../topology/ip.js';

export interface Backend {
  readonly service: Ip;
  readonly port: number;
  /** Backends that were seen at work, and all. */
  readonly answering: number;
  readonly all: number;
}

export interface Backends {
  /** The service that this conversation with a backend belongs to, or null. */
  of(c: number): Backend | null;
  /** It is a conversation with a service whose backends are seen too: they tell more. */
  isFront(c: number): boolean;
}

/** Finds services among these conversations; `answered` says which of them got an answer. */
export function findBackends(facts: Facts, conversations: readonly number[], answered: (c: number) => boolean): Backends {
  const t = facts.tracker.conversations;
  interface Service {
    readonly ip: Ip;
    readonly port: number;
    readonly backends: Map<string, boolean>;
  }
  const services = new Map<string, Service>();
  const serviceOf = new Map<number, Service>();
  const fronts = new Set<number>();
  for (const c of conversations)
    for (const back of facts.translatedTo(c)) {
      const key = `${facts.ip(c, 1)} ${t.dstPort[c]}`;
      let service = services.get(key);
      if (service === undefined) {
        service = { ip: facts.ip(c, 1), port: t.dstPort[c], backends: new Map() };
        services.set(key, service);
      }
      fronts.add(c);
      serviceOf.set(back, service);
      const backend = `${facts.ip(back, 1)} ${t.dstPort[back]}`;
      service.backends.set(backend, (service.backends.get(backend) ?? false) || answered(back));
    }
  return {
    of(c) {
      const service = serviceOf.get(c);
      if (service === undefined) return null;
      const states = [...service.backends.values()];
      return { service: service.ip, port: service.port, answering: states.filter((ok) => ok).length, all: states.length };
    },
    isFront: (c) => fronts.has(c),
  };
}
