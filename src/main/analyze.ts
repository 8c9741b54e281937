// The one place where the rooms are joined: bytes, frames, layers, flows, findings, report.
import { unlessAborted } from '../capture/abort.js';
import { DIRECTION } from '../capture/frame.js';
import { LINKTYPE, linkTypeName } from '../capture/linktypes.js';
import { Merged } from '../capture/merge.js';
import { recordLength } from '../capture/records.js';
import type { Registry } from '../dissect/registry.js';
import { FrameContext } from '../dump/frame-context.js';
import { type CapturePoint, Facts } from '../facts/facts.js';
import { compileFilter } from '../filter/filter.js';
import { frameFields } from '../filter/frame-fields.js';
import { Packet } from '../flows/packet.js';
import { Ports } from '../flows/ports.js';
import { hopFields, Sight } from '../flows/sight.js';
import { Tracker } from '../flows/tracker.js';
import type { ReportCapture, Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { assess, type Clock, chooseRules, clock } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { clockOffsets } from './clocks.js';
import { type Lab, type LabCapture, openLab } from './lab.js';
import type { AnalyzeOptions } from './options.js';
import { packetSources } from './packets.js';

/** Conversations kept at once: about 1.2 kB each, with the paths they took. */
const MAX_CONVERSATIONS = 120_000;
/** Frames between two looks at the clock. */
const SLICE = 4096;
/** The event loop gets its turn this often: signals and progress need it. */
const TURN_MS = 50;

/** Reads the captures and runs the rules. Throws UsageError, TopologyError, CaptureError (a file that cannot be opened). */
export async function analyze(options: AnalyzeOptions): Promise<Run> {
  const rules = chooseRules(catalogue, options.rules);
  const lab = await openLab(options);
  const startMs = performance.now();
  const reading = await read(lab, options);
  const readingNs = (performance.now() - startMs) * 1e6;
  for (const { what, count } of reading.tracker.givenUp())
    options.onNote?.(
      `${count} ${what} had to be given up to stay within memory; findings about them may be missing (narrow it with -Y, or see HOPSCOPE_CONVERSATIONS in docs/limits.md)`,
    );
  const time = clock(reading.baseSeconds, reading.aheadNs);
  const world = new Facts(reading.tracker, capturePoints(lab, options.filter, reading.aheadNs), lab.topology, true);
  const { findings, passed, timing } = assess(world, rules, time);
  const frames = reading.tracker.sources.reduce((sum, source) => sum + source.frames, 0);
  options.onTiming?.({ readingNs, frames, rules: timing });
  return {
    schema: 'hopscope.report/1',
    tool: { name: 'hopscope', version: VERSION },
    captures: lab.captures.map((_, i) => reportCapture(lab, reading.tracker, i, time)),
    findings,
    summary: {
      fail: findings.filter((f) => f.verdict === 'fail' && f.foldedUnder === null).length,
      inconclusive: findings.filter((f) => f.verdict === 'inconclusive').length,
      pass: passed + findings.filter((f) => f.verdict === 'pass').length,
    },
  };
}

/** Whether a display filter keeps a packet of this capture. Throws FilterError. */
function packetFilter(text: string, registry: Registry, { source, names, ownMacs }: LabCapture): (packet: Packet) => boolean {
  const times = new FrameContext(source.info);
  const { matches } = compileFilter(text, registry, [...frameFields(times), ...hopFields(new Sight(names, ownMacs))]);
  return (packet) => {
    times.begin(packet.frame);
    const kept = matches(packet.layers);
    times.done(packet.frame);
    return kept;
  };
}

export interface Reading {
  readonly tracker: Tracker;
  /** Zero of the run's clock. */
  readonly baseSeconds: number;
  /** How far the clock of each capture is ahead of the run's, in nanoseconds. */
  readonly aheadNs: readonly number[];
}

/** Reads all captures of a lab into one tracker. */
export async function read(
  lab: Lab,
  options: AnalyzeOptions,
  /** Sees each packet once the tracker has observed it. */
  watch?: (tracker: Tracker, capture: number) => void,
  /** Whether what TCP carries is looked into: the tracker does not ask for it, those who watch may. */
  streams = watch !== undefined,
): Promise<Reading> {
  const { captures, registry } = lab;
  const ports = new Ports(
    captures.map((c) => c.point),
    (source, index) => captures[source].names.of(index),
  );
  const tracker = new Tracker(
    registry,
    ports,
    captures.map((c) => c.ownMacs),
    { maxConversations: options.maxConversations ?? MAX_CONVERSATIONS },
  );
  const aheadNs = clockOffsets(captures, registry);
  const sources = packetSources(lab, options, streams);
  const merged = new Merged(
    sources,
    captures.map(() => new Packet(registry)),
    aheadNs,
  );
  const sizes = captures.map((c) => c.source.info.size);
  const totalBytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  const { signal, onProgress } = options;
  let baseSeconds = Number.NaN;
  let frames = 0;
  let turnAt = performance.now() + TURN_MS;
  const { filter } = options;
  const keeps = filter === null ? null : captures.map((capture) => packetFilter(filter, registry, capture));
  const observe = (packet: Packet, capture: number): void => {
    if (Number.isNaN(baseSeconds) && packet.hasTime) baseSeconds = packet.seconds - Math.floor(aheadNs[capture] / 1e9);
    const timeNs = packet.hasTime ? (packet.seconds - baseSeconds) * 1e9 + packet.nanoseconds - aheadNs[capture] : tracker.nowNs;
    if (keeps !== null && !keeps[capture](packet)) return;
    tracker.take(packet, capture, timeNs);
    watch?.(tracker, capture);
  };
  // A function of its own, and a short one: the compiler makes it fast once, and what happens seldom does not undo it.
  /** Takes the packets at hand; false when the event loop is to get its turn before the rest. */
  const drain = (): boolean => {
    for (let i = merged.next(); i >= 0; i = merged.next()) {
      observe(merged.heads[i], i);
      if (++frames % SLICE === 0 && performance.now() > turnAt) return false;
    }
    return true;
  };
  while (!signal?.aborted) {
    if (!drain()) {
      onProgress?.({ bytes: captures.reduce((sum, { source }) => sum + source.position, 0), totalBytes, frames });
      await new Promise(setImmediate);
      turnAt = performance.now() + TURN_MS;
      continue;
    }
    const more = merged.fill();
    if (!(typeof more === 'boolean' ? more : await unlessAborted(more, signal))) break;
  }
  for (const source of sources) source.close();
  for (const capture of captures) capture.source.close();
  tracker.finish();
  return { tracker, baseSeconds: Number.isNaN(baseSeconds) ? 0 : baseSeconds, aheadNs };
}

export function capturePoints(lab: Lab, displayFilter: string | null, aheadNs: readonly number[] = []): CapturePoint[] {
  return lab.captures.map(({ point, label, node, source }, i) => ({
    point,
    label,
    aheadNs: aheadNs[i] ?? 0,
    node,
    dropped: dropped(source.info),
    broken: source.error !== null,
    filter: displayFilter ?? source.info.interfaces.find((i) => i.filter !== null)?.filter ?? null,
    everyInterface: source.info.interfaces.some((i) => i.linkType === LINKTYPE.LINUX_SLL2 || i.linkType === LINKTYPE.LINUX_SLL),
    recordLength: (captured) => recordLength(source.info, captured),
  }));
}

function dropped(info: Lab['captures'][number]['source']['info']): number | null {
  const counts = info.interfaces.map((i) => i.dropped).filter((n) => n !== null);
  if (counts.length === 0 && info.dropCount === 0) return null;
  return Math.max(
    info.dropCount,
    counts.reduce((sum, n) => sum + n, 0),
  );
}

export function reportCapture(lab: Lab, tracker: Tracker, i: number, time: Clock): ReportCapture {
  const { path, label, source } = lab.captures[i];
  const state = tracker.sources[i];
  const { info } = source;
  return {
    point: label,
    file: path,
    format: info.format ?? 'unknown',
    linkTypes: [...new Set(info.interfaces.map((n) => linkTypeName(n.linkType)))],
    frames: state.frames,
    bytes: state.bytes,
    first: Number.isNaN(state.firstNs) ? null : time.at(state.firstNs, i),
    last: Number.isNaN(state.firstNs) ? null : time.at(state.lastNs, i),
    dropped: dropped(info),
    clipped: state.clipped,
    interfaces: tracker.ports.list
      .filter((port) => port.capture === i && port.known)
      .map((port) => ({
        index: port.index,
        name: port.name,
        nameFrom: port.nameFrom,
        in: port.frames[DIRECTION.in],
        out: port.frames[DIRECTION.out],
      })),
    error: source.error?.message ?? null,
  };
}
