// The packets of several points in files that the screen follows while they arrive: one for each point, and one with the order of all. What is
// known of the points meanwhile stands on a board that other threads can read.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type CaptureInfo, Frame } from '../capture/frame.js';
import type { Feed, Several } from '../capture/live/feed.js';
import { Keeper } from '../capture/live/keep.js';
import { MOST_ORDERED } from '../capture/ordered.js';
import { UsageError } from '../errors.js';
import { Tap } from './tap.js';

/** For the threads of a session. */
export interface Joint {
  /** Path of the file that `OrderedSource` reads. */
  readonly order: string;
  readonly board: SharedArrayBuffer;
}

/** What is known of a point now. */
export interface JointState {
  readonly aheadNs: number;
  readonly dropped: number | null;
  readonly blind: string | null;
}

const BOARD_BYTES = 256 * 1024;
const HEAD_BYTES = 8;
const MOST_WHY = 200;

/** One writes, all may read: what is read is what was written at one time. */
export class Board {
  private readonly head: Int32Array;
  private last: readonly JointState[] = [];
  private seen = -1;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(BOARD_BYTES)) {
    this.head = new Int32Array(memory, 0, 2);
  }

  write(states: readonly JointState[]): void {
    const { head, memory } = this;
    const text = JSON.stringify(states.map((state) => ({ ...state, blind: state.blind?.slice(0, MOST_WHY) ?? null })));
    const bytes = Buffer.from(text);
    if (bytes.length > memory.byteLength - HEAD_BYTES) return;
    // Odd while it is written.
    Atomics.add(head, 0, 1);
    new Uint8Array(memory, HEAD_BYTES).set(bytes);
    Atomics.store(head, 1, bytes.length);
    Atomics.add(head, 0, 1);
  }

  /** What was written last; where that is going on, what was there before. */
  read(): readonly JointState[] {
    const { head, memory } = this;
    const turn = Atomics.load(head, 0);
    if (turn === this.seen || turn % 2 === 1 || turn === 0) return this.last;
    const copy = Buffer.from(new Uint8Array(memory, HEAD_BYTES, Atomics.load(head, 1)));
    if (Atomics.load(head, 0) !== turn) return this.last;
    this.seen = turn;
    this.last = JSON.parse(copy.toString()) as JointState[];
    return this.last;
  }
}

/** Between two looks at the points. */
const LOOK_MS = 250;

export class JointTap extends Tap {
  readonly joint: Joint;
  /** By point. */
  readonly paths: readonly string[];
  private readonly board = new Board();
  private readonly keepers: readonly Keeper[];
  private readonly infos: (CaptureInfo | null)[];
  private readonly frame = new Frame();
  private readonly order: number;
  /** Places in the order that are not written yet. */
  private readonly places = new Uint8Array(4096);
  private waiting = 0;
  private readonly looking: NodeJS.Timeout;

  /** `onFailure`: what ends the keeping, and with it the screen's news. Throws CaptureError, UsageError. */
  constructor(
    feed: Feed,
    private readonly several: Several,
    folder: string,
    onFailure: (error: Error) => void,
  ) {
    super(feed);
    const { members } = several;
    if (members.length > MOST_ORDERED) throw new UsageError(`--tui shows at most ${MOST_ORDERED} points`);
    this.paths = members.map(({ path }) => join(folder, `${path}.pcapng`));
    this.keepers = members.map((member, i) => new Keeper(this.paths[i], null, (index) => member.nameOf(index), member.filter));
    this.infos = members.map(() => null);
    this.joint = { order: join(folder, 'order'), board: this.board.memory };
    this.order = openSync(this.joint.order, 'w');
    several.listen({
      begin: (i, source) => {
        this.infos[i] = source.info;
        this.look();
      },
      end: () => this.look(),
    });
    this.look();
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.begin(
      this.frame,
      () => this.take(),
      () => this.flush(),
    ).catch(onFailure);
  }

  get frames(): number {
    return this.keepers.reduce((sum, { frames }) => sum + frames, 0);
  }

  protected close(): void {
    clearInterval(this.looking);
    this.keepers.forEach((keeper, i) => {
      keeper.finish(this.several.members[i].dropped());
    });
    closeSync(this.order);
    // Where the packets are kept, they alone are.
    rmSync(this.joint.order, { force: true });
  }

  private look(): void {
    const { members, aheadNs } = this.several;
    const now = Date.now();
    this.board.write(members.map((member, i) => ({ aheadNs: aheadNs[i], dropped: member.dropped(), blind: member.blind(now) })));
  }

  private take(): void {
    const { from } = this.several;
    const info = this.infos[from];
    if (info === null) return;
    this.keepers[from].write(this.frame, info);
    this.places[this.waiting++] = from;
    if (this.waiting === this.places.length) this.flush();
  }

  /** The frames first, then their order. */
  private flush(): void {
    for (const keeper of this.keepers) keeper.flush();
    for (let at = 0; at < this.waiting; ) at += writeSync(this.order, this.places, at, this.waiting - at);
    this.waiting = 0;
  }
}
