// Why a packet is marked: where it should have gone, in the words of the findings about it, and at which hop it went elsewhere.
import { Line } from '../../bytes/line.js';
import { plainWidth } from '../../bytes/text.js';
import { duration } from '../../bytes/units.js';
import { DIRECTION } from '../../capture/frame.js';
import { SummaryPrinter } from '../../dump/summary.js';
import { Ip } from '../../topology/ip.js';
import type { Engine } from './engine.js';
import type { Hop } from './journey.js';
import type { Naming } from './naming.js';
import type { FoundFinding } from './wire.js';

/** Packets that are looked through for what came back. */
const MAX_AHEAD = 200_000;

export interface Why {
  readonly wanted: readonly string[];
  isWrong(hop: Hop): boolean;
}

/** `found`: the findings about the packet or its conversation. */
export function whyOf({ copies, lab }: Engine, number: number, found: readonly FoundFinding[], naming: Naming): Why {
  const wanted = new Set<string>();
  const [interfaces, ends] = [new Set<string>(), new Set<string>()];
  for (const { finding, meant } of found) {
    const { interfaceExpected, interfaceOut, dst, node, tunnel } = finding.subject;
    if (finding.verdict === 'pass') continue;
    if (meant !== null) {
      ends.add(meant);
      wanted.add(plainWidth(`to ${naming(meant)}${tunnel === null ? '' : ` by ${tunnel}`}`));
    }
    if (interfaceExpected === null || interfaceExpected === interfaceOut || dst === null) continue;
    const to = copies.read(number) ? destination() : null;
    // The other way of the conversation may be as it should be.
    if (to === null || !isWithin(to, dst)) continue;
    const right = node === null ? null : (lab.topology?.rightRoute(node, to) ?? null);
    const who = right === null ? '' : ` (${right.prefix} is ${right.owner})`;
    wanted.add(plainWidth(`out ${interfaceExpected}${who}`));
    if (interfaceOut !== null) interfaces.add(plainWidth(interfaceOut));
  }
  return {
    wanted: [...wanted],
    isWrong: (hop) =>
      (hop.direction === DIRECTION.out && interfaces.has(hop.interface)) ||
      (ends.size > 0 && hop.tunnelEnd !== '' && !ends.has(hop.tunnelEnd)),
  };

  function destination(): Ip | null {
    const summary = new SummaryPrinter(lab.registry, copies, copies);
    const line = new Line(256);
    summary.look(copies.layers);
    summary.destination(copies.layers, line);
    return Ip.parse(line.toString());
  }
}

/** What came back is not known yet. */
const ASKED = '…';
/** Packets whose silence is remembered. */
const MAX_REMARKS = 1000;

/** What came back for packets. */
export class Replies {
  /** By packet: nanoseconds without an answer; null: answered, or none is due. */
  private readonly silences = new Map<number, number | null>();

  constructor(
    private readonly engine: Engine,
    /** What a packet is called. */
    private readonly nameOf: (n: number) => string,
    private readonly onChange: () => void,
  ) {}

  /** More is known: what was remembered may not be true any more. */
  forget(): void {
    this.silences.clear();
  }

  /** `frame 9 after 1.2 ms`, `no reply in 13.2 s`; `…` until that is known, '' where nothing is due. */
  of(number: number): string {
    const { engine, silences } = this;
    const uid = engine.packets.store.conversation(number);
    // While the load goes on the answer may still come.
    if (uid < 0 || engine.progress.state === 'running') return '';
    const reply = this.after(number, uid, (n) => (engine.lab.captures.length > 1 ? this.nameOf(n) : `frame ${n}`));
    if (reply !== '') return reply;
    if (!silences.has(number)) {
      if (silences.size >= MAX_REMARKS) silences.clear();
      void engine
        .ask<number | null>((id) => ({ type: 'silence', id, number, uid }))
        .then((silentNs) => {
          silences.set(number, silentNs);
          this.onChange();
        });
    }
    const silentNs = silences.get(number);
    // Asked, and not answered yet: its line is there already.
    if (silentNs === undefined) return ASKED;
    return silentNs === null ? '' : `no reply in ${duration(silentNs)}`;
  }

  /** The first packet of the conversation that goes the other way after packet `number`; '' where there is none. */
  private after(number: number, uid: number, nameOf: (n: number) => string): string {
    const { store } = this.engine.packets;
    const way = 1 - store.way(number);
    const end = Math.min(store.count, number + MAX_AHEAD);
    for (let n = number + 1; n <= end; n++)
      if (store.conversation(n) === uid && store.way(n) === way)
        return `${nameOf(n)} after ${duration(store.timeNs(n) - store.timeNs(number))}`;
    return '';
  }
}

/** `network`: an address, or a prefix. */
function isWithin(ip: Ip, network: string): boolean {
  const [address, length] = network.split('/');
  const base = Ip.parse(address);
  if (base === null || base.family !== ip.family) return false;
  const bits = length === undefined ? 128 : Number(length) + (base.family === 4 ? 96 : 0);
  const mine = [ip.a, ip.b, ip.c, ip.d];
  return [base.a, base.b, base.c, base.d].every((word, i) => {
    const here = Math.max(0, Math.min(32, bits - i * 32));
    return here === 0 || word >>> (32 - here) === mine[i] >>> (32 - here);
  });
}
