// The packets of one capture, by the block: made in this thread, or in one of their own.
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { type CaptureInfo, type CaptureSource, Frame } from '../capture/frame.js';
import type { Heads } from '../capture/merge.js';
import { InputSource } from '../capture/source.js';
import type { Registry } from '../dissect/registry.js';
import { CaptureError } from '../errors.js';
import type { Packet } from '../flows/packet.js';
import { Block, record } from '../flows/record.js';
import { Stack } from '../flows/stack.js';
import type { Lab } from './lab.js';
import { Lane, laneMemory } from './lane.js';
import type { AnalyzeOptions } from './options.js';
import type { ReaderNews, ReaderOrder } from './reader.js';
import { ownThreads, readerThread } from './threads.js';

/** Bytes read at a time, in a thread of its own: all chunks together fit into a core's cache beside the records. */
const CHUNK_BYTES = 128 * 1024;

/** The packets of each capture; large files are read by threads of their own. `streams`: whether what TCP carries is looked into. */
export function packetSources({ captures, registry, decodeAs }: Lab, options: AnalyzeOptions, streams: boolean): PacketSource[] {
  const own = ownThreads(options);
  return captures.map(({ source, file, ownMacs }, i) =>
    own[i] && source instanceof InputSource
      ? new RemotePackets(source, file, { ...options, decodeAs }, ownMacs, streams)
      : new LocalPackets(source, registry, ownMacs, streams),
  );
}

export interface PacketSource extends Heads<Packet> {
  close(): void;
}

/** Records made in the calling thread. */
export class LocalPackets implements PacketSource {
  private readonly block = new Block(new ArrayBuffer(Block.bytesFor(256)));
  private readonly stack: Stack;
  private readonly frame = new Frame();
  private at = 0;

  constructor(
    private readonly source: CaptureSource,
    registry: Registry,
    private readonly ownMacs: ReadonlySet<number>,
    streams: boolean,
  ) {
    this.stack = new Stack(registry, streams);
  }

  next(packet: Packet): boolean {
    if (this.at === this.block.count && !this.refill()) return false;
    packet.look(this.block, this.at++);
    return true;
  }

  fill(): boolean | Promise<boolean> {
    return this.source.fill();
  }

  close(): void {}

  private refill(): boolean {
    const { block, frame, source } = this;
    this.at = 0;
    block.count = 0;
    while (block.count < block.capacity && source.next(frame)) record(this.stack, frame, block, block.count++, this.ownMacs);
    return block.count > 0;
  }
}

/** Records made in a thread of their own. What it finds out is told to `source`, which itself reads nothing. */
export class RemotePackets implements PacketSource {
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
      await new Promise(setImmediate);
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
      const { error } = news;
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
