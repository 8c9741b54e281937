// What a feed brings, into a file that somebody follows while it grows: the full screen.
import { u48 } from '../bytes/read.js';
import { type CaptureSource, DIRECTION, Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import type { Feed } from '../capture/live/feed.js';
import { Keeper } from '../capture/live/keep.js';
import { InterfaceNumbers, macsOf, systemInterfaces } from '../capture/live/system.js';
import { directionByMac } from '../flows/sight.js';

/** Keys are answered this often, in milliseconds, however fast packets come. */
const TURN_MS = 4;

/** Frames between two looks at the clock; a power of two. */
const SLICE = 256;

/** Keeps all that a feed brings, until it is stopped. The feed has been started. */
export abstract class Tap {
  private over: Promise<void> = Promise.resolve();

  protected constructor(protected readonly feed: Feed) {}

  /** Frames kept so far. */
  abstract get frames(): number;

  /** Frames that the kernels dropped; null where there is no counter. */
  get dropped(): number | null {
    return this.feed.dropped();
  }

  /** Ends the capturing. What was kept is whole then; rejects with what went wrong in the meantime. */
  async stop(): Promise<void> {
    this.feed.stop();
    try {
      await this.over;
    } finally {
      this.close();
    }
  }

  protected abstract close(): void;

  /** Begins to read. `flush` is called before each wait. */
  protected begin(frame: Frame, take: (source: CaptureSource) => void, flush: () => void): Promise<void> {
    this.over = pump(this.feed, frame, take, flush);
    return this.over;
  }
}

/** Keys get their turn meanwhile. */
async function pump(feed: Feed, frame: Frame, take: (source: CaptureSource) => void, flush: () => void): Promise<void> {
  let count = 0;
  for await (const source of feed.sources()) {
    do {
      let turnAt = performance.now() + TURN_MS;
      while (source.next(frame)) {
        take(source);
        if ((++count & (SLICE - 1)) !== 0 || performance.now() < turnAt) continue;
        await new Promise(setImmediate);
        turnAt = performance.now() + TURN_MS;
      }
      flush();
    } while (await source.fill());
    source.close();
  }
}

/** One file for all. */
export class FileTap extends Tap {
  private readonly keeper: Keeper;
  private readonly frame = new Frame();
  /** Of the captured interfaces: Ethernet does not tell directions, and who reads the file may not know them. */
  private readonly ownMacs: ReadonlySet<number>;

  /** Throws CaptureError where the file cannot be written. */
  constructor(feed: Feed, path: string) {
    super(feed);
    this.ownMacs = macsOf(systemInterfaces().filter(({ name }) => feed.here?.includes(name)));
    const numbers = new InterfaceNumbers();
    this.keeper = new Keeper(path, null, (index) =>
      this.frame.linkType === LINKTYPE.LINUX_SLL2 ? numbers.get(index) : feed.path,
    );
    const { frame, keeper } = this;
    this.begin(
      frame,
      ({ info }) => {
        this.direct();
        keeper.write(frame, info);
      },
      () => keeper.flush(),
    );
  }

  get frames(): number {
    return this.keeper.frames;
  }

  protected close(): void {
    this.keeper.finish(this.dropped);
  }

  private direct(): void {
    const { frame, ownMacs } = this;
    const { bytes, start: at } = frame;
    if (frame.direction !== DIRECTION.unknown || frame.linkType !== LINKTYPE.EN10MB || frame.end - at < 12) return;
    if (ownMacs.size > 0) frame.direction = directionByMac(u48(bytes, at + 6), u48(bytes, at), ownMacs);
  }
}
