// The pictures of a run, made when somebody asks: from what the run has taught and what its findings are about.
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Origin } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { type Clock, draftOf, NO_SUBJECT } from '../rules/findings.js';
import type { Ip } from '../topology/ip.js';
import { drawnOf, ladderOf, type Part, packetLadder } from './ladder.js';
import { mapOf } from './map.js';
import type { LadderPicture, MapPicture, Pictures, TimelinePicture } from './model.js';
import { endName } from './names.js';
import type { Subject, Told, Wanted } from './subject.js';
import { timelineOf } from './timeline.js';

/** Conversations of the same two hosts in one ladder. */
const MAX_ALIKE = 200;
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

/** `tcp default/curl-pod port 40000 → 10.0.0.1 port 80`. */
function titleOf(facts: Facts, { protoName, initiator, responder, ports }: Conversation): string {
  const end = (ip: Ip, port: number | null): string => `${endName(facts, ip).label}${port === null ? '' : ` port ${port}`}`;
  return `${protoName} ${end(initiator, ports.srcPort)} → ${end(responder, ports.dstPort)}`;
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
    return subject === null ? null : mapOf(this.facts, this.byId.get(id) ?? null, subject.about);
  }

  ladder(id: string): LadderPicture | null {
    const subject = this.subject(id);
    return subject === null ? null : ladderOf(subject);
  }

  timeline(id: string): TimelinePicture | null {
    const subject = this.subject(id);
    return subject === null ? null : timelineOf(subject);
  }

  /** The conversation (uid) that the ladder of a finding shows, and others of the same two hosts that it is about; empty of one that shows none. */
  shownBy(id: string): readonly number[] {
    const { facts } = this;
    const subject = this.subject(id);
    const shown = (subject === null ? null : drawnOf(subject)?.conversation) ?? null;
    if (subject === null || shown === null) return [];
    const pairOf = ({ initiator, responder }: Conversation): string => [String(initiator), String(responder)].sort().join(' ');
    const others = subject.about.filter((uid) => {
      const one = facts.conversation(uid);
      return one !== null && uid !== shown.uid && !facts.errors.isError(one) && pairOf(one) === pairOf(shown);
    });
    return [shown.uid, ...others.slice(0, MAX_ALIKE)];
  }

  /** Packets of a conversation, and of others of its hosts, one by one; with what a finding tells of them, or as they are. */
  packets(id: string | null, uid: number, part: Part): LadderPicture | null {
    const { facts, time } = this;
    const conversation = facts.conversation(uid);
    if (conversation === null) return null;
    const told = id === null ? null : this.subject(id);
    const plain: Told = { title: titleOf(facts, conversation), verdict: 'pass', severity: 'info', subject: NO_SUBJECT };
    const subject = told ?? { facts, time, finding: plain, evidence: [], about: [], meant: null, wanted: null };
    return packetLadder(subject, conversation, part);
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
