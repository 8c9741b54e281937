// The times that a frame's own is compared with.
import type { CaptureInfo, Frame } from '../capture/frame.js';
import type { FrameTimes } from '../filter/frame-fields.js';

export class FrameContext implements FrameTimes {
  firstSeconds = 0;
  firstNanoseconds = 0;
  previousSeconds = 0;
  previousNanoseconds = 0;
  displayedSeconds = 0;
  displayedNanoseconds = 0;
  /** Does the capture's clock tell less than microseconds? */
  nanoseconds = true;
  private interfaceId = 0;
  private started = false;
  private hasDisplayed = false;
  private ownSeconds = 0;
  private ownNanoseconds = 0;

  constructor(readonly info: CaptureInfo) {}

  /** To be called when a frame's turn begins, of each frame of the capture. */
  begin(frame: Frame): void {
    this.interfaceId = frame.interfaceId;
    if (!frame.hasTime) return;
    if (!this.started) {
      this.started = true;
      this.nanoseconds = this.info.variant !== 'microsecond' && this.info.variant !== 'modified';
      this.firstSeconds = this.ownSeconds = frame.seconds;
      this.firstNanoseconds = this.ownNanoseconds = frame.nanoseconds;
    }
    if (!this.hasDisplayed) {
      this.displayedSeconds = frame.seconds;
      this.displayedNanoseconds = frame.nanoseconds;
    }
    this.previousSeconds = this.ownSeconds;
    this.previousNanoseconds = this.ownNanoseconds;
    this.ownSeconds = frame.seconds;
    this.ownNanoseconds = frame.nanoseconds;
  }

  /** Digits of a second that the clock of the frame at hand tells. */
  get decimals(): number {
    return this.info.interfaces[this.interfaceId]?.decimals ?? (this.nanoseconds ? 9 : 6);
  }

  /** The frame whose turn it is was shown. */
  displayed(frame: Frame): void {
    if (!frame.hasTime) return;
    this.hasDisplayed = true;
    this.displayedSeconds = frame.seconds;
    this.displayedNanoseconds = frame.nanoseconds;
  }
}
