// A run: the analysis of one or more captures. It owns what all commands need and must not decide twice: which captures there are and
// where they were taken, the clock, the interfaces, the limits, the numbers of conversations, which frames a display filter keeps. It
// is shown frames, and gives the facts that rules judge by and the captures that a report names.
import { Words } from '../bytes/words.js';
import { type CaptureInfo, type CaptureSource, DIRECTION, type Frame } from '../capture/frame.js';
import { LINKTYPE, linkTypeName } from '../capture/linktypes.js';
import { recordLength } from '../capture/records.js';
import type { Need } from '../dissect/extra.js';
import { Past } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import { type CapturePoint, Facts } from '../facts/facts.js';
import type { LedgerSummary } from '../facts/questions.js';
import type { CompiledFilter } from '../filter/filter.js';
import { AT } from '../flows/generated/packet-words.js';
import { Numbers } from '../flows/numbers.js';
import { Packet } from '../flows/packet.js';
import { PathTexts } from '../flows/path-text.js';
import { Ports } from '../flows/ports.js';
import { type Evicted, Tracker } from '../flows/tracker.js';
import type { Pictures } from '../picture/model.js';
import type { ReportCapture, ReportWitness, Run as RunReport } from '../report/run.js';
import { VERSION } from '../report/version.js';
import type { ChosenRule } from '../rules/choose.js';
import type { Finding } from '../rules/finding.js';
import { type Clock, clock } from '../rules/findings.js';
import type { InterfaceNames } from '../topology/ifmap.js';
import type { Topology } from '../topology/model.js';
import type { Witness } from '../witnesses/testimony.js';
import { AtHand } from './at-hand.js';
import { CONVERSATIONS } from './limits.js';
import type { Lack, Taken } from './options.js';
import { runFilter } from './run-filter.js';

/** What a capture says of itself so far. */
export interface CaptureState {
  readonly format: string | null;
  /** LINKTYPE numbers, as first seen. */
  readonly linkTypes: readonly number[];
  /** Frames lost; null where nobody counts. */
  readonly dropped: number | null;
  /** Why reading stopped early. */
  readonly error: string | null;
  /** The capture filter that is known to have been set. */
  readonly captureFilter: string | null;
  /** Parts of its frames are not known. */
  readonly withUnknown?: boolean;
  /** Words of a printed text, by the addresses that stand for them. */
  readonly words?: ReadonlyMap<string, readonly string[]>;
  /** Of a capture that goes on: why packets may have passed it unseen of late, or null. */
  readonly blind?: string | null;
  /** Its clock was compared with that of this machine, by asking it. */
  readonly clockAsked?: boolean;
  /** Length of a frame's record, by its captured bytes; without it there is no file to look it up in. */
  readonly recordLength?: (captured: number) => number;
}

/** One capture of a run: where it was taken, and what it says. */
export interface RunInput {
  /** As given; `-` for standard input, interfaces for what is captured here. */
  readonly path: string;
  /** Name of the node, else of the file. */
  readonly point: string;
  /** The point, and where it has several captures, which of them. */
  readonly label: string;
  /** The node of the topology; null where it is not known. */
  readonly node: string | null;
  readonly names: InterfaceNames;
  /** MACs of the node, 48 bits each; empty when not known. */
  readonly ownMacs: ReadonlySet<number>;
  /** What the reader finds out; there from the first frame on. */
  readonly info: CaptureInfo;
  readonly state: CaptureState;
  /** When it was captured for certain, where `capture` did it. */
  readonly taken?: Taken | null;
  /** Of the first one of a bundle: what went wrong when that was made. */
  readonly lacking?: readonly Lack[];
}

export interface RunParts {
  readonly inputs: readonly RunInput[];
  readonly topology: Topology | null;
  readonly registry: Registry;
  /** Display filter (-Y): only frames that match are analysed. */
  readonly displayFilter?: string | null;
  /** How far the clock of each capture is ahead of the run's, in nanoseconds; undefined: all run alike. */
  readonly aheadNs?: readonly number[];
  /** What the filters that were made before the run read from. */
  readonly atHand?: AtHand;
}

