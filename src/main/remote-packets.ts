// The packets of one capture, made in a thread of their own. Where there are no such threads (in a browser), no-threads.ts stands in its
// place: package.json says which of them `#threads` is.

import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { nextTurn } from '#host';
import type { CaptureInfo } from '../capture/frame.js';
import type { InputSource } from '../capture/source.js';
import { CaptureError } from '../errors.js';
import type { Packet } from '../flows/packet.js';
import type { Block } from '../flows/record.js';
import { failed } from '../plugin/added.js';
import { Lane, laneMemory } from './lane.js';
import type { AnalyzeOptions } from './options.js';
import type { PacketSource } from './packets.js';
import type { ReaderNews, ReaderOrder } from './reader.js';
import { readerThread } from './threads.js';

export { ownThreads, startThreads } from './threads.js';

/** Bytes read at a time: all chunks together fit into a core's cache beside the records. */
const CHUNK_BYTES = 128 * 1024;

export const remotePackets = (
  source: InputSource,
  file: string,
  options: AnalyzeOptions,
  ownMacs: ReadonlySet<number>,
  streams: boolean,
): PacketSource => new RemotePackets(source, file, options, ownMacs, streams);

/** Records made in a thread of their own. What it finds out is told to `source`, which itself reads nothing. */
class RemotePackets implements PacketSource {
  private readonly lane: Lane;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly chunks: Uint8Array[] = [];
  private messages = 0;
  private block: Block | null = null;
  private at = 0;
  private ended = false;
  /** Why the thread died; null while it lives, and when its work is done. */
  private death: string | null = null;

  constructor(
    private readonly source: InputSource,
    file: string,
    { decodeAs, chunkBytes = CHUNK_BYTES }: AnalyzeOptions,
    ownMacs: ReadonlySet<number>,
    streams: boolean,
  ) {
    const memory = laneMemory();
    this.lane = new Lane(memory);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const order: ReaderOrder = { path: source.info.path, file, decodeAs, ownMacs, streams, chunkBytes, memory, port: port2 };
    this.worker = readerThread();
    this.worker.on('error', (error) => {
      this.death = error.message;
    });
    this.worker.on('exit', () => {
      this.death ??= 'it ended';
    });
    this.worker.postMessage(order, [port2]);
  }

  next(packet: Packet): boolean {
    const { block } = this;
    if (block === null || this.at === block.count) return false;
    packet.look(block, this.at++);
    return true;
  }

  fill(): boolean | Promise<boolean> {
    if (this.ended) return false;
    if (this.block !== null) this.lane.release();
    this.block = null;
    return this.take() ?? this.wait();
  }

  close(): void {
    this.port.close();
    if (this.ended) return;
    this.ended = true;
    this.lane.stop();
    void this.worker.terminate();
  }

  /** The event loop gets its turn until a block is there. */
  private async wait(): Promise<boolean> {
    for (;;) {
      await nextTurn();
      if (this.ended) return false;
      const took = this.take();
      if (took !== null) return took;
      if (this.death !== null) return this.died(this.death);
    }
  }

  /** Whether there is more; null when nothing came in time. */
  private take(): boolean | null {
    const taken = this.lane.take();
    if (taken === null) return null;
    for (; this.messages < taken.messages; this.messages++)
      this.hear((receiveMessageOnPort(this.port) as { message: ReaderNews }).message);
    if (this.ended) return false;
    this.source.told(taken.position, null);
    this.block = taken.block;
    this.block.bytes = this.chunks[taken.chunk];
    this.at = 0;
    return true;
  }

  private hear(news: ReaderNews): void {
    const { info } = this.source;
    if (news.kind === 'chunk') this.chunks[news.number] = news.bytes;
    else if (news.kind === 'info') {
      Object.assign(info, news.info);
      for (const one of news.interfaces) info.interfaces.push(one);
      for (const [frame, comment] of news.comments) info.frameComments.set(frame, comment);
    } else {
      this.ended = true;
      replace(info, news.info);
      const { error, failures } = news;
      for (const { plugin, what, text, count } of failures) failed(plugin, what, text, count);
      this.source.told(
        this.source.position,
        error === null ? null : new CaptureError(error.problem, error.message, error.path, error.frame, error.offset),
      );
    }
  }

  private died(why: string): false {
    this.ended = true;
    const { path } = this.source.info;
    const what = `${path}: the thread that reads it died (${why}); HOPSCOPE_WORKERS=0 reads it without one`;
    this.source.told(this.source.position, new CaptureError('io', what, path));
    return false;
  }
}

/** Puts all of `from` into `info`, whose lists others may hold already. */
function replace(info: CaptureInfo, from: CaptureInfo): void {
  const known = info as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(from)) {
    const old = known[key];
    if (Array.isArray(old)) {
      old.length = 0;
      for (const one of value as unknown[]) old.push(one);
    } else if (old instanceof Map) for (const [k, v] of value as Map<unknown, unknown>) old.set(k, v);
    else known[key] = value;
  }
}
