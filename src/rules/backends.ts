// Services and what stands behind them, as far as translations in the capture show it: a fault of one backend out of three is
// another story than a fault of the service.

import type { Conversation } from '../facts/conversation.js';
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
  of(conversation: Conversation): Backend | null;
  /** It is a conversation with a service whose backends are seen too: they tell more. */
  isFront(conversation: Conversation): boolean;
}

/** Finds services among these conversations; `answered` says which of them got an answer. */
export function findBackends(
  facts: Facts,
  conversations: readonly Conversation[],
  answered: (conversation: Conversation) => boolean,
): Backends {
  interface Service {
    readonly ip: Ip;
    readonly port: number;
    readonly backends: Map<string, boolean>;
  }
  const services = new Map<string, Service>();
  const serviceOf = new Map<Conversation, Service>();
  const fronts = new Set<Conversation>();
  for (const conversation of conversations)
    for (const back of facts.translation.backendsOf(conversation)) {
      const key = `${conversation.responder} ${conversation.responderPort}`;
      let service = services.get(key);
      if (service === undefined) {
        service = { ip: conversation.responder, port: conversation.responderPort, backends: new Map() };
        services.set(key, service);
      }
      fronts.add(conversation);
      serviceOf.set(back, service);
      const backend = `${back.responder} ${back.responderPort}`;
      service.backends.set(backend, (service.backends.get(backend) ?? false) || answered(back));
    }
  return {
    of(conversation) {
      const service = serviceOf.get(conversation);
      if (service === undefined) return null;
      const states = [...service.backends.values()];
      return { service: service.ip, port: service.port, answering: states.filter((ok) => ok).length, all: states.length };
    },
    isFront: (conversation) => fronts.has(conversation),
  };
}
