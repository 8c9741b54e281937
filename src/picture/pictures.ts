// The pictures of a run, made when somebody asks: from what the run has taught and what its findings are about.
import type { Facts } from '../facts/facts.js';
import type { Origin } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { type Clock, draftOf } from '../rules/findings.js';
import { ladderOf } from './ladder.js';
import { mapOf } from './map.js';
import type { LadderPicture, MapPicture, Pictures, TimelinePicture } from './model.js';
import type { Subject, Wanted } from './subject.js';
import { timelineOf } from './timeline.js';

/** Findings of a run whose pictures are kept. */
const MAX_DRAWN = 100;

interface Drawn {
  readonly ladder: LadderPicture | null;
  readonly map: MapPicture | null;
  readonly timeline: TimelinePicture | null;
}

/** Pictures of a run as plain data: they may be sent to another thread, and kept. */
export interface Drawings {
  readonly whole: MapPicture | null;
  /** By the ids of findings. */
  readonly findings: readonly (readonly [id: string, drawn: Drawn])[];
}

export class DrawnPictures implements Pictures {
  private constructor(
    private readonly whole: MapPicture | null,
    private readonly byId: ReadonlyMap<string, Drawn>,
  ) {}

  /** Those of several runs, of which each finding is in one. */
  static of(parts: readonly Drawings[]): DrawnPictures {
    // A map of several runs would be one of no network.
    const whole = parts.length === 1 ? parts[0].whole : null;
    return new DrawnPictures(whole, new Map(parts.flatMap(({ findings }) => findings)));
  }

  toJSON(): undefined {
    return undefined;
  }

  map(id: string | null): MapPicture | null {
    return id === null ? this.whole : (this.byId.get(id)?.map ?? null);
  }
  ladder(id: string): LadderPicture | null {
    return this.byId.get(id)?.ladder ?? null;
  }
  timeline(id: string): TimelinePicture | null {
    return this.byId.get(id)?.timeline ?? null;
  }
}

/** What more is known of a finding than its frames show. */
export interface About extends Partial<Pick<Origin, 'about' | 'meant'>> {
  readonly wanted?: Wanted;
}

export class RunPictures implements Pictures {
  private readonly byId: ReadonlyMap<string, Finding>;

  /** `origin`: of a finding by its id. */
  constructor(
    private readonly facts: Facts,
    private readonly time: Clock,
    findings: readonly Finding[],
    private readonly origin: (id: string) => About | undefined = () => undefined,
  ) {
    this.byId = new Map(findings.map((finding) => [finding.id, finding]));
  }

  /** Pictures are no part of a report that is written. */
  toJSON(): undefined {
    return undefined;
  }

  map(id: string | null): MapPicture | null {
    if (id === null) return mapOf(this.facts, null, null);
    const subject = this.subject(id);
    return subject === null ? null : mapOf(this.facts, subject.finding, subject.about);
  }

  ladder(id: string): LadderPicture | null {
    const subject = this.subject(id);
    return subject === null ? null : ladderOf(subject);
  }

  timeline(id: string): TimelinePicture | null {
    const subject = this.subject(id);
    return subject === null ? null : timelineOf(subject);
  }

  /** The pictures of some findings drawn now, so that what the run has taught can be let go of. */
  drawn(ids: readonly string[]): Drawings {
    const findings = ids
      .slice(0, MAX_DRAWN)
      .map((id) => [id, { ladder: this.ladder(id), map: this.map(id), timeline: this.timeline(id) }] as const);
    return { whole: this.map(null), findings };
  }

  private subject(id: string): Subject | null {
    const { facts, time } = this;
    const finding = this.byId.get(id);
    if (finding === undefined) return null;
    const evidence = finding.evidence.flatMap((e) => {
      const made = draftOf(e);
      return made?.facts === facts ? [made.draft] : [];
    });
    const shown = evidence.map(({ mark }) => mark.conversation).filter((uid) => uid >= 0);
    const { about = [], meant = null, wanted = null } = this.origin(id) ?? {};
    return { facts, time, finding, evidence, about: [...new Set([...shown, ...about])], meant, wanted };
  }
}
