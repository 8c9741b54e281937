// The packets of one capture, by the block: made in this thread, or in one of their own.
import { ownThreads, remotePackets } from '#threads';
import { type CaptureSource, Frame } from '../capture/frame.js';
import type { Heads } from '../capture/merge.js';
import { InputSource } from '../capture/source.js';
import type { Registry } from '../dissect/registry.js';
import type { Packet } from '../flows/packet.js';
import { Block, record } from '../flows/record.js';
import { Stack } from '../flows/stack.js';
import type { Lab } from './lab.js';
import type { AnalyzeOptions } from './options.js';

/** The packets of each capture; large files are read by threads of their own. `streams`: whether what TCP carries is looked into. */
export function packetSources({ captures, registry, decodeAs }: Lab, options: AnalyzeOptions, streams: boolean): PacketSource[] {
  const own = ownThreads(options);
  return captures.map(({ source, file, ownMacs }, i) =>
    own[i] && source instanceof InputSource
      ? remotePackets(source, file, { ...options, decodeAs }, ownMacs, streams)
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