export interface RunLimits {
  /** Conversations kept at once; undefined: as CONVERSATIONS.file says. */
  readonly maxConversations?: number | undefined;
  /** Told of a conversation that is about to make room. */
  readonly evicted?: Evicted;
}

/** When something was captured. */
interface Timed {
  readonly hasTime: boolean;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Run {
  readonly inputs: readonly RunInput[];
  readonly topology: Topology | null;
  readonly registry: Registry;
  readonly aheadNs: readonly number[];
  readonly ports: Ports;
  readonly tracker: Tracker;
  /** What is known of the frame shown last, kept or not, as far as some filter needs it. */
  readonly atHand: AtHand;
  /** The display filter in force; null: none. */
  readonly displayFilter: string | null;
  /** Somebody ended the reading before the captures were at their end. */
  interrupted = false;
  /** Who ended it, where it was not the user. */
  whyInterrupted: string | null = null;
  /** Names of the captures in findings and reports. */
  labels: readonly string[];

  private readonly numbers: Numbers;
  private readonly packet: Packet;
  /** Zero of the run's clock, in seconds since 1970; NaN before the first frame with a time. */
  private zero = Number.NaN;
  /** Those before the frame at hand, where a filter asks for them. */
  private past: Past | null = null;
  private keeps: CompiledFilter['matches'] | null = null;
  /** What filters need beside the frame; of runs beside each other, the first one sees to it. */
  private readonly needs: Set<Need>;
  /** Some filter asks for more than the frame. */
  private isAsked = false;
  /** Conversations kept at once. */
  readonly maxConversations: number;

  /** `first`: another run that is shown the same frames before, whose numbers hold here too. */
  constructor(
    parts: RunParts,
    limits: RunLimits = {},
    private readonly first?: Run,
  ) {
    const { inputs, registry } = parts;
    this.inputs = inputs;
    this.topology = parts.topology;
    this.displayFilter = parts.displayFilter ?? null;
    this.registry = registry;
    this.aheadNs = parts.aheadNs ?? inputs.map(() => 0);
    this.labels = inputs.map(({ label }) => label);
    this.atHand = parts.atHand ?? new AtHand(inputs);
    this.needs = first?.needs ?? new Set();
    this.numbers = first?.numbers ?? new Numbers();
    this.maxConversations = limits.maxConversations ?? CONVERSATIONS.file;
    this.packet = new Packet(registry);
    this.ports = new Ports(
      inputs.map(({ point }) => point),
      (capture, index) => inputs[capture].names.of(index),
    );
    this.tracker = new Tracker(
      registry,
      this.ports,
      inputs.map(({ ownMacs }) => ownMacs),
      { maxConversations: this.maxConversations, numbers: this.numbers },
      limits.evicted,
    );
  }

  /** A run with tables of its own, to be shown the frames that this one keeps: it forgets by other rules, and numbers alike. */
  beside(limits: RunLimits): Run {
    return new Run(this, limits, this);
  }

  /** A run that is shown the frames before this one is, and is used for nothing else. */
  ahead(): Run {
    return new Run(this, this, this);
  }

  /** A filter needs this to be known beside the frames that are shown from now on. */
  ask(needs: Iterable<Need>): void {
    for (const need of needs) this.needs.add(need);
    const first = this.first ?? this;
    first.isAsked = first.needs.size > 0;
  }

  /** Frames are to be shown only when all copies of their packets have been seen. */
  get looksAhead(): boolean {
    return this.needs.has('journey');
  }

  /** The display filter is asked from now on. The captures' infos are there. Throws FilterError. */
  filterFrames(): void {
    this.keeps = this.displayFilter === null ? null : runFilter(this.displayFilter, this);
  }

  /** Shows a frame of a capture; false when the display filter leaves it out. */
  observe(frame: Frame, capture: number): boolean {
    this.packet.read(frame, this.inputs[capture].ownMacs);
    return this.take(this.packet, capture);
  }

  /** As `observe`, of a packet that was read elsewhere. */
  take(packet: Packet, capture: number): boolean {
    const timeNs = this.timeOf(packet, capture);
    if ((this.isAsked || this.keeps !== null) && !this.isKept(packet, capture)) return false;
    this.tracker.take(packet, capture, timeNs);
    return true;
  }

  private isKept(packet: Packet, capture: number): boolean {
    const { atHand, keeps } = this;
    if (this.isAsked) atHand.begin(packet.frame, capture);
    // Numbers are given before the filter is asked: they do not depend on it.
    atHand.conversation = packet.hasIp
      ? this.numbers.of(packet.words, packet.at + AT.address, packet.srcPort, packet.dstPort, packet.proto)
      : null;
    if (this.isAsked && this.needs.has('past')) {
      this.past ??= new Past(this.registry);
      this.past.see(packet.layers, capture);
    }
    return keeps === null || keeps(packet.layers);
  }

  /** Nanoseconds on the clock of the run; of a frame without time, what the clock shows. */
  timeOf(frame: Timed, capture: number): number {
    if (!frame.hasTime) return this.tracker.nowNs;
    const aheadNs = this.aheadNs[capture];
    if (Number.isNaN(this.zero)) this.zero = frame.seconds - Math.floor(aheadNs / 1e9);
    return (frame.seconds - this.zero) * 1e9 + frame.nanoseconds - aheadNs;
  }

  /** Whether a frame with a time was seen. */
  get hasBegun(): boolean {
    return !Number.isNaN(this.zero);
  }

  /** Zero of the run's clock, in seconds since 1970. */
  get baseSeconds(): number {
    return Number.isNaN(this.zero) ? 0 : this.zero;
  }

  /** Tells times: those of frames by the clock of the capture they are from, as the file has them. */
  get time(): Clock {
    return clock(this.baseSeconds, this.aheadNs);
  }

  /**
   * What the run has taught. `ended`: no frame comes any more. `dropped`: of a capture that goes on, what was lost of late: older
   * losses say nothing about what is missing now, for each. `witnesses`: texts of other tools that tell of the same run.
   */
  facts(ended: boolean, dropped?: readonly (number | null)[], witnesses: readonly Witness[] = []): Facts {
    const told = { witnesses, zeroSeconds: this.baseSeconds };
    return new Facts(this.tracker, this.points(dropped), this.topology, ended, told);
  }

  private points(dropped?: readonly (number | null)[]): CapturePoint[] {
    return this.inputs.map(({ point, node, state, taken, lacking }, i) => ({
      point,
      label: this.labels[i],
      aheadNs: this.aheadNs[i],
      node,
      dropped: dropped === undefined ? state.dropped : dropped[i],
      blind: state.blind ?? null,
      clockAsked: state.clockAsked === true,
      broken: state.error !== null,
      interrupted: this.interrupted,
      ...(this.whyInterrupted !== null && { whyInterrupted: this.whyInterrupted }),
      filter: this.displayFilter ?? state.captureFilter,
      ...(taken != null && { taken: this.span(taken, this.aheadNs[i]) }),
      ...(lacking && { lacking }),
      everyInterface: state.linkTypes.some((type) => type === LINKTYPE.LINUX_SLL2 || type === LINKTYPE.LINUX_SLL),
      someUnnamed: hidesSome(state),
      withUnknown: state.withUnknown === true,
      ...(state.words !== undefined && { words: state.words }),
      ...(state.recordLength !== undefined && { recordLength: state.recordLength }),
    }));
  }

  /** The time of a capture by the run's clock; its own clock was ahead of ours, and the run's is behind its own. */
  private span(
    { fromMs, toMs, aheadMs, doubtMs }: Taken,
    aheadNs: number,
  ): { readonly firstNs: number; readonly lastNs: number } {
    const at = (ms: number) => (ms + aheadMs - this.baseSeconds * 1000) * 1e6 - aheadNs;
    return { firstNs: at(fromMs + doubtMs), lastNs: at(toMs - doubtMs) };
  }

  /** The words of printed texts that addresses stand for, as far as those were read. */
  get words(): Words {
    for (const { state } of this.inputs) if (state.words !== undefined) this.spoken.take(state.words);
    return this.spoken;
  }
  private readonly spoken = new Words();

  /** The captures, as a report shows them. */
  captures(): ReportCapture[] {
    const { tracker, time } = this;
    return this.inputs.map(({ path, state: said, lacking }, i) => {
      const seen = tracker.sources[i];
      return {
        point: this.labels[i],
        file: path,
        format: said.format ?? 'unknown',
        linkTypes: said.linkTypes.map(linkTypeName),
        frames: seen.frames,
        bytes: seen.bytes,
        first: Number.isNaN(seen.firstNs) ? null : time.at(seen.firstNs, i),
        last: Number.isNaN(seen.firstNs) ? null : time.at(seen.lastNs, i),
        dropped: said.dropped,
        clipped: seen.clipped,
        interfaces: tracker.ports.list
          .filter((port) => port.capture === i && port.known)
          .map((port) => ({
            index: port.index,
            name: port.name,
            nameFrom: port.nameFrom,
            in: port.frames[DIRECTION.in],
            out: port.frames[DIRECTION.out],
          })),
        error: said.error,
        ...(this.interrupted && { interrupted: true as const }),
        ...(lacking && { lacking: lacking.map(({ text }) => text) }),
      };
    });
  }

  /** Findings of the rules as a report. `passed`: how many of the rules had nothing to say. */
  report(
    findings: readonly Finding[],
    rules: readonly ChosenRule[],
    passed: number,
    ledger: LedgerSummary,
    witnesses: readonly ReportWitness[] = [],
    pictures?: Pictures,
  ): RunReport {
    const count = (verdict: Finding['verdict']) => findings.filter((f) => f.verdict === verdict).length;
    return {
      schema: 'hopscope.report/2',
      tool: { name: 'hopscope', version: VERSION },
      captures: this.captures(),
      ...(witnesses.length > 0 && { witnesses }),
      findings,
      rules: rules.map(({ rule }) => rule.id),
      ledger,
      ...(pictures !== undefined && { pictures }),
      summary: {
        fail: findings.filter((f) => f.verdict === 'fail' && f.foldedUnder === null).length,
        inconclusive: count('inconclusive'),
        pass: passed + count('pass'),
      },
    };
  }

  /** Texts of paths. Asked for before the first frame, too: link types are looked at when a path is. */
  paths(): PathTexts {
    const numbered = (capture: number) => this.inputs[capture].info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2;
    return new PathTexts(this.ports, this.tracker.tunnels, numbered, new Set(this.inputs.map(({ point }) => point)).size > 1);
  }

  /** Why captures could not be read to their end. */
  get errors(): string[] {
    return this.inputs.flatMap(({ state }) => state.error ?? []);
  }
}

type Said = Pick<CaptureSource, 'info' | 'error'>;

/** A capture that was opened, as a run sees it. */
export const inputOf = (capture: Omit<RunInput, 'info' | 'state'> & { readonly source: Said }): RunInput => ({
  path: capture.path,
  point: capture.point,
  label: capture.label,
  node: capture.node,
  names: capture.names,
  ownMacs: capture.ownMacs,
  info: capture.source.info,
  taken: capture.taken,
  ...(capture.lacking && { lacking: capture.lacking }),
  get state() {
    return stateOf(capture.source);
  },
});

/** Some interfaces have no name in a text that names the others. */
const hidesSome = ({ linkTypes, withUnknown }: CaptureState): boolean =>
  withUnknown === true && linkTypes.includes(LINKTYPE.LINUX_SLL) && linkTypes.includes(LINKTYPE.LINUX_SLL2);

const stateOf = ({ info, error }: Said): CaptureState => ({
  format: info.format,
  linkTypes: [...new Set(info.interfaces.map((i) => i.linkType))],
  dropped: lostBy(info),
  error: error?.message ?? null,
  captureFilter: info.interfaces.find((i) => i.filter !== null)?.filter ?? null,
  withUnknown: info.withUnknown,
  ...(info.withUnknown && info.names.size > 0 && { words: info.names }),
  recordLength: (captured) => recordLength(info, captured),
});

/** Frames lost according to the file; null where it does not say. */
function lostBy(info: CaptureInfo): number | null {
  const counts = info.interfaces.map((i) => i.dropped).filter((n) => n !== null);
  if (counts.length === 0 && info.dropCount === 0) return null;
  return Math.max(
    info.dropCount,
    counts.reduce((sum, n) => sum + n, 0),
  );
}
