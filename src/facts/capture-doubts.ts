// What the captures may not show: frames that were lost, kept out by a filter, or cut off.
import { PROTO } from '../flows/packet.js';
import type { GivenUp, SourceState } from '../flows/tracker.js';
import type { Facts } from './facts.js';
import { lazy, lazyBy } from './lazy.js';

export class CaptureDoubts {
  constructor(private readonly facts: Facts) {}

  /** What was counted of each capture: frames, what was cut off, steps of its clock. */
  get counted(): readonly SourceState[] {
    return this.facts.tracker.sources;
  }

  /** What had to be given up to stay within memory, and how many of it. */
  givenUp(): Iterable<GivenUp> {
    return this.facts.tracker.givenUp();
  }

  /** The reading was interrupted before the end of the captures: what comes later is not known. */
  get interrupted(): boolean {
    return this.facts.captures.some(({ interrupted }) => interrupted === true);
  }

  /** Why what was not seen, or what was seen to be well, may be otherwise all the same; null where all was read and kept. */
  incomplete(): string | null {
    if (this.interrupted)
      return this.facts.captures.find((one) => one.whyInterrupted)?.whyInterrupted ?? 'the reading was interrupted';
    const given = Array.from(this.givenUp(), ({ text }) => text);
    return given.length === 0 ? null : `${given.join(', ')} had to be given up to stay within memory`;
  }

  /** Until when all captures went on for certain: until the last frame, or longer where `capture` says so. */
  get untilNs(): number {
    const { captures, nowNs } = this.facts;
    return Math.max(nowNs, Math.min(...captures.map(({ taken }) => taken?.lastNs ?? Number.NEGATIVE_INFINITY)));
  }

  /** Findings that found no room in the report. */
  untold = 0;

  /** Packets may be missing from the capture: the kernel dropped some, or it was interrupted. */
  lossy(source: number): boolean {
    return this.lost(source) > 0 || this.blind(source) !== null;
  }

  /** Why packets may have passed this node while nothing was captured there; null where that was never so. */
  blind(source: number): string | null {
    const { captures } = this.facts;
    const { point } = captures[source];
    return captures.find((capture) => capture.point === point && capture.blind != null)?.blind ?? null;
  }

  /** `router lost 12 frames`: what a lossy capture lacks. */
  lack(source: number): string {
    const { point } = this.facts.captures[source];
    const blind = this.blind(source);
    return blind === null ? `${point} lost ${this.lost(source)} frames` : `${point} was interrupted (${blind})`;
  }

  /** Data was acknowledged that was never seen, between data that was: frames passed that the capture does not hold. */
  lacks(source: number): boolean {
    return this.lacking().has(source);
  }
  private readonly lacking = lazy(() => {
    const found = new Set<number>();
    for (const direction of this.facts.ailingDirections())
      if (direction.gapBytes > 0 && direction.acknowledged((direction.gapSeq + direction.gapBytes) >>> 0))
        found.add(direction.firstSource);
    return found;
  });

  /** Frames that the captures of this node lost. */
  lost(source: number): number {
    const { captures } = this.facts;
    const { point } = captures[source];
    return captures.reduce((sum, capture) => sum + (capture.point === point ? (capture.dropped ?? 0) : 0), 0);
  }

  /** The capture filter as far as it is known to keep only one half of conversations, or null. */
  halfFilter(source: number): string | null {
    const { filter } = this.facts.captures[source];
    return filter !== null && ONE_WAY_FILTER.test(filter) ? filter : null;
  }

  /**
   * The run's times of the first and last frame that were captured at the point of this capture, or of the capture itself where those are known;
   * null where it holds none and they are not. Of captures of
   * several interfaces the time that all of them cover; of those one after the other the whole time.
   */
  window(source: number): { readonly firstNs: number; readonly lastNs: number } | null {
    const { captures } = this.facts;
    const { point } = captures[source];
    const own = captures.flatMap((capture, i) => (capture.point === point ? (this.span(i) ?? []) : []));
    let [known, ...rest] = own.sort((x, y) => x.firstNs - y.firstNs);
    if (known === undefined) return null;
    for (const next of rest)
      known =
        next.firstNs <= known.lastNs
          ? { firstNs: next.firstNs, lastNs: Math.min(known.lastNs, next.lastNs) }
          : { firstNs: known.firstNs, lastNs: next.lastNs };
    return known;
  }

  /** The point captured before and after this moment, and lost nothing. */
  watched(source: number, timeNs: number): boolean {
    const { captures } = this.facts;
    const { point } = captures[source];
    return (
      !this.lossy(source) &&
      this.halfFilter(source) === null &&
      captures.some((capture, i) => {
        const span = capture.point === point ? this.span(i) : null;
        return span !== null && span.firstNs <= timeNs && timeNs <= span.lastNs;
      })
    );
  }

  /** The time of one capture: of its frames, and of the capture itself. */
  private span(i: number): { readonly firstNs: number; readonly lastNs: number } | null {
    const { firstNs, lastNs } = this.counted[i];
    const { taken } = this.facts.captures[i];
    if (taken === undefined) return Number.isNaN(firstNs) ? null : { firstNs, lastNs };
    if (Number.isNaN(firstNs)) return taken;
    return { firstNs: Math.min(firstNs, taken.firstNs), lastNs: Math.max(lastNs, taken.lastNs) };
  }

  /** Said after a missing answer, where an ICMP error that would explain it cannot be in the capture: its filter left it out. */
  filterRemark(source: number): string {
    const { filter } = this.facts.captures[source];
    if (filter === null || /icmp/.test(filter) || this.looksFiltered(source) === null) return '';
    return `The capture was filtered (${filter}): an ICMP error that tells more would not be in it.`;
  }

  /**
   * What the capture was probably filtered to: it holds one transport protocol, perhaps one port of it, and neither ARP nor ICMP. Null where
   * there is more than that, or too little to tell.
   */
  private readonly looksFiltered = lazyBy((source: number): string | null => {
    if (this.counted[source].frames < LEAST_FRAMES) return null;
    for (const n of this.facts.neighbours.list) if (n.source === source) return null;
    let proto = -1;
    let port = -1;
    for (const conversation of this.facts.conversations()) {
      if (conversation.seenDirection.firstSource !== source) continue;
      if (proto !== -1 && proto !== conversation.proto) return null;
      port = proto === -1 || port === conversation.responderPort ? conversation.responderPort : 0;
      proto = conversation.proto;
    }
    if (proto !== PROTO.tcp && proto !== PROTO.udp) return null;
    return `${proto === PROTO.tcp ? 'tcp' : 'udp'}${port > 0 ? ` port ${port}` : ''}`;
  });
}

/** Fewer frames than these are of one kind by chance. */
const LEAST_FRAMES = 6;

/** pcap-filter(7): words that choose one direction, one flag or one type of message. */
const ONE_WAY_FILTER =
  /\b(src|dst|inbound|outbound|tcp-?flags|tcp-syn|tcp-ack|icmp6?-?type|icmp-echo(reply)?)\b|\b(tcp|icmp6?|ip6?|udp) *\[/;
