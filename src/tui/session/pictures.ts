// The pictures of a session: made where the run is, when the screen asks for them.
import type { LadderPicture, MapPicture, TimelinePicture } from '../../picture/model.js';
import type { Severity } from '../../rules/finding.js';
import type { Comparison, Ladder, LadderQuestion } from '../session.js';
import type { Concerns } from './concerns.js';
import type { Engine } from './engine.js';
import { partOf } from './ladder.js';
import type { LadderAsk } from './wire.js';

const isBroken = (severity: Severity | null): boolean => severity === 'error' || severity === 'warning';

export class AskedPictures {
  constructor(private readonly engine: Engine) {}

  async ladder({ finding, packet, part, onlyBroken }: LadderQuestion, concerns: Concerns): Promise<Ladder | null> {
    const { engine } = this;
    const own = finding < 0 && packet > 0 ? engine.packets.store.conversation(packet) : -1;
    const told = finding >= 0 ? finding : faultOf(concerns, packet, own);
    const id = concerns.findings[told]?.id ?? null;
    const uids = own >= 0 ? [own] : id === null ? [] : await this.examplesOf(id);
    if (uids.length === 0) {
      const picture = id === null ? null : await this.drawn({ finding: id, uid: null, packets: [], isLast: true });
      return picture === null ? null : { picture, finding: told, part: 0, parts: 1, from: 0, shown: 0, total: 0 };
    }
    const wanted = packet > 0 ? packet : (concerns.found[told]?.packets[0] ?? 0);
    const isWanted = (n: number) => !onlyBroken || isBroken(concerns.severityOf(n));
    const { packets, ...where } = await partOf(engine, uids, { packet: wanted, part }, isWanted);
    const picture = await this.drawn({ finding: id, uid: uids[0], packets, isLast: where.part === where.parts - 1 });
    return picture === null ? null : { picture, finding: told, shown: packets.length, ...where };
  }

  map(finding: string | null): Promise<MapPicture | null> {
    return this.engine.ask((id) => ({ type: 'picture', id, kind: 'map', finding }));
  }
  timeline(finding: string | null): Promise<TimelinePicture | null> {
    return this.engine.ask((id) => ({ type: 'picture', id, kind: 'timeline', finding }));
  }

  /** Null: nothing has been read yet. */
  compare(good: readonly string[]): Promise<Comparison | null> {
    return this.engine.ask((id) => ({ type: 'compare', id, good }));
  }

  private examplesOf(finding: string): Promise<readonly number[]> {
    return this.engine.ask((id) => ({ type: 'examples', id, finding }));
  }
  private drawn(ask: LadderAsk): Promise<LadderPicture | null> {
    return this.engine.ask((id) => ({ type: 'ladder', id, ask }));
  }
}

/** The first finding that is about a packet, or its conversation; -1: there is none. */
const faultOf = (concerns: Concerns, packet: number, uid: number): number =>
  concerns.about(packet, uid).find((i) => concerns.findings[i].verdict !== 'pass') ?? -1;
