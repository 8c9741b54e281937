// Which frames a display filter (-Y) keeps: decided here for every command that analyses captures. The numbers of conversations do
// not depend on it, since frames that it leaves out are counted before it is asked.

import type { Merged } from '../capture/merge.js';
import { type CompiledFilter, compileFilter } from '../filter/filter.js';
import { LookAhead } from '../flows/look-ahead.js';
import { Packet } from '../flows/packet.js';
import type { Run } from './run.js';

/** A filter for the frames of a run, which is told what it needs. Throws FilterError. */
export function runFilter(text: string, run: Run): CompiledFilter['matches'] {
  const { matches, needs } = compileFilter(text, run.registry, run.atHand.fields);
  run.ask(needs);
  return matches;
}

/** The packets of a run's captures in the order of time, held back until the path of each is known. */
export class AheadOfRun implements Pick<Merged<Packet>, 'heads' | 'next' | 'fill'> {
  readonly heads: readonly Packet[];
  private readonly ahead: LookAhead;
  private hasEnded = false;

  constructor(
    private readonly merged: Merged<Packet>,
    private readonly run: Run,
  ) {
    this.heads = run.inputs.map(() => new Packet(run.registry));
    this.ahead = new LookAhead(run.ahead(), true);
  }

  next(): number {
    const { ahead, merged, run } = this;
    for (;;) {
      const held = ahead.next();
      if (held !== null) {
        run.atHand.path = held.path === '' ? null : held.path;
        this.heads[held.capture].read(held.frame, run.inputs[held.capture].ownMacs);
        return held.capture;
      }
      const i = this.hasEnded ? -1 : merged.next();
      if (i < 0) return -1;
      ahead.hold(merged.heads[i].frame, i);
    }
  }

  fill(): boolean | Promise<boolean> {
    if (this.hasEnded) return false;
    const more = this.merged.fill();
    return typeof more === 'boolean' ? this.filled(more) : more.then((got) => this.filled(got));
  }

  private filled(more: boolean): boolean {
    if (more) return true;
    this.hasEnded = true;
    this.ahead.end();
    return !this.ahead.isEmpty;
  }
}
