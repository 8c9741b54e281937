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

export interface Told {
  readonly cause: string;
  readonly hint: string;
}

/** The topology lists the backends of the service at this address, and there is none: no one can answer. Null where that is not so. */
export function noBackend(facts: Facts, ip: Ip): Told | null {
  const service = facts.topology?.address(ip) ?? null;
  if (service?.service == null || !service.backendsKnown || service.backends.length > 0) return null;
  return {
    cause: `The service ${service.service} has no backend: by the topology its list is empty, so no one can take what is sent to ${ip}.`,
    hint: 'Are there pods that its selector fits, and are they ready? kubectl get endpointslices,pods -o wide --show-labels in its namespace.',
  };
}

/** Packets for a service are still sent to what is none of its backends, by the topology. Null where that is not so. */
export function formerBackend(facts: Facts, conversation: Conversation): Told | null {
  const backend = conversation.responder;
  const front = facts.translation
    .of(conversation)
    .find((other) => !other.responder.equals(backend) && facts.topology?.isBackend(other.responder, backend) === false);
  if (front === undefined) return null;
  const service = facts.named(front.responder);
  return {
    cause: `${backend} is none of the backends of ${service} by the topology: a client that was sent there before is kept there (session affinity, an entry of connection tracking), or the table of services on the node is old.`,
    hint: `Compare the table of the node that translates (cilium-dbg service list, ipvsadm -Ln, iptables-save) with kubectl get endpointslices; then delete what is old (conntrack -D, or on Cilium restart the agent of that node).`,
  };
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
