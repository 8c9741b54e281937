// The packets that are shown: all, or those that a thread beside finds by a filter or puts in order.
import { compileFilter } from '../../filter/filter.js';
import type { Order, PacketList, Progress } from '../session.js';
import type { Engine } from './engine.js';
import { AllPackets, FoundPackets, type ListSource } from './list.js';
import type { Bins, FromQuery, ToQuery, Wire } from './wire.js';

export class ShownPackets {
  list: PacketList;
  /** Of a filter; null: not counted yet. */
  traffic: Bins | null = null;
  private query: Wire<ToQuery, FromQuery> | null = null;
  private passes = 0;
  private progress: Progress | null = null;
  private startMs = 0;

  constructor(
    private readonly source: ListSource,
    private readonly note: (text: string) => void,
    private readonly changed: () => void,
  ) {
    this.list = new AllPackets(source);
  }

  /** The captures are read anew: what was asked of the reading before has no answer. */
  forget(): void {
    this.query = null;
  }

  /** `meant`: the filter as the engine reads it. Throws FilterError. */
  show(engine: Engine, filter: string, meant: string, order: Order | null): void {
    const id = ++this.passes;
    this.progress = null;
    this.traffic = null;
    this.startMs = performance.now();
    if (filter.trim() === '' && order === null) {
      this.query?.post({ type: 'end' });
      this.list = new AllPackets(this.source);
      return;
    }
    compileFilter(meant, engine.lab.registry, engine.extras);
    this.query ??= this.startQuery(engine);
    this.list = new FoundPackets(filter, order, { ...this.source, progress: () => this.progress ?? this.starting() }, id);
    this.query.post({ type: 'show', id, filter: meant, order });
  }

  private starting(): Progress {
    const totalBytes = this.source.total();
    return { state: 'running', bytes: 0, totalBytes, frames: 0, framesPerSecond: 0, error: null };
  }

  private startQuery(engine: Engine): Wire<ToQuery, FromQuery> {
    const query = engine.startQuery((error) => {
      this.progress = { ...this.starting(), state: 'failed', error: error.message };
      this.query = null;
      this.changed();
    });
    query.onMessage = (message) => this.receive(engine, message);
    return query;
  }

  private receive(engine: Engine, message: FromQuery): void {
    const { list } = this;
    if (!(list instanceof FoundPackets) || list.id !== message.id) return;
    if (message.type === 'matches') list.add(message.numbers, message.whole);
    else if (message.type === 'traffic') this.traffic = message.bins;
    else if (message.type === 'progress') {
      const { frames, error } = message;
      // What waits for the load is still running.
      const isWaiting = message.state === 'following' && engine.progress.state !== 'following';
      const state = isWaiting ? 'running' : message.state;
      const framesPerSecond = (frames / Math.max(1, performance.now() - this.startMs)) * 1000;
      this.progress = { state, frames, error, bytes: frames, totalBytes: engine.count, framesPerSecond };
      if (error !== null) this.note(error);
      // The keys of an order take much more room than the order itself.
      if (state !== 'running' && state !== 'following' && list.order !== null && this.query !== null) {
        engine.endQuery(this.query);
        this.query = null;
      }
    }
    this.changed();
  }
}
