// The times that a frame's own is compared with.
import type { CaptureInfo, Frame } from '../capture/frame.js';
import type { FrameTimes } from '../filter/frame-fields.js';

export class FrameContext implements FrameTimes {
  firstSeconds = 0;
  firstNanoseconds = 0;
  previousSeconds = 0;
  previousNanoseconds = 0;
  /** Does the capture's clock tell less than microseconds? */
  nanoseconds = true;
  private started = false;

  constructor(readonly info: CaptureInfo) {}

  /** To be called when a frame's turn begins. */
  begin(frame: Frame): void {
    if (this.started || !frame.hasTime) return;
    this.started = true;
    this.nanoseconds = this.info.variant !== 'microsecond' && this.info.variant !== 'modified';
    this.firstSeconds = this.previousSeconds = frame.seconds;
    this.firstNanoseconds = this.previousNanoseconds = frame.nanoseconds;
  }

  /** To be called when its turn is over, printed or not. */
  done(frame: Frame): void {
    if (!frame.hasTime) return;
    this.previousSeconds = frame.seconds;
    this.previousNanoseconds = frame.nanoseconds;
  }
}
