// Which finding explains what: the engine writes it down while the rules speak, and the rules after them read it.
import type { Ip } from '../topology/ip.js';
import type { Conversation } from './conversation.js';
import type { Facts } from './facts.js';

export class Causes {
  /** By uid of the conversation: number of the finding. */
  private readonly conversations = new Map<number, number>();
  private readonly addresses = new Map<string, number>();

  /** Uids of conversations of which only a remark is said (severity info), and of those of which a fault is. */
  private readonly remarked = new Set<number>();
  private readonly faulty = new Set<number>();

  constructor(private readonly facts: Facts) {}

  /** All that is said of the conversation is a remark: that explains no silence. */
  isRemark(conversation: Conversation): boolean {
    return this.remarked.has(conversation.uid);
  }

  /** A fault explains it: not a remark, and not something undecided. */
  isFault(conversation: Conversation): boolean {
    return this.faulty.has(conversation.uid);
  }

  /** Number of the finding that explains this conversation, or null. */
  of(conversation: Conversation): number | null {
    return this.conversations.get(conversation.uid) ?? null;
  }

  /** What explains the first of these conversations (uids) that is explained, a remark only where nothing else does, or null. */
  ofAny(uids: ReadonlySet<number> | readonly number[]): number | null {
    const fault = this.ofAnyFault(uids);
    if (fault !== null) return fault;
    for (const uid of uids) {
      const number = this.conversations.get(uid);
      if (number !== undefined) return number;
    }
    return null;
  }

  /** The same without remarks: for silence that is shown by more than an answer that is not seen, and that no remark explains. */
  ofAnyFault(uids: ReadonlySet<number> | readonly number[]): number | null {
    for (const uid of uids) {
      const number = this.conversations.get(uid);
      if (number !== undefined && !this.remarked.has(uid)) return number;
    }
    return null;
  }

  /** The finding that says that this address does not answer for itself on its link, or null. */
  ofAddress(ip: Ip): number | null {
    return this.addresses.get(String(ip)) ?? null;
  }

  /** Finding `number` explains these conversations (uids) and their translations, unless something before it does. */
  explain(uids: Iterable<number>, number: number, kind: 'fault' | 'remark' | 'undecided' = 'fault'): void {
    const add = (uid: number) => {
      if (kind === 'fault') this.faulty.add(uid);
      if (kind !== 'remark') {
        // What explains the silence takes the place of a remark.
        if (this.remarked.delete(uid) && kind === 'fault') this.conversations.delete(uid);
      } else if (!this.conversations.has(uid)) this.remarked.add(uid);
      if (!this.conversations.has(uid)) this.conversations.set(uid, number);
    };
    for (const uid of uids) {
      add(uid);
      const conversation = this.facts.conversation(uid);
      if (conversation !== null) for (const other of this.facts.translation.of(conversation)) add(other.uid);
    }
  }

  explainAddress(address: string, number: number): void {
    if (!this.addresses.has(address)) this.addresses.set(address, number);
  }
}
