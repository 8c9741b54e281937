// A capture source that looks ahead: it knows conversation and path of each frame that it hands out.
import { type CaptureInfo, type CaptureSource, Frame } from '../capture/frame.js';
import type { CaptureError } from '../errors.js';
import { type Following, type Held, LookAhead } from '../flows/look-ahead.js';

/** Who is told of the frame handed out last. */
export interface Told {
  conversation: number | null;
  path: string | null;
}

export class AheadSource implements CaptureSource {
  private readonly ahead: LookAhead;
  private hasEnded = false;
  /** The frame that came in last. */
  readonly latest = new Frame();
  hasBegun = false;

  /** `waits`: for the journeys of packets; else only conversations are looked up. */
  constructor(
    private readonly source: CaptureSource,
    run: Following,
    private readonly told: Told,
    waits: boolean,
  ) {
    this.ahead = new LookAhead(run, waits);
  }

  get info(): CaptureInfo {
    return this.source.info;
  }
  get error(): CaptureError | null {
    return this.source.error;
  }
  get position(): number {
    return this.source.position;
  }

  next(frame: Frame): boolean {
    for (;;) {
      const held = this.ahead.next();
      if (held !== null) {
        this.give(held, frame);
        return true;
      }
      if (this.hasEnded || !this.source.next(this.latest)) return false;
      this.hasBegun = true;
      this.ahead.hold(this.latest, 0);
    }
  }

  fill(): boolean | Promise<boolean> {
    if (this.hasEnded) return false;
    const more = this.source.fill();
    return typeof more === 'boolean' ? this.filled(more) : more.then((got) => this.filled(got));
  }

  close(): void {
    this.source.close();
  }

  /** While the source says nothing time goes on, and what was held back comes out; false when there is nothing. */
  release(frame: Frame, nowNs: number): boolean {
    this.ahead.advance(nowNs);
    const held = this.ahead.next();
    if (held !== null) this.give(held, frame);
    return held !== null;
  }

  private filled(more: boolean): boolean {
    if (more) return true;
    this.hasEnded = true;
    this.ahead.end();
    return !this.ahead.isEmpty;
  }

  private give({ frame: held, conversation, path }: Held, frame: Frame): void {
    this.told.conversation = conversation < 0 ? null : conversation;
    this.told.path = path === '' ? null : path;
    Object.assign(frame, held);
  }
}
