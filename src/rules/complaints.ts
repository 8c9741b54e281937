// What rules say of programs that say no: who, how often, and whether another client had more luck. Never a fault of the network.
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Complaint } from '../flows/complaints.js';

export interface Told {
  readonly first: Complaint;
  readonly about: ReadonlySet<number>;
  /** Answers, each counted once however often it was translated. */
  readonly count: number;
  /** Clients that got them. */
  readonly clients: ReadonlySet<string>;
  /** Other conversations with the server that went well. */
  readonly good: number;
}

/** One may be an accident; where others of the same server are answered, a few may. */
export const severityOf = ({ about, count, good }: Told): 'warning' | 'info' =>
  (count >= 2 && good === 0) || (about.size >= OFTEN && about.size * OFTEN >= good) ? 'warning' : 'info';

/** So many connections, and one of so many. */
const OFTEN = 3;

/** Complaints of one kind. `wentWell`: of a conversation with the same server. */
export function complaintsOf(facts: Facts, kind: Complaint['kind'], wentWell: (conversation: Conversation) => boolean): Told[] {
  const all = [...facts.complaints].filter((one) => one.kind === kind);
  if (all.length === 0) return [];
  const told: Told[] = [];
  const said = new Set<number>();
  const complaining = new Set(all.flatMap(({ conversations }) => [...conversations.keys()]));
  const good = new Map<string, number>();
  for (const conversation of facts.conversations())
    if (conversation.isTcp && !complaining.has(conversation.uid) && wentWell(conversation)) {
      const key = `${conversation.responder} ${conversation.responderPort}`;
      good.set(key, (good.get(key) ?? 0) + 1);
    }
  for (const first of all) {
    const about = new Set<number>();
    const clients = new Set<string>();
    let count = 0;
    for (const [uid, times] of first.conversations) {
      const conversation = facts.conversation(uid);
      if (conversation === null) continue;
      // Before and after a translation it is one answer.
      if (facts.translation.of(conversation).some((other) => said.has(other.uid))) continue;
      about.add(uid);
      said.add(uid);
      clients.add(String(conversation.initiator));
      count += times;
    }
    if (count > 0) told.push({ first, about, count, clients, good: good.get(`${first.server} ${first.port}`) ?? 0 });
  }
  return told;
}
