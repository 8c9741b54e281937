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

/** Reads all that a feed brings; `flush` is called before each wait. Keys get their turn meanwhile. */
export async function pump(
  feed: Feed,
  frame: Frame,
  to: { readonly take: (source: CaptureSource) => void; readonly flush: () => void },
): Promise<void> {
  let count = 0;
  for await (const source of feed.sources()) {
    do {
      let turnAt = performance.now() + TURN_MS;
      while (source.next(frame)) {
        to.take(source);
        if ((++count & (SLICE - 1)) !== 0 || performance.now() < turnAt) continue;
        await new Promise(setImmediate);
        turnAt = performance.now() + TURN_MS;
      }
      to.flush();
    } while (await source.fill());
    source.close();
  }
}

export class Tap {
  private readonly keeper: Keeper;
  private readonly frame = new Frame();
  /** Of the captured interfaces: Ethernet does not tell directions, and who reads the file may not know them. */
  private readonly ownMacs: ReadonlySet<number>;
  private readonly over: Promise<void>;

  /** The feed has been started. Throws CaptureError where the file cannot be written. */
  constructor(
    private readonly feed: Feed,
    path: string,
  ) {
    this.ownMacs = macsOf(systemInterfaces().filter(({ name }) => feed.here?.includes(name)));
    const numbers = new InterfaceNumbers();
    this.keeper = new Keeper(path, null, (index) =>
      this.frame.linkType === LINKTYPE.LINUX_SLL2 ? numbers.get(index) : feed.path,
    );
    this.over = this.pump();
  }

  get frames(): number {
    return this.keeper.frames;
  }

  /** Frames that the kernel lost; null where nobody counts. */
  get dropped(): number | null {
    return this.feed.dropped();
  }

  /** Ends the capturing. The file is whole then; rejects with what went wrong in the meantime. */
  async stop(): Promise<void> {
    this.feed.stop();
    try {
      await this.over;
    } finally {
      this.keeper.finish(this.dropped);
    }
  }

  private pump(): Promise<void> {
    const { feed, frame, keeper } = this;
    return pump(feed, frame, {
      take: ({ info }) => {
        this.direct();
        keeper.write(frame, info);
      },
      flush: () => keeper.flush(),
    });
  }

  private direct(): void {
    const { frame, ownMacs } = this;
    const { bytes, start: at } = frame;
    if (frame.direction !== DIRECTION.unknown || frame.linkType !== LINKTYPE.EN10MB || frame.end - at < 12) return;
    if (ownMacs.size > 0) frame.direction = directionByMac(u48(bytes, at + 6), u48(bytes, at), ownMacs);
  }
}
