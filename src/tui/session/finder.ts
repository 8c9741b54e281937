// The search that a session runs in a thread of its own: one at a time, a new one ends the one before.
import { UsageError } from '../../errors.js';
import { compileFilter } from '../../filter/filter.js';
import type { PacketList, Search } from '../session.js';
import type { Engine } from './engine.js';
import { FoundPackets } from './list.js';
import type { FieldValuesFound, FromQuery, ToQuery, Wire } from './wire.js';

export class Finder {
  private thread: Wire<ToQuery, FromQuery> | null = null;
  private asked = 0;
  /** Ends the counting that runs. */
  private endValues: (() => void) | null = null;
  /** Ends the search that runs. */
  private end: (() => void) | null = null;

  constructor(private readonly engine: Engine) {}

  private started(): Wire<ToQuery, FromQuery> {
    this.thread ??= this.engine.startQuery(() => {
      this.thread = null;
      this.endValues?.();
    });
    return this.thread;
  }

  /** The values of a field; null: a search runs, or has come between. */
  values(field: string): Promise<FieldValuesFound | null> {
    if (this.end !== null) return Promise.resolve(null);
    const id = ++this.asked;
    this.endValues?.();
    const thread = this.started();
    return new Promise((resolve) => {
      const end = (found: FieldValuesFound | null) => {
        this.endValues = null;
        resolve(found);
      };
      this.endValues = () => end(null);
      thread.onMessage = (message) => {
        if (message.type === 'values' && message.id === id) end(message.found);
      };
      thread.post({ type: 'values', id, field });
    });
  }

  /** Position of the next match after (or before) a position; -1: none, or `signal` came. Rejects with UsageError, FilterError. */
  async find(
    search: Search,
    packets: PacketList,
    columns: readonly string[],
    from: number,
    backwards: boolean,
    signal: AbortSignal,
  ): Promise<number> {
    const { engine } = this;
    const id = ++this.asked;
    this.endValues?.();
    const list = packets instanceof FoundPackets ? [packets.all().slice()] : null;
    // What can be wrong with the text is said before a thread is troubled with it.
    if (search.kind === 'filter') compileFilter(search.text, engine.lab.registry, engine.extras);
    const thread = this.started();
    return new Promise((resolve, reject) => {
      const end = () => {
        signal.removeEventListener('abort', stop);
        this.end = null;
      };
      const stop = () => {
        end();
        thread.post({ type: 'end' });
        resolve(-1);
      };
      this.end?.();
      if (signal.aborted) return resolve(-1);
      this.end = stop;
      signal.addEventListener('abort', stop, { once: true });
      thread.onMessage = (message) => {
        if (message.type !== 'found' || message.id !== id) return;
        end();
        if (message.error === null) resolve(message.position);
        else reject(new UsageError(message.error));
      };
      thread.post({ type: 'find', id, ask: { ...search, columns, list, count: packets.count, from, backwards } });
    });
  }
}
