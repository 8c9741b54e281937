// A picture that is asked for when it is to be seen, and again when more is known.
import type { MapPicture, TimelinePicture } from '../../picture/model.js';
import type { Ui } from '../view.js';

/** While the capture grows it is asked for again after this time. */
const AGAIN_MS = 1000;

interface Kinds {
  readonly map: MapPicture;
  readonly timeline: TimelinePicture;
}

export class AskedPicture<K extends keyof Kinds> {
  /** Null: there is none, or not yet. */
  picture: Kinds[K] | null = null;
  private of = '';
  private known = '';
  private askedAt = 0;
  private isAsked = false;

  constructor(
    private readonly ui: Ui,
    private readonly kind: K,
  ) {}

  /** To be called before drawing. `finding`: its index; -1: none, so that of the whole run. */
  settle(finding: number): void {
    const { session } = this.ui;
    const { load, findings, findingsKnown } = session;
    const of = findings[finding]?.id ?? '';
    const known = `${load.state} ${findingsKnown} ${load.frames}`;
    const isSame = of === this.of;
    if (this.isAsked || (isSame && known === this.known)) return;
    // What was drawn of another finding is nothing to look at.
    if (!isSame) this.picture = null;
    else if (performance.now() < this.askedAt + AGAIN_MS && load.state !== 'done') return;
    this.of = of;
    this.known = known;
    this.askedAt = performance.now();
    this.isAsked = true;
    const done = (picture: Kinds[K] | null): void => {
      this.isAsked = false;
      if (of === this.of) this.picture = picture;
      this.ui.redraw();
    };
    const asked = this.kind === 'map' ? session.map(finding) : session.timeline(finding);
    asked.then(
      (picture) => done(picture as Kinds[K] | null),
      () => done(null),
    );
  }
}
