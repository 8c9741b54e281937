// Ports that speak LACP: what each says of itself and of the other end (IEEE 802.1AX-2014 clause 6.4.2).
import { ACTOR_AT, actor, LACP_BYTES, PARTNER_AT, STATE } from '../../../dissectors/lacp.js';
import { DIRECTION } from '../../capture/frame.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

/** One end of a link, as it says it. */
export interface LacpEnd {
  /** MAC of the system (48 bits). */
  readonly system: number;
  readonly key: number;
  readonly port: number;
  /** Bits of STATE. */
  readonly state: number;
}

export interface LacpPort {
  /** Where it is heard. */
  readonly place: number;
  /** Whether the capturing node sends it, receives it, or that is not known. */
  readonly direction: number;
  /** Of the last LACPDU: the sender, and the other end as it knows it. */
  actor: LacpEnd;
  partner: LacpEnd;
  frames: number;
  readonly first: Mark;
  last: Mark;
  /** First of the LACPDUs since which it has not heard the other end, and how many they are. */
  alone: Mark | null;
  aloneFrames: number;
  /** The last one by which it passed traffic. */
  up: Mark | null;
}

const MAX_PORTS = 4096;
/** It passes traffic. */
const UP = STATE.collecting | STATE.distributing;
/** It goes by what is configured, or what it heard last is too old. */
const ALONE = STATE.defaulted | STATE.expired;

export class LacpPorts {
  private readonly ports = new Bounded<string, LacpPort>(MAX_PORTS, (one) => (one.aloneFrames > 0 ? 1 : 0));

  get list(): Iterable<LacpPort> {
    return this.ports.values();
  }

  get forgotten(): number {
    return this.ports.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { last }] of this.ports.entries()) if (last.timeNs < ns) this.ports.delete(key);
  }

  /** The LACPDU [at, end) of a frame. Each copy counts where it is seen. */
  observe(p: Packet, at: number, end: number): void {
    if (at + LACP_BYTES > end) return;
    const { bytes } = p;
    const said = endAt(bytes, at + ACTOR_AT);
    const known = endAt(bytes, at + PARTNER_AT);
    const key = `${p.port} ${p.direction === DIRECTION.out} ${said.system} ${said.port}`;
    let one = this.ports.get(key);
    const now = mark(p);
    if (one === undefined) {
      one = {
        place: p.port,
        direction: p.direction,
        actor: said,
        partner: known,
        frames: 0,
        first: now,
        last: now,
        alone: null,
        aloneFrames: 0,
        up: null,
      };
      this.ports.add(key, one);
    }
    one.actor = said;
    one.partner = known;
    one.frames++;
    one.last = now;
    if ((said.state & UP) === UP && (said.state & ALONE) === 0) one.up = now;
    if ((said.state & ALONE) === 0) {
      one.alone = null;
      one.aloneFrames = 0;
    } else {
      one.alone ??= now;
      one.aloneFrames++;
    }
  }
}

/** What is said at `at`, of the actor or of the partner. */
const endAt = (b: Uint8Array, at: number): LacpEnd => ({
  system: actor.get['actor.sysid'](b, at),
  key: actor.get['actor.key'](b, at),
  port: actor.get['actor.port'](b, at),
  state: actor.get['actor.state'](b, at),
});
