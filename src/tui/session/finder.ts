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
  /** Ends what runs beside the search: values or hits are counted. */
  private endBeside: (() => void) | null = null;
  /** Ends the search that runs. */
  private end: (() => void) | null = null;

  constructor(private readonly engine: Engine) {}

  private started(): Wire<ToQuery, FromQuery> {
    this.thread ??= this.engine.startQuery(() => {
      this.thread = null;
      this.endBeside?.();
    });
    return this.thread;
  }

  /** Asks what waits for every search; null: one has come between. `answer`: undefined while there is more to come. */
  private beside<T>(question: (id: number) => ToQuery, answer: (message: FromQuery) => T | undefined): Promise<T | null> {
    const id = ++this.asked;
    const thread = this.started();
    return new Promise((resolve) => {
      const end = (found: T | null) => {
        this.endBeside = null;
        resolve(found);
      };
      this.endBeside = () => end(null);
      thread.onMessage = (message) => {
        const found = message.id === id ? answer(message) : undefined;
        if (found !== undefined) end(found);
      };
      thread.post(question(id));
    });
  }

  /** The values of a field; null: a search runs, or has come between. */
  values(field: string): Promise<FieldValuesFound | null> {
    if (this.end !== null) return Promise.resolve(null);
    // Whoever types waits for values; hits are counted on afterwards.
    this.endBeside?.();
    return this.beside(
      (id) => ({ type: 'values', id, field }),
      (message) => (message.type === 'values' ? message.found : undefined),
    );
  }

  /** All matches from a position on, as they are found; ends early where something else is asked. */
  async hits(
    search: Search,
    packets: PacketList,
    columns: readonly string[],
    from: number,
    take: (positions: Uint32Array, upTo: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.end !== null || this.endBeside !== null || signal.aborted) return;
    const ask = { ...search, columns, list: listOf(packets), count: packets.count, from, backwards: false };
    const stop = () => {
      this.endBeside?.();
      this.thread?.post({ type: 'end' });
    };
    signal.addEventListener('abort', stop, { once: true });
    await this.beside(
      (id) => ({ type: 'hits', id, ask }),
      (message) => {
        if (message.type !== 'hits') return undefined;
        take(message.positions, message.upTo);
        return message.isLast ? true : undefined;
      },
    );
    signal.removeEventListener('abort', stop);
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
    this.endBeside?.();
    const list = listOf(packets);
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

/** Packets in the order of a search, in blocks; null: all of them by number. */
const listOf = (packets: PacketList): readonly Uint32Array[] | null =>
  packets instanceof FoundPackets ? [packets.all().slice()] : null;
