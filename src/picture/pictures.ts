// The pictures of a run, made when somebody asks: from what the run has taught and what its findings are about.
import type { Facts } from '../facts/facts.js';
import type { Finding } from '../rules/finding.js';
import { type Clock, draftOf } from '../rules/findings.js';
import { ladderOf, type Subject } from './ladder.js';
import { mapOf } from './map.js';
import type { LadderPicture, MapPicture, Pictures, TimelinePicture } from './model.js';
import { timelineOf } from './timeline.js';

export class RunPictures implements Pictures {
  private readonly byId: ReadonlyMap<string, Finding>;

  /** `about`: uids of the conversations that a finding explains, by its id, where more is known than its frames show. */
  constructor(
    private readonly facts: Facts,
    private readonly time: Clock,
    findings: readonly Finding[],
    private readonly about: (id: string) => readonly number[] = () => [],
  ) {
    this.byId = new Map(findings.map((finding) => [finding.id, finding]));
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

  private subject(id: string): Subject | null {
    const { facts, time } = this;
    const finding = this.byId.get(id);
    if (finding === undefined) return null;
    const evidence = finding.evidence.flatMap((e) => {
      const made = draftOf(e);
      return made?.facts === facts ? [made.draft] : [];
    });
    const shown = evidence.map(({ mark }) => mark.conversation).filter((uid) => uid >= 0);
    return { facts, time, finding, evidence, about: [...new Set([...shown, ...this.about(id)])] };
  }
}
