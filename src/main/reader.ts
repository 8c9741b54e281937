// The thread that reads one capture: bytes, frames, layers, records. Conversations and rules are the engine's.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { dissectors } from '../../dissectors/index.js';
import { type CaptureInfo, type CaptureInterface, Frame } from '../capture/frame.js';
import { openCapture } from '../capture/open.js';
import { parseDecodeAs, Registry } from '../dissect/registry.js';
import type { CaptureError } from '../errors.js';
import { type Block, record } from '../flows/record.js';
import { Stack } from '../flows/stack.js';
import { type Failure, failuresSoFar } from '../plugin/added.js';
import { addDissectors } from '../plugin/dissectors.js';
import { beHost } from '../plugin/host.js';
import { pluginsIn } from '../plugin/load.js';
import { pluginsOfThread } from '../plugin/thread.js';
import { Lane, type LaneMemory, SLOTS } from './lane.js';

/** What the thread is to do. */
export interface ReaderOrder {
  readonly path: string;
  /** Where its bytes lie. */
  readonly file: string;
  readonly decodeAs: readonly string[];
  readonly ownMacs: ReadonlySet<number>;
  /** Whether what TCP carries is looked into. */
  readonly streams: boolean;
  readonly chunkBytes: number;
  readonly memory: LaneMemory;
  readonly port: MessagePort;
}

/** What it tells beside the records; taken in before the records that rest on it. */
export type ReaderNews =
  | { readonly kind: 'chunk'; readonly number: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'info';
      readonly info: Pick<
        CaptureInfo,
        'format' | 'byteOrder' | 'variant' | 'compression' | 'printed' | 'withUnknown' | 'baseSeconds'
      >;
      readonly interfaces: readonly CaptureInterface[];
      readonly comments: readonly (readonly [number, string])[];
    }
  /** What went wrong in plug-ins comes with it. */
  | {
      readonly kind: 'end';
      readonly info: CaptureInfo;
      readonly error: ReaderError | null;
      readonly failures: readonly Failure[];
    };

/** A CaptureError loses its class on the way. */
type ReaderError = Pick<CaptureError, 'problem' | 'message' | 'path' | 'frame' | 'offset'>;

/** Chunks that take turns: one is read into while records of the others may still be looked at. */
class Chunks {
  private readonly chunks: Uint8Array[] = [];
  /** Blocks that had been published when the chunk was left. */
  private readonly leftAt: number[] = [];
  current = -1;

  constructor(
    private readonly lane: Lane,
    private readonly size: number,
    private readonly tell: (news: ReaderNews) => void,
  ) {}

  readonly next = (left: number): Uint8Array => {
    const { lane, chunks, size } = this;
    if (this.current >= 0) this.leftAt[this.current] = lane.published;
    this.current = (this.current + 1) % (SLOTS + 1);
    const { current } = this;
    const usual = left < size;
    // There is room for one large record at a time.
    if (!usual) lane.waitUntil(() => lane.waiting === 0);
    else if (chunks[current] !== undefined) lane.waitUntil(() => ((lane.consumed - this.leftAt[current]) | 0) >= 0);
    const known = chunks[current]?.length ?? 0;
    if (usual ? known !== size : known <= left) {
      chunks[current] = new Uint8Array(new SharedArrayBuffer(usual ? size : 2 * left));
      this.tell({ kind: 'chunk', number: current, bytes: chunks[current] });
    }
    return chunks[current];
  };
}

async function read({ path, file, decodeAs, ownMacs, streams, chunkBytes, memory, port }: ReaderOrder): Promise<void> {
  const lane = new Lane(memory);
  let messages = 0;
  const tell = (news: ReaderNews): void => {
    messages++;
    port.postMessage(news);
  };
  const chunks = new Chunks(lane, chunkBytes, tell);
  const stack = new Stack(new Registry(dissectors, decodeAs.map(parseDecodeAs)), streams);
  const frame = new Frame();
  const source = openCapture(path, { file, chunks: chunks.next });
  const { info } = source;
  // A function of its own, and a short one: see `drain` in analyze.ts.
  /** Fills the block with what is at hand; false when that is not enough for all of it. */
  const fill = (block: Block): boolean => {
    block.count = 0;
    while (block.count < block.capacity && source.next(frame)) record(stack, frame, block, block.count++, ownMacs);
    return block.count === block.capacity;
  };
  let interfaces = 0;
  let comments = 0;
  do {
    let full = true;
    while (full && lane.claim()) {
      const block = lane.claimed;
      full = fill(block);
      if (block.count === 0) break;
      if (info.interfaces.length > interfaces || info.frameComments.size > comments) {
        const { format, byteOrder, variant, compression, printed, withUnknown, baseSeconds } = info;
        tell({
          kind: 'info',
          info: { format, byteOrder, variant, compression, printed, withUnknown, baseSeconds },
          interfaces: info.interfaces.slice(interfaces),
          comments: [...info.frameComments].slice(comments),
        });
        interfaces = info.interfaces.length;
        comments = info.frameComments.size;
      }
      lane.publish(chunks.current, messages, source.position);
    }
  } while (!lane.stopped && (await source.fill()));
  source.close();
  if (!lane.claim()) return;
  lane.claimed.count = 0;
  const { error } = source;
  tell({
    kind: 'end',
    info,
    failures: failuresSoFar(),
    error: error && {
      problem: error.problem,
      message: error.message,
      path: error.path,
      frame: error.frame,
      offset: error.offset,
    },
  });
  lane.publish(chunks.current, messages, source.position);
  lane.flush();
}

parentPort?.once('message', async (order: ReaderOrder) => {
  const files = pluginsOfThread();
  if (files.length > 0) {
    beHost();
    for (const spec of await pluginsIn(files)) addDissectors(spec);
  }
  await read(order);
  parentPort?.close();
});
